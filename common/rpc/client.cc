#include "common/rpc/client.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/support/async_stream.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "common/base/macros.h"
#include "common/obs/trace.h"
#include "common/rpc/grpc_transport.h"
#include "common/rpc/health.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/retry.h"
#include "common/status/error.h"

namespace inspectorate::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Retries are ours (Client::Call): gRPC's own policy knows neither OVERLOADED nor the parent's budget, and
// stops at five attempts. The rest of the service config is gRPC's: a replica that is about to end says so to
// those who watch its health, and gets no more calls; without that, a caller's retries may all meet it again.
constexpr char kServiceConfig[] =
    R"({"loadBalancingConfig":[{"round_robin":{}}],"healthCheckConfig":{"serviceName":"%s"}})";
constexpr int kMaxReceiveBytes = 64 << 20;
// A replica that goes silent (a pulled cable, a stopped process) is left after both together: within the
// default deadline of a call, so that there is time to try another one.
constexpr int kKeepaliveMs = 5'000;
constexpr int kKeepaliveTimeoutMs = 4'000;
constexpr int kMaxReconnectBackoffMs = 2'000;
// Names are asked for again when an address fails, but no more often. gRPC's own 30 s are longer than a
// rollout takes to replace every address that a client knows.
constexpr int kMinResolutionIntervalMs = 2'000;
// How often a waiting call looks whether its parent was cancelled.
constexpr milliseconds kCancellationPoll{20};
// How long a client that is closed may wait for the thread that waits for its connection.
constexpr milliseconds kReconnectionLook{100};
// What is kept back from the parent's time for its own answer.
constexpr milliseconds kMinMargin{10};
constexpr int kMarginDivisor = 20;

constexpr char kHealthPath[] = "/grpc.health.v1.Health/Check";
constexpr int kHealthStatusField = 1;
constexpr uint64_t kHealthServing = 1;

milliseconds Until(steady_clock::time_point deadline) {
  return std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
}

double Random() {
  thread_local std::minstd_rand generator(std::random_device{}());
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

std::shared_ptr<grpc::Channel> OpenChannel(const std::string& target, const Tls* tls) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(absl::StrFormat(kServiceConfig, HealthEndpoint::kOpen));
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Clients of one process share nothing: one that is closed or throttled does not slow another.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  // Otherwise pings stop after two while only the server has something to say, as on a feed.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectBackoffMs);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kMinResolutionIntervalMs);
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  return grpc::CreateCustomChannel(target, ChannelCredentialsOf(tls), arguments);
}

std::string ServiceOf(std::string_view method) { return std::string(method.substr(0, method.rfind('.'))); }

// gRPC says the same of a server without room, which it is worth to ask again, and of what is too large for
// one of the two sides: a message, or headers. It tells them apart by words alone.
bool IsTooLarge(const std::string& words) {
  return words.find("larger than max") != std::string::npos ||
         words.find("size exceeds") != std::string::npos;
}

// What gRPC itself answers carries no details; it becomes the reason of the catalogue that says the same.
absl::Status FromTransport(const grpc::Status& status, std::string_view method, bool cancelled_here) {
  switch (status.error_code()) {
    case grpc::StatusCode::CANCELLED:
      if (cancelled_here) return Error(ErrorReason::CALL_CANCELLED);
      [[fallthrough]];  // a server that goes away cancels what reaches it too late
    case grpc::StatusCode::UNAVAILABLE:
      return Error(ErrorReason::PEER_UNAVAILABLE, {{"service", ServiceOf(method)}});
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Error(ErrorReason::DEADLINE_SPENT);
    case grpc::StatusCode::UNIMPLEMENTED:
      return Error(ErrorReason::METHOD_NOT_FOUND, {{"method", std::string(method)}});
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      if (!IsTooLarge(status.error_message())) return Error(ErrorReason::OVERLOADED);
      [[fallthrough]];
    default:
      return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                          absl::string_view(status.error_message()));
  }
}

// An answer: the status as our code sees it, and the delay the server asked for.
struct Answer {
  absl::Status status;
  std::optional<int> retry_delay_ms;
};

Answer Read(const grpc::Status& status, std::string_view method, bool cancelled_here) {
  if (status.ok()) return {};
  google::rpc::Status wire;
  if (!status.error_details().empty() && wire.ParseFromString(status.error_details()) &&
      wire.code() == static_cast<int>(status.error_code())) {
    return {FromWire(wire), RetryDelayMs(wire)};
  }
  return {FromTransport(status, method, cancelled_here), {}};
}

std::optional<uint64_t> ReadVarint(const std::string& bytes, int field) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  uint32_t tag = 0;
  uint64_t value = 0;
  while ((tag = input.ReadTag()) != 0) {
    if (tag == static_cast<uint32_t>(field) << 3 && input.ReadVarint64(&value)) return value;
    return {};
  }
  return {};
}

std::string Flatten(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// The events of one call, taken on the calling thread; when `stop` becomes true the call is cancelled and
// goes on to its end.
class Events {
 public:
  Events(grpc::ClientContext* context, std::function<bool()> stop)
      : context_(context), stop_(std::move(stop)) {}
  ~Events() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  grpc::CompletionQueue* queue() { return &queue_; }
  bool stopped() const { return stopped_; }

  // Waits for the event that was asked for; its success.
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    if (!stop_) {
      queue_.Next(&tag, &ok);
      return ok;
    }
    for (;;) {
      if (!stopped_ && stop_()) {
        stopped_ = true;
        context_->TryCancel();
      }
      if (stopped_) {
        queue_.Next(&tag, &ok);
        return ok;
      }
      const auto wake = std::chrono::system_clock::now() + kCancellationPoll;
      if (queue_.AsyncNext(&tag, &ok, wake) == grpc::CompletionQueue::GOT_EVENT) return ok;
    }
  }

 private:
  grpc::ClientContext* const context_;
  const std::function<bool()> stop_;
  grpc::CompletionQueue queue_;
  bool stopped_ = false;
};

// Waits for a lost connection to come back. gRPC goes on with a connection only while a thread waits for one
// of its events: where a process serves nothing and its calls fail at once, nobody does, and what gRPC does
// about that takes 5 s for each of some four steps.
class Reconnection {
 public:
  explicit Reconnection(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}
  ~Reconnection() {
    closing_ = true;
    if (thread_.joinable()) thread_.join();
  }

  void Begin() {
    if (waiting_.exchange(true)) return;
    std::lock_guard<std::mutex> lock(mutex_);
    if (thread_.joinable()) thread_.join();  // has ended, or is about to
    thread_ = std::thread([this] { Wait(); });
  }

 private:
  void Wait() {
    while (!closing_) {
      const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
      if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_SHUTDOWN) break;
      channel_->WaitForStateChange(state, std::chrono::system_clock::now() + kReconnectionLook);
    }
    waiting_ = false;
  }

  const std::shared_ptr<grpc::Channel> channel_;
  std::atomic<bool> closing_{false};
  std::atomic<bool> waiting_{false};
  std::mutex mutex_;
  std::thread thread_;
};

class GrpcClient final : public Client {
 public:
  explicit GrpcClient(ClientOptions options)
      : options_(std::move(options)),
        channel_(OpenChannel(options_.target, options_.tls.get())),
        stub_(channel_),
        reconnection_(channel_) {}

  absl::Status Call(std::string_view method, const Message& request, Message* response,
                    const CallOptions& options) override {
    const steady_clock::time_point deadline = DeadlineOf(options);
    const std::function<bool()> cancelled = options.budget != nullptr ? options.budget->cancelled : nullptr;
    const std::string path = GrpcPath(method);
    const grpc::ByteBuffer bytes = ToBytes(request);
    for (int attempt = 1;; ++attempt) {
      if (options.attempts != nullptr) *options.attempts = attempt;
      grpc::ByteBuffer answer_bytes;
      const Answer answer = Attempt(path, method, bytes, deadline, cancelled, &answer_bytes);
      if (answer.status.ok()) {
        throttle_.Succeeded();
        return ParseBytes(answer_bytes, response) ? absl::OkStatus()
                                                  : absl::DataLossError("the answer is malformed");
      }
      if (!IsRetryable(answer.status)) return answer.status;
      throttle_.Failed();
      const auto delay =
          RetryDelay(answer.status, answer.retry_delay_ms, attempt, options.max_attempts, Random());
      if (!delay || !throttle_.Allows() || *delay >= Until(deadline)) return answer.status;
      if (!Sleep(*delay, cancelled)) return Error(ErrorReason::CALL_CANCELLED);
    }
  }

  absl::Status Stream(std::string_view method, const Message& request, const Message& prototype,
                      const std::function<bool(const Message&)>& on_message,
                      const std::function<bool()>& stop) override {
    grpc::ClientContext context;
    Prepare(&context);
    const std::string path = GrpcPath(method);
    Events events(&context, stop);
    const grpc::internal::RpcMethod rpc(path.c_str(), grpc::internal::RpcMethod::SERVER_STREAMING);
    const grpc::ByteBuffer bytes = ToBytes(request);
    std::unique_ptr<grpc::ClientAsyncReader<grpc::ByteBuffer>> reader(
        grpc::internal::ClientAsyncReaderFactory<grpc::ByteBuffer>::Create(
            channel_.get(), events.queue(), rpc, &context, bytes, /*start=*/true, this));
    bool enough = false;
    absl::Status malformed;
    const std::unique_ptr<Message> message(prototype.New());
    grpc::ByteBuffer received;
    for (bool open = events.Wait(); open && !enough;) {
      reader->Read(&received, this);
      open = events.Wait();
      if (!open || events.stopped()) break;
      if (!ParseBytes(received, message.get())) malformed = absl::DataLossError("a message is malformed");
      enough = !malformed.ok() || !on_message(*message);
    }
    if (enough) context.TryCancel();
    grpc::Status status;
    reader->Finish(&status, this);
    events.Wait();
    ReconnectAfter(status);
    if (!malformed.ok()) return malformed;
    if (enough || events.stopped()) return absl::OkStatus();
    return Read(status, method, /*cancelled_here=*/false).status;
  }

  absl::Status CheckHealth(milliseconds deadline) override {
    grpc::ByteBuffer answer_bytes;
    const grpc::ByteBuffer empty(nullptr, 0);  // HealthCheckRequest{}: the server as a whole
    const Answer answer = Attempt(kHealthPath, "grpc.health.v1.Health.Check", empty,
                                  steady_clock::now() + deadline, {}, &answer_bytes);
    RETURN_IF_ERROR(answer.status);
    if (ReadVarint(Flatten(answer_bytes), kHealthStatusField) == kHealthServing) return absl::OkStatus();
    return Error(ErrorReason::PEER_UNAVAILABLE, {{"service", options_.target}});
  }

 private:
  Answer Attempt(const std::string& path, std::string_view method, const grpc::ByteBuffer& request,
                 steady_clock::time_point deadline, const std::function<bool()>& cancelled,
                 grpc::ByteBuffer* response) {
    const milliseconds left = Until(deadline);
    if (left <= milliseconds::zero()) return {Error(ErrorReason::DEADLINE_SPENT), {}};
    grpc::ClientContext context;
    Prepare(&context);
    // A duration, not a point in time: clocks of two hosts differ.
    context.set_deadline(std::chrono::system_clock::now() + left);
    Events events(&context, cancelled);
    const auto reader = stub_.PrepareUnaryCall(&context, path, request, events.queue());
    reader->StartCall();
    grpc::Status status;
    reader->Finish(response, &status, this);
    events.Wait();
    ReconnectAfter(status);
    return Read(status, method, events.stopped());
  }

  // What came from the server carries details; what gRPC says for itself does not.
  void ReconnectAfter(const grpc::Status& status) {
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && status.error_details().empty())
      reconnection_.Begin();
  }

  void Prepare(grpc::ClientContext* context) const {
    const std::string token = options_.token ? options_.token() : "";
    if (!token.empty()) context->AddMetadata("authorization", "Bearer " + token);
    context->AddMetadata("accept-language", options_.language);
    const obs::TraceContext* current = obs::CurrentTrace();
    context->AddMetadata(
        "traceparent", obs::FormatTraceparent(current != nullptr ? obs::ChildOf(*current) : obs::NewTrace()));
  }

  steady_clock::time_point DeadlineOf(const CallOptions& options) const {
    const milliseconds wanted =
        options.deadline > milliseconds::zero() ? options.deadline : options_.default_deadline;
    const steady_clock::time_point own = steady_clock::now() + wanted;
    if (options.budget == nullptr) return own;
    const milliseconds margin =
        std::max(kMinMargin, std::min(wanted, Until(options.budget->deadline)) / kMarginDivisor);
    return std::min(own, options.budget->deadline - margin);
  }

  // False when the parent was cancelled meanwhile.
  static bool Sleep(milliseconds delay, const std::function<bool()>& cancelled) {
    const steady_clock::time_point end = steady_clock::now() + delay;
    for (;;) {
      if (cancelled && cancelled()) return false;
      const milliseconds left = Until(end);
      if (left <= milliseconds::zero()) return true;
      std::this_thread::sleep_for(cancelled ? std::min(left, kCancellationPoll) : left);
    }
  }

  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  Reconnection reconnection_;
  RetryThrottle throttle_;
};

}  // namespace

std::unique_ptr<Client> Client::Connect(ClientOptions options) {
  return std::make_unique<GrpcClient>(std::move(options));
}

}  // namespace inspectorate::rpc
