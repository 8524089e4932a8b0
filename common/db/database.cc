#include "common/db/database.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/base/sabotage.h"
#include "common/db/connection.h"
#include "common/db/failpoint.h"
#include "common/db/pool.h"
#include "common/db/sql_error.h"
#include "common/status/error.h"

namespace inspectorate::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// After these the transaction, or the whole session, is not what its closure believes: nothing more may run
// in it. In a cluster the statement after a 1213 would already run in a new transaction.
bool EndsTransaction(SqlError error) {
  switch (error) {
    case SqlError::kDeadlock:
    case SqlError::kLockWait:
    case SqlError::kLost:
    case SqlError::kReadOnly:
    case SqlError::kTimeout:
      return true;
    default:
      return false;
  }
}

bool WorthAnotherAttempt(SqlError error) {
  return error == SqlError::kDeadlock || error == SqlError::kLockWait || error == SqlError::kLost ||
         error == SqlError::kReadOnly;
}

// Full jitter. Conflicts are short; a server that restarts needs longer.
milliseconds Backoff(SqlError error, int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const bool conflict = error == SqlError::kDeadlock || error == SqlError::kLockWait;
  const int64_t longest = conflict ? 80 : 80 << std::min(attempt, 4);
  return milliseconds(std::uniform_int_distribution<int64_t>(5, longest)(random));
}

// Runs statements on a leased connection inside a budget, and refuses to go on after an error that ended the
// transaction, even if the closure ignores it.
class LeasedSession final : public Session {
 public:
  // In autocommit `renew` gives a fresh connection for a first read that met a dead one; empty in a
  // transaction.
  using Renew = std::function<absl::StatusOr<Connection*>()>;
  LeasedSession(Connection& connection, const Budget& budget, Renew renew = {})
      : connection_(&connection), budget_(budget), renew_(std::move(renew)) {}

  absl::StatusOr<Rows> Query(std::string_view sql, const Params& params) override {
    RETURN_IF_ERROR(Ready());
    absl::StatusOr<Rows> rows = Limited([&] { return connection_->Query(sql, params); });
    if (SqlErrorOf(rows.status()) == SqlError::kLost && renew_) {
      ASSIGN_OR_RETURN(connection_, renew_());
      rows = Limited([&] { return connection_->Query(sql, params); });
    }
    Note(rows.status());
    return rows;
  }

  absl::StatusOr<uint64_t> Execute(std::string_view sql, const Params& params) override {
    RETURN_IF_ERROR(Ready());
    absl::StatusOr<uint64_t> count = Limited([&] { return connection_->Execute(sql, params); });
    if (absl::Status fault = FaultAfterStatement(connection_->id()); count.ok() && !fault.ok()) count = fault;
    Note(count.status());
    return count;
  }

  // The error that ended the transaction; OK while it lives.
  const absl::Status& ended() const { return ended_; }

 private:
  absl::Status Ready() const {
    RETURN_IF_ERROR(ended_);
    return CheckBudget(budget_);
  }

  template <typename Statement>
  auto Limited(Statement statement) -> decltype(statement()) {
    RETURN_IF_ERROR(connection_->LimitStatements(Remaining(budget_)));
    return statement();
  }

  void Note(const absl::Status& status) {
    renew_ = nullptr;
    if (EndsTransaction(SqlErrorOf(status))) ended_ = status;
  }

  Connection* connection_;
  const Budget& budget_;
  Renew renew_;
  absl::Status ended_;
};

class PooledDatabase final : public Database {
 public:
  explicit PooledDatabase(Options options) : pool_(std::move(options)) {}

  absl::Status Read(const Budget& budget, const std::function<absl::Status(Session&)>& fn) override;
  absl::Status Transact(const Budget& budget, const TxOptions& options,
                        const std::function<absl::Status(Transaction&)>& fn, bool resolve) override;
  Stats GetStats() const override { return pool_.stats(); }
  bool Healthy() override;

 private:
  struct Attempt {
    absl::Status status;
    bool again = false;    // nothing of it persists; the closure may run again
    bool unknown = false;  // COMMIT was sent and its outcome is not known
  };

  Attempt Try(const Budget& budget, const TxOptions& options,
              const std::function<absl::Status(Transaction&)>& fn);
  Attempt Commit(Pool::Lease& lease, bool read_only);
  Attempt Failed(const absl::Status& status);
  void LearnFrom(const absl::Status& status);
  void KillOrphan(uint64_t id, const std::string& server);

  Pool pool_;
};

absl::Status PooledDatabase::Read(const Budget& budget, const std::function<absl::Status(Session&)>& fn) {
  ASSIGN_OR_RETURN(std::unique_ptr<Pool::Lease> lease, pool_.Take(budget));
  LeasedSession session(**lease, budget, [&]() -> absl::StatusOr<Connection*> {
    pool_.Suspect();
    lease.reset();  // its place is needed for the new one
    ASSIGN_OR_RETURN(lease, pool_.Take(budget));
    return &**lease;
  });
  const absl::Status status = fn(session);
  LearnFrom(session.ended());
  if (lease != nullptr) lease->Done();
  return session.ended().ok() ? status : session.ended();
}

absl::Status PooledDatabase::Transact(const Budget& budget, const TxOptions& options,
                                      const std::function<absl::Status(Transaction&)>& fn, bool resolve) {
  bool unknown = false;
  for (int attempt = 1;; ++attempt) {
    Attempt result = Try(budget, options, fn);
    unknown = unknown || result.unknown;
    if (result.unknown && INSPECTORATE_BROKEN("unknown_is_not_success")) return absl::OkStatus();
    if (result.unknown && INSPECTORATE_BROKEN("unknown_is_not_failure"))
      return Error(ErrorReason::ETAG_MISMATCH);
    const bool last = attempt >= options.max_attempts || (result.unknown && !resolve);
    const milliseconds pause = Backoff(SqlErrorOf(result.status), attempt);
    if ((result.again || result.unknown) && !last && steady_clock::now() + pause < budget.deadline) {
      pool_.CountRetry();
      std::this_thread::sleep_for(pause);
      continue;
    }
    // After a COMMIT without a reply only the closure itself can tell: its success, or its own decision.
    const ErrorReason reason = ReasonOf(result.status);
    const bool decided = !result.again && !result.unknown && !EndsTransaction(SqlErrorOf(result.status)) &&
                         reason != ErrorReason::DEADLINE_SPENT && reason != ErrorReason::CALL_CANCELLED &&
                         reason != ErrorReason::OVERLOADED;
    if (!unknown || decided) return result.status;
    pool_.CountUnknown();
    return OutcomeUnknown(result.status);
  }
}

PooledDatabase::Attempt PooledDatabase::Try(const Budget& budget, const TxOptions& options,
                                            const std::function<absl::Status(Transaction&)>& fn) {
  absl::StatusOr<std::unique_ptr<Pool::Lease>> taken = pool_.Take(budget);
  if (!taken.ok()) return Failed(taken.status());
  Pool::Lease& lease = **taken;
  if (absl::Status begun =
          lease->Run(options.read_only ? "START TRANSACTION READ ONLY" : "START TRANSACTION");
      !begun.ok()) {
    return Failed(begun);
  }
  LeasedSession session(*lease, budget);
  absl::Status status = fn(session);
  if (!session.ended().ok()) status = session.ended();
  if (status.ok()) status = CheckBudget(budget);
  if (status.ok()) return Commit(lease, options.read_only);

  // A session that cannot even roll back is closed, which the server takes for a ROLLBACK.
  if (lease->usable() && (INSPECTORATE_BROKEN("rollback") || lease->Run("ROLLBACK").ok())) lease.Done();
  if (!session.ended().ok() && SqlErrorOf(status) == SqlError::kLost)
    KillOrphan(lease->id(), lease->server());
  if (session.ended().ok()) return {.status = status};
  if (options.read_only && SqlErrorOf(status) == SqlError::kReadOnly) {
    return {.status = absl::InternalError("a read-only transaction wrote: " + SqlDetailOf(status))};
  }
  return Failed(status);
}

PooledDatabase::Attempt PooledDatabase::Commit(Pool::Lease& lease, bool read_only) {
  HitFailpoint(kBeforeCommit, lease->id());
  // Never Connection::commit(): it returns normally on a dead session.
  absl::Status status = lease->Run("COMMIT");
  if (INSPECTORATE_BROKEN("commit_checked")) status = absl::OkStatus();
  if (status.ok()) {
    if (!HitFailpoint(kAfterCommitBeforeReply, lease->id())) {
      lease.Done();
      return {};
    }
    status = StatusOf({.code = 2013, .state = "HY000", .text = "failpoint"}, "COMMIT");
  }
  const SqlError error = SqlErrorOf(status);
  if (error == SqlError::kDeadlock || error == SqlError::kLockWait) {
    if (lease->Run("ROLLBACK").ok()) lease.Done();
    return Failed(status);
  }
  LearnFrom(status);
  // The old session may still hold the rows, or still be committing.
  KillOrphan(lease->id(), lease->server());
  return {.status = status, .again = read_only, .unknown = !read_only};
}

PooledDatabase::Attempt PooledDatabase::Failed(const absl::Status& status) {
  LearnFrom(status);
  return {.status = status, .again = WorthAnotherAttempt(SqlErrorOf(status))};
}

void PooledDatabase::LearnFrom(const absl::Status& status) {
  const SqlError error = SqlErrorOf(status);
  if (error == SqlError::kLost) pool_.Suspect();
  if (error == SqlError::kReadOnly) pool_.Flush();
}

// Own sessions may be killed without a privilege. Ids count upwards until the server restarts: a new session
// with a lower id, or on another server, says that the old one is gone and its number may be somebody else's.
void PooledDatabase::KillOrphan(uint64_t id, const std::string& server) {
  const auto connection = pool_.OpenExtra();
  if (!connection.ok() || (*connection)->server() != server || (*connection)->id() <= id) return;
  (*connection)->Run("KILL CONNECTION " + std::to_string(id)).IgnoreError();
}

bool PooledDatabase::Healthy() {
  if (steady_clock::now() - pool_.last_good() < std::chrono::seconds(10)) return true;
  return Read(Budget::Of(milliseconds(2000)),
              [](Session& session) { return session.Query("SELECT 1 AS one").status(); })
      .ok();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(Options options) {
  if (options.socket.empty() && options.host.empty()) {
    return absl::InvalidArgumentError("the database needs a host or a socket");
  }
  if (options.socket.empty()) RETURN_IF_ERROR(AddressesFrom(options.host, options.port).status());
  return std::make_unique<PooledDatabase>(std::move(options));
}

}  // namespace inspectorate::db
