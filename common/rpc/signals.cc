#include <unistd.h>

#include <csignal>
#include <future>

#include "common/obs/log.h"
#include "common/rpc/server.h"

namespace inspectorate::rpc {
namespace {

// To write a line; who reads our log may have stopped reading it.
constexpr std::chrono::seconds kLastWords{1};

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void BlockSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that has gone is an error of the write, not the end of the process
}

int WaitForSignal() {
  const sigset_t set = StopSignals();
  int signal = 0;
  while (sigwait(&set, &signal) != 0) {
  }
  return signal;
}

bool SignalWithin(std::chrono::milliseconds limit) {
  const sigset_t set = StopSignals();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(limit);
  const timespec time{.tv_sec = seconds.count(),
                      .tv_nsec = std::chrono::nanoseconds(limit - seconds).count()};
  return sigtimedwait(&set, nullptr, &time) > 0;
}

EndWithin::EndWithin(std::chrono::milliseconds limit)
    : thread_([this, until = std::chrono::steady_clock::now() + limit] { Watch(until); }) {}

EndWithin::~EndWithin() {
  {
    std::lock_guard lock(mutex_);
    ended_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void EndWithin::Watch(std::chrono::steady_clock::time_point until) {
  {
    std::unique_lock lock(mutex_);
    if (wake_.wait_until(lock, until, [this] { return ended_; })) return;
  }
  std::promise<void> said;
  std::thread([&said] {
    obs::Log(obs::Severity::kError, "drain_overdue", {{"status", kOverdueStatus}});
    said.set_value();
  }).detach();
  said.get_future().wait_for(kLastWords);
  ::_exit(kOverdueStatus);
}

}  // namespace inspectorate::rpc
