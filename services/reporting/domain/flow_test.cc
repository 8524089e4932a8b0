#include "services/reporting/domain/flow.h"

#include <gtest/gtest.h>

namespace inspectorate::reporting {
namespace {

TEST(FlowTest, EveryIssueIsRegisteredOnceWhateverStateItComesIn) {
  EXPECT_EQ(FlowOf(0, 1), Flow::kRegistered);
  EXPECT_EQ(FlowOf(0, 4), Flow::kRegistered);
}

TEST(FlowTest, MovesBetweenOpenStatesAreNoFlow) {
  for (int from = 1; from <= 6; ++from) {
    for (int to = 1; to <= 6; ++to) EXPECT_EQ(FlowOf(from, to), Flow::kNone) << from << " to " << to;
  }
}

TEST(FlowTest, EachEndHasItsOwnFlow) {
  EXPECT_EQ(FlowOf(6, 7), Flow::kClosed);
  EXPECT_EQ(FlowOf(1, 8), Flow::kWaived);
  EXPECT_EQ(FlowOf(2, 9), Flow::kTransferred);
  EXPECT_EQ(FlowOf(3, 10), Flow::kMerged);
  EXPECT_EQ(FlowOf(4, 11), Flow::kVoided);
}

TEST(FlowTest, OnlyWhatHadLeftTheStockIsReopened) {
  EXPECT_EQ(FlowOf(7, 4), Flow::kReopened);
  EXPECT_EQ(FlowOf(6, 4), Flow::kNone);
  EXPECT_EQ(FlowOf(7, 7), Flow::kNone);  // a change that leaves the state alone
}

}  // namespace
}  // namespace inspectorate::reporting
