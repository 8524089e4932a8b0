#include "common/calendar/deadline_ledger.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/macros.h"
#include "common/base/refusal.h"

namespace inspectorate {
namespace {

// What a prefix of the ledger amounts to.
struct Folded {
  ClockState state = ClockState::kNotStarted;
  Date basis{};
  std::optional<Date> suspended;  // open suspension
  std::optional<Date> stopped;
  Adjustments adjustments;
};

std::string_view ActName(ClockAct act) {
  constexpr std::array<std::string_view, 5> kNames = {"START", "SUSPEND", "RESUME", "EXTEND", "STOP"};
  return kNames[static_cast<size_t>(act)];
}

bool Allowed(ClockState state, const ClockEntry& entry) {
  switch (entry.act) {
    case ClockAct::kStart:
      return state == ClockState::kNotStarted;
    case ClockAct::kSuspend:
      return state == ClockState::kRunning;
    case ClockAct::kResume:
      return state == ClockState::kSuspended || state == ClockState::kStopped;
    case ClockAct::kExtend:
      return entry.extension > 0 && (state == ClockState::kRunning || state == ClockState::kSuspended);
    case ClockAct::kStop:
      return state == ClockState::kRunning || state == ClockState::kSuspended;
  }
  return false;
}

void ClosePause(Folded& folded, Date end) {
  if (folded.suspended.has_value()) folded.adjustments.pauses.push_back({*folded.suspended, end});
  folded.suspended.reset();
}

void Apply(Folded& folded, const ClockEntry& entry) {
  switch (entry.act) {
    case ClockAct::kStart:
      folded.basis = entry.date;
      folded.state = ClockState::kRunning;
      break;
    case ClockAct::kSuspend:
      folded.suspended = entry.date;
      folded.state = ClockState::kSuspended;
      break;
    case ClockAct::kResume:
      ClosePause(folded, entry.date);
      folded.stopped.reset();
      folded.state = ClockState::kRunning;
      break;
    case ClockAct::kExtend:
      folded.adjustments.extension += entry.extension;
      break;
    case ClockAct::kStop:
      ClosePause(folded, entry.date);
      folded.stopped = entry.date;
      folded.state = ClockState::kStopped;
      break;
  }
}

absl::StatusOr<Folded> Fold(const DeadlineRule& rule, const std::vector<ClockEntry>& entries, Date until) {
  Folded folded;
  for (const ClockEntry& entry : entries) {
    if (entry.date > until) break;
    if (!Allowed(folded.state, entry)) {
      return Refuse("STATE_TRANSITION_DENIED", {{"resource", rule.id},
                                                {"state", std::string(ClockStateName(folded.state))},
                                                {"event", std::string(ActName(entry.act))}});
    }
    Apply(folded, entry);
  }
  return folded;
}

}  // namespace

std::string_view ClockStateName(ClockState state) {
  constexpr std::array<std::string_view, 4> kNames = {"NOT_STARTED", "RUNNING", "SUSPENDED", "STOPPED"};
  return kNames[static_cast<size_t>(state)];
}

absl::Status DeadlineLedger::Append(ClockEntry entry) {
  std::vector<ClockEntry> entries = entries_;
  const auto after = std::upper_bound(entries.begin(), entries.end(), entry.date,
                                      [](Date date, const ClockEntry& other) { return date < other.date; });
  entries.insert(after, std::move(entry));
  RETURN_IF_ERROR(Fold(rule_, entries, entries.back().date).status());
  entries_ = std::move(entries);
  return absl::OkStatus();
}

absl::StatusOr<ClockReading> DeadlineLedger::Read(Date day, const WorkCalendar& calendar) const {
  ASSIGN_OR_RETURN(const Folded folded, Fold(rule_, entries_, day));
  ClockReading reading{.state = folded.state, .deadline = {}, .remaining = {}, .stopped = folded.stopped};
  if (folded.state == ClockState::kNotStarted) return reading;
  ASSIGN_OR_RETURN(Deadline deadline, ComputeDeadline(rule_, folded.basis, calendar, folded.adjustments));
  if (folded.suspended.has_value() && deadline.last_counted >= *folded.suspended) {
    // The term cannot end while it is suspended: what was left on the day before stays left.
    reading.remaining =
        DaysLeft(rule_, deadline.last_counted, *folded.suspended - std::chrono::days(1), calendar);
    return reading;
  }
  const Date measured = folded.stopped.value_or(day);
  reading.remaining = DaysLeft(rule_, deadline.due, measured, calendar);
  reading.overdue = measured > deadline.due;
  reading.met = folded.stopped.has_value() && !reading.overdue;
  reading.deadline = std::move(deadline);
  return reading;
}

}  // namespace inspectorate
