#include "tests/conformance/raw_client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <vector>

namespace inspectorate::conformance {
namespace {

using std::chrono::system_clock;

constexpr int kMaxReceiveBytes = 64 << 20;

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

absl::Status StatusOf(const grpc::Status& status) {
  google::rpc::Status wire;
  if (!status.ok() && !status.error_details().empty() && wire.ParseFromString(status.error_details())) {
    return FromWire(wire);
  }
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

std::string PathOf(const std::string& method) {
  std::string path = "/" + method;
  path[path.rfind('.')] = '/';
  return path;
}

class GrpcRawClient final : public RawClient {
 public:
  explicit GrpcRawClient(const std::string& target) : stub_(Open(target)) {}

  RawAnswer Call(const RawCall& call) override {
    grpc::ClientContext context;
    context.set_deadline(system_clock::now() + call.deadline);
    for (const auto& [name, value] : call.headers) context.AddMetadata(name, value);
    grpc::CompletionQueue queue;
    const auto reader = stub_.PrepareUnaryCall(&context, PathOf(call.method), BufferOf(call.bytes), &queue);
    grpc::ByteBuffer response;
    grpc::Status status;
    reader->StartCall();
    reader->Finish(&response, &status, this);
    void* tag = nullptr;
    bool ok = false;
    if (call.cancel_after.has_value()) {
      const auto until = system_clock::now() + *call.cancel_after;
      if (queue.AsyncNext(&tag, &ok, until) == grpc::CompletionQueue::TIMEOUT) {
        context.TryCancel();
        queue.Next(&tag, &ok);
      }
    } else {
      queue.Next(&tag, &ok);
    }
    RawAnswer answer{.status = StatusOf(status), .bytes = BytesOf(response), .said = {}};
    answer.said = status.error_message() + status.error_details();
    for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
      answer.said.append(name.data(), name.size()).append(value.data(), value.size());
    }
    return answer;
  }

 private:
  static std::shared_ptr<grpc::Channel> Open(const std::string& target) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
    return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
  }

  grpc::GenericStub stub_;
};

}  // namespace

std::unique_ptr<RawClient> RawClient::Connect(const std::string& target) {
  return std::make_unique<GrpcRawClient>(target);
}

}  // namespace inspectorate::conformance
