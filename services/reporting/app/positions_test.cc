#include "services/reporting/app/positions.h"

#include <gtest/gtest.h>

#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/reporting/testing/projection_fixture.h"

namespace inspectorate::reporting {
namespace {

TEST(Positions, ASourceWhoseFirstChangeComesWhileItIsReadIsReadAgain) {
  ProjectionFixture projection;
  visits::v1::Visit visit;
  visit.set_name(ProjectionFixture::Name("visits", 1));
  visit.set_school(ProjectionFixture::SchoolName(1));
  projection.Put(&visit);
  issues::v1::Issue issue;
  issue.set_name(ProjectionFixture::Name("issues", 1));
  issue.set_school(ProjectionFixture::SchoolName(1));

  int runs = 0;
  int copies_without_position = 0;
  const absl::Status read =
      ReadAt(projection.database(), db::Budget::Of(std::chrono::seconds(20)), ProjectionFixture::kOffice, {},
             [&](db::Session& session, const Positions& positions) -> absl::Status {
               if (++runs == 1) projection.Put(&issue);  // the consumer, on a connection of its own
               auto rows = session.Query("SELECT COUNT(*) AS n FROM issue");
               if (!rows.ok()) return rows.status();
               bool known = false;
               for (const auto& position : positions) known = known || position.source() == "issues";
               copies_without_position = known ? 0 : static_cast<int>(rows->at(0, 0).AsInt());
               return absl::OkStatus();
             });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_EQ(copies_without_position, 0) << "a copy at a position that says there is none";
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace inspectorate::reporting
