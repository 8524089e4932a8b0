#include "services/cli/session.h"

#include <utility>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

constexpr std::chrono::seconds kDeadline{60};
constexpr int kWaitSeconds = 1;

}  // namespace

MessagePtr NewMessage(const google::protobuf::Descriptor& type) {
  return MessagePtr(google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

Session::Session(Environment environment, Login login, std::string office)
    : environment_(std::move(environment)),
      login_(std::move(login)),
      office_(office.empty() ? login_.principal.office : std::move(office)) {}

absl::StatusOr<rpc::Client*> Session::ClientOf(const std::string& service) {
  const auto endpoint = environment_.endpoints.find(service);
  if (endpoint == environment_.endpoints.end()) {
    return UserError({"不知道该服务的地址（见 endpoints.json 或同名参数）",
                      "no address is known for this service (endpoints.json or a flag)"},
                     service);
  }
  const std::scoped_lock lock(mutex_);
  RETURN_IF_ERROR(OpenTls());
  std::unique_ptr<rpc::Client>& client = clients_[service];
  if (client == nullptr) {
    client = rpc::Client::Connect({.target = endpoint->second,
                                   .token = [token = login_.token] { return token; },
                                   .language = LanguageTag(),
                                   .default_deadline = kDeadline,
                                   .tls = tls_});
  }
  return client.get();
}

absl::Status Session::OpenTls() {
  if (tls_ != nullptr || environment_.tls_authorities.empty()) return absl::OkStatus();
  auto opened = rpc::Tls::Open({.certificate = environment_.tls_certificate,
                                .key = environment_.tls_key,
                                .authorities = environment_.tls_authorities,
                                .service_name = ""});
  if (!opened.ok())
    return UserError({"TLS文件有误", "the TLS files cannot be used"}, std::string(opened.status().message()));
  tls_ = *std::move(opened);
  return absl::OkStatus();
}

absl::StatusOr<MessagePtr> Session::Call(const MethodDescriptor& method, const Message& request,
                                         const std::string& service) {
  ASSIGN_OR_RETURN(rpc::Client * client, ClientOf(service.empty() ? ServiceOf(method) : service));
  MessagePtr response = NewMessage(*method.output_type());
  RETURN_IF_ERROR(client->Call(method.full_name(), request, response.get()));
  return response;
}

absl::StatusOr<google::longrunning::Operation> Session::Await(
    const std::string& service, google::longrunning::Operation operation,
    const std::function<void(const google::longrunning::Operation&)>& progress) {
  ASSIGN_OR_RETURN(rpc::Client * client, ClientOf(service));
  while (!operation.done()) {
    if (progress) progress(operation);
    type::v1::WaitOperationRequest request;
    request.set_name(operation.name());
    request.mutable_timeout()->set_seconds(kWaitSeconds);
    ASSIGN_OR_RETURN(operation, client->Call<google::longrunning::Operation>(
                                    "inspectorate.type.v1.Operations.WaitOperation", request));
  }
  if (progress) progress(operation);
  if (operation.has_error()) return FromWire(operation.error());
  return operation;
}

std::string ServiceOf(const MethodDescriptor& method) {
  const std::string& package = method.file()->package();
  const size_t begin = package.find('.') + 1;
  return package.substr(begin, package.find('.', begin) - begin);
}

}  // namespace inspectorate::cli
