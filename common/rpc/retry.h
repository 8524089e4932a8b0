// When a call is tried again: the decision apart from the transport, so that it is tested without either.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "absl/status/status.h"

namespace inspectorate::rpc {

// Keeps retries from multiplying the load of a server in trouble: each failure costs a token, each success
// gives some back, and there are no retries while fewer than half are left. Thread-safe.
class RetryThrottle {
 public:
  void Succeeded();
  void Failed();
  bool Allows() const;

 private:
  static constexpr double kMaxTokens = 100;
  mutable std::mutex mutex_;
  double tokens_ = kMaxTokens;
};

// True for what AIP-194 and our catalogue call worth an automatic retry: UNAVAILABLE and OVERLOADED.
bool IsRetryable(const absl::Status& status);

// How long to wait before the attempt after `attempt` (counted from 1), `random` in [0, 1); nothing when
// there shall be none. Full jitter, doubling; never before the delay the server asked for.
std::optional<std::chrono::milliseconds> RetryDelay(const absl::Status& status, std::optional<int> asked_ms,
                                                    int attempt, int max_attempts, double random);

}  // namespace inspectorate::rpc
