#include "common/rpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/rpc/grpc_transport.h"
#include "common/rpc/health_service.h"
#include "common/status/error.h"

namespace inspectorate::rpc {
namespace {

constexpr int kMaxReceiveBytes = 4 << 20;
constexpr int kMaxMetadataBytes = 16 << 10;
constexpr int kKeepaliveMs = 30'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kMinPingIntervalMs = 4'000;  // less than what common/rpc/client.cc does
constexpr int kConnectionGraceMs = 30'000;
constexpr std::string_view kUnix = "unix:";

// gRPC removes a socket file that is in its way, even one that another server listens on.
bool SomebodyListens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  std::copy(path.begin(), path.end(), address.sun_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool connected = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return connected;
}

void Configure(const ServerOptions& options, grpc::ServerBuilder* builder) {
  // A second process on the same port would silently take half of the calls (stack B5).
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // Otherwise clients that keep idle connections alive are sent away for too many pings.
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                              static_cast<int>(options.max_connection_age.count()));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionGraceMs);
  // A few kilobytes may unpack to gigabytes: gRPC has no limit for that, ServerCall::Parse has.
  builder->AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  LimitTransport(options.transport, builder);
}

class GrpcServer final : public Server {
 public:
  GrpcServer(const ServerOptions& options, std::shared_ptr<const Methods> methods,
             std::shared_ptr<const Authenticator> authenticator, obs::Metrics* metrics)
      : options_(options), core_(options, std::move(methods), std::move(authenticator), metrics) {}

  ~GrpcServer() override { Drain(); }

  absl::Status Open() {
    if (!options_.metrics_listen.empty()) {
      ASSIGN_OR_RETURN(metrics_endpoint_,
                       obs::MetricsEndpoint::Open(*core_.metrics, options_.metrics_listen));
    }
    EnablePlugins();
    grpc::ServerBuilder builder;
    Configure(options_, &builder);
    queue_ = std::make_unique<CallQueue>(&builder);
    health_ = std::make_unique<HealthService>(queue_.get(), options_.transport);
    builder.RegisterService(health_.get());
    for (const google::protobuf::ServiceDescriptor* descriptor : core_.methods->Services()) {
      ASSIGN_OR_RETURN(std::unique_ptr<DynamicService> service,
                       DynamicService::Make(*descriptor, &core_, queue_.get()));
      builder.RegisterService(service.get());
      services_.push_back(std::move(service));
    }
    int port = 0;
    builder.AddListeningPort(
        options_.listen, ServerCredentialsOf(options_.tls.get(), options_.clients_need_certificate), &port);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || (port == 0 && !IsUnix())) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.listen));
    }
    address_ = IsUnix() ? options_.listen
                        : absl::StrCat(options_.listen.substr(0, options_.listen.rfind(':')), ":", port);
    SetServing(false);
    queue_->Start(server_.get(), CallQueue::Waiting::kForCalls);
    if (options_.health != nullptr) {
      options_.health->SetTakesCalls([this] { return !queue_->StandsStill(options_.stands_still_after); });
    }
    return absl::OkStatus();
  }

  bool IsUnix() const { return options_.listen.compare(0, kUnix.size(), kUnix) == 0; }

  std::string address() const override { return address_; }

  void SetServing(bool serving) override {
    std::lock_guard lock(health_mutex_);
    if (announced_) serving = false;
    if (serving_ == serving) return;  // every client that watches would be told again
    serving_ = serving;
    for (const auto& service : services_) health_->SetServing(service->name(), serving);
    health_->SetServing("", serving);
    if (serving) health_->SetServing(HealthEndpoint::kOpen, true);
    if (options_.health != nullptr) options_.health->SetServing(serving);
  }

  void Announce() override {
    {
      std::lock_guard lock(health_mutex_);
      announced_ = true;
    }
    SetServing(false);
    health_->SetServing(HealthEndpoint::kOpen, false);
  }

  void Drain() override {
    std::lock_guard lock(drain_mutex_);
    if (drained_) return;
    drained_ = true;
    const auto begin = std::chrono::steady_clock::now();
    const auto deadline = begin + options_.drain;
    core_.pipeline.StartDraining();
    if (server_ != nullptr) {
      Announce();
      core_.streams.EndAll(Error(ErrorReason::SHUTTING_DOWN));
      // Once gRPC shuts down, a call that arrives ends as CANCELLED, which nobody retries. So calls in flight
      // end first, while those that arrive are told SHUTTING_DOWN and go elsewhere.
      // Before those, streams and who watches: none of them waits for a handler.
      const auto last_reads = std::min(deadline, begin + kLastReads);
      health_->End(last_reads);
      core_.streams.AwaitNone(last_reads);
      core_.streams.CutAll();
      for (WorkerPool* pool : {&core_.read, &core_.write, &core_.bulk}) pool->AwaitIdle(deadline);
      queue_->AwaitNone(deadline);
      // Cancels what is left then. It waits for connections too, also for those whose other end has frozen.
      const auto now = std::chrono::steady_clock::now();
      const auto rest = std::min<std::chrono::steady_clock::duration>(deadline - now, kLastReads);
      server_->Shutdown(std::chrono::system_clock::now() +
                        std::max<std::chrono::steady_clock::duration>(rest, {}));
      if (options_.health != nullptr) options_.health->SetTakesCalls({});
      queue_->Stop();
    }
    core_.read.Stop();
    core_.write.Stop();
    core_.bulk.Stop();
  }

 private:
  const ServerOptions options_;
  ServerCore core_;
  std::unique_ptr<CallQueue> queue_;
  std::unique_ptr<HealthService> health_;
  std::vector<std::unique_ptr<DynamicService>> services_;
  std::unique_ptr<obs::MetricsEndpoint> metrics_endpoint_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::mutex health_mutex_;
  std::optional<bool> serving_;
  bool announced_ = false;
  std::mutex drain_mutex_;
  bool drained_ = false;
};

absl::Status CheckOptions(const ServerOptions& options, const Methods* methods,
                          const Authenticator* authenticator) {
  if (methods == nullptr || authenticator == nullptr) {
    return absl::InvalidArgumentError("a server needs methods and an authenticator");
  }
  const std::vector<std::string> missing = methods->Missing();
  if (!missing.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("methods without a handler: ", absl::StrJoin(missing, ", ")));
  }
  if (options.listen.compare(0, kUnix.size(), kUnix) == 0 &&
      SomebodyListens(options.listen.substr(kUnix.size()))) {
    return absl::UnavailableError(absl::StrCat("somebody listens on ", options.listen, " already"));
  }
  return absl::OkStatus();
}

}  // namespace

void LimitTransport(const TransportLimits& limits, grpc::ServerBuilder* builder) {
  constexpr int kMostThreads = 4;
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.calls_a_connection);
  grpc::ResourceQuota quota("server");
  quota.Resize(limits.bytes);
  quota.SetMaxThreads(kMostThreads);
  builder->SetResourceQuota(quota);
  builder->SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder->SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
}

void EnablePlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Debian's Abseil looks for lock cycles at each lock that gRPC takes: a check for developers of gRPC.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options,
                                                      std::shared_ptr<const Methods> methods,
                                                      std::shared_ptr<const Authenticator> authenticator) {
  RETURN_IF_ERROR(CheckOptions(options, methods.get(), authenticator.get()));
  obs::Metrics* metrics = options.metrics != nullptr ? options.metrics : &obs::ProcessMetrics();
  auto server = std::make_unique<GrpcServer>(options, std::move(methods), std::move(authenticator), metrics);
  RETURN_IF_ERROR(server->Open());
  obs::Log(obs::Severity::kInfo, "listening",
           {{"service", options.service_name}, {"address", server->address()}});
  return server;
}

}  // namespace inspectorate::rpc
