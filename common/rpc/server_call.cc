#include "common/rpc/server_call.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/log.h>
#include <pthread.h>

#include <algorithm>
#include <utility>

namespace inspectorate::rpc {
namespace {

constexpr std::string_view kDetailsHeader = "grpc-status-details-bin";
// One thread takes in some 20,000 calls a second.
constexpr int kCoresAThread = 4;
constexpr int kMostThreads = 4;
constexpr std::chrono::milliseconds kLookEvery{20};
constexpr std::chrono::milliseconds kLookFor{1};

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

int ThreadsThatWait() {
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()) / kCoresAThread, 1, kMostThreads);
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
  if (call_ != nullptr && !released_) grpc_call_unref(call_);
}

Arrival ServerCall::Arrive(std::shared_ptr<const std::atomic<bool>> cancelled) const {
  Arrival arrival;
  for (size_t i = 0; i < headers_.count; ++i) {
    const grpc_metadata& header = headers_.metadata[i];
    arrival.headers.emplace(TextOf(header.key), TextOf(header.value));
  }
  if (gpr_time_cmp(deadline_, gpr_inf_future(deadline_.clock_type)) != 0)
    arrival.time_left = TimeUntil(deadline_);
  arrival.certificate_names = [this] { return CertificateNames(call_); };
  arrival.cancelled = [cancelled = std::move(cancelled)] { return cancelled->load(); };
  return arrival;
}

bool ServerCall::Parse(Message* request) const {
  grpc_byte_buffer_reader reader;
  if (request_ == nullptr || grpc_byte_buffer_reader_init(&reader, request_) == 0) return false;
  const grpc_slice bytes = grpc_byte_buffer_reader_readall(&reader);
  const bool good =
      request->ParseFromArray(GRPC_SLICE_START_PTR(bytes), static_cast<int>(GRPC_SLICE_LENGTH(bytes)));
  grpc_slice_unref(bytes);
  grpc_byte_buffer_reader_destroy(&reader);
  return good;
}

template <void (ServerCall::*then)(bool)>
void ServerCall::Tie(Tag* tag, bool at_once) {
  tag->functor_run = [](grpc_completion_queue_functor* event, int ok) {
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
  GPR_ASSERT(grpc_call_start_batch(call_, &close, 1, &close_, nullptr) == GRPC_CALL_OK);
}

grpc_op& ServerCall::Add(grpc_op_type type) {
  grpc_op& op = ops_.emplace_back();
  op.op = type;
  return op;
}

void ServerCall::SendHeadersFirst() {
  ops_.clear();
  if (!headers_sent_) Add(GRPC_OP_SEND_INITIAL_METADATA);
  headers_sent_ = true;
}

void ServerCall::Start(Tag* tag) {
  // Nothing of this object after it: the event may have come, and the owner may be gone.
  GPR_ASSERT(grpc_call_start_batch(call_, ops_.data(), ops_.size(), tag, nullptr) == GRPC_CALL_OK);
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
  SendHeadersFirst();
  if (answer != nullptr) {
    message_ = std::move(answer);
    Add(GRPC_OP_SEND_MESSAGE).data.send_message.send_message = message_.get();
  }
  if (status.code() != 0)
    trailers_.push_back({SliceOf(kDetailsHeader), SliceOf(status.SerializeAsString()), {}});
  if (!status.message().empty()) words_ = SliceOf(status.message());
  auto& end = Add(GRPC_OP_SEND_STATUS_FROM_SERVER).data.send_status_from_server;
  end.trailing_metadata = trailers_.data();
  end.trailing_metadata_count = trailers_.size();
  end.status = static_cast<grpc_status_code>(status.code());
  end.status_details = status.message().empty() ? nullptr : &words_;
  Start(&finish_);
}

void ServerCall::Cancel() { grpc_call_cancel(call_, nullptr); }

void ServerCall::Closed(bool) {
  if (cancelled_ != 0) events_->OnCancel();
  LetGo();
}

void ServerCall::Written(bool ok) {
  message_.reset();
  events_->OnWriteDone(ok);
}

void ServerCall::Finished(bool) { LetGo(); }

void ServerCall::LetGo() {
  if (--open_ends_ > 0) return;
  // A server that shuts down waits for this, whoever keeps the object.
  released_ = true;
  grpc_call* const call = call_;
  CallQueue* const queue = queue_;
  events_->OnDone();
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
  for (int i = 0; i < ThreadsThatWait(); ++i) threads_.emplace_back([this] { WaitForCalls(); });
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
  const grpc_call_error error = grpc_server_request_registered_call(
      server_, expected->method->server_tag(), &call.call_, &call.deadline_, &call.headers_, &call.request_,
      events_, arrivals_->cq(), static_cast<grpc::internal::CompletionQueueTag*>(expected));
  if (error == GRPC_CALL_OK) return;
  // Any other error would be a method that answers nobody.
  GPR_ASSERT(error == GRPC_CALL_ERROR_COMPLETION_QUEUE_SHUTDOWN);
  expected->call.reset();
}

void CallQueue::WaitForCalls() {
  pthread_setname_np(pthread_self(), "rpc_arrivals");
  void* tag = nullptr;
  bool ok = false;
  while (arrivals_->Next(&tag, &ok)) {
    // A poll that fails ends a wait without an event.
    if (void* const arrived = std::exchange(tag, nullptr)) Take(arrived, ok);
  }
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

void CallQueue::Take(void* tag, bool ok) {
  auto* const expected = static_cast<Expected*>(tag);
  std::unique_ptr<ServerCall> call = std::move(expected->call);
  if (!ok) return;  // the server shuts down
  {
    std::lock_guard lock(mutex_);
    ++open_;
  }
  call->queue_ = this;
  Expect(expected);
  expected->begin(std::move(call));
}

void CallQueue::Left() {
  std::lock_guard lock(mutex_);
  if (--open_ == 0) empty_.notify_all();
}

}  // namespace inspectorate::rpc
