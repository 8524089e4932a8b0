#include "common/rpc/grpc_transport.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include <utility>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace inspectorate::rpc {
namespace {

using grpc::ByteBuffer;
using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

// When to come back with a large request, where too many wait.
constexpr int kRetryWaitingMs = 500;

}  // namespace

bool ParseBytes(const ByteBuffer& bytes, Message* message) {
  ByteBuffer copy(bytes);  // shares the slices; parsing consumes them
  return grpc::SerializationTraits<Message>::Deserialize(&copy, message).ok();
}

ByteBuffer ToBytes(const Message& message) {
  ByteBuffer bytes;
  bool own = false;
  grpc::SerializationTraits<Message>::Serialize(message, &bytes, &own);
  return bytes;
}

std::string GrpcPath(std::string_view full_name) {
  std::string path = "/" + std::string(full_name);
  path[path.rfind('.')] = '/';
  return path;
}

std::shared_ptr<grpc::ServerCredentials> ServerCredentialsOf(const Tls* tls, bool clients_need_certificate) {
  if (tls == nullptr) return grpc::InsecureServerCredentials();
  return static_cast<const GrpcTls*>(tls)->ForServer(clients_need_certificate);
}

std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsOf(const Tls* tls) {
  if (tls == nullptr) return grpc::InsecureChannelCredentials();
  return static_cast<const GrpcTls*>(tls)->ForChannel();
}

ServerCore::ServerCore(const ServerOptions& options, std::shared_ptr<const Methods> handlers,
                       std::shared_ptr<const Authenticator> authenticator, obs::Metrics* counters)
    : service_name(options.service_name),
      stream_buffer_bytes(options.stream_buffer_bytes),
      methods(std::move(handlers)),
      metrics(counters),
      pipeline(options, std::move(authenticator), counters),
      read(options.service_name, "read", options.read, counters, options.run_together),
      write(options.service_name, "write", options.write, counters, options.run_together),
      bulk(options.service_name, "bulk", options.bulk, counters),
      streams(options.streams, options.streams_a_subject),
      waiting(options.transport.waiting_bytes) {}

absl::Status WaitingBytes::Take(size_t bytes, Share* share) {
  size_t all = all_.load();
  do {
    if (all + bytes > most_) return WithRetryDelay(Error(ErrorReason::OVERLOADED), kRetryWaitingMs);
  } while (!all_.compare_exchange_weak(all, all + bytes));
  share->all_ = &all_;
  share->bytes_ = bytes;
  return absl::OkStatus();
}

WorkerPool& ServerCore::PoolFor(type::v1::Work work) {
  switch (work) {
    case type::v1::WORK_WRITE:
      return write;
    case type::v1::WORK_BULK:
      return bulk;
    default:
      return read;
  }
}

absl::StatusOr<std::unique_ptr<DynamicService>> DynamicService::Make(
    const google::protobuf::ServiceDescriptor& descriptor, ServerCore* core, CallQueue* queue) {
  std::unique_ptr<DynamicService> service(new DynamicService);
  service->name_ = descriptor.full_name();
  for (int i = 0; i < descriptor.method_count(); ++i) {
    ASSIGN_OR_RETURN(MethodPlan made, PlanMethod(*descriptor.method(i), *core->methods));
    service->paths_.push_back(GrpcPath(descriptor.method(i)->full_name()));
    service->plans_.push_back(std::move(made));
    const MethodPlan& plan = service->plans_.back();
    const char* path = service->paths_.back().c_str();
    const bool unary = plan.unary != nullptr;
    auto* method =
        new RpcServiceMethod(path, unary ? RpcMethod::NORMAL_RPC : RpcMethod::SERVER_STREAMING, nullptr);
    service->AddMethod(method);
    service->MarkMethodAsync(i);
    queue->Add(method, [core, &plan, start = unary ? StartUnary : StartStream](
                           std::unique_ptr<ServerCall> call) { start(core, plan, std::move(call)); });
  }
  return service;
}

std::vector<std::pair<std::string, std::string>> TrailersOf(const ServedCall& call,
                                                            const google::rpc::Status& wire) {
  std::vector<std::pair<std::string, std::string>> trailers{{"x-request-id", call.request_id}};
  // Stock gRPC clients with a retry policy wait this long before they try again.
  if (const auto delay = RetryDelayMs(wire))
    trailers.emplace_back("grpc-retry-pushback-ms", std::to_string(*delay));
  return trailers;
}

}  // namespace inspectorate::rpc
