#include "common/rpc/grpc_transport.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "common/base/macros.h"

namespace inspectorate::rpc {
namespace {

using grpc::ByteBuffer;

std::chrono::milliseconds TimeLeft(const grpc::CallbackServerContext& context) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(context.deadline() -
                                                               std::chrono::system_clock::now());
}

bool HasDeadline(const grpc::CallbackServerContext& context) {
  return gpr_time_cmp(context.raw_deadline(), gpr_inf_future(context.raw_deadline().clock_type)) != 0;
}

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

grpc::Status ToGrpcStatus(const google::rpc::Status& wire) {
  if (wire.code() == 0) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(wire.code()), wire.message(), wire.SerializeAsString());
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

void OpenStreams::Add(StreamShell* stream, std::weak_ptr<StreamShell> handle) {
  std::lock_guard lock(mutex_);
  streams_.emplace(stream, std::move(handle));
}

void OpenStreams::Remove(StreamShell* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
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
      bulk(options.service_name, "bulk", options.bulk, counters) {}

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
    const google::protobuf::ServiceDescriptor& descriptor, ServerCore* core) {
  std::unique_ptr<DynamicService> service(new DynamicService);
  service->name_ = descriptor.full_name();
  for (int i = 0; i < descriptor.method_count(); ++i) {
    ASSIGN_OR_RETURN(MethodPlan made, PlanMethod(*descriptor.method(i), *core->methods));
    service->paths_.push_back(GrpcPath(descriptor.method(i)->full_name()));
    service->plans_.push_back(std::move(made));
    const MethodPlan& plan = service->plans_.back();
    const char* path = service->paths_.back().c_str();
    if (plan.unary != nullptr) {
      service->AddMethod(
          new grpc::internal::RpcServiceMethod(path, grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
      service->MarkMethodRawCallback(i, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
                                            [core, &plan](grpc::CallbackServerContext* context,
                                                          const ByteBuffer* request, ByteBuffer* response) {
                                              return StartUnary(core, plan, context, request, response);
                                            }));
    } else {
      service->AddMethod(
          new grpc::internal::RpcServiceMethod(path, grpc::internal::RpcMethod::SERVER_STREAMING, nullptr));
      service->MarkMethodRawCallback(
          i, new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
                 [core, &plan](grpc::CallbackServerContext* context, const ByteBuffer* request) {
                   return StartStream(core, plan, context, request);
                 }));
    }
  }
  return service;
}

Arrival ArrivalOf(const grpc::CallbackServerContext& context,
                  std::shared_ptr<const std::atomic<bool>> cancelled) {
  Arrival arrival;
  for (const auto& [name, value] : context.client_metadata()) {
    arrival.headers.emplace(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }
  if (HasDeadline(context)) arrival.time_left = TimeLeft(context);
  // Asked for by few calls, and while `context` lives.
  arrival.certificate_names = [&context] {
    std::vector<std::string> names;
    const auto authenticated = context.auth_context();
    if (authenticated == nullptr || !authenticated->IsPeerAuthenticated()) return names;
    for (const grpc::string_ref& name : authenticated->GetPeerIdentity()) {
      names.emplace_back(name.data(), name.size());
    }
    return names;
  };
  arrival.cancelled = [cancelled = std::move(cancelled)] { return cancelled->load(); };
  return arrival;
}

void AddTrailers(const ServedCall& call, const google::rpc::Status& wire,
                 grpc::CallbackServerContext* context) {
  context->AddTrailingMetadata("x-request-id", call.request_id);
  // Stock gRPC clients with a retry policy wait this long before they try again.
  if (const auto delay = RetryDelayMs(wire)) {
    context->AddTrailingMetadata("grpc-retry-pushback-ms", std::to_string(*delay));
  }
}

}  // namespace inspectorate::rpc
