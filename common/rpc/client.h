// Calls to other services: by method name, with deadline, retry and round robin over the replicas that
// neither are about to end nor have gone silent. No gRPC type is visible here.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/rpc/tls.h"
#include "google/protobuf/message.h"

namespace inspectorate::rpc {

using google::protobuf::Message;

struct ClientOptions {
  // "127.0.0.1:7401", "unix:/path", or "dns:///registry-headless:7401" (round robin over its addresses).
  std::string target;
  // Returns the bearer token to send; called for each call, must be quick. Empty: none.
  std::function<std::string()> token;
  std::string language = "zh-CN";
  std::chrono::milliseconds default_deadline{10'000};
  // Null: plain text. The server's certificate must be signed by its authorities and name the target's host.
  std::shared_ptr<const Tls> tls{};
};

struct CallOptions {
  std::chrono::milliseconds deadline{0};  // 0: the client's default
  const db::Budget* budget = nullptr;     // a parent call: its deadline (less a margin) and cancellation hold
  int max_attempts = 4;     // only UNAVAILABLE and OVERLOADED are retried, with jittered back-off
  int* attempts = nullptr;  // where given: how many were made
};

// Thread-safe.
class Client {
 public:
  static std::unique_ptr<Client> Connect(ClientOptions options);
  virtual ~Client() = default;

  // Errors are statuses of the catalogue as the server made them; a server that cannot be reached is
  // PEER_UNAVAILABLE. Retries are safe because every write carries a request id.
  virtual absl::Status Call(std::string_view method, const Message& request, Message* response,
                            const CallOptions& options = {}) = 0;

  template <class Response>
  absl::StatusOr<Response> Call(std::string_view method, const Message& request,
                                const CallOptions& options = {}) {
    Response response;
    absl::Status status = Call(method, request, &response, options);
    if (!status.ok()) return status;
    return response;
  }

  // Reads a server stream on the calling thread until it ends, `on_message` returns false, or `stop` becomes
  // true (then OK). `prototype` makes the messages.
  virtual absl::Status Stream(std::string_view method, const Message& request, const Message& prototype,
                              const std::function<bool(const Message&)>& on_message,
                              const std::function<bool()>& stop) = 0;

  // OK when the server answers its health check with SERVING.
  virtual absl::Status CheckHealth(std::chrono::milliseconds deadline) = 0;
};

}  // namespace inspectorate::rpc
