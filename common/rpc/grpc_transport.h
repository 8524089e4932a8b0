// Internal to common/rpc; this and server_call.h are the only headers here that show gRPC: the transport
// under the pipeline. Services are made from descriptors; messages cross as bytes, so no stub is generated
// (docs/decisions/0002).
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/server_call.h"
#include "common/rpc/tls.h"
#include "common/rpc/worker_pool.h"
#include "google/protobuf/message.h"
#include "google/rpc/status.pb.h"

namespace inspectorate::rpc {

// --- bytes and statuses ------------------------------------------------------------------------------------

// False when the bytes are not a message of this type.
bool ParseBytes(const grpc::ByteBuffer& bytes, Message* message);
grpc::ByteBuffer ToBytes(const Message& message);
// "/inspectorate.registry.v1.Schools/GetSchool" from the full name.
std::string GrpcPath(std::string_view full_name);

// --- TLS ---------------------------------------------------------------------------------------------------

class GrpcTls : public Tls {
 public:
  virtual std::shared_ptr<grpc::ServerCredentials> ForServer(bool clients_need_certificate) const = 0;
  virtual std::shared_ptr<grpc::ChannelCredentials> ForChannel() const = 0;
};

// Plain text without `tls`.
std::shared_ptr<grpc::ServerCredentials> ServerCredentialsOf(const Tls* tls, bool clients_need_certificate);
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsOf(const Tls* tls);

// --- server ------------------------------------------------------------------------------------------------

class StreamShell;

// gRPC configures reflection for the whole process, once, before the first server is built.
void EnablePlugins();

// Limits what arrives. Reflection and unknown methods are answered by gRPC, on a thread for each call whose
// answer nobody takes: on four and no more. Others are refused (RESOURCE_EXHAUSTED).
void LimitTransport(const TransportLimits& limits, grpc::ServerBuilder* builder);

// A stream that was told to end has so long to be read to its end, then it is cut: its reader may have
// stopped reading for good.
inline constexpr std::chrono::seconds kLastReads{1};

// The streams that are open, so that a draining server can end them; and no more of them than it can bear.
// Thread-safe.
class OpenStreams {
 public:
  OpenStreams(int most, int most_of_one) : most_(most), most_of_one_(most_of_one) {}
  // OVERLOADED; or, after EndAll, what that ended the others with.
  absl::Status Add(StreamShell* stream, std::weak_ptr<StreamShell> handle, const std::string& subject);
  void Remove(StreamShell* stream);
  // Those that are open and those that come later.
  void EndAll(const absl::Status& status);
  // Waits until none is left, at most until `deadline`.
  void AwaitNone(std::chrono::steady_clock::time_point deadline);
  // Cancels what is left.
  void CutAll();

 private:
  struct Stream {
    std::weak_ptr<StreamShell> handle;
    std::string subject;
  };
  std::vector<std::shared_ptr<StreamShell>> All();

  const int most_;
  const int most_of_one_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::unordered_map<StreamShell*, Stream> streams_;
  std::unordered_map<std::string, int> of_subject_;
  std::optional<absl::Status> ended_;
};

// How many bytes of requests wait for a worker, across the pools: they are memory of the transport's, and
// where that runs out gRPC cuts calls at random. Thread-safe.
class WaitingBytes {
 public:
  explicit WaitingBytes(size_t most) : most_(most) {}
  // A request's share, given back at its end.
  class Share {
   public:
    Share() = default;
    ~Share() { Return(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;
    void Return() {
      if (all_ != nullptr) *all_ -= bytes_;
      all_ = nullptr;
    }

   private:
    friend class WaitingBytes;
    std::atomic<size_t>* all_ = nullptr;
    size_t bytes_ = 0;
  };
  // OVERLOADED.
  absl::Status Take(size_t bytes, Share* share);

 private:
  const size_t most_;
  std::atomic<size_t> all_{0};
};

// What every call of a server shares.
struct ServerCore {
  ServerCore(const ServerOptions& options, std::shared_ptr<const Methods> methods,
             std::shared_ptr<const Authenticator> authenticator, obs::Metrics* metrics);
  WorkerPool& PoolFor(type::v1::Work work);

  const std::string service_name;
  const size_t stream_buffer_bytes;
  const std::shared_ptr<const Methods> methods;
  obs::Metrics* const metrics;
  Pipeline pipeline;
  WorkerPool read;
  WorkerPool write;
  WorkerPool bulk;
  OpenStreams streams;
  WaitingBytes waiting;
};

// Serves one service of the contract with the handlers of `core`.
class DynamicService final : public grpc::Service {
 public:
  static absl::StatusOr<std::unique_ptr<DynamicService>> Make(
      const google::protobuf::ServiceDescriptor& descriptor, ServerCore* core, CallQueue* queue);
  const std::string& name() const { return name_; }

 private:
  DynamicService() = default;
  std::string name_;
  std::deque<std::string> paths_;  // gRPC keeps pointers into them
  std::deque<MethodPlan> plans_;   // and calls refer to these
};

// Open a call, which owns itself until gRPC has let go of it.
void StartUnary(ServerCore* core, const MethodPlan& plan, std::unique_ptr<ServerCall> call);
void StartStream(ServerCore* core, const MethodPlan& plan, std::unique_ptr<ServerCall> call);

// What a failed call carries besides its status: the request id, the advice when to try again.
std::vector<std::pair<std::string, std::string>> TrailersOf(const ServedCall& call,
                                                            const google::rpc::Status& wire);

}  // namespace inspectorate::rpc
