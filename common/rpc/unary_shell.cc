// One unary call between gRPC and the pipeline. This is the one place that calls Finish on a unary call, and
// it does so exactly once, whatever the order in which admission, worker, drop and cancellation arrive.
#include <atomic>
#include <memory>
#include <utility>

#include "common/base/macros.h"
#include "common/rpc/contained.h"
#include "common/rpc/grpc_transport.h"

namespace inspectorate::rpc {
namespace {

// A larger request, or one that has to be unpacked, is read by the worker: nobody else's call is taken in
// while the thread that admits calls reads one.
constexpr size_t kReadAtOnce = 64 << 10;

class UnaryShell final : public CallEvents, public Job, public std::enable_shared_from_this<UnaryShell> {
 public:
  UnaryShell(ServerCore* core, const MethodPlan& plan, std::unique_ptr<ServerCall> transport)
      : core_(core),
        transport_(std::move(transport)),
        call_(plan, transport_->Arrive(cancelled_)),
        request_(plan.request->New()),
        response_(plan.response->New()) {}

  void Start() {
    self_ = shared_from_this();
    // Cancelled, it only takes note; and it is done once it has finished itself.
    transport_->Prepare(this, CallThread::kAny);
    transport_->Open();
    const absl::Status status = Guarded([this] { return Admit(); });
    // Once submitted, the call belongs to the pool: it may have ended on a worker by now.
    if (!status.ok()) End(status);
  }

  // Job, on a worker.
  const db::Budget& budget() const override { return call_.budget(); }
  bool MayRunTogether() const override { return call_.plan.together && !read_late_; }
  void Run() override {
    const absl::Status status = read_late_ ? ReadRequest() : absl::OkStatus();
    waiting_.Return();
    End(status.ok() ? core_->pipeline.Handle(call_, *request_, response_.get()) : status);
  }
  void Drop(const absl::Status& why) override { End(why); }

  // CallEvents. A call that is cancelled while it waits or runs is only told so, since the pool still holds
  // it and will end it.
  void OnCancel() override { cancelled_->store(true); }
  void OnDone() override { self_.reset(); }

 private:
  absl::Status Admit() {
    RETURN_IF_ERROR(core_->pipeline.Enter(call_));
    read_late_ = transport_->request_bytes() <= call_.plan.max_request_bytes &&
                 (transport_->request_bytes() > kReadAtOnce || transport_->request_is_compressed());
    if (read_late_) {
      RETURN_IF_ERROR(core_->waiting.Take(transport_->request_bytes(), &waiting_));
    } else {
      RETURN_IF_ERROR(ReadRequest());
    }
    return core_->PoolFor(call_.access().work()).Submit(self_);
  }

  absl::Status ReadRequest() {
    return core_->pipeline.TakeRequest(
        [this](Message* message) { return transport_->Parse(message, call_.plan.max_request_bytes); },
        request_.get());
  }

  void End(const absl::Status& status) {
    if (ended_.exchange(true)) return;
    const auto answer = [&] {
      const google::rpc::Status wire = core_->pipeline.End(call_, status);
      transport_->Finish(wire, TrailersOf(call_, wire), status.ok() ? ToCallBytes(*response_) : nullptr);
    };
    if (!Contained("answer", answer)) transport_->Fail();
  }

  ServerCore* const core_;
  WaitingBytes::Share waiting_;  // given back after the request itself
  const std::unique_ptr<ServerCall> transport_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  ServedCall call_;
  const std::unique_ptr<Message> request_;
  const std::unique_ptr<Message> response_;
  bool read_late_ = false;
  std::atomic<bool> ended_{false};
  std::shared_ptr<UnaryShell> self_;  // gRPC's share, until OnDone
};

}  // namespace

void StartUnary(ServerCore* core, const MethodPlan& plan, std::unique_ptr<ServerCall> call) {
  std::make_shared<UnaryShell>(core, plan, std::move(call))->Start();
}

}  // namespace inspectorate::rpc
