#include "common/rpc/health.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/macros.h"
#include "common/rpc/grpc_transport.h"
#include "common/rpc/health_service.h"

namespace inspectorate::rpc {
namespace {

// Probes are a handful, with next to nothing to say; and whoever reaches the port may be anybody.
constexpr TransportLimits kForProbes{.calls_a_connection = 20,
                                     .bytes = size_t{16} << 20,
                                     .health_watchers = 100,
                                     .health_watchers_a_connection = 4};
constexpr int kMaxReceiveBytes = 4 << 10;

class GrpcHealthEndpoint final : public HealthEndpoint {
 public:
  ~GrpcHealthEndpoint() override {
    if (server_ == nullptr) return;
    service_.End(std::chrono::steady_clock::now());
    server_->Shutdown(std::chrono::system_clock::now());
    queue_.Stop();
  }

  absl::Status Open(const std::string& listen) {
    service_.SetServing(kLive, true);
    service_.SetServing(kOpen, true);  // for our own client, which watches it
    SetServing(false);
    builder_.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder_.SetMaxReceiveMessageSize(kMaxReceiveBytes);
    LimitTransport(kForProbes, &builder_);
    builder_.RegisterService(&service_);
    int port = 0;
    builder_.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
    server_ = builder_.BuildAndStart();
    if (server_ == nullptr || port == 0) {
      return absl::UnavailableError(absl::StrCat("health cannot listen on ", listen));
    }
    address_ = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
    // Probes come every few seconds, and have time.
    queue_.Start(server_.get(), CallQueue::Waiting::kSometimes);
    return absl::OkStatus();
  }

  std::string address() const override { return address_; }
  void SetServing(bool serving) override { service_.SetServing("", serving); }
  void SetTakesCalls(std::function<bool()> takes_calls) override {
    service_.SetCondition(std::move(takes_calls));
  }

 private:
  grpc::ServerBuilder builder_;
  CallQueue queue_{&builder_};
  HealthService service_{&queue_, kForProbes};
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HealthEndpoint>> HealthEndpoint::Open(const std::string& listen) {
  EnablePlugins();
  auto endpoint = std::make_unique<GrpcHealthEndpoint>();
  RETURN_IF_ERROR(endpoint->Open(listen));
  return endpoint;
}

}  // namespace inspectorate::rpc
