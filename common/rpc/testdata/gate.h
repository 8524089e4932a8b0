// Holds a thread until it is released.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace inspectorate::rpc {

class Gate {
 public:
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // No longer than half a minute: a test that fails must end too.
  void Wait() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.wait_for(lock, std::chrono::seconds(30), [this] { return open_; });
  }
  // Somebody has come to it.
  bool waiting() {
    std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  bool waiting_ = false;
};

}  // namespace inspectorate::rpc
