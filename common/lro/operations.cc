#include "common/lro/operations.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/resource/description.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/empty.pb.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::lro {
namespace {

using std::chrono::steady_clock;

constexpr auto kPoll = std::chrono::milliseconds(200);
constexpr auto kWriteProgressEvery = std::chrono::milliseconds(500);
constexpr auto kLongestRun = std::chrono::hours(1);
// As long as this after it was asked for, an operation that meets a database that is away is taken up again.
constexpr auto kTriedFor = std::chrono::hours(24);
constexpr auto kKept = std::chrono::hours(24 * 30);
constexpr auto kSweepEvery = std::chrono::hours(1);
constexpr std::chrono::milliseconds kDefaultWait{10'000};

constexpr char kColumns[] =
    "office, operation, kind, actor, actor_name, request, done, cancel_requested, done_units, total_units, "
    "stage_zh,"
    " stage_en, response, error, create_time, update_time";

struct Row {
  std::string office;
  Uuid id;
  std::string kind;
  std::string request;
  work::Actor actor;
  bool cancel_requested = false;
  Time create_time;
  // Of this run alone: a run whose lease has lapsed knows itself replaced, even within one process.
  std::string lease_owner;
};

absl::StatusOr<Operation> ToOperation(const db::Rows& rows, size_t row) {
  Operation operation;
  operation.set_name("offices/" + rows.at(row, "office").AsString() + "/operations/" +
                     FormatUuid(rows.at(row, "operation").AsUuid()));
  type::v1::OperationMetadata metadata;
  metadata.set_kind(rows.at(row, "kind").AsString());
  metadata.set_done_units(rows.at(row, "done_units").AsInt());
  metadata.set_total_units(rows.at(row, "total_units").AsInt());
  metadata.set_stage_zh(rows.at(row, "stage_zh").AsString());
  metadata.set_stage_en(rows.at(row, "stage_en").AsString());
  *metadata.mutable_create_time() = resource::ToProto(rows.at(row, "create_time").AsTime());
  *metadata.mutable_update_time() = resource::ToProto(rows.at(row, "update_time").AsTime());
  metadata.set_actor(rows.at(row, "actor").AsString());
  operation.mutable_metadata()->PackFrom(metadata);
  operation.set_done(rows.at(row, "done").AsBool());
  if (!rows.at(row, "error").is_null()) {
    if (!operation.mutable_error()->ParseFromString(rows.at(row, "error").AsString())) {
      return absl::InternalError("stored error does not parse");
    }
  } else if (!rows.at(row, "response").is_null()) {
    if (!operation.mutable_response()->ParseFromString(rows.at(row, "response").AsString())) {
      return absl::InternalError("stored response does not parse");
    }
  }
  return operation;
}

struct Key {
  std::string office;
  Uuid id;
};

// Names are checked by the contract's pattern before they come here.
Key KeyOf(const std::string& name) {
  return {.office = resource::SlugOf(name), .id = resource::UuidOf(name)};
}

absl::StatusOr<Operation> Find(db::Session& session, const rpc::Call& call, const std::string& name) {
  const Key key = KeyOf(name);
  RETURN_IF_ERROR(roster::ReachForRead(session, call, key.office, Date{}).status());
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(std::string("SELECT ") + kColumns +
                                                    " FROM operation WHERE office = ? AND operation = ?",
                                                {key.office, key.id}));
  if (rows.empty()) return NotFound(name);
  ASSIGN_OR_RETURN(Operation operation, ToOperation(rows, 0));
  // The operator sees that work ends and how, not what an office's work says.
  if (call.principal().role == rpc::Role::ROLE_PLATFORM_OPERATOR && operation.has_response()) {
    operation.mutable_response()->PackFrom(google::protobuf::Empty());
  }
  return operation;
}

class DatabaseOperations : public Operations {
 public:
  DatabaseOperations(work::Writer& writer, int workers, std::chrono::milliseconds lease)
      : writer_(writer), workers_(workers), lease_(lease) {}

  ~DatabaseOperations() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
      waiting_ended_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void AddRunner(const std::string& kind, const Message& request, Runner runner) override {
    runners_[kind] = {.prototype = &request, .run = std::move(runner)};
  }

  void StopWaiting() override { waiting_ended_ = true; }

  void Begin() override {
    for (int i = 0; i < workers_; ++i) threads_.emplace_back([this] { Work(); });
  }

  absl::StatusOr<Operation> Enqueue(work::Unit& unit, const std::string& office, const std::string& kind,
                                    const Message& request) override {
    const Uuid id = NewUuid(unit.recorded());
    RETURN_IF_ERROR(
        unit.db()
            .Execute("INSERT INTO operation (office, operation, kind, actor, actor_name, request, done, "
                     "cancel_requested,"
                     " done_units, total_units, stage_zh, stage_en, lease_owner, create_time, update_time)"
                     " VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '等待执行', 'waiting', '', ?, ?)",
                     {office, id, kind, unit.actor().subject, unit.actor().display_name,
                      request.SerializeAsString(), unit.recorded(), unit.recorded()})
            .status());
    ASSIGN_OR_RETURN(db::Rows rows, unit.db().Query(std::string("SELECT ") + kColumns +
                                                        " FROM operation WHERE office = ? AND operation = ?",
                                                    {office, id}));
    return ToOperation(rows, 0);
  }

  void Register(rpc::Methods& methods) override {
    using type::v1::CancelOperationRequest;
    using type::v1::GetOperationRequest;
    using type::v1::WaitOperationRequest;
    const std::string service = "inspectorate.type.v1.Operations.";
    methods.Unary<GetOperationRequest, Operation>(
        service + "GetOperation",
        [this](rpc::Call& call, const GetOperationRequest& request) { return Read(call, request.name()); });
    methods.Unary<WaitOperationRequest, Operation>(
        service + "WaitOperation",
        [this](rpc::Call& call, const WaitOperationRequest& request) { return Wait(call, request); });
    methods.Unary<CancelOperationRequest, Operation>(
        service + "CancelOperation",
        [this](rpc::Call& call, const CancelOperationRequest& request) -> absl::StatusOr<Operation> {
          Operation operation;
          RETURN_IF_ERROR(writer_.Run(call, request, &operation, [&](work::Unit& unit) -> absl::Status {
            const Key key = KeyOf(request.name());
            RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, key.office, Date{}).status());
            RETURN_IF_ERROR(
                unit.db()
                    .Execute("UPDATE operation SET cancel_requested = 1 WHERE office = ? AND operation = ?",
                             {key.office, key.id})
                    .status());
            ASSIGN_OR_RETURN(operation, Find(unit.db(), call, request.name()));
            return absl::OkStatus();
          }));
          return operation;
        });
  }

 private:
  struct Registered {
    const Message* prototype = nullptr;
    Runner run;
  };

  class RunContext : public Context {
   public:
    RunContext(DatabaseOperations& operations, Row row)
        : operations_(operations),
          row_(std::move(row)),
          told_(steady_clock::now()),
          lease_end_(steady_clock::now() + operations.lease_),
          cancelled_(row_.cancel_requested) {
      budget_.deadline = steady_clock::now() + kLongestRun;
      budget_.cancelled = [this] { return MustStop(); };
    }

    const std::string& office() const override { return row_.office; }
    const work::Actor& actor() const override { return row_.actor; }
    const db::Budget& budget() const override { return budget_; }
    const Row& row() const { return row_; }
    // This run may still speak for the operation: nobody else can have taken it.
    bool holds() const { return holds_ && steady_clock::now() < lease_end_.load(); }
    bool cancelled() const { return cancelled_; }

    bool Progress(int64_t done, int64_t total, const std::string& stage_zh,
                  const std::string& stage_en) override {
      {
        std::lock_guard<std::mutex> lock(mutex_);
        done_ = done;
        total_ = total;
        stage_zh_ = stage_zh;
        stage_en_ = stage_en;
      }
      const auto now = steady_clock::now();
      if (now - told_ > kWriteProgressEvery) {
        told_ = now;
        Renew();
      }
      return !MustStop();
    }

    // Writes progress and renews the lease; learns of a cancellation and of a lost lease.
    void Renew() {
      std::lock_guard<std::mutex> lock(mutex_);
      const Time now = operations_.writer_.clock().Now();
      const auto asked = steady_clock::now();
      absl::Status status = operations_.writer_.database().Read(
          db::Budget::Of(std::chrono::seconds(5)), [&](db::Session& session) -> absl::Status {
            ASSIGN_OR_RETURN(
                uint64_t matched,
                session.Execute("UPDATE operation SET done_units = ?, total_units = ?, stage_zh = ?,"
                                " stage_en = ?, lease_until = ?, update_time = ?"
                                " WHERE office = ? AND operation = ? AND lease_owner = ? AND done = 0",
                                {done_, total_, stage_zh_, stage_en_, now + operations_.lease_, now,
                                 row_.office, row_.id, row_.lease_owner}));
            if (matched == 0) holds_ = false;
            ASSIGN_OR_RETURN(
                db::Rows rows,
                session.Query("SELECT cancel_requested FROM operation WHERE office = ? AND operation = ?",
                              {row_.office, row_.id}));
            if (!rows.empty() && rows.at(0, 0).AsBool()) cancelled_ = true;
            return absl::OkStatus();
          });
      if (status.ok()) {
        lease_end_ = asked + operations_.lease_;
      } else {
        obs::Log(obs::Severity::kWarning, "operation_lease_not_renewed", {{"kind", row_.kind}});
      }
    }

   private:
    bool MustStop() const { return cancelled_ || !holds() || operations_.stopping_; }

    DatabaseOperations& operations_;
    const Row row_;
    db::Budget budget_;
    steady_clock::time_point told_;  // when progress was last written
    std::atomic<steady_clock::time_point> lease_end_;
    std::mutex mutex_;
    int64_t done_ = 0;
    int64_t total_ = 0;
    std::string stage_zh_ = "执行中";
    std::string stage_en_ = "running";
    std::atomic<bool> holds_ = true;
    std::atomic<bool> cancelled_;
  };

  void Work() {
    while (!stopping_) {
      SweepWhenDue();
      auto claimed = Claim();
      if (claimed.ok() && *claimed) {
        Execute(std::move(**claimed));
        continue;
      }
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait_for(lock, kPoll, [this] { return stopping_.load(); });
    }
  }

  // The oldest operation that nobody runs, of the kinds this release knows: of two releases side by side, the
  // older one leaves the newer one's kinds alone.
  absl::StatusOr<std::unique_ptr<Row>> Claim() {
    std::unique_ptr<Row> row;
    if (runners_.empty()) return row;
    const Time now = writer_.clock().Now();
    std::string marks;
    db::Params params = {now};
    for (const auto& [kind, registered] : runners_) {
      marks += marks.empty() ? "?" : ", ?";
      params.emplace_back(kind);
    }
    const std::string sql =
        "SELECT office, operation, kind, actor, actor_name, request, cancel_requested, create_time FROM "
        "operation"
        " WHERE done = 0 AND (lease_until IS NULL OR lease_until < ?) AND kind IN (" +
        marks + ") ORDER BY create_time LIMIT 1 FOR UPDATE SKIP LOCKED";
    RETURN_IF_ERROR(writer_.database().Transact(
        db::Budget::Of(std::chrono::seconds(5)), {}, [&](db::Transaction& tx) -> absl::Status {
          row.reset();
          ASSIGN_OR_RETURN(db::Rows rows, tx.Query(sql, params));
          if (rows.empty()) return absl::OkStatus();
          row = std::make_unique<Row>();
          row->office = rows.at(0, "office").AsString();
          row->id = rows.at(0, "operation").AsUuid();
          row->kind = rows.at(0, "kind").AsString();
          row->request = rows.at(0, "request").AsString();
          row->actor.subject = rows.at(0, "actor").AsString();
          row->actor.display_name = rows.at(0, "actor_name").AsString();
          row->actor.request_id = FormatUuid(row->id);
          row->cancel_requested = rows.at(0, "cancel_requested").AsBool();
          row->create_time = rows.at(0, "create_time").AsTime();
          row->lease_owner = FormatUuid(RandomUuid());
          return tx
              .Execute(
                  "UPDATE operation SET lease_owner = ?, lease_until = ? WHERE office = ? AND operation = ?",
                  {row->lease_owner, now + lease_, row->office, row->id})
              .status();
        }));
    return row;
  }

  void Execute(Row row) {
    RunContext context(*this, std::move(row));
    std::atomic<bool> finished = false;
    std::thread renewer([&] {
      auto next = steady_clock::now() + lease_ / 3;
      while (!finished) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        if (steady_clock::now() < next) continue;
        context.Renew();
        next = steady_clock::now() + lease_ / 3;
      }
    });
    absl::StatusOr<std::unique_ptr<Message>> result = RunOne(context);
    finished = true;
    renewer.join();
    context.Renew();  // the last progress; learns whether another has taken over
    if (!context.holds()) return;
    if (!result.ok() && stopping_ && !context.cancelled()) {
      Release(context.row());  // stopped by us, not failed: the next process runs it again
    } else if (!context.cancelled() && WillPass(result.status()) && MayTryAgain(context.row())) {
      // Its lease runs out, and whoever is there then takes it up where it stands.
      obs::Log(obs::Severity::kWarning, "operation_put_off",
               {{"kind", context.row().kind}, {"why", std::string(result.status().message())}});
    } else {
      Complete(context.row(), result);
    }
  }

  // What ends by itself: the operation did not fail, it met a database that was away or busy.
  static bool WillPass(const absl::Status& status) {
    const ErrorReason reason = ReasonOf(status);
    return !status.ok() && (reason == ErrorReason::DATABASE_UNAVAILABLE ||
                            reason == ErrorReason::OVERLOADED || reason == ErrorReason::TRANSACTION_CONFLICT);
  }
  // Not for ever: what meets the same for a day is told to its caller.
  bool MayTryAgain(const Row& row) const { return writer_.clock().Now() < row.create_time + kTriedFor; }

  absl::StatusOr<std::unique_ptr<Message>> RunOne(RunContext& context) {
    if (context.cancelled()) return Error(ErrorReason::CALL_CANCELLED);
    auto it = runners_.find(context.row().kind);
    if (it == runners_.end()) return absl::InternalError("no runner for " + context.row().kind);
    std::unique_ptr<Message> request(it->second.prototype->New());
    if (!request->ParseFromString(context.row().request)) {
      return absl::InternalError("stored request does not parse");
    }
    return it->second.run(context, *request);
  }

  void Complete(const Row& row, const absl::StatusOr<std::unique_ptr<Message>>& result) {
    db::Value response;
    db::Value error;
    if (result.ok()) {
      google::protobuf::Any any;
      any.PackFrom(**result);
      response = any.SerializeAsString();
    } else {
      const std::string error_id = FormatUuid(RandomUuid());
      obs::Log(obs::Severity::kWarning, "operation_failed",
               {{"kind", row.kind}, {"error_id", error_id}, {"why", std::string(result.status().message())}});
      error = ToWire(ErrorFromRefusal(result.status()), "zh-CN", error_id).SerializeAsString();
    }
    const Time now = writer_.clock().Now();
    absl::Status status = writer_.database().Transact(
        db::Budget::Of(std::chrono::seconds(30)), {},
        [&](db::Transaction& tx) -> absl::Status {
          return tx
              .Execute(
                  "UPDATE operation SET done = 1, response = ?, error = ?, update_time = ?, lease_until = "
                  "NULL"
                  " WHERE office = ? AND operation = ? AND lease_owner = ?",
                  {response, error, now, row.office, row.id, row.lease_owner})
              .status();
        },
        /*resolve=*/true);
    if (!status.ok()) obs::Log(obs::Severity::kError, "operation_result_not_kept", {{"kind", row.kind}});
  }

  void Release(const Row& row) {
    absl::Status status = writer_.database().Read(
        db::Budget::Of(std::chrono::seconds(2)), [&](db::Session& session) -> absl::Status {
          return session
              .Execute(
                  "UPDATE operation SET lease_until = NULL"
                  " WHERE office = ? AND operation = ? AND lease_owner = ? AND done = 0",
                  {row.office, row.id, row.lease_owner})
              .status();
        });
    if (!status.ok()) obs::Log(obs::Severity::kWarning, "operation_not_released", {{"kind", row.kind}});
  }

  // Ended operations go when the contract's time is over.
  void SweepWhenDue() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (steady_clock::now() < next_sweep_) return;
      next_sweep_ = steady_clock::now() + kSweepEvery;
    }
    absl::Status status = writer_.database().Read(
        db::Budget::Of(std::chrono::seconds(10)), [&](db::Session& session) -> absl::Status {
          return session
              .Execute("DELETE FROM operation WHERE done = 1 AND update_time < ?",
                       {writer_.clock().Now() - kKept})
              .status();
        });
    if (!status.ok()) obs::Log(obs::Severity::kWarning, "operation_sweep_failed");
  }

  absl::StatusOr<Operation> Read(rpc::Call& call, const std::string& name) {
    absl::StatusOr<Operation> operation = absl::UnknownError("not run");
    RETURN_IF_ERROR(writer_.database().Read(call.budget(), [&](db::Session& session) -> absl::Status {
      operation = Find(session, call, name);
      return operation.status();
    }));
    return operation;
  }

  absl::StatusOr<Operation> Wait(rpc::Call& call, const type::v1::WaitOperationRequest& request) {
    const std::chrono::milliseconds timeout =
        request.has_timeout() ? std::chrono::milliseconds(request.timeout().seconds() * 1000 +
                                                          request.timeout().nanos() / 1'000'000)
                              : kDefaultWait;
    const auto until =
        std::min(steady_clock::now() + timeout, call.budget().deadline - std::chrono::milliseconds(200));
    while (true) {
      ASSIGN_OR_RETURN(Operation operation, Read(call, request.name()));
      if (operation.done() || steady_clock::now() >= until || call.cancelled() || waiting_ended_)
        return operation;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  work::Writer& writer_;
  const int workers_;
  const std::chrono::milliseconds lease_;
  std::map<std::string, Registered> runners_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> waiting_ended_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  steady_clock::time_point next_sweep_{};
  std::vector<std::thread> threads_;
};

}  // namespace

std::unique_ptr<Operations> Operations::Start(work::Writer& writer, int workers,
                                              std::chrono::milliseconds lease) {
  return std::make_unique<DatabaseOperations>(writer, workers, lease);
}

}  // namespace inspectorate::lro
