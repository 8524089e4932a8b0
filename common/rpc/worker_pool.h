// A bounded pool of workers with a bounded queue: the place where a call is admitted, waits, is dropped
// because nobody waits for it any more, or runs (engineering 2.3). Free of gRPC.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/db/database.h"
#include "common/obs/metrics.h"
#include "common/rpc/server.h"

namespace inspectorate::rpc {

// Work that waits for a worker. The pool calls exactly one of Run and Drop, once, for every job it took; and
// Drop after a Run that threw, or that nobody knows of whether it came to that.
class Job {
 public:
  virtual ~Job() = default;
  virtual const db::Budget& budget() const = 0;
  virtual void Run() = 0;
  // Run may be called in a fiber, side by side with others of the kind (db::RunTogether).
  virtual bool MayRunTogether() const { return false; }
  // In place of Run: the caller has gone, the deadline passed, or it waited too long.
  virtual void Drop(const absl::Status& why) = 0;
};

// All waiting jobs lie in one queue behind one lock. A free worker takes the oldest; where that may run
// together with others, also those behind it that may, up to PoolSize::together: nobody waits for a set to
// fill. No more than PoolSize::sets run at a time, so that calls are not scattered over workers one by one; a
// set that takes long lets another one start beside it. Thread-safe.
class WorkerPool {
 public:
  // `service` and `name` ("read", "write", "bulk") label the metrics.
  WorkerPool(std::string service, std::string name, PoolSize size, obs::Metrics* metrics,
             RunTogether run_together = {});
  // As Stop.
  ~WorkerPool();

  // Takes the job, or answers at once: OVERLOADED with the delay after which to try again, SHUTTING_DOWN.
  // Jobs whose callers have gone give up their places first.
  absl::Status Submit(std::shared_ptr<Job> job);

  // Waits until nothing runs or waits, at most until `deadline`.
  void AwaitIdle(std::chrono::steady_clock::time_point deadline);

  // Runs what runs, drops what waits, joins the workers. Idempotent.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::shared_ptr<Job> job;
    Clock::time_point arrived;
    Clock::time_point latest;  // start by then or not at all
  };

  using Queue = std::deque<Entry>;

  void Work();
  bool Take(std::vector<Entry>* entries);
  // Those of them that are still worth it; false when there were none.
  bool RunWanted(const std::vector<Entry>& entries, Clock::time_point begin);
  void RunAll(const std::vector<const Entry*>& entries);
  static void RunOne(const Entry& entry);
  static void DropAll(const std::vector<Entry>& entries);

  // With the lock held.
  void Ended(double ms, bool together);
  bool MayRunTogether(const Job& job) const {
    return run_together_ != nullptr && size_.together > 1 && job.MayRunTogether();
  }
  int most_sets() const { return size_.sets > 0 ? std::min(size_.sets, size_.workers) : size_.workers; }
  bool MayStartSet(Clock::time_point now) const;
  Queue::iterator NextToRun(Clock::time_point now);
  void WakeForTheRest();

  void Shed(const Entry& entry, const absl::Status& why);
  absl::Status WhyNot(const Entry& entry, Clock::time_point now) const;
  std::vector<Entry> RemoveGone(Clock::time_point now);
  int RetryDelayMs() const;

  const std::string service_;
  const std::string name_;
  const PoolSize size_;
  obs::Metrics* const metrics_;
  const RunTogether run_together_;

  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::condition_variable idle_;
  Queue queue_;
  int running_ = 0;                // workers at work
  int sets_ = 0;                   // of them with jobs that may run together
  Clock::time_point set_began_{};  // the last one
  bool watched_ = false;           // a worker sleeps only until that one has taken long
  bool stopping_ = false;
  // Smoothed time of a run; what the advice to callers of a full pool is made of.
  double run_ms_ = 50;
  std::vector<std::thread> workers_;
};

}  // namespace inspectorate::rpc
