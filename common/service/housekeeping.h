// The thread of a service for what it does by itself: it throws away what its contract keeps no longer, and
// does what its definition adds to each round.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/db/database.h"

namespace inspectorate::service {

// How long a service rests at `now`: `every`, but not past the beginning of a day in China.
std::chrono::milliseconds UntilNextRound(Time now, std::chrono::milliseconds every);

class Housekeeping {
 public:
  struct Options {
    // The first round is at the start, and one more at the beginning of each day in China.
    std::chrono::milliseconds every = std::chrono::hours(1);
    // How long a request id is remembered (design 9).
    std::chrono::hours requests_kept{24 * 30};
  };

  // Part of each round; it must find out by itself what is done already.
  using Chore = std::function<absl::Status(const db::Budget& budget)>;

  Housekeeping(db::Database& database, const Clock& clock, Options options, Chore chore = {});
  ~Housekeeping();  // waits for the statement that runs

 private:
  void Run();
  void Round();
  void Note(const absl::Status& status);

  db::Database& database_;
  const Clock& clock_;
  const Options options_;
  const Chore chore_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace inspectorate::service
