// The database as its own parts see it: what a set of calls (set.h) shares with calls that run alone.
// Internal to common/db.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "common/db/database.h"
#include "common/db/pool.h"

namespace inspectorate::db {

// After these the transaction, or the whole session, is not what its closure believes: nothing more may run
// in it. In a cluster the statement after a 1213 would already run in a new transaction.
bool EndsTransaction(SqlError error);
// Full jitter. Conflicts are short; a server that restarts needs longer.
std::chrono::milliseconds Backoff(SqlError error, int attempt);

// Runs statements on a leased connection inside a budget, and refuses to go on after an error that ended the
// transaction, even if the closure ignores it.
class LeasedSession final : public Session {
 public:
  // In autocommit `renew` gives a fresh connection for a first read that met a dead one; empty in a
  // transaction.
  using Renew = std::function<absl::StatusOr<Connection*>()>;
  LeasedSession(Connection& connection, const Budget& budget, Renew renew = {})
      : connection_(&connection), budget_(budget), renew_(std::move(renew)) {}

  absl::StatusOr<Rows> Query(std::string_view sql, const Params& params) override;
  absl::StatusOr<uint64_t> Execute(std::string_view sql, const Params& params) override;

  // The error that ended the transaction; OK while it lives.
  const absl::Status& ended() const { return ended_; }

 private:
  absl::Status Ready() const;
  void Note(const absl::Status& status);

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

  // As Read and Transact, by itself on a connection of its own, also for a member of a set. `unknown`: an
  // earlier COMMIT of this closure has had no reply.
  absl::Status ReadAlone(const Budget& budget, const std::function<absl::Status(Session&)>& fn);
  absl::Status TransactAlone(const Budget& budget, const TxOptions& options,
                             const std::function<absl::Status(Transaction&)>& fn, bool resolve,
                             bool unknown = false);

  struct Attempt {
    absl::Status status;
    bool again = false;    // nothing of it persists; the closure may run again
    bool unknown = false;  // COMMIT was sent and its outcome is not known
  };

  Pool& pool() { return pool_; }
  // Ends an open transaction.
  Attempt Commit(Pool::Lease& lease, bool read_only);
  void Rollback(Pool::Lease& lease, const absl::Status& ended);
  Attempt Failed(const absl::Status& status);

 private:
  Attempt Try(const Budget& budget, const TxOptions& options,
              const std::function<absl::Status(Transaction&)>& fn);
  void LearnFrom(const absl::Status& status);
  void KillOrphan(uint64_t id, const std::string& server);

  Pool pool_;
};

}  // namespace inspectorate::db
