#include "common/rpc/retry.h"

#include <algorithm>

#include "common/status/error.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;

constexpr double kFirstDelayMs = 50;
constexpr double kMaxDelayMs = 1000;
constexpr double kTokensPerSuccess = 0.5;
constexpr int kMaxDoublings = 10;

}  // namespace

void RetryThrottle::Succeeded() {
  std::lock_guard lock(mutex_);
  tokens_ = std::min(kMaxTokens, tokens_ + kTokensPerSuccess);
}

void RetryThrottle::Failed() {
  std::lock_guard lock(mutex_);
  tokens_ = std::max(0.0, tokens_ - 1);
}

bool RetryThrottle::Allows() const {
  std::lock_guard lock(mutex_);
  return tokens_ > kMaxTokens / 2;
}

bool IsRetryable(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable || ReasonOf(status) == ErrorReason::OVERLOADED;
}

std::optional<milliseconds> RetryDelay(const absl::Status& status, std::optional<int> asked_ms, int attempt,
                                       int max_attempts, double random) {
  if (!IsRetryable(status) || attempt >= max_attempts) return {};
  const double longest = std::min(kMaxDelayMs, kFirstDelayMs * (1 << std::min(attempt - 1, kMaxDoublings)));
  const double asked = std::max(0, asked_ms.value_or(0));
  return milliseconds(static_cast<int64_t>(asked + random * longest));
}

}  // namespace inspectorate::rpc
