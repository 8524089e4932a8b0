// Health for probes, which speak no TLS and bring no token: grpc.health.v1 alone, in plain text, on a port of
// its own. It answers from the start of the process on.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace inspectorate::rpc {

class HealthEndpoint {
 public:
  // The name asked for by liveness: SERVING as long as the process answers and takes in calls, whatever the
  // database does.
  static constexpr char kLive[] = "live";
  // The name that clients watch on a server's own port: SERVING from its start until it is about to end,
  // whatever the database does. They leave a server that ends before it refuses a call; one that cannot reach
  // its database still says so itself, and all of them at once do not look like none.
  static constexpr char kOpen[] = "open";

  static absl::StatusOr<std::unique_ptr<HealthEndpoint>> Open(const std::string& listen);
  virtual ~HealthEndpoint() = default;
  virtual std::string address() const = 0;
  // Readiness, the name "": NOT_SERVING until this says otherwise.
  virtual void SetServing(bool serving) = 0;
  // Asked whenever somebody checks: while it says false, the process is neither alive nor ready. Empty: not
  // asked. Who gave it is not called any more once another is set.
  virtual void SetTakesCalls(std::function<bool()> takes_calls) = 0;
};

}  // namespace inspectorate::rpc
