// The token that a service shows to its peers, looked at before they refuse it: whoever issues tokens may
// have stopped, or issue for another platform.
#pragma once

#include <functional>
#include <string>

#include "common/base/time.h"
#include "common/obs/metrics.h"
#include "common/rpc/server.h"

namespace inspectorate::service {

// When `token` expires by its own word; the epoch where it says nothing that can be read.
Time ExpiryOf(const std::string& token);

class OwnToken {
 public:
  struct Options {
    std::string service;
    std::function<std::string()> token;
    // All services trust the same issuer: what this one would refuse, its peers refuse.
    const rpc::Authenticator& authenticator;
    obs::Metrics& metrics;
    const Clock& clock = SystemClock();
  };

  explicit OwnToken(Options options) : options_(std::move(options)) {}

  // Sets inspectorate_token_seconds_left: 0 for a token that would be refused now. The first refusal after a
  // token that was good, and each new reason, is logged; the token itself never.
  void Look();

 private:
  const Options options_;
  std::string why_;
};

}  // namespace inspectorate::service
