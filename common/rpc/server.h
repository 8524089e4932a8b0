// The server runner: a queue of its own on gRPC's core (decision 34), call pipeline, bounded worker pools,
// health, reflection, graceful drain (design 3; engineering 2.2, 2.3, 2.9).
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/obs/metrics.h"
#include "common/rpc/call.h"
#include "common/rpc/health.h"
#include "common/rpc/methods.h"
#include "common/rpc/tls.h"

namespace inspectorate::rpc {

// Turns an `authorization` header into a principal. Must not block: keys are refreshed elsewhere.
class Authenticator {
 public:
  virtual ~Authenticator() = default;
  virtual absl::StatusOr<Principal> Authenticate(std::string_view authorization) const = 0;
  // The same for a call that has just arrived from `host`, an address without its port, asked for only when
  // it matters; empty: whose attempts are not counted. May answer OVERLOADED instead of checking one more
  // unknown token of somebody who has brought many bad ones; never for a token that was found good before.
  virtual absl::StatusOr<Principal> AuthenticateFrom(const std::function<std::string()>& host,
                                                     std::string_view authorization) const {
    static_cast<void>(host);
    return Authenticate(authorization);
  }
};

struct PoolSize {
  int workers = 4;
  int queue = 8;  // calls that may wait; one more is answered OVERLOADED
  // A call that waited longer, or longer than half of its time, is answered OVERLOADED unexecuted.
  std::chrono::milliseconds max_wait{2'000};
  // Calls that wait which one worker may take at once and run side by side; 1: each by itself.
  int together = 64;
  // Sets that run at the same time, unless they take long: what arrives meanwhile makes the next one larger.
  // 0: as many as there are workers.
  int sets = 0;
  // One that has run for so long keeps no other from starting.
  std::chrono::milliseconds long_set{25};
};

// Two, so that one works while the other waits for the database; more where there are more than four cores.
inline int UsualReadSets() { return std::max(2, static_cast<int>(std::thread::hardware_concurrency()) / 2); }

// What a server takes from connections before it knows who they are, and from all of them together.
struct TransportLimits {
  // Calls and streams of one connection that may be open at a time. Its further ones wait at the caller.
  int calls_a_connection = 200;
  // Memory of connections and of requests that are arriving. Above it idle connections are closed and calls
  // are cut (RESOURCE_EXHAUSTED).
  size_t bytes = size_t{128} << 20;
  // Of that, requests that wait for a worker as they came. One more is answered OVERLOADED.
  size_t waiting_bytes = size_t{32} << 20;
  // Who watches grpc.health.v1, which asks for no token: in all, and of one connection. UNIMPLEMENTED above
  // it: gRPC's clients then take the server for healthy and call, where any other answer keeps them away.
  int health_watchers = 2'000;
  int health_watchers_a_connection = 8;
};

// Runs calls side by side on the worker's thread: db::RunTogether, which this library does not link.
using RunTogether = std::function<db::TogetherReport(const std::vector<std::function<void()>>& calls)>;

struct ServerOptions {
  // "127.0.0.1:0" (a free port), "0.0.0.0:7401" or "unix:/path".
  std::string listen;
  // Few sets are large ones, which is what makes reads cheap; writes wait for the disk, and share its
  // flushes. A queue holds several sets: a pause of 20 ms must not turn a burst away.
  PoolSize read{.workers = 4, .queue = 256, .sets = UsualReadSets()};
  PoolSize write{.workers = 4, .queue = 256};
  PoolSize bulk{.workers = 2, .queue = 8, .max_wait = std::chrono::milliseconds(10'000)};
  std::chrono::milliseconds default_deadline{10'000};
  std::chrono::milliseconds max_deadline{300'000};
  std::chrono::milliseconds drain{5'000};
  std::string service_name;  // "registry", for logs and metrics
  RunTogether run_together;  // empty: each call runs by itself
  // Connections are closed after this age (and a grace of 30 s), so that clients find new replicas.
  std::chrono::milliseconds max_connection_age{300'000};
  // Bytes a stream may have queued before its reader counts as too slow.
  size_t stream_buffer_bytes = 1 << 20;
  // Streams open at a time, in all and of one subject. One more is answered OVERLOADED.
  int streams = 2'000;
  int streams_a_subject = 600;
  TransportLimits transport{};
  // A thread that takes in calls and has not come round for so long stands still: `health` is then neither
  // alive nor ready.
  std::chrono::milliseconds stands_still_after{10'000};
  // Null: obs::ProcessMetrics().
  obs::Metrics* metrics = nullptr;
  // "127.0.0.1:9401": serves /metrics there. Empty: not served.
  std::string metrics_listen;
  // Null: plain text. Its authorities sign the certificates of clients.
  std::shared_ptr<const Tls> tls{};
  // False: people and systems may come with a token alone; a service's token never counts without
  // certificate.
  bool clients_need_certificate = true;
  // Told what SetServing is told. Null: none.
  std::shared_ptr<HealthEndpoint> health{};
};

class Server {
 public:
  // Binds and serves; health is NOT_SERVING until SetServing(true).
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options,
                                                       std::shared_ptr<const Methods> methods,
                                                       std::shared_ptr<const Authenticator> authenticator);
  virtual ~Server() = default;
  // "127.0.0.1:43817" or the unix address: what a client dials.
  virtual std::string address() const = 0;
  virtual void SetServing(bool serving) = 0;
  // Tells clients and probes that this server is about to end, so that they call others; what still arrives
  // is served. Not taken back. What follows is Drain, some time later.
  virtual void Announce() = 0;
  // Announces, refuses calls with SHUTTING_DOWN and ends streams with it, waits for calls in flight and
  // stops. What has not ended after `drain` is cancelled, streams whose readers do not read after a second;
  // but a handler that runs has to come back by itself, and this waits for it, however long it takes: see
  // EndWithin.
  virtual void Drain() = 0;
};

// The exit status of a process that EndWithin ended.
inline constexpr int kOverdueStatus = 75;

// While it lives, the process has `limit` to end by itself. After that it says so in the log and ends at
// once, with kOverdueStatus: a handler that waits for a database that has gone silent must not be what the
// process is killed for, with its last words unsaid. What is not committed then is rolled back, as with any
// connection that breaks.
class EndWithin {
 public:
  explicit EndWithin(std::chrono::milliseconds limit);
  ~EndWithin();
  EndWithin(const EndWithin&) = delete;
  EndWithin& operator=(const EndWithin&) = delete;

 private:
  void Watch(std::chrono::steady_clock::time_point until);

  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

// Blocks SIGTERM and SIGINT for all threads started later: before the first of them.
void BlockSignals();
// Whether one of the two came within `limit`, or had come before; it is taken.
bool SignalWithin(std::chrono::milliseconds limit);
// Waits for one of the two and returns it.
int WaitForSignal();

}  // namespace inspectorate::rpc
