#include "common/rpc/worker_pool.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <string>
#include <utility>

#include "common/rpc/contained.h"
#include "common/status/error.h"

namespace inspectorate::rpc {
namespace {

constexpr int kMinRetryDelayMs = 50;
constexpr int kMaxRetryDelayMs = 2000;
// Weight of the newest run in the smoothed time.
constexpr double kSmoothing = 0.1;

double Seconds(std::chrono::steady_clock::duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

WorkerPool::WorkerPool(std::string service, std::string name, PoolSize size, obs::Metrics* metrics,
                       RunTogether run_together)
    : service_(std::move(service)),
      name_(std::move(name)),
      size_(size),
      metrics_(metrics),
      run_together_(std::move(run_together)) {
  for (int i = 0; i < size_.workers; ++i) workers_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() { Stop(); }

absl::Status WorkerPool::Submit(std::shared_ptr<Job> job) {
  const Clock::time_point now = Clock::now();
  // A call may spend half of its time in the queue: the other half is for the work itself.
  const Clock::duration patience = std::min<Clock::duration>(
      size_.max_wait, std::max<Clock::duration>((job->budget().deadline - now) / 2, {}));
  std::vector<Entry> gone;
  absl::Status answer;
  bool wake = true;
  {
    std::lock_guard lock(mutex_);
    const auto full = [this] {
      return running_ + static_cast<int>(queue_.size()) >= size_.workers + size_.queue;
    };
    if (full()) gone = RemoveGone(now);
    if (stopping_) {
      answer = Error(ErrorReason::SHUTTING_DOWN);
    } else if (full()) {
      answer = WithRetryDelay(Error(ErrorReason::OVERLOADED), RetryDelayMs());
    } else {
      // Behind a set that runs it waits for the end of that one, and somebody looks after how long it takes.
      wake = !MayRunTogether(*job) || MayStartSet(now) || !watched_;
      queue_.push_back({std::move(job), now, now + patience});
    }
  }
  if (answer.ok()) {
    if (wake) ready_.notify_one();
  } else {
    metrics_->Count(obs::kShed, {service_, name_, type::v1::ErrorReason_Name(ReasonOf(answer))});
  }
  for (const Entry& entry : gone) Shed(entry, WhyNot(entry, now));
  return answer;
}

void WorkerPool::AwaitIdle(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  idle_.wait_until(lock, deadline, [this] { return running_ == 0 && queue_.empty(); });
}

void WorkerPool::Stop() {
  std::deque<Entry> waiting;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting.swap(queue_);
  }
  ready_.notify_all();
  for (const Entry& entry : waiting) Shed(entry, Error(ErrorReason::SHUTTING_DOWN));
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

void WorkerPool::Work() {
  std::vector<Entry> entries;
  // Taking them must not fail half way.
  entries.reserve(static_cast<size_t>(std::max(1, size_.together)));
  for (; Take(&entries); entries.clear()) {
    const Clock::time_point begin = Clock::now();
    const bool together = MayRunTogether(*entries.front().job);
    bool ran = true;
    if (!Contained("worker", [&] { ran = RunWanted(entries, begin); })) DropAll(entries);
    const double ms = Seconds(Clock::now() - begin) * 1000;
    std::lock_guard lock(mutex_);
    Ended(ran ? ms : run_ms_, together);
  }
}

bool WorkerPool::RunWanted(const std::vector<Entry>& entries, Clock::time_point begin) {
  std::vector<const Entry*> wanted;
  for (const Entry& entry : entries) {
    metrics_->Observe(obs::kQueueWaitSeconds, {service_, name_}, Seconds(begin - entry.arrived));
    const absl::Status why = WhyNot(entry, begin);
    if (why.ok()) {
      wanted.push_back(&entry);
    } else {
      Shed(entry, why);
    }
  }
  if (!wanted.empty()) RunAll(wanted);
  return !wanted.empty();
}

void WorkerPool::Ended(double ms, bool together) {
  --running_;
  if (together) --sets_;
  run_ms_ += kSmoothing * (ms - run_ms_);
  if (running_ == 0 && queue_.empty()) idle_.notify_all();
}

bool WorkerPool::MayStartSet(Clock::time_point now) const {
  return sets_ < most_sets() || now - set_began_ >= size_.long_set;
}

// The oldest job that may start now.
WorkerPool::Queue::iterator WorkerPool::NextToRun(Clock::time_point now) {
  if (MayStartSet(now)) return queue_.begin();
  return std::find_if(queue_.begin(), queue_.end(),
                      [this](const Entry& entry) { return !MayRunTogether(*entry.job); });
}

// Somebody to run what may start now, or to look after the set that it waits for.
void WorkerPool::WakeForTheRest() {
  if (queue_.empty()) return;
  if (!watched_ || NextToRun(Clock::now()) != queue_.end()) ready_.notify_one();
}

bool WorkerPool::Take(std::vector<Entry>* entries) {
  std::unique_lock lock(mutex_);
  Clock::time_point now = Clock::now();
  Queue::iterator next;
  while (stopping_ ? (next = queue_.end(), false) : (next = NextToRun(now)) == queue_.end()) {
    if (queue_.empty() || watched_) {
      ready_.wait(lock);
    } else {
      watched_ = true;
      ready_.wait_until(lock, set_began_ + size_.long_set);
      watched_ = false;
    }
    now = Clock::now();
  }
  if (next == queue_.end()) return false;
  const bool together = MayRunTogether(*next->job);
  // Sets that may start now get equal parts, so that what cannot be shared runs side by side in the database.
  const int may_start = std::min(size_.workers - running_, std::max(1, most_sets() - sets_));
  const auto parts = static_cast<size_t>(std::max(1, may_start));
  const size_t share = std::min((queue_.size() + parts - 1) / parts, static_cast<size_t>(size_.together));
  entries->push_back(std::move(*next));
  next = queue_.erase(next);
  ++running_;
  if (together) {
    ++sets_;
    set_began_ = now;
    while (next != queue_.end() && entries->size() < share) {
      if (MayRunTogether(*next->job)) {
        entries->push_back(std::move(*next));
        next = queue_.erase(next);
      } else {
        ++next;
      }
    }
  }
  WakeForTheRest();
  return true;
}

void WorkerPool::RunOne(const Entry& entry) {
  if (!Contained("call", [&] { entry.job->Run(); })) DropAll({entry});
}

// Nothing of what they are is known but that something was thrown.
void WorkerPool::DropAll(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries)
    Contained("drop", [&] { entry.job->Drop(absl::InternalError("exception on the worker")); });
}

void WorkerPool::RunAll(const std::vector<const Entry*>& entries) {
  if (run_together_ == nullptr || size_.together <= 1) {
    for (const Entry* entry : entries) RunOne(*entry);
    return;
  }
  std::vector<std::function<void()>> calls;
  calls.reserve(entries.size());
  for (const Entry* entry : entries) calls.push_back([entry] { RunOne(*entry); });
  const db::TogetherReport report = run_together_(calls);
  metrics_->Count(obs::kSets, {service_, name_, std::to_string(std::bit_floor(entries.size()))});
  if (report.run_again > 0) metrics_->Count(obs::kSetsRunAgain, {service_, name_}, report.run_again);
  if (report.alone > 0) metrics_->Count(obs::kRunAlone, {service_, name_}, report.alone);
}

void WorkerPool::Shed(const Entry& entry, const absl::Status& why) {
  Contained("shed", [&] {
    metrics_->Count(obs::kShed, {service_, name_, type::v1::ErrorReason_Name(ReasonOf(why))});
  });
  Contained("drop", [&] { entry.job->Drop(why); });
}

absl::Status WorkerPool::WhyNot(const Entry& entry, Clock::time_point now) const {
  const db::Budget& budget = entry.job->budget();
  if (budget.cancelled && budget.cancelled()) return Error(ErrorReason::CALL_CANCELLED);
  if (now >= budget.deadline) return Error(ErrorReason::DEADLINE_SPENT);
  if (now >= entry.latest) return WithRetryDelay(Error(ErrorReason::OVERLOADED), kMinRetryDelayMs);
  return absl::OkStatus();
}

std::vector<WorkerPool::Entry> WorkerPool::RemoveGone(Clock::time_point now) {
  std::vector<Entry> gone;
  std::deque<Entry> staying;
  for (Entry& entry : queue_) {
    if (WhyNot(entry, now).ok()) {
      staying.push_back(std::move(entry));
    } else {
      gone.push_back(std::move(entry));
    }
  }
  queue_.swap(staying);
  return gone;
}

int WorkerPool::RetryDelayMs() const {
  const double rounds = 1.0 + static_cast<double>(queue_.size()) / std::max(1, size_.workers);
  return std::clamp(static_cast<int>(run_ms_ * rounds), kMinRetryDelayMs, kMaxRetryDelayMs);
}

}  // namespace inspectorate::rpc
