#include "common/rpc/health.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>

#include <chrono>

#include "absl/strings/str_cat.h"
#include "common/rpc/grpc_transport.h"

namespace inspectorate::rpc {
namespace {

class GrpcHealthEndpoint final : public HealthEndpoint {
 public:
  explicit GrpcHealthEndpoint(std::unique_ptr<grpc::Server> server, std::string address)
      : server_(std::move(server)), address_(std::move(address)) {
    server_->GetHealthCheckService()->SetServingStatus(kLive, true);
    server_->GetHealthCheckService()->SetServingStatus(kOpen, true);  // for our own client, which watches it
    SetServing(false);
  }
  ~GrpcHealthEndpoint() override { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string address() const override { return address_; }
  void SetServing(bool serving) override { server_->GetHealthCheckService()->SetServingStatus("", serving); }

 private:
  const std::unique_ptr<grpc::Server> server_;
  const std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HealthEndpoint>> HealthEndpoint::Open(const std::string& listen) {
  EnablePlugins();
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  int port = 0;
  builder.AddListeningPort(listen, grpc::InsecureServerCredentials(), &port);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("health cannot listen on ", listen));
  }
  return std::make_unique<GrpcHealthEndpoint>(std::move(server),
                                              absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port));
}

}  // namespace inspectorate::rpc
