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
#include "common/db/pooled_database.h"
#include "common/db/set.h"
#include "common/db/sql_error.h"
#include "common/status/error.h"

namespace inspectorate::db {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool WorthAnotherAttempt(SqlError error) {
  return error == SqlError::kDeadlock || error == SqlError::kLockWait || error == SqlError::kLost ||
         error == SqlError::kReadOnly;
}

// A snapshot needs the level that keeps one, for this transaction alone.
absl::Status BeginOn(Pool::Lease& lease, const TxOptions& options) {
  if (!options.read_only) return lease->Run("START TRANSACTION");
  const absl::Status level = lease->Run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  return level.ok() ? lease->Run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY") : level;
}

}  // namespace

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

milliseconds Backoff(SqlError error, int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const bool conflict = error == SqlError::kDeadlock || error == SqlError::kLockWait;
  const int64_t longest = conflict ? 80 : 80 << std::min(attempt, 4);
  return milliseconds(std::uniform_int_distribution<int64_t>(5, longest)(random));
}

absl::Status LeasedSession::Ready() const {
  RETURN_IF_ERROR(ended_);
  return CheckBudget(budget_);
}

absl::StatusOr<Rows> LeasedSession::Query(std::string_view sql, const Params& params) {
  const auto run = [&]() -> absl::StatusOr<Rows> {
    RETURN_IF_ERROR(connection_->LimitStatements(Remaining(budget_)));
    return connection_->Query(sql, params);
  };
  RETURN_IF_ERROR(Ready());
  absl::StatusOr<Rows> rows = run();
  if (SqlErrorOf(rows.status()) == SqlError::kLost && renew_) {
    ASSIGN_OR_RETURN(connection_, renew_());
    rows = run();
  }
  Note(rows.status());
  return rows;
}

absl::StatusOr<uint64_t> LeasedSession::Execute(std::string_view sql, const Params& params) {
  RETURN_IF_ERROR(Ready());
  absl::StatusOr<uint64_t> count = uint64_t{0};
  if (absl::Status limited = connection_->LimitStatements(Remaining(budget_)); !limited.ok()) {
    count = limited;
  } else {
    count = connection_->Execute(sql, params);
  }
  if (absl::Status fault = FaultAfterStatement(connection_->id()); count.ok() && !fault.ok()) count = fault;
  Note(count.status());
  return count;
}

void LeasedSession::Note(const absl::Status& status) {
  renew_ = nullptr;
  if (EndsTransaction(SqlErrorOf(status))) ended_ = status;
}

absl::Status PooledDatabase::Read(const Budget& budget, const std::function<absl::Status(Session&)>& fn) {
  if (Set* set = Set::Of(*this)) return set->Read(budget, fn);
  return ReadAlone(budget, fn);
}

absl::Status PooledDatabase::Transact(const Budget& budget, const TxOptions& options,
                                      const std::function<absl::Status(Transaction&)>& fn, bool resolve) {
  if (Set* set = Set::Of(*this)) return set->Transact(budget, options, fn, resolve);
  return TransactAlone(budget, options, fn, resolve);
}

absl::Status PooledDatabase::ReadAlone(const Budget& budget,
                                       const std::function<absl::Status(Session&)>& fn) {
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

absl::Status PooledDatabase::TransactAlone(const Budget& budget, const TxOptions& options,
                                           const std::function<absl::Status(Transaction&)>& fn, bool resolve,
                                           bool unknown) {
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
  if (absl::Status begun = BeginOn(lease, options); !begun.ok()) return Failed(begun);
  LeasedSession session(*lease, budget);
  absl::Status status = fn(session);
  if (!session.ended().ok()) status = session.ended();
  if (status.ok()) status = CheckBudget(budget);
  if (status.ok()) return Commit(lease, options.read_only);

  Rollback(lease, session.ended());
  if (session.ended().ok()) return {.status = status};
  if (options.read_only && SqlErrorOf(status) == SqlError::kReadOnly) {
    return {.status = absl::InternalError("a read-only transaction wrote: " + SqlDetailOf(status))};
  }
  return Failed(status);
}

void PooledDatabase::Rollback(Pool::Lease& lease, const absl::Status& ended) {
  // A session that cannot even roll back is closed, which the server takes for a ROLLBACK.
  if (lease->usable() && (INSPECTORATE_BROKEN("rollback") || lease->Run("ROLLBACK").ok())) lease.Done();
  if (SqlErrorOf(ended) == SqlError::kLost) KillOrphan(lease->id(), lease->server());
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

absl::StatusOr<std::unique_ptr<Database>> Database::Open(Options options) {
  if (options.socket.empty() && options.host.empty()) {
    return absl::InvalidArgumentError("the database needs a host or a socket");
  }
  if (options.socket.empty()) RETURN_IF_ERROR(AddressesFrom(options.host, options.port).status());
  return std::make_unique<PooledDatabase>(std::move(options));
}

}  // namespace inspectorate::db
