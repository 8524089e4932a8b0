#include "services/reporting/store/projection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <random>
#include <thread>

#include "common/base/macros.h"
#include "common/feed/consumer.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/reporting/domain/flow.h"
#include "services/reporting/testing/projection_fixture.h"

namespace inspectorate::reporting {
namespace {

using feed::v1::Change;
using feed::v1::WatchChangesRequest;
using feed::v1::WatchChangesResponse;
using issues::v1::Issue;
using visits::v1::Finding;
using Fixture = ProjectionFixture;

// "bigint(20) unsigned" on one server is "bigint unsigned" on the other.
std::string Normal(std::string type) {
  std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });
  const size_t bracket = type.find('(');
  if (bracket != std::string::npos && type.substr(0, bracket).ends_with("int")) {
    type.erase(bracket, type.find(')') - bracket + 1);
  }
  return type;
}

// "name type null" of each column, from the statement that the contract asks for.
std::vector<std::string> Wanted(const resource::Description& description) {
  std::vector<std::string> columns;
  const std::string ddl = description.Ddl();
  size_t at = 0;
  while ((at = ddl.find("\n  `", at)) != std::string::npos) {
    const size_t name_end = ddl.find('`', at + 4);
    const size_t line_end = ddl.find(",\n", name_end);
    columns.push_back(ddl.substr(at + 4, name_end - at - 4) + " " +
                      Normal(ddl.substr(name_end + 2, line_end - name_end - 2)));
    at = line_end;
  }
  return columns;
}

TEST(ProjectionTables, AreWhatTheContractDescribes) {
  Fixture fixture;
  std::vector<const google::protobuf::Descriptor*> resources = VisitsResources();
  resources.insert(resources.end(), IssuesResources().begin(), IssuesResources().end());
  for (const auto* message : resources) {
    const auto& description = resource::Description::Of(message);
    std::vector<std::string> found;
    auto status = fixture.database().Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(
          db::Rows rows,
          session.Query("SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable"
                        " FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND"
                        " TABLE_NAME = ? ORDER BY ORDINAL_POSITION",
                        {description.table()}));
      for (size_t i = 0; i < rows.size(); ++i) {
        found.push_back(rows.at(i, "name").AsString() + " " + Normal(rows.at(i, "type").AsString()) +
                        (rows.at(i, "nullable").AsString() == "YES" ? " null" : " not null"));
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(found, Wanted(description)) << description.table();
  }
}

Issue SomeIssue(int id, issues::v1::IssueState state) {
  Issue issue;
  issue.set_name(Fixture::Name("issues", id));
  issue.set_source(issues::v1::FROM_VISIT);
  issue.set_visit(Fixture::Name("visits", id));
  issue.set_ordinal(1);
  issue.set_state(state);
  return issue;
}

TEST(ProjectionTransitions, TellWhereAnIssueStoodAndWhatFlowed) {
  Fixture fixture;
  for (auto state : {issues::v1::REGISTERED, issues::v1::NOTIFIED, issues::v1::CLOSED, issues::v1::CLOSED,
                     issues::v1::RECTIFYING}) {
    Issue issue = SomeIssue(1, state);
    fixture.Put(&issue);
  }
  EXPECT_EQ(fixture
                .Ask("SELECT GROUP_CONCAT(CONCAT(state_from, '-', state_to, ':', flow) ORDER BY position)"
                     " FROM issue_transition")
                .AsString(),
            "0-1:1,1-2:0,2-7:3,7-7:0,7-4:2");
  EXPECT_EQ(fixture.Ask("SELECT state FROM issue").AsInt(), issues::v1::RECTIFYING);
}

TEST(ProjectionSeals, KeepThePositionOfTheFirstSealing) {
  Fixture fixture;
  Finding finding;
  finding.set_name(Fixture::Name("visits", 1) + "/findings/1");
  finding.set_ordinal(1);
  finding.set_kind(visits::v1::PROBLEM);
  fixture.Put(&finding);
  EXPECT_EQ(fixture.Ask("SELECT COUNT(*) FROM finding_seal").AsInt(), 0);
  finding.set_sealed_in(1);
  fixture.Put(&finding);
  fixture.Put(&finding);
  EXPECT_EQ(fixture.Ask("SELECT COUNT(*) FROM finding_seal").AsInt(), 1);
  EXPECT_EQ(fixture.Ask("SELECT visits_position FROM finding_seal").AsUint(), 2u);
  EXPECT_EQ(fixture.Ask("SELECT problem FROM finding_seal").AsInt(), 1);
}

// A source whose stream breaks off every few messages, and sends again what the consumer may have seen.
class BrittleSource : public rpc::Client {
 public:
  BrittleSource(std::vector<Change> changes, uint32_t seed) : changes_(std::move(changes)), random_(seed) {}

  absl::Status Call(std::string_view, const rpc::Message&, rpc::Message*, const rpc::CallOptions&) override {
    return absl::UnimplementedError("streams only");
  }
  absl::Status Stream(std::string_view, const rpc::Message& request, const rpc::Message&,
                      const std::function<bool(const rpc::Message&)>& on_message,
                      const std::function<bool()>& stop) override {
    uint64_t after = 0;
    for (const auto& cursor : static_cast<const WatchChangesRequest&>(request).cursors()) {
      after = cursor.after_position();
    }
    if (after > 1 && random_() % 2 == 0) --after;  // once more what was applied already
    int left = 1 + static_cast<int>(random_() % 4);
    while (after < changes_.size() && left-- > 0 && !stop()) {
      WatchChangesResponse response;
      for (uint32_t n = 1 + random_() % 3; n > 0 && after < changes_.size(); --n) {
        *response.add_changes() = changes_[after++];
      }
      if (!on_message(response)) return absl::OkStatus();
    }
    return absl::UnavailableError("cut off");
  }
  absl::Status CheckHealth(std::chrono::milliseconds) override { return absl::OkStatus(); }

 private:
  const std::vector<Change> changes_;
  std::mt19937 random_;
};

TEST(ProjectionConsumer, AppliesEachChangeExactlyOnceThroughRestarts) {
  Fixture fixture;
  std::mt19937 random(7);
  for (int i = 0; i < 60; ++i) {
    Issue issue = SomeIssue(static_cast<int>(random() % 12),
                            random() % 2 == 0 ? issues::v1::RECTIFYING : issues::v1::CLOSED);
    fixture.Append(&issue);
  }
  const auto changes = fixture.changes("issues");
  for (uint32_t life = 0;; ++life) {
    ASSERT_LT(life, 200u) << "the projection does not come forward";
    BrittleSource source(changes, life);
    {
      auto consumer = feed::Consumer::Start({.source = "issues", .self = "services/reporting"}, source,
                                            fixture.writer(), ApplyIssues());
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    }
    if (fixture.Ask("SELECT COALESCE(MAX(position), 0) FROM feed_checkpoint").AsUint() == changes.size())
      break;
  }
  EXPECT_EQ(fixture.Ask("SELECT COUNT(*) FROM issue_transition").AsUint(), changes.size());
  EXPECT_EQ(fixture.Ask("SELECT digest_sum FROM feed_checkpoint").AsString(), changes.back().digest().sum());
  // Each issue stands where its last change left it.
  EXPECT_EQ(fixture
                .Ask("SELECT COUNT(*) FROM issue i JOIN (SELECT office, issue, MAX(position) AS p FROM "
                     "issue_transition"
                     " GROUP BY office, issue) m ON m.office = i.office AND m.issue = i.issue JOIN "
                     "issue_transition t"
                     " ON t.office = m.office AND t.position = m.p WHERE t.state_to <> i.state")
                .AsInt(),
            0);
}

}  // namespace
}  // namespace inspectorate::reporting
