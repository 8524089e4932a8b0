// A bounded set of connections. Internal to common/db.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/db/database.h"
#include "common/db/nodes.h"

namespace inspectorate::db {

// DEADLINE_SPENT or CALL_CANCELLED once the budget is gone.
absl::Status CheckBudget(const Budget& budget);
std::chrono::milliseconds Remaining(const Budget& budget);

// Thread-safe.
class Pool {
 public:
  explicit Pool(Options options);

  // Exclusive use of one connection until it is destroyed. It goes back to the pool only when `Done` was
  // called on a connection that is fit for others; otherwise it is closed.
  class Lease {
   public:
    Lease(Pool* pool, std::unique_ptr<Connection> connection, std::chrono::steady_clock::time_point expiry,
          uint64_t generation)
        : pool_(pool), connection_(std::move(connection)), expiry_(expiry), generation_(generation) {}
    ~Lease() { pool_->Return(*this); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Connection* operator->() const { return connection_.get(); }
    Connection& operator*() const { return *connection_; }
    // The session is back in its first state: no transaction, no result pending.
    void Done() { clean_ = true; }

   private:
    friend class Pool;
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
    std::chrono::steady_clock::time_point expiry_;
    uint64_t generation_;
    bool clean_ = false;
  };

  // OVERLOADED when none comes free within Options::lease_wait, DEADLINE_SPENT or CALL_CANCELLED when the
  // budget ends first, or why no connection could be made.
  absl::StatusOr<std::unique_ptr<Lease>> Take(const Budget& budget);

  // A connection was lost: the idle ones are pinged before they are used again; where there are several nodes
  // they are given up, since a silent one would make each ping wait.
  void Suspect();
  // The node takes no writes any more: new connections go to the one that does. At most once a second.
  void Flush();

  // A connection outside the pool, for killing an orphaned session.
  absl::StatusOr<std::unique_ptr<Connection>> OpenExtra();

  std::chrono::steady_clock::time_point last_good() const;
  Database::Stats stats() const;
  void CountRetry();
  void CountUnknown();

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    std::chrono::steady_clock::time_point expiry;
    std::chrono::steady_clock::time_point since;
    uint64_t generation = 0;
  };

  void Return(Lease& lease);
  // Waits for an idle connection or for room for a new one (then `idle` stays empty).
  absl::Status AwaitTurn(const Budget& budget, Idle* idle);
  bool FitAfterRest(Idle& idle, std::chrono::steady_clock::time_point suspected);
  absl::StatusOr<std::unique_ptr<Lease>> OpenNew(const Budget& budget);
  void GiveUpPlace();
  // With the lock held: from here on only connections made later are lent; returns the idle ones, to close.
  std::vector<Idle> StartGeneration();
  std::chrono::steady_clock::time_point Expiry();

  const Options options_;
  Nodes nodes_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Idle> idle_;  // most recently used last
  int places_taken_ = 0;    // connections that exist or are being made
  int connecting_ = 0;
  uint64_t generation_ = 0;
  size_t node_ = 0;  // where this generation's connections lead
  std::chrono::steady_clock::time_point suspected_{};
  std::chrono::steady_clock::time_point flushed_{};
  std::chrono::steady_clock::time_point last_good_{};
  Database::Stats counts_;
  std::minstd_rand random_;
};

}  // namespace inspectorate::db
