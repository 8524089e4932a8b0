#include "common/db/pool.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/status/error.h"

namespace inspectorate::db {
namespace {

using std::chrono::steady_clock;

constexpr int kConnectsAtOnce = 2;  // a server that restarts is not stormed
constexpr std::chrono::seconds kRest{30};
constexpr std::chrono::milliseconds kCancelPoll{50};

}  // namespace

std::chrono::milliseconds Remaining(const Budget& budget) {
  return std::chrono::ceil<std::chrono::milliseconds>(budget.deadline - steady_clock::now());
}

absl::Status CheckBudget(const Budget& budget) {
  if (budget.cancelled && budget.cancelled()) return Error(ErrorReason::CALL_CANCELLED);
  if (steady_clock::now() >= budget.deadline) return Error(ErrorReason::DEADLINE_SPENT);
  return absl::OkStatus();
}

Pool::Pool(Options options)
    : options_(std::move(options)), nodes_(options_), random_(std::random_device{}()) {}

absl::StatusOr<std::unique_ptr<Pool::Lease>> Pool::Take(const Budget& budget) {
  while (true) {
    Idle idle;
    RETURN_IF_ERROR(AwaitTurn(budget, &idle));
    if (idle.connection == nullptr) return OpenNew(budget);
    steady_clock::time_point suspected;
    {
      std::lock_guard lock(mutex_);
      suspected = suspected_;
    }
    if (FitAfterRest(idle, suspected)) {
      return std::make_unique<Lease>(this, std::move(idle.connection), idle.expiry, idle.generation);
    }
    idle.connection.reset();
    GiveUpPlace();
  }
}

absl::Status Pool::AwaitTurn(const Budget& budget, Idle* idle) {
  const auto give_up = std::min(budget.deadline, steady_clock::now() + options_.lease_wait);
  std::unique_lock lock(mutex_);
  while (true) {
    RETURN_IF_ERROR(CheckBudget(budget));
    if (!idle_.empty()) {
      *idle = std::move(idle_.back());
      idle_.pop_back();
      return absl::OkStatus();
    }
    if (places_taken_ < options_.pool_size && connecting_ < kConnectsAtOnce) {
      ++places_taken_;
      ++connecting_;
      return absl::OkStatus();
    }
    const auto now = steady_clock::now();
    if (now >= give_up) return WithRetryDelay(Error(ErrorReason::OVERLOADED), 200);
    changed_.wait_until(lock, budget.cancelled ? std::min(give_up, now + kCancelPoll) : give_up);
  }
}

bool Pool::FitAfterRest(Idle& idle, steady_clock::time_point suspected) {
  const auto now = steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    if (idle.generation != generation_) return false;
  }
  if (now >= idle.expiry) return false;
  if (now - idle.since < kRest && idle.since > suspected) return true;
  if (idle.connection->Ping()) return true;
  std::lock_guard lock(mutex_);
  ++counts_.broken;
  return false;
}

absl::StatusOr<std::unique_ptr<Pool::Lease>> Pool::OpenNew(const Budget& budget) {
  uint64_t generation = 0;
  {
    std::lock_guard lock(mutex_);
    generation = generation_;
  }
  auto opened = nodes_.Connect(budget.deadline);
  std::vector<Idle> closing;
  std::lock_guard lock(mutex_);
  --connecting_;
  changed_.notify_one();
  if (!opened.ok()) {
    --places_taken_;
    return opened.status();
  }
  // One process never writes through two nodes: a connection that leads elsewhere than the others ends them.
  if (opened->node != node_ && generation == generation_) {
    node_ = opened->node;
    closing = StartGeneration();
    generation = generation_;
  }
  ++counts_.created;
  last_good_ = steady_clock::now();
  return std::make_unique<Lease>(this, std::move(opened->connection), Expiry(), generation);
}

absl::StatusOr<std::unique_ptr<Connection>> Pool::OpenExtra() {
  ASSIGN_OR_RETURN(Nodes::Opened opened, nodes_.Connect(steady_clock::now() + options_.connect_timeout));
  return std::move(opened.connection);
}

// Lifetimes differ by up to a quarter, so that connections do not all end at once.
steady_clock::time_point Pool::Expiry() {
  const auto life = std::chrono::duration_cast<std::chrono::milliseconds>(options_.max_lifetime);
  std::uniform_int_distribution<int64_t> jitter(-life.count() / 4, life.count() / 4);
  return steady_clock::now() + life + std::chrono::milliseconds(jitter(random_));
}

void Pool::GiveUpPlace() {
  std::lock_guard lock(mutex_);
  --places_taken_;
  changed_.notify_one();
}

void Pool::Return(Lease& lease) {
  const bool usable = lease.connection_->usable();
  const auto now = steady_clock::now();
  std::unique_lock lock(mutex_);
  if (usable) last_good_ = now;
  if (usable && lease.clean_ && lease.generation_ == generation_) {
    idle_.push_back({std::move(lease.connection_), lease.expiry_, now, lease.generation_});
    changed_.notify_one();
    return;
  }
  if (!usable) ++counts_.broken;
  lock.unlock();
  lease.connection_.reset();  // closing may take a round trip
  GiveUpPlace();
}

void Pool::Suspect() {
  if (nodes_.size() > 1) Flush();
  std::lock_guard lock(mutex_);
  suspected_ = steady_clock::now();
}

void Pool::Flush() {
  std::vector<Idle> closing;
  std::lock_guard lock(mutex_);
  const auto now = steady_clock::now();
  if (now - flushed_ < std::chrono::seconds(1)) return;
  flushed_ = now;
  closing = StartGeneration();
}

std::vector<Pool::Idle> Pool::StartGeneration() {
  std::vector<Idle> closing;
  ++generation_;
  places_taken_ -= static_cast<int>(idle_.size());
  closing.swap(idle_);
  changed_.notify_all();
  return closing;
}

steady_clock::time_point Pool::last_good() const {
  std::lock_guard lock(mutex_);
  return last_good_;
}

Database::Stats Pool::stats() const {
  std::lock_guard lock(mutex_);
  Database::Stats stats = counts_;
  stats.idle = static_cast<int>(idle_.size());
  stats.in_use = places_taken_ - stats.idle;
  return stats;
}

void Pool::CountRetry() {
  std::lock_guard lock(mutex_);
  ++counts_.retries;
}

void Pool::CountUnknown() {
  std::lock_guard lock(mutex_);
  ++counts_.outcome_unknown;
}

}  // namespace inspectorate::db
