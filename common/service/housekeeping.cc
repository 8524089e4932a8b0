#include "common/service/housekeeping.h"

#include <algorithm>
#include <utility>

#include "common/obs/log.h"
#include "common/work/housekeeping.h"

namespace inspectorate::service {
namespace {

constexpr auto kLongestRound = std::chrono::minutes(1);

}  // namespace

std::chrono::milliseconds UntilNextRound(Time now, std::chrono::milliseconds every) {
  const Time midnight = ChinaMidnight(ChinaDate(now) + std::chrono::days(1));
  // Rounded up: not a moment before it.
  return std::min(every, std::chrono::ceil<std::chrono::milliseconds>(midnight - now));
}

Housekeeping::Housekeeping(db::Database& database, const Clock& clock, Options options, Chore chore)
    : database_(database), clock_(clock), options_(options), chore_(std::move(chore)), thread_([this] {
        Run();
      }) {}

Housekeeping::~Housekeeping() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Housekeeping::Run() {
  while (!stopping_) {
    Round();
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait_for(lock, UntilNextRound(clock_.Now(), options_.every), [this] { return stopping_.load(); });
  }
}

// What a failed round leaves is taken by the next.
void Housekeeping::Round() {
  db::Budget budget = db::Budget::Of(kLongestRound);
  budget.cancelled = [this] { return stopping_.load(); };
  auto forgotten = work::ForgetRequests(database_, budget, clock_.Now() - options_.requests_kept);
  Note(forgotten.status());
  if (forgotten.ok() && *forgotten > 0) {
    obs::Log(obs::Severity::kInfo, "requests_forgotten", {{"count", *forgotten}});
  }
  if (chore_) Note(chore_(budget));
}

void Housekeeping::Note(const absl::Status& status) {
  if (status.ok() || stopping_) return;
  obs::Log(obs::Severity::kWarning, "housekeeping_failed", {{"why", std::string(status.message())}});
}

}  // namespace inspectorate::service
