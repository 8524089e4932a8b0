#include "common/rpc/retry.h"

#include "common/status/error.h"
#include "gtest/gtest.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;

TEST(RetryTest, RetriesOnlyWhatIsWorthIt) {
  EXPECT_TRUE(IsRetryable(Error(ErrorReason::DATABASE_UNAVAILABLE)));
  EXPECT_TRUE(IsRetryable(Error(ErrorReason::OUTCOME_UNKNOWN)));
  EXPECT_TRUE(IsRetryable(Error(ErrorReason::OVERLOADED)));
  EXPECT_FALSE(IsRetryable(Error(ErrorReason::SLOW_CONSUMER)));  // same code, another matter
  EXPECT_FALSE(IsRetryable(Error(ErrorReason::DEADLINE_SPENT)));
  EXPECT_FALSE(IsRetryable(Error(ErrorReason::ETAG_MISMATCH)));
}

TEST(RetryTest, BacksOffWithFullJitterUpToALimit) {
  const absl::Status status = Error(ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_EQ(RetryDelay(status, {}, 1, 20, 0.0), milliseconds(0));
  EXPECT_EQ(RetryDelay(status, {}, 1, 20, 0.5), milliseconds(25));
  EXPECT_EQ(RetryDelay(status, {}, 3, 20, 0.5), milliseconds(100));
  EXPECT_EQ(RetryDelay(status, {}, 19, 20, 0.5), milliseconds(500));
}

TEST(RetryTest, NeverComesBeforeTheServerAsked) {
  EXPECT_EQ(RetryDelay(Error(ErrorReason::OVERLOADED), 300, 1, 4, 0.0), milliseconds(300));
}

TEST(RetryTest, StopsAfterTheLastAttempt) {
  EXPECT_TRUE(RetryDelay(Error(ErrorReason::OVERLOADED), {}, 3, 4, 0));
  EXPECT_FALSE(RetryDelay(Error(ErrorReason::OVERLOADED), {}, 4, 4, 0));
}

TEST(RetryTest, ThrottleForbidsRetriesWhileMostCallsFail) {
  RetryThrottle throttle;
  for (int i = 0; i < 49; ++i) throttle.Failed();
  EXPECT_TRUE(throttle.Allows());
  throttle.Failed();
  EXPECT_FALSE(throttle.Allows());
  throttle.Succeeded();
  EXPECT_TRUE(throttle.Allows());
}

}  // namespace
}  // namespace inspectorate::rpc
