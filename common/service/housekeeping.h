// The thread of a service that throws away what its contract keeps no longer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/base/time.h"
#include "common/db/database.h"

namespace inspectorate::service {

class Housekeeping {
 public:
  struct Options {
    // The first round is at the start.
    std::chrono::milliseconds every = std::chrono::hours(1);
    // How long a request id is remembered (design 9).
    std::chrono::hours requests_kept{24 * 30};
  };

  Housekeeping(db::Database& database, const Clock& clock, Options options);
  ~Housekeeping();  // waits for the statement that runs

 private:
  void Run();
  void Round();

  db::Database& database_;
  const Clock& clock_;
  const Options options_;
  std::atomic<bool> stopping_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace inspectorate::service
