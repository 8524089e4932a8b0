// The clock of one legal term as a ledger of acts. What it shows is always derived from its entries: nothing
// is stored that could disagree with them, and only the acts named here can move it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/deadline.h"
#include "common/calendar/work_calendar.h"

namespace inspectorate {

enum class ClockAct {
  kStart,    // the event of the rule happened
  kSuspend,  // from this day on the term does not run
  kResume,   // from this day on it runs again. After kStop: the matter was reopened, the clock goes on as if
             // it had not been stopped
  kExtend,   // a longer term was granted
  kStop,     // what was due has been done
};

struct ClockEntry {
  ClockAct act = ClockAct::kStart;
  Date date{};        // when it happened, China date
  int extension = 0;  // kExtend: how much longer, in the rule's unit; at least 1
  std::string actor;  // who did or approved it
  std::string note;   // reason or comment; never read by the arithmetic
};

enum class ClockState { kNotStarted, kRunning, kSuspended, kStopped };

// "RUNNING" and so on.
std::string_view ClockStateName(ClockState state);

// What a clock shows at the end of a day.
struct ClockReading {
  ClockState state = ClockState::kNotStarted;
  // Absent before the start, and while a suspension is open that keeps the term from ending.
  std::optional<Deadline> deadline;
  // Left on that day, or on the day of kStop, in the rule's way of counting; negative: late by so much.
  // Absent before the start.
  std::optional<int> remaining;
  std::optional<Date> stopped;
  // Done, and in time.
  bool met = false;
  // The term is over and what was due has not been done, or was done late.
  bool overdue = false;
};

class DeadlineLedger {
 public:
  explicit DeadlineLedger(DeadlineRule rule) : rule_(std::move(rule)) {}

  // Adds an act. Acts may be recorded late: the ledger orders them by date, those of one day as they came.
  // Refused with STATE_TRANSITION_DENIED when the acts so ordered make no sense (a second start, a resumption
  // of what runs).
  absl::Status Append(ClockEntry entry);

  // What the clock showed at the end of `day`; later acts are not considered.
  absl::StatusOr<ClockReading> Read(Date day, const WorkCalendar& calendar) const;

  const DeadlineRule& rule() const { return rule_; }
  const std::vector<ClockEntry>& entries() const { return entries_; }

 private:
  DeadlineRule rule_;
  std::vector<ClockEntry> entries_;  // by date
};

}  // namespace inspectorate
