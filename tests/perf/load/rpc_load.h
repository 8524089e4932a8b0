// Calls over gRPC: an asynchronous generic client on one completion queue, so that the client costs little
// and the same for every server.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tests/perf/load/calls.h"
#include "tests/perf/load/load.h"

namespace inspectorate::perf {

class RpcClient {
 public:
  // Connections of their own, at most eight; ready when it returns. Aborts when the server cannot be reached.
  RpcClient(const std::string& target, int callers);
  ~RpcClient();

  // Closed loop: each caller makes its next call when the one before has ended. Latency from the moment of
  // sending.
  Load Closed(Calls& calls, int callers, std::chrono::milliseconds warm, std::chrono::milliseconds run);

  // Open loop: calls arrive at `rate` a second, exponentially spaced, whether or not earlier ones have ended.
  // Latency from the moment a call should have been sent: a server that stalls is charged for every call that
  // it kept from being sent (no coordinated omission). Calls that have not ended some seconds after the last
  // arrival count as failed.
  Load Open(Calls& calls, double rate, std::chrono::milliseconds warm, std::chrono::milliseconds run,
            unsigned seed);

  // One call; for looking at what it does. The failure's text, empty when it succeeded.
  std::string Once(Calls& calls);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace inspectorate::perf
