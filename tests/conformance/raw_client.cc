#include "tests/conformance/raw_client.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <thread>
#include <vector>

namespace inspectorate::conformance {
namespace {

using std::chrono::system_clock;

constexpr int kMaxReceiveBytes = 64 << 20;
// Longer than any deadline that callers set.
constexpr std::chrono::milliseconds kPatience{35'000};

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
    for (const auto& [name, value] : call.headers) context.AddMetadata(name, value);
    if (call.wire_timeout.empty()) {
      context.set_deadline(system_clock::now() + call.deadline);
    } else {
      context.AddMetadata("grpc-timeout", call.wire_timeout);
    }
    grpc::ByteBuffer response;
    const grpc::Status status = call.message_after > std::chrono::milliseconds(0)
                                    ? HeadersFirst(call, context, &response)
                                    : AtOnce(call, context, &response);
    RawAnswer answer{.status = StatusOf(status), .bytes = BytesOf(response), .said = {}};
    answer.said = status.error_message() + status.error_details();
    for (const auto& [name, value] : context.GetServerTrailingMetadata()) {
      answer.said.append(name.data(), name.size()).append(value.data(), value.size());
    }
    return answer;
  }

 private:
  grpc::Status AtOnce(const RawCall& call, grpc::ClientContext& context, grpc::ByteBuffer* response) {
    grpc::CompletionQueue queue;
    grpc::Status status;
    const auto reader = stub_.PrepareUnaryCall(&context, PathOf(call.method), BufferOf(call.bytes), &queue);
    reader->StartCall();
    reader->Finish(response, &status, this);
    Await(queue, context, call.cancel_after.value_or(kPatience));
    return status;
  }

  grpc::Status HeadersFirst(const RawCall& call, grpc::ClientContext& context, grpc::ByteBuffer* response) {
    grpc::CompletionQueue queue;
    grpc::Status status;
    const auto stream = stub_.PrepareCall(&context, PathOf(call.method), &queue);
    stream->StartCall(this);
    Await(queue, context, kPatience);
    std::this_thread::sleep_for(call.message_after);
    stream->WriteLast(BufferOf(call.bytes), grpc::WriteOptions(), this);
    Await(queue, context, kPatience);
    // A stream may say something first.
    for (bool more = true; more;) {
      stream->Read(response, this);
      more = Await(queue, context, kPatience);
    }
    stream->Finish(&status, this);
    Await(queue, context, kPatience);
    return status;
  }

  // Whether what was begun went well.
  static bool Await(grpc::CompletionQueue& queue, grpc::ClientContext& context,
                    std::chrono::milliseconds patience) {
    void* tag = nullptr;
    bool ok = false;
    if (queue.AsyncNext(&tag, &ok, system_clock::now() + patience) == grpc::CompletionQueue::TIMEOUT) {
      context.TryCancel();
      queue.Next(&tag, &ok);
    }
    return ok;
  }

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
