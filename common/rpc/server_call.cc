#include "common/rpc/server_call.h"

#include <arpa/inet.h>
#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <pthread.h>
#include <zlib.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "common/rpc/contained.h"

namespace inspectorate::rpc {
namespace {

constexpr std::string_view kDetailsHeader = "grpc-status-details-bin";
// One thread takes in some 20,000 calls a second.
constexpr int kCoresAThread = 4;
constexpr std::string_view kIpv6 = "ipv6:";
constexpr size_t kNetworkBytes = 8;
constexpr char kInternal[] = "internal error";
constexpr std::chrono::milliseconds kLookEvery{20};
constexpr std::chrono::milliseconds kLookFor{1};

// gRPC hands what was written before an operation over to whoever carries its event out. The thread sanitizer
// does not see its locks, as the distribution's library is not built for it.
#ifdef __SANITIZE_THREAD__
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
void HandOver(void* tag) { __tsan_release(tag); }
void TakeOver(void* tag) { __tsan_acquire(tag); }
#else
void HandOver(void*) {}
void TakeOver(void*) {}
#endif

std::string_view TextOf(const grpc_slice& slice) {
  return {reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)), GRPC_SLICE_LENGTH(slice)};
}

grpc_slice SliceOf(std::string_view text) { return grpc_slice_from_copied_buffer(text.data(), text.size()); }

std::chrono::milliseconds TimeUntil(gpr_timespec deadline) {
  return std::chrono::milliseconds(
      gpr_time_to_millis(gpr_time_sub(gpr_convert_clock_type(deadline, GPR_CLOCK_MONOTONIC),  //
                                      gpr_now(GPR_CLOCK_MONOTONIC))));
}

// What the verified certificate of the other side names.
std::vector<std::string> CertificateNames(grpc_call* call) {
  std::vector<std::string> names;
  grpc_auth_context* peer = grpc_call_auth_context(call);
  if (peer == nullptr) return names;
  if (grpc_auth_context_peer_is_authenticated(peer) != 0) {
    grpc_auth_property_iterator it = grpc_auth_context_peer_identity(peer);
    while (const grpc_auth_property* name = grpc_auth_property_iterator_next(&it))
      names.emplace_back(name->value, name->value_length);
  }
  grpc_auth_context_release(peer);
  return names;
}

// gRPC wants to tell somebody that a queue of events has ended.
grpc_completion_queue_functor* Nobody() {
  static grpc_completion_queue_functor nobody{[](grpc_completion_queue_functor*, int) {}, 1, 0, nullptr};
  return &nobody;
}

size_t ThreadsThatWait(size_t most) {
  return std::clamp<size_t>(std::thread::hardware_concurrency() / kCoresAThread, 1, most);
}

int64_t Milliseconds(gpr_timespec time) { return time.tv_sec * 1000 + time.tv_nsec / 1'000'000; }

// The bytes of a buffer in one piece.
class Whole {
 public:
  explicit Whole(grpc_byte_buffer* buffer) {
    if (grpc_byte_buffer_reader_init(&reader_, buffer) == 0) return;
    slice_ = grpc_byte_buffer_reader_readall(&reader_);
    grpc_byte_buffer_reader_destroy(&reader_);
  }
  ~Whole() { grpc_slice_unref(slice_); }
  Whole(const Whole&) = delete;
  Whole& operator=(const Whole&) = delete;
  std::string_view text() const { return TextOf(slice_); }

 private:
  grpc_byte_buffer_reader reader_{};
  grpc_slice slice_ = grpc_empty_slice();
};

// What zlib or gzip made of it, unless that is more than `limit`: some kilobytes may stand for gigabytes.
std::optional<std::string> Inflate(std::string_view packed, size_t limit) {
  constexpr int kEitherHeader = 32;
  constexpr size_t kPiece = 16 << 10;
  z_stream stream{};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  if (inflateInit2(&stream, MAX_WBITS + kEitherHeader) != Z_OK) return std::nullopt;
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  std::string text;
  int result = Z_OK;
  while (result == Z_OK && text.size() <= limit) {
    const size_t before = text.size();
    text.resize(before + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(text.data() + before);
    stream.avail_out = kPiece;
    result = inflate(&stream, Z_NO_FLUSH);
    text.resize(text.size() - stream.avail_out);
  }
  if (result != Z_STREAM_END || text.size() > limit) return std::nullopt;
  return text;
}

// "ipv6:%5B2001:db8::1%25eth0%5D" → the first half of the address, which is what a customer is given: whoever
// has one has the others.
std::string NetworkOf(const std::string& host) {
  constexpr std::array<std::string_view, 2> kOpening{"%5B", "["};
  std::string address = host.substr(kIpv6.size());
  for (const std::string_view bracket : kOpening) {
    if (address.starts_with(bracket)) address.erase(0, bracket.size());
  }
  address.erase(std::min(address.find_first_of("%]"), address.size()));
  in6_addr whole{};
  if (::inet_pton(AF_INET6, address.c_str(), &whole) != 1 || IN6_IS_ADDR_V4MAPPED(&whole)) return host;
  std::fill(std::begin(whole.s6_addr) + kNetworkBytes, std::end(whole.s6_addr), 0);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &whole, text.data(), text.size());
  return std::string(kIpv6) + text.data();
}

}  // namespace

CallBytes ToCallBytes(const Message& message) {
  const size_t size = message.ByteSizeLong();
  grpc_slice slice = grpc_slice_malloc(size);
  message.SerializeWithCachedSizesToArray(GRPC_SLICE_START_PTR(slice));
  CallBytes bytes(grpc_raw_byte_buffer_create(&slice, 1));
  grpc_slice_unref(slice);
  return bytes;
}

std::string HostOf(const std::string& peer) {
  const size_t colon = peer.rfind(':');
  if (peer.starts_with("unix") || colon == std::string::npos) return peer;
  const std::string host = peer.substr(0, colon);
  return host.starts_with(kIpv6) ? NetworkOf(host) : host;
}

// --- one call ----------------------------------------------------------------------------------------------

ServerCall::ServerCall() : words_(grpc_empty_slice()) { grpc_metadata_array_init(&headers_); }

ServerCall::~ServerCall() {
  grpc_metadata_array_destroy(&headers_);
  if (request_ != nullptr) grpc_byte_buffer_destroy(request_);
  for (const grpc_metadata& trailer : trailers_) {
    grpc_slice_unref(trailer.key);
    grpc_slice_unref(trailer.value);
  }
  grpc_slice_unref(words_);
  if (call_ == nullptr || released_) return;
  if (queue_ != nullptr) grpc_call_cancel_with_status(call_, GRPC_STATUS_INTERNAL, kInternal, nullptr);
  grpc_call_unref(call_);
  if (queue_ != nullptr) queue_->Left();
}

Arrival ServerCall::Arrive(std::shared_ptr<const std::atomic<bool>> cancelled) const {
  Arrival arrival;
  for (size_t i = 0; i < headers_.count; ++i) {
    const grpc_metadata& header = headers_.metadata[i];
    arrival.headers.emplace(TextOf(header.key), TextOf(header.value));
  }
  if (gpr_time_cmp(deadline_, gpr_inf_future(deadline_.clock_type)) != 0)
    arrival.time_left = TimeUntil(deadline_);
  arrival.host = [this] { return HostOf(peer()); };
  arrival.certificate_names = [this] { return CertificateNames(call_); };
  arrival.cancelled = [cancelled = std::move(cancelled)] { return cancelled->load(); };
  return arrival;
}

std::string ServerCall::peer() const {
  char* const text = grpc_call_get_peer(call_);
  std::string peer(text == nullptr ? "" : text);
  gpr_free(text);
  return peer;
}

size_t ServerCall::request_bytes() const {
  return request_ == nullptr ? 0 : grpc_byte_buffer_length(request_);
}

bool ServerCall::request_is_compressed() const {
  return request_ != nullptr && request_->data.raw.compression != GRPC_COMPRESS_NONE;
}

bool ServerCall::Parse(Message* request, size_t limit) {
  const bool packed = request_is_compressed();
  const CallBytes bytes(std::exchange(request_, nullptr));
  if (bytes == nullptr || grpc_byte_buffer_length(bytes.get()) > limit) return false;
  const Whole whole(bytes.get());
  const std::string_view text = whole.text();
  if (!packed) return request->ParseFromArray(text.data(), static_cast<int>(text.size()));
  const std::optional<std::string> unpacked = Inflate(text, limit);
  return unpacked && request->ParseFromString(*unpacked);
}

template <void (ServerCall::*then)(bool)>
void ServerCall::Tie(Tag* tag, bool at_once) {
  tag->functor_run = [](grpc_completion_queue_functor* event, int ok) {
    TakeOver(event);
    (static_cast<Tag*>(event)->call->*then)(ok != 0);
  };
  tag->inlineable = at_once ? 1 : 0;
  tag->call = this;
}

void ServerCall::Prepare(CallEvents* events, CallThread thread) {
  events_ = events;
  const bool at_once = thread == CallThread::kAny;
  Tie<&ServerCall::Closed>(&close_, at_once);
  Tie<&ServerCall::Written>(&write_, at_once);
  Tie<&ServerCall::Finished>(&finish_, at_once);
}

void ServerCall::Open() {
  // Not by way of `ops_`: it lasts as long as the call, beside the others.
  grpc_op close{};
  close.op = GRPC_OP_RECV_CLOSE_ON_SERVER;
  close.data.recv_close_on_server.cancelled = &cancelled_;
  HandOver(&close_);
  GPR_ASSERT(grpc_call_start_batch(call_, &close, 1, &close_, nullptr) == GRPC_CALL_OK);
}

grpc_op& ServerCall::Add(grpc_op_type type) noexcept {
  grpc_op& op = ops_[op_count_++];
  op = {};
  op.op = type;
  return op;
}

void ServerCall::SendHeadersFirst() {
  op_count_ = 0;
  if (!headers_sent_) Add(GRPC_OP_SEND_INITIAL_METADATA);
  headers_sent_ = true;
}

void ServerCall::Start(Tag* tag) {
  // Nothing of this object after it: the event may have come, and the owner may be gone.
  grpc_call* const call = call_;
  const size_t count = op_count_;
  HandOver(tag);
  GPR_ASSERT(grpc_call_start_batch(call, ops_.data(), count, tag, nullptr) == GRPC_CALL_OK);
}

void ServerCall::Write(CallBytes message) {
  message_ = std::move(message);
  SendHeadersFirst();
  Add(GRPC_OP_SEND_MESSAGE).data.send_message.send_message = message_.get();
  Start(&write_);
}

void ServerCall::Finish(const google::rpc::Status& status,
                        const std::vector<std::pair<std::string, std::string>>& trailers, CallBytes answer) {
  for (const auto& [name, value] : trailers) trailers_.push_back({SliceOf(name), SliceOf(value), {}});
  if (status.code() != 0)
    trailers_.push_back({SliceOf(kDetailsHeader), SliceOf(status.SerializeAsString()), {}});
  if (!status.message().empty()) words_ = SliceOf(status.message());
  // From here on nothing throws.
  SendHeadersFirst();
  if (answer != nullptr) {
    message_ = std::move(answer);
    Add(GRPC_OP_SEND_MESSAGE).data.send_message.send_message = message_.get();
  }
  auto& end = Add(GRPC_OP_SEND_STATUS_FROM_SERVER).data.send_status_from_server;
  end.trailing_metadata = trailers_.data();
  end.trailing_metadata_count = trailers_.size();
  end.status = static_cast<grpc_status_code>(status.code());
  end.status_details = status.message().empty() ? nullptr : &words_;
  Start(&finish_);
}

void ServerCall::Fail() noexcept {
  SendHeadersFirst();
  auto& end = Add(GRPC_OP_SEND_STATUS_FROM_SERVER).data.send_status_from_server;
  end.status = GRPC_STATUS_INTERNAL;
  grpc_slice_unref(std::exchange(words_, grpc_slice_from_static_string(kInternal)));
  end.status_details = &words_;
  Start(&finish_);
}

void ServerCall::Cancel() { grpc_call_cancel(call_, nullptr); }

void ServerCall::Closed(bool) {
  if (cancelled_ != 0) Contained("cancelled", [this] { events_->OnCancel(); });
  LetGo();
}

void ServerCall::Written(bool ok) {
  message_.reset();
  Contained("written", [this, ok] { events_->OnWriteDone(ok); });
}

void ServerCall::Finished(bool) { LetGo(); }

void ServerCall::LetGo() {
  if (--open_ends_ > 0) return;
  // A server that shuts down waits for this, whoever keeps the object.
  released_ = true;
  grpc_call* const call = call_;
  CallQueue* const queue = queue_;
  Contained("done", [this] { events_->OnDone(); });
  grpc_call_unref(call);
  queue->Left();
}

// --- all calls ---------------------------------------------------------------------------------------------

CallQueue::~CallQueue() { Stop(); }

void CallQueue::Add(const grpc::internal::RpcServiceMethod* method, Begin begin) {
  Expected& expected = methods_.emplace_back();
  expected.method = method;
  expected.begin = std::move(begin);
}

void CallQueue::Start(grpc::Server* server, Waiting waiting) {
  server_ = server->c_server();
  events_ = grpc_completion_queue_create_for_callback(Nobody(), nullptr);
  for (Expected& expected : methods_) Expect(&expected);
  if (waiting == Waiting::kSometimes) {
    threads_.emplace_back([this] { LookForCalls(); });
    return;
  }
  for (size_t i = 0; i < ThreadsThatWait(kMostThreads); ++i) {
    beats_[i] = Milliseconds(gpr_now(GPR_CLOCK_MONOTONIC));
    threads_.emplace_back([this, beat = &beats_[i]] { WaitForCalls(beat); });
  }
}

void CallQueue::AwaitNone(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  empty_.wait_until(lock, deadline, [this] { return open_ == 0; });
}

void CallQueue::Stop() {
  if (events_ == nullptr) return;
  arrivals_->Shutdown();
  for (std::thread& thread : threads_) thread.join();
  {
    // The server's Shutdown has waited for its connections only.
    std::unique_lock lock(mutex_);
    empty_.wait(lock, [this] { return open_ == 0; });
  }
  grpc_completion_queue_shutdown(events_);
  grpc_completion_queue_destroy(std::exchange(events_, nullptr));
}

// The events of a call come by a queue of another kind than its arrival: nobody waits at that one, whoever
// brings an event about carries it out. So Finish on a worker wakes nobody.
void CallQueue::Expect(Expected* expected) {
  expected->call = std::make_unique<ServerCall>();
  ServerCall& call = *expected->call;
  HandOver(expected);
  const grpc_call_error error = grpc_server_request_registered_call(
      server_, expected->method->server_tag(), &call.call_, &call.deadline_, &call.headers_, &call.request_,
      events_, arrivals_->cq(), static_cast<grpc::internal::CompletionQueueTag*>(expected));
  if (error == GRPC_CALL_OK) return;
  // Any other error would be a method that answers nobody.
  GPR_ASSERT(error == GRPC_CALL_ERROR_COMPLETION_QUEUE_SHUTDOWN);
  expected->call.reset();
}

void CallQueue::WaitForCalls(Beat* beat) {
  pthread_setname_np(pthread_self(), "rpc_arrivals");
  const gpr_timespec round = gpr_time_from_millis(kRound.count(), GPR_TIMESPAN);
  void* tag = nullptr;
  bool ok = false;
  for (;;) {
    const gpr_timespec now = gpr_now(GPR_CLOCK_MONOTONIC);
    beat->store(Milliseconds(now), std::memory_order_relaxed);
    switch (arrivals_->AsyncNext(&tag, &ok, gpr_time_add(now, round))) {
      case grpc::CompletionQueue::GOT_EVENT:
        Take(tag, ok);
        break;
      case grpc::CompletionQueue::TIMEOUT:
        break;
      case grpc::CompletionQueue::SHUTDOWN:
        beat->store(0, std::memory_order_relaxed);
        return;
    }
  }
}

bool CallQueue::StandsStill(std::chrono::milliseconds limit) const {
  const int64_t now = Milliseconds(gpr_now(GPR_CLOCK_MONOTONIC));
  return std::any_of(beats_.begin(), beats_.end(), [&](const Beat& beat) {
    const int64_t last = beat.load(std::memory_order_relaxed);
    return last != 0 && now - last > limit.count();
  });
}

void CallQueue::LookForCalls() {
  pthread_setname_np(pthread_self(), "rpc_probes");
  void* tag = nullptr;
  bool ok = false;
  for (;;) {
    switch (arrivals_->AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kLookFor)) {
      case grpc::CompletionQueue::GOT_EVENT:
        Take(tag, ok);
        break;
      case grpc::CompletionQueue::TIMEOUT:
        std::this_thread::sleep_for(kLookEvery);
        break;
      case grpc::CompletionQueue::SHUTDOWN:
        return;
    }
  }
}

void CallQueue::Take(void* tag, bool ok) noexcept {
  auto* const expected = static_cast<Expected*>(tag);
  TakeOver(expected);
  std::unique_ptr<ServerCall> call = std::move(expected->call);
  if (!ok) return;  // the server shuts down
  {
    std::lock_guard lock(mutex_);
    ++open_;
  }
  call->queue_ = this;
  // Without memory for that much the process ends: a method that is expected no more would answer nobody.
  Expect(expected);
  Contained("admission", [&] { expected->begin(std::move(call)); });
}

void CallQueue::Left() {
  std::lock_guard lock(mutex_);
  if (--open_ == 0) empty_.notify_all();
}

}  // namespace inspectorate::rpc
