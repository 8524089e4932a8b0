#include "common/base/refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inspectorate {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(Refusal, CarriesReasonAndVariables) {
  const absl::Status status = Refuse("LATE_ENTRY", {{"limit", "3"}, {"why", ""}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const auto refusal = RefusalOf(status);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, "LATE_ENTRY");
  EXPECT_THAT(refusal->variables, UnorderedElementsAre(Pair("limit", "3"), Pair("why", "")));
}

TEST(Refusal, NeedsNoVariables) {
  const auto refusal = RefusalOf(Refuse("LATE_ENTRY"));
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(refusal->variables, IsEmpty());
}

TEST(Refusal, IsNotReadFromOtherStatuses) {
  EXPECT_FALSE(RefusalOf(absl::OkStatus()).has_value());
  EXPECT_FALSE(RefusalOf(absl::FailedPreconditionError("LATE_ENTRY")).has_value());
}

}  // namespace
}  // namespace inspectorate
