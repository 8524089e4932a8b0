#include "common/rpc/health_service.h"

#include <utility>

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
    check->call_->Finish(status, {}, std::move(answer));
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
      : service_(service), call_(std::move(call)), name_(std::move(name)) {}

  void Begin() {
    self_ = shared_from_this();
    const std::shared_ptr<HealthWatch> kept = self_;
    call_->Prepare(this, CallThread::kGrpc);
    if (service_->Add(kept)) {
      Look();
    } else {
      End();
    }
    // Last: who has gone by now is removed after being added.
    call_->Open();
  }

  void Look() {
    {
      std::lock_guard lock(mutex_);
      changed_ = true;
    }
    Pump();
  }

  void End() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    Pump();
  }

  void OnWriteDone(bool) override {
    {
      std::lock_guard lock(mutex_);
      writing_ = false;
    }
    Pump();
  }
  void OnCancel() override { End(); }
  void OnDone() override {
    const std::shared_ptr<HealthWatch> kept = std::move(self_);
    service_->Remove(kept);
  }

 private:
  // Whoever sets `writing_` or `finished_` is the only one to act on it, so gRPC is called outside the lock.
  void Pump() {
    CallBytes news;
    {
      std::lock_guard lock(mutex_);
      if (writing_ || finished_) return;
      if (ending_) {
        finished_ = true;
      } else {
        news = News();
        if (news == nullptr) return;
        writing_ = true;
      }
    }
    if (news != nullptr) {
      call_->Write(std::move(news));
    } else {
      call_->Finish(StatusOf(grpc::StatusCode::UNAVAILABLE, "shutting down"), {});
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
  std::mutex mutex_;
  bool changed_ = false;
  bool told_once_ = false;
  std::optional<bool> told_;
  bool writing_ = false;
  bool ending_ = false;
  bool finished_ = false;
  std::shared_ptr<HealthWatch> self_;  // gRPC's share, until OnDone
};

HealthService::HealthService(CallQueue* queue) {
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

std::optional<bool> HealthService::IsServing(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto found = serving_.find(name);
  return found == serving_.end() ? std::nullopt : std::optional(found->second);
}

void HealthService::End() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  for (const auto& watch : Watches()) watch->End();
}

void HealthService::Check(std::unique_ptr<ServerCall> call) const {
  Request request;
  if (!call->Parse(&request)) {
    HealthCheck::Begin(std::move(call), StatusOf(grpc::StatusCode::INVALID_ARGUMENT, "not a request"),
                       nullptr);
    return;
  }
  const std::optional<bool> serving = IsServing(request.value());
  if (serving) {
    HealthCheck::Begin(std::move(call), {}, Answer(serving));
  } else {
    HealthCheck::Begin(std::move(call), StatusOf(grpc::StatusCode::NOT_FOUND, "service name unknown"),
                       nullptr);
  }
}

void HealthService::Watch(std::unique_ptr<ServerCall> call) {
  Request request;
  if (!call->Parse(&request)) {
    HealthCheck::Begin(std::move(call), StatusOf(grpc::StatusCode::INVALID_ARGUMENT, "not a request"),
                       nullptr);
    return;
  }
  std::make_shared<HealthWatch>(this, std::move(call), request.value())->Begin();
}

bool HealthService::Add(const std::shared_ptr<HealthWatch>& watch) {
  std::lock_guard lock(mutex_);
  if (!ended_) watches_.insert(watch);
  return !ended_;
}

void HealthService::Remove(const std::shared_ptr<HealthWatch>& watch) {
  std::lock_guard lock(mutex_);
  watches_.erase(watch);
}

std::set<std::shared_ptr<HealthWatch>> HealthService::Watches() const {
  std::lock_guard lock(mutex_);
  return watches_;
}

}  // namespace inspectorate::rpc
