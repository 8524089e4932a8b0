// Legal terms: how many days, months or working days after an event something is due (民法典 200–204). What
// the law or an office fixes is data (DeadlineRule); only the arithmetic is code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/work_calendar.h"

namespace inspectorate {

enum class DeadlineUnit {
  kCalendarDay,  // 日: calendar days, unless the text says 工作日
  kWorkingDay,   // 工作日
  kMonth,        // 月: the day of the same number, or the month's last (民法典 202)
};

enum class StartRule {
  kDayAfter,    // the day of the event is not counted (民法典 201)
  kDayOfEvent,  // the text counts the day of the event
};

enum class RollRule {
  kNone,
  kNextWorkingDay,  // a term that ends on a rest day ends on the day after the rest (民法典 203)
};

struct DeadlineRule {
  std::string id;     // of the policy rule, as errors and deadlines cite it
  std::string event;  // what starts the term, such as "notice.receipted"
  int amount = 0;     // in `unit`, 0 or more
  DeadlineUnit unit = DeadlineUnit::kCalendarDay;
  StartRule start = StartRule::kDayAfter;
  RollRule roll = RollRule::kNextWorkingDay;
  std::string source;        // the text and article that fix it
  std::string jurisdiction;  // division code of whoever made the text; empty: the state
  // In force for events of [valid_from, valid_to); no end: until replaced.
  Date valid_from{};
  std::optional<Date> valid_to;

  bool InForceOn(Date date) const {
    return date >= valid_from && (!valid_to.has_value() || date < *valid_to);
  }
};

// Days [first, end) on which a term does not run.
struct Pause {
  Date first;
  Date end;
};

// What moves a term beside its rule.
struct Adjustments {
  int extension = 0;  // added to the rule's amount, in its unit
  std::vector<Pause> pauses;
};

struct Deadline {
  // The last day in time; the term ends at its midnight, China time.
  Date due;
  // The day on which the counting ended, before rolling over rest days.
  Date last_counted;
  // A day was looked at that a paper still to come may change: a year without one (counted with weekends
  // only), or the December before it (papers have moved its last days: 2018-12-29 to 31). To be computed
  // again then.
  bool provisional = false;
  std::string rule_id;
  std::string calendar_version;
};

// When the term of `rule` ends if its event happened on `basis`. Refused with POLICY_MISSING when the rule is
// not in force on that day.
absl::StatusOr<Deadline> ComputeDeadline(const DeadlineRule& rule, Date basis, const WorkCalendar& calendar,
                                         const Adjustments& adjustments = {});

struct CountedDays {
  int working_days = 0;
  bool provisional = false;  // as for deadlines
};
// The working days from one day to another, both counted; 0 when the last lies before the first.
CountedDays CountWorkingDays(Date first, Date last, const WorkCalendar& calendar);

// Units that are left of a term on `today`: days in the way the rule counts them (calendar days for months),
// 0 on the last day, negative after it.
int DaysLeft(const DeadlineRule& rule, Date due, Date today, const WorkCalendar& calendar);

}  // namespace inspectorate
