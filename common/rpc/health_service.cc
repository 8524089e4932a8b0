#include "common/rpc/health_service.h"

#include <utility>

#include "common/rpc/contained.h"
#include "common/rpc/grpc_transport.h"
#include "google/protobuf/wrappers.pb.h"

namespace inspectorate::rpc {
namespace {

constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
constexpr char kWatch[] = "/grpc.health.v1.Health/Watch";

// HealthCheckRequest{string service = 1} and HealthCheckResponse{ServingStatus status = 1} are on the wire
// what these well-known messages are.
using Request = google::protobuf::StringValue;
using Response = google::protobuf::Int32Value;
constexpr int kServing = 1;
constexpr int kNotServing = 2;
constexpr int kUnknown = 3;
// The name of a service.
constexpr size_t kMaxRequestBytes = 1 << 10;

CallBytes Answer(std::optional<bool> serving) {
  Response response;
  response.set_value(!serving ? kUnknown : *serving ? kServing : kNotServing);
  return ToCallBytes(response);
}

google::rpc::Status StatusOf(grpc::StatusCode code, const std::string& words) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(words);
  return status;
}

// A call that is answered at once.
class HealthCheck final : public CallEvents {
 public:
  static void Begin(std::unique_ptr<ServerCall> call, const google::rpc::Status& status, CallBytes answer) {
    auto* const check = new HealthCheck(std::move(call));  // owned by itself until OnDone
    check->call_->Prepare(check, CallThread::kAny);
    check->call_->Open();
    if (!Contained("health", [&] { check->call_->Finish(status, {}, std::move(answer)); }))
      check->call_->Fail();
  }
  void OnCancel() override {}
  void OnDone() override { delete this; }

 private:
  explicit HealthCheck(std::unique_ptr<ServerCall> call) : call_(std::move(call)) {}
  const std::unique_ptr<ServerCall> call_;
};

}  // namespace

// One who is told each change. One message is in flight; what changes meanwhile is told once, as it is then.
class HealthWatch final : public CallEvents, public std::enable_shared_from_this<HealthWatch> {
 public:
  HealthWatch(HealthService* service, std::unique_ptr<ServerCall> call, std::string name)
      : service_(service), call_(std::move(call)), name_(std::move(name)), peer_(call_->peer()) {
    if (HostOf(peer_) == peer_) peer_.clear();
  }

  void Begin() {
    self_ = shared_from_this();
    const std::shared_ptr<HealthWatch> kept = self_;
    call_->Prepare(this, CallThread::kGrpc);
    google::rpc::Status refusal;
    const bool asked = Contained("health", [&] { refusal = service_->Add(kept); });
    if (!asked) {
      End(StatusOf(grpc::StatusCode::INTERNAL, ""));
    } else if (refusal.code() == 0) {
      Look();
    } else {
      End(std::move(refusal));
    }
    // Last, and whatever was thrown: who has gone by now is removed after being added.
    call_->Open();
  }

  void Look() {
    {
      std::lock_guard lock(mutex_);
      changed_ = true;
    }
    Tell();
  }

  void End(google::rpc::Status why) {
    {
      std::lock_guard lock(mutex_);
      if (!ending_) why_ = std::move(why);
      ending_ = true;
    }
    Tell();
  }

  void Cut() {
    std::lock_guard lock(mutex_);
    if (!done_) call_->Cancel();
  }

  // Empty where connections cannot be told apart.
  const std::string& peer() const { return peer_; }

  void OnWriteDone(bool) override {
    {
      std::lock_guard lock(mutex_);
      writing_ = false;
    }
    Tell();
  }
  void OnCancel() override { End({}); }
  void OnDone() override {
    const std::shared_ptr<HealthWatch> kept = std::move(self_);
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    service_->Remove(kept);
  }

 private:
  // What throws does so before anything is sent: it ends, or its caller would wait for it and the server for
  // its caller.
  void Tell() {
    if (!Contained("health", [this] { Pump(); })) End(StatusOf(grpc::StatusCode::INTERNAL, ""));
  }

  // Whoever sets `writing_` or `finished_` is the only one to act on it, so gRPC is called outside the lock.
  void Pump() {
    CallBytes news;
    {
      std::lock_guard lock(mutex_);
      if (writing_ || finished_) return;
      // Also where it ends: what came first is told first.
      news = News();
      if (news != nullptr) {
        writing_ = true;
      } else if (ending_) {
        finished_ = true;
      } else {
        return;
      }
    }
    if (news != nullptr) {
      call_->Write(std::move(news));
    } else if (!Contained("health", [this] { call_->Finish(why_, {}); })) {
      call_->Fail();
    }
  }

  // With the lock held. Null when nothing has changed for this one.
  CallBytes News() {
    if (!std::exchange(changed_, false)) return nullptr;
    const std::optional<bool> now = service_->IsServing(name_);
    if (told_ == now && told_once_) return nullptr;
    told_once_ = true;
    told_ = now;
    return Answer(now);
  }

  HealthService* const service_;
  const std::unique_ptr<ServerCall> call_;
  const std::string name_;
  std::string peer_;
  std::mutex mutex_;
  bool changed_ = false;
  bool told_once_ = false;
  std::optional<bool> told_;
  bool writing_ = false;
  bool ending_ = false;
  bool finished_ = false;
  bool done_ = false;
  google::rpc::Status why_;
  std::shared_ptr<HealthWatch> self_;  // gRPC's share, until OnDone
};

HealthService::HealthService(CallQueue* queue, const TransportLimits& limits) : limits_(limits) {
  using grpc::internal::RpcMethod;
  auto* check = new grpc::internal::RpcServiceMethod(kCheck, RpcMethod::NORMAL_RPC, nullptr);
  auto* watch = new grpc::internal::RpcServiceMethod(kWatch, RpcMethod::SERVER_STREAMING, nullptr);
  AddMethod(check);
  AddMethod(watch);
  for (int i = 0; i < 2; ++i) MarkMethodAsync(i);
  queue->Add(check, [this](std::unique_ptr<ServerCall> call) { Check(std::move(call)); });
  queue->Add(watch, [this](std::unique_ptr<ServerCall> call) { Watch(std::move(call)); });
}

void HealthService::SetServing(const std::string& name, bool serving) {
  {
    std::lock_guard lock(mutex_);
    serving_[name] = serving;
  }
  for (const auto& watch : Watches()) watch->Look();
}

void HealthService::SetCondition(std::function<bool()> condition) {
  std::lock_guard lock(condition_mutex_);
  condition_ = std::move(condition);
}

std::optional<bool> HealthService::IsServing(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto found = serving_.find(name);
  return found == serving_.end() ? std::nullopt : std::optional<bool>(found->second);
}

bool HealthService::IsConditionMet() const {
  // With the lock held, so that who sets another knows that the last one is not being asked any more.
  std::lock_guard lock(condition_mutex_);
  return condition_ == nullptr || condition_();
}

void HealthService::End(std::chrono::steady_clock::time_point deadline) {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  for (const auto& watch : Watches()) watch->End(StatusOf(grpc::StatusCode::UNAVAILABLE, "shutting down"));
  {
    std::unique_lock lock(mutex_);
    none_.wait_until(lock, std::min(deadline, std::chrono::steady_clock::now() + kLastReads),
                     [this] { return watches_.empty(); });
  }
  for (const auto& watch : Watches()) watch->Cut();
}

void HealthService::Check(std::unique_ptr<ServerCall> call) const {
  Request request;
  if (!call->Parse(&request, kMaxRequestBytes)) {
    HealthCheck::Begin(std::move(call), StatusOf(grpc::StatusCode::INVALID_ARGUMENT, "not a request"),
                       nullptr);
    return;
  }
  const std::optional<bool> serving = IsServing(request.value());
  if (serving) {
    HealthCheck::Begin(std::move(call), {}, Answer(*serving && IsConditionMet()));
  } else {
    HealthCheck::Begin(std::move(call), StatusOf(grpc::StatusCode::NOT_FOUND, "service name unknown"),
                       nullptr);
  }
}

void HealthService::Watch(std::unique_ptr<ServerCall> call) {
  Request request;
  if (!call->Parse(&request, kMaxRequestBytes)) {
    HealthCheck::Begin(std::move(call), StatusOf(grpc::StatusCode::INVALID_ARGUMENT, "not a request"),
                       nullptr);
    return;
  }
  std::make_shared<HealthWatch>(this, std::move(call), request.value())->Begin();
}

google::rpc::Status HealthService::Add(const std::shared_ptr<HealthWatch>& watch) {
  std::lock_guard lock(mutex_);
  if (ended_) return StatusOf(grpc::StatusCode::UNAVAILABLE, "shutting down");
  const auto of_peer = of_peer_.find(watch->peer());
  const int open = of_peer == of_peer_.end() ? 0 : of_peer->second;
  if (static_cast<int>(watches_.size()) >= limits_.health_watchers ||
      open >= limits_.health_watchers_a_connection) {
    // Not RESOURCE_EXHAUSTED: gRPC's client calls nobody whose health it could not watch, unless it is told
    // that there is no watching here. Strangers could keep all others away with it.
    return StatusOf(grpc::StatusCode::UNIMPLEMENTED, "too many watch");
  }
  watches_.insert(watch);
  if (!watch->peer().empty()) ++of_peer_[watch->peer()];
  return {};
}

void HealthService::Remove(const std::shared_ptr<HealthWatch>& watch) {
  std::lock_guard lock(mutex_);
  if (watches_.erase(watch) == 0) return;
  const auto of_peer = of_peer_.find(watch->peer());
  if (of_peer != of_peer_.end() && --of_peer->second == 0) of_peer_.erase(of_peer);
  if (watches_.empty()) none_.notify_all();
}

std::set<std::shared_ptr<HealthWatch>> HealthService::Watches() const {
  std::lock_guard lock(mutex_);
  return watches_;
}

}  // namespace inspectorate::rpc
