// One server stream between gRPC and the pipeline. Messages wait in a bounded ring; one write is in flight;
// nothing here uses the worker pools, so that idle streams cost memory and no thread.
#include <grpc/byte_buffer.h>
#include <grpcpp/alarm.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

#include "common/base/macros.h"
#include "common/rpc/contained.h"
#include "common/rpc/grpc_transport.h"
#include "common/status/error.h"

namespace inspectorate::rpc {
namespace {

// A reader that was told SLOW_CONSUMER has this long to fetch the answer before the call is cut.
constexpr std::chrono::seconds kFarewell{5};
// How often the token of an open stream is looked at.
constexpr std::chrono::seconds kTokenCheck{5};
// When to ask again for a stream that is one too many.
constexpr int kRetryStreamMs = 2'000;

}  // namespace

class StreamShell final : public CallEvents,
                          public StreamSink,
                          public std::enable_shared_from_this<StreamShell> {
 public:
  StreamShell(ServerCore* core, const MethodPlan& plan, std::unique_ptr<ServerCall> transport)
      : core_(core),
        transport_(std::move(transport)),
        call_(std::make_shared<ServedCall>(plan, transport_->Arrive(cancelled_))) {}

  void Start() {
    self_ = shared_from_this();
    const std::shared_ptr<StreamShell> kept = self_;
    // Whoever sends or finishes may hold locks that `on_end_` takes.
    transport_->Prepare(this, CallThread::kGrpc);
    const absl::Status status = Guarded([this] { return Begin(); });
    if (!status.ok()) Finish(status);
    // Last: a caller who has gone by now is told of after all that OnCancel and OnDone look at is there.
    transport_->Open();
  }

  // StreamSink.
  bool Send(const Message& message) override {
    CallBytes bytes = ToCallBytes(message);
    bool sent = false;
    {
      std::lock_guard lock(mutex_);
      if (ending_) return false;
      const size_t size = grpc_byte_buffer_length(bytes.get());
      // One message always fits, however large: a limit below it would end every stream that carries it.
      if (backlog_ == 0 || backlog_ + size <= core_->stream_buffer_bytes) {
        backlog_ += size;
        queue_.push_back({std::move(bytes), size});
        sent = true;
      } else {
        GiveUpOnReader();
      }
    }
    Pump();
    return sent;
  }

  void Finish(absl::Status status) override {
    {
      std::lock_guard lock(mutex_);
      if (ending_) return;
      ending_ = true;
      status_ = std::move(status);
    }
    Pump();
  }

  size_t backlog() const override {
    std::lock_guard lock(mutex_);
    return backlog_;
  }

  // CallEvents.
  void OnWriteDone(bool ok) override {
    {
      std::lock_guard lock(mutex_);
      writing_ = false;
      backlog_ -= std::exchange(writing_bytes_, 0);
      if (!ok) Abandon();
    }
    Pump();
  }

  void OnCancel() override {
    cancelled_->store(true);
    {
      std::lock_guard lock(mutex_);
      Abandon();
    }
    Pump();
  }

  void OnDone() override {
    std::unique_ptr<grpc::Alarm> check;
    {
      std::lock_guard lock(mutex_);
      done_ = true;
      check = std::move(token_check_);
    }
    check.reset();
    farewell_.Cancel();
    if (admitted_) {
      core_->streams.Remove(this);
      core_->metrics->Move(obs::kStreams, {core_->service_name, call_->method().full_name()}, -1);
    }
    if (on_end_) Contained("stream_end", on_end_);
    on_end_ = nullptr;  // it may hold this sink
    self_.reset();
  }

  void Cut() {
    std::lock_guard lock(mutex_);
    if (!done_) transport_->Cancel();
  }

 private:
  absl::Status Begin() {
    const std::unique_ptr<Message> request(call_->plan.request->New());
    RETURN_IF_ERROR(core_->pipeline.Admit(
        *call_,
        [this](Message* message) { return transport_->Parse(message, call_->plan.max_request_bytes); },
        request.get()));
    RETURN_IF_ERROR(core_->streams.Add(this, self_, call_->principal().subject));
    admitted_ = true;
    core_->metrics->Move(obs::kStreams, {core_->service_name, call_->method().full_name()}, 1);
    CheckTokenLater();
    const obs::ScopedTrace scope(call_->trace);
    on_end_ = (*call_->plan.stream)(call_, *request, self_);
    return absl::OkStatus();
  }

  // With the lock held. The reader has gone: nothing that is queued will be read.
  void Abandon() {
    DropQueue();
    if (ending_) return;
    ending_ = true;
    status_ = Error(ErrorReason::CALL_CANCELLED);
  }

  // With the lock held. The write in flight may never end if the reader has stopped reading for good; then
  // its answer cannot be delivered either and the call is cut.
  void GiveUpOnReader() {
    DropQueue();
    ending_ = true;
    status_ = Error(ErrorReason::SLOW_CONSUMER);
    std::weak_ptr<StreamShell> weak = weak_from_this();
    farewell_.Set(std::chrono::system_clock::now() + kFarewell, [weak](bool elapsed) {
      const std::shared_ptr<StreamShell> stream = elapsed ? weak.lock() : nullptr;
      if (stream != nullptr) stream->Cut();
    });
  }

  // A stream outlives a call by far: what its token gave ends with the token, or with the key that signed it.
  // The caller comes back with a fresh one and goes on where it was.
  void CheckTokenLater() {
    std::lock_guard lock(mutex_);
    if (done_ || ending_) return;
    std::weak_ptr<StreamShell> weak = weak_from_this();
    token_check_ = std::make_unique<grpc::Alarm>();  // one that has gone off cannot be set from its callback
    token_check_->Set(std::chrono::system_clock::now() + kTokenCheck, [weak](bool elapsed) {
      const std::shared_ptr<StreamShell> stream = elapsed ? weak.lock() : nullptr;
      if (stream == nullptr || Contained("token_check", [&] { stream->CheckToken(); })) return;
      // Nobody would look at its token any more.
      if (!Contained("token_check", [&] { stream->Finish(absl::InternalError("token check")); }))
        stream->Cut();
    });
  }

  void CheckToken() {
    const absl::Status status = core_->pipeline.StillAuthenticated(*call_);
    if (status.ok()) {
      CheckTokenLater();
    } else {
      Finish(status);
    }
  }

  void DropQueue() {
    for (const Waiting& message : queue_) backlog_ -= message.size;
    queue_.clear();
  }

  // Starts the next write, or ends the call when there is none left. Whoever sets `writing_` or `finished_`
  // is the only one to act on it, so gRPC is called outside the lock.
  void Pump() {
    CallBytes next;
    {
      std::lock_guard lock(mutex_);
      if (writing_ || finished_) return;
      if (!queue_.empty()) {
        next = std::move(queue_.front().bytes);
        writing_bytes_ = queue_.front().size;
        queue_.pop_front();
        writing_ = true;
      } else if (ending_) {
        finished_ = true;
      } else {
        return;
      }
    }
    if (next != nullptr) {
      transport_->Write(std::move(next));
      return;
    }
    const auto answer = [this] {
      const google::rpc::Status wire = core_->pipeline.End(*call_, status_);
      transport_->Finish(wire, TrailersOf(*call_, wire));
    };
    if (!Contained("answer", answer)) transport_->Fail();
  }

  struct Waiting {
    CallBytes bytes;
    size_t size;
  };

  ServerCore* const core_;
  const std::unique_ptr<ServerCall> transport_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  const std::shared_ptr<ServedCall> call_;
  bool admitted_ = false;
  std::function<void()> on_end_;
  grpc::Alarm farewell_;

  mutable std::mutex mutex_;
  std::deque<Waiting> queue_;
  size_t writing_bytes_ = 0;
  size_t backlog_ = 0;  // those included
  bool writing_ = false;
  bool ending_ = false;    // no more messages; `status_` says why
  bool finished_ = false;  // Finish was called
  bool done_ = false;      // gRPC has let go
  std::unique_ptr<grpc::Alarm> token_check_;
  absl::Status status_;
  std::shared_ptr<StreamShell> self_;  // gRPC's share, until OnDone
};

absl::Status OpenStreams::Add(StreamShell* stream, std::weak_ptr<StreamShell> handle,
                              const std::string& subject) {
  std::lock_guard lock(mutex_);
  // It was let in before the server began to drain, and EndAll has not seen it.
  if (ended_) return *ended_;
  const auto of_subject = of_subject_.find(subject);
  const int open = of_subject == of_subject_.end() ? 0 : of_subject->second;
  if (static_cast<int>(streams_.size()) >= most_ || open >= most_of_one_)
    return WithRetryDelay(Error(ErrorReason::OVERLOADED), kRetryStreamMs);
  streams_.emplace(stream, Stream{.handle = std::move(handle), .subject = subject});
  ++of_subject_[subject];
  return absl::OkStatus();
}

void OpenStreams::Remove(StreamShell* stream) {
  std::lock_guard lock(mutex_);
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  const auto of_subject = of_subject_.find(found->second.subject);
  if (--of_subject->second == 0) of_subject_.erase(of_subject);
  streams_.erase(found);
  if (streams_.empty()) none_.notify_all();
}

std::vector<std::shared_ptr<StreamShell>> OpenStreams::All() {
  std::vector<std::shared_ptr<StreamShell>> all;
  std::lock_guard lock(mutex_);
  for (const auto& [unused, stream] : streams_) {
    if (std::shared_ptr<StreamShell> shell = stream.handle.lock()) all.push_back(std::move(shell));
  }
  return all;
}

void OpenStreams::EndAll(const absl::Status& status) {
  {
    std::lock_guard lock(mutex_);
    ended_ = status;
  }
  for (const auto& stream : All()) stream->Finish(status);
}

void OpenStreams::AwaitNone(std::chrono::steady_clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  none_.wait_until(lock, deadline, [this] { return streams_.empty(); });
}

void OpenStreams::CutAll() {
  for (const auto& stream : All()) stream->Cut();
}

void StartStream(ServerCore* core, const MethodPlan& plan, std::unique_ptr<ServerCall> call) {
  std::make_shared<StreamShell>(core, plan, std::move(call))->Start();
}

}  // namespace inspectorate::rpc
