// Connections, transactions and the pool. The only library that knows the connector (engineering traps 0.1,
// 2.5: commit() that lies, transactions left open, silent reconnects; each has a test here).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/row_update.h"
#include "common/db/value.h"

namespace inspectorate::db {

// How long a piece of work may still take, and whether its caller still waits. Honoured down to the SQL.
struct Budget {
  std::chrono::steady_clock::time_point deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(30);
  std::function<bool()> cancelled;  // empty: never

  static Budget Of(std::chrono::milliseconds d) {
    return {.deadline = std::chrono::steady_clock::now() + d, .cancelled = {}};
  }
};

struct Options {
  // For TCP; ignored when `socket` is set. Several nodes of one database as "a,b:3307,c", the preferred
  // first.
  std::string host{};
  int port = 3306;       // of the hosts that name none
  std::string socket{};  // unix socket path
  std::string user{};
  std::string password{};
  std::string schema{};  // may be empty (migrations create it)
  std::string tls_ca{};  // PEM file; TCP with TLS, server verified, cipher asserted
  int pool_size = 8;
  std::chrono::milliseconds connect_timeout{3000};
  std::chrono::minutes max_lifetime{20};
  // How long a caller may wait for a free connection before it is told OVERLOADED.
  std::chrono::milliseconds lease_wait{2000};
  // Backstop for a server that has gone silent; statements are stopped by their budget before this.
  std::chrono::seconds read_timeout{60};
};

// When in a transaction that several share something is done for all of them at once.
enum class Joint {
  kFirst,  // before anything else is asked of the transaction
  kLast    // after everything else: the rows it has touched are free for the others now
};

// Where statements run: a session in autocommit, or a transaction. Not thread-safe, one user at a time.
// Errors come back as statuses of the catalogue (DATABASE_UNAVAILABLE, TRANSACTION_CONFLICT, DEADLINE_SPENT);
// what the caller may want to tell apart (a duplicate key) is read with SqlErrorOf.
class Session {
 public:
  virtual ~Session() = default;
  // A prepared, cached statement with `?` parameters; the SQL text must come from a constant or from code
  // that builds it from constants, never from input.
  virtual absl::StatusOr<Rows> Query(std::string_view sql, const Params& params = {}) = 0;
  // Returns the number of rows matched.
  virtual absl::StatusOr<uint64_t> Execute(std::string_view sql, const Params& params = {}) = 0;

  // Writes the row if it still has its revision: 1, else 0. `params` as RowUpdate::update takes them.
  virtual absl::StatusOr<uint64_t> Update(const RowUpdate& row, const Params& params) {
    return Execute(row.update(), params);
  }

  // In a transaction: does `step` once for all that share it, with the entries of all, in the order in which
  // they came here; alone, with `entry` alone. The step must speak to the session it is given. Its failure is
  // everybody's.
  using JointStep = std::function<absl::Status(Session& session, const std::vector<void*>& entries)>;
  virtual absl::Status Jointly(Joint, void* entry, const JointStep& step) { return step(*this, {entry}); }
  // It shares its transaction with others and has written nothing in it, save in joint steps: when it fails,
  // the others need not, if joint steps take back what they have written for it.
  virtual bool CanWithdraw() const { return false; }
  // It shares its transaction, and is to run again in a later one, whatever its closure returns.
  virtual void Postpone() {}
};

// A transaction that is open; ends with the closure it was made for. Never outlives it.
using Transaction = Session;

// Driver error numbers of both servers, as one class.
enum class SqlError {
  kNone,
  kDuplicateKey,
  kForeignKey,
  kDeadlock,
  kLockWait,
  kLost,
  kReadOnly,
  kTimeout,
  kConstraint,
  kOther
};
// The class that made `status`; kNone when it did not come from the database.
SqlError SqlErrorOf(const absl::Status& status);
// For the log: the driver's number and text with the values masked; empty when SqlErrorOf is kNone.
std::string SqlDetailOf(const absl::Status& status);
// The name of the unique key that a kDuplicateKey broke ("PRIMARY" or the index); empty for other errors.
std::string DuplicateKeyOf(const absl::Status& status);

struct TxOptions {
  bool read_only = false;  // and sees the data as they were when it began, however long it lasts
  int max_attempts = 5;
  bool alone = false;  // also inside RunTogether
};

// The pool of one service's schema. Thread-safe.
class Database {
 public:
  static absl::StatusOr<std::unique_ptr<Database>> Open(Options options);
  virtual ~Database() = default;

  // Runs `fn` on a connection in autocommit, READ COMMITTED. For reads.
  virtual absl::Status Read(const Budget& budget, const std::function<absl::Status(Session&)>& fn) = 0;

  // Runs `fn` between START TRANSACTION and COMMIT, and again as a whole after a deadlock, lock wait or a
  // lost connection before COMMIT was sent (bounded, with jitter, inside the budget). `fn` must be
  // re-runnable. A COMMIT whose reply is lost kills the old connection and returns the outcome as unknown
  // (SqlErrorOf == kLost, IsOutcomeUnknown) unless `resolve` is given: then the closure runs again and must
  // find out by itself, by its idempotency row, whether the first commit happened.
  virtual absl::Status Transact(const Budget& budget, const TxOptions& options,
                                const std::function<absl::Status(Transaction&)>& fn,
                                bool resolve = false) = 0;

  struct Stats {
    int in_use = 0;
    int idle = 0;
    uint64_t created = 0;
    uint64_t broken = 0;
    uint64_t retries = 0;
    uint64_t outcome_unknown = 0;
  };
  virtual Stats GetStats() const = 0;
  // A working connection was had within the last ten seconds, or can be had now.
  virtual bool Healthy() = 0;
};

bool IsOutcomeUnknown(const absl::Status& status);

// Runs `calls` side by side on this thread until all have ended. Whenever all of them wait for the database,
// what they wait for is done together: equal reads once, reads by a key and inserts as one statement,
// transactions in one (docs/decisions/0022). To each it is as if it ran by itself, at the same time as the
// others. None may wait for anything but the database, or hold a lock of the process while it does.
struct TogetherReport {
  int run_again = 0;  // shared transactions that failed and were run again, as a whole or in parts
  int alone = 0;      // transactions that had to run by themselves
};
TogetherReport RunTogether(const std::vector<std::function<void()>>& calls);

}  // namespace inspectorate::db
