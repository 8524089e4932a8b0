// Internal to common/rpc: a server's calls on gRPC's core library, and the thread that waits for them. Not
// its callback API, because each wake-up of a thread costs more than all the rest of a call
// (docs/decisions/0034).
#pragma once

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/rpc_service_method.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/rpc/pipeline.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace inspectorate::rpc {

struct DestroyBytes {
  void operator()(grpc_byte_buffer* bytes) const { grpc_byte_buffer_destroy(bytes); }
};
using CallBytes = std::unique_ptr<grpc_byte_buffer, DestroyBytes>;
CallBytes ToCallBytes(const Message& message);
// "ipv4:10.0.0.7:4711" → "ipv4:10.0.0.7"; of IPv6 the network of 64 bits, which is one customer's.
std::string HostOf(const std::string& peer);

// What gRPC tells of a call that was opened.
class CallEvents {
 public:
  virtual ~CallEvents() = default;
  virtual void OnWriteDone(bool) {}
  // The caller has gone. The call has to be finished all the same.
  virtual void OnCancel() = 0;
  // Once, after Finish and after everything else: gRPC has let go.
  virtual void OnDone() = 0;
};

// On which thread those are called.
enum class CallThread {
  kAny,   // also the one that finishes the call, within Finish: for events that take no lock and call nobody
  kGrpc,  // one of gRPC's own, which costs a wake-up
};

class CallQueue;

// One call. Whoever owns it prepares and opens it, finishes it once, and keeps it until OnDone. One that is
// dropped before it was opened is answered INTERNAL.
class ServerCall {
 public:
  ServerCall();
  ~ServerCall();
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  // Headers, time left and peer. Asks gRPC for the peer when it is asked for it: valid as long as this.
  Arrival Arrive(std::shared_ptr<const std::atomic<bool>> cancelled) const;
  // "ipv4:127.0.0.1:4711"; one word for all of a unix socket.
  std::string peer() const;
  // As it came over the wire.
  size_t request_bytes() const;
  bool request_is_compressed() const;
  // Once; what arrived is given back. False when it is not a message of this type, or larger than `limit`
  // once it is unpacked.
  bool Parse(Message* request, size_t limit);

  // Whom to tell, before anything is sent.
  void Prepare(CallEvents* events, CallThread thread);
  // Begins to tell of what happens to the call: events may come within it and from then on. Who is not ready
  // for OnCancel and OnDone yet sends first, or even finishes, and opens last: OnDone does not come before.
  void Open();
  // One at a time: the next one, or Finish, after OnWriteDone.
  void Write(CallBytes message);
  // With the answer of a unary call, if there is one. This may be gone after it.
  void Finish(const google::rpc::Status& status,
              const std::vector<std::pair<std::string, std::string>>& trailers, CallBytes answer = nullptr);
  // In place of Finish when that threw: INTERNAL and nothing else.
  void Fail() noexcept;
  // Cuts it: OnCancel follows.
  void Cancel();

 private:
  friend class CallQueue;

  // An event of gRPC's, which knows its call.
  struct Tag : grpc_completion_queue_functor {
    ServerCall* call = nullptr;
  };
  template <void (ServerCall::*then)(bool)>
  void Tie(Tag* tag, bool at_once);

  void Closed(bool ok);
  void Written(bool ok);
  void Finished(bool ok);
  void LetGo();
  void SendHeadersFirst();
  grpc_op& Add(grpc_op_type type) noexcept;
  void Start(Tag* tag);

  CallQueue* queue_ = nullptr;
  grpc_call* call_ = nullptr;
  gpr_timespec deadline_{};
  grpc_metadata_array headers_{};
  grpc_byte_buffer* request_ = nullptr;

  CallEvents* events_ = nullptr;
  Tag close_;
  Tag write_;
  Tag finish_;
  int cancelled_ = 0;
  bool headers_sent_ = false;
  bool released_ = false;
  std::atomic<int> open_ends_{2};  // that the connection's side has closed, and that Finish was carried out

  // What an operation refers to until it has ended.
  CallBytes message_;
  std::vector<grpc_metadata> trailers_;
  grpc_slice words_{};
  std::array<grpc_op, 3> ops_{};
  size_t op_count_ = 0;
};

// The calls of a server: one queue, and the threads that wait at it and begin each call.
class CallQueue {
 public:
  using Begin = std::function<void(std::unique_ptr<ServerCall>)>;

  explicit CallQueue(grpc::ServerBuilder* builder) : arrivals_(builder->AddCompletionQueue()) {}
  // As Stop.
  ~CallQueue();

  // Before the server starts. `begin` is called on a thread of the queue: it must not block.
  void Add(const grpc::internal::RpcServiceMethod* method, Begin begin);

  enum class Waiting {
    kForCalls,   // threads of its own wait
    kSometimes,  // one looks some fifty times a second
  };
  void Start(grpc::Server* server, Waiting waiting);

  // Waits until no call is open, at most until `deadline`; more may arrive meanwhile.
  void AwaitNone(std::chrono::steady_clock::time_point deadline);

  // After the server's Shutdown, which cancels what is open. Waits until gRPC has let go of every call.
  void Stop();

  // A thread that waits for calls has not come round for so long.
  bool StandsStill(std::chrono::milliseconds limit) const;

  // How often an idle one does.
  static constexpr std::chrono::milliseconds kRound{1'000};

 private:
  static constexpr size_t kMostThreads = 4;
  // When a thread came round last, milliseconds of the monotonic clock; 0: there is none.
  using Beat = std::atomic<int64_t>;

  // A method, and the call of it that is to arrive next.
  struct Expected final : grpc::internal::CompletionQueueTag {
    bool FinalizeResult(void** tag, bool*) override {
      *tag = this;
      return true;
    }
    const grpc::internal::RpcServiceMethod* method = nullptr;
    Begin begin;
    std::unique_ptr<ServerCall> call;
  };

  void Expect(Expected* expected);
  void WaitForCalls(Beat* beat);
  void LookForCalls();
  void Take(void* tag, bool ok) noexcept;

  friend class ServerCall;
  void Left();  // a call did

  const std::unique_ptr<grpc::ServerCompletionQueue> arrivals_;
  std::deque<Expected> methods_;
  grpc_server* server_ = nullptr;
  grpc_completion_queue* events_ = nullptr;  // from Start to Stop
  std::vector<std::thread> threads_;
  std::array<Beat, kMostThreads> beats_{};

  std::mutex mutex_;
  std::condition_variable empty_;
  int open_ = 0;
};

}  // namespace inspectorate::rpc
