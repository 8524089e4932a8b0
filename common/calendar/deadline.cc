#include "common/calendar/deadline.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "common/base/macros.h"
#include "common/base/refusal.h"

namespace inspectorate {
namespace {

using std::chrono::days;

// Answers for years without a paper from the plain week, and remembers that a later paper may decide
// otherwise.
class ProvisionalCalendar final : public WorkCalendar {
 public:
  explicit ProvisionalCalendar(const WorkCalendar& published) : published_(published) {}

  std::string_view version() const override { return published_.version(); }
  bool Covers(int) const override { return true; }

  absl::StatusOr<bool> IsWorkingDay(Date day) const override {
    const int year = YearOf(day);
    if (!published_.Covers(year)) {
      provisional_ = true;
      return !IsWeekend(day);
    }
    if (MonthOf(day) == 12 && !published_.Covers(year + 1)) provisional_ = true;
    return published_.IsWorkingDay(day);
  }

  bool provisional() const { return provisional_; }

 private:
  const WorkCalendar& published_;
  mutable bool provisional_ = false;
};

bool Paused(const std::vector<Pause>& pauses, Date day) {
  return std::any_of(pauses.begin(), pauses.end(),
                     [day](const Pause& p) { return day >= p.first && day < p.end; });
}

// The day on which `amount` days have been counted after `start`.
absl::StatusOr<Date> CountOn(Date start, int amount, bool working_days, const std::vector<Pause>& pauses,
                             const WorkCalendar& calendar) {
  Date day = start;
  while (amount > 0) {
    day += days(1);
    if (Paused(pauses, day)) continue;
    bool counts = true;
    if (working_days) {
      ASSIGN_OR_RETURN(counts, calendar.IsWorkingDay(day));
    }
    if (counts) --amount;
  }
  return day;
}

}  // namespace

absl::StatusOr<Deadline> ComputeDeadline(const DeadlineRule& rule, Date basis, const WorkCalendar& calendar,
                                         const Adjustments& adjustments) {
  if (!rule.InForceOn(basis)) {
    return Refuse("POLICY_MISSING", {{"rule", rule.id}, {"date", FormatDate(basis)}});
  }
  if (rule.amount < 0 || adjustments.extension < 0) {
    return absl::InvalidArgumentError(absl::StrCat("rule ", rule.id, ": a term cannot be negative"));
  }
  const ProvisionalCalendar provisional(calendar);
  const Date start = rule.start == StartRule::kDayAfter ? basis : basis - days(1);
  int amount = rule.amount + adjustments.extension;
  // A month has a fixed number of days once its start is known; pauses then push its end as they do for days.
  if (rule.unit == DeadlineUnit::kMonth)
    amount = static_cast<int>((AddMonths(start, amount) - start).count());
  const bool working_days = rule.unit == DeadlineUnit::kWorkingDay;
  ASSIGN_OR_RETURN(const Date last, CountOn(start, amount, working_days, adjustments.pauses, provisional));
  Date due = last;
  if (rule.roll == RollRule::kNextWorkingDay) {
    ASSIGN_OR_RETURN(due, provisional.WorkingDayOnOrAfter(last));
  }
  return Deadline{.due = due,
                  .last_counted = last,
                  .provisional = provisional.provisional(),
                  .rule_id = rule.id,
                  .calendar_version = std::string(calendar.version())};
}

CountedDays CountWorkingDays(Date first, Date last, const WorkCalendar& calendar) {
  const ProvisionalCalendar provisional(calendar);
  CountedDays counted;
  // Never fails: the provisional calendar has an answer for every day.
  for (Date day = first; day <= last; day += days(1)) counted.working_days += *provisional.IsWorkingDay(day);
  counted.provisional = provisional.provisional();
  return counted;
}

int DaysLeft(const DeadlineRule& rule, Date due, Date today, const WorkCalendar& calendar) {
  if (rule.unit != DeadlineUnit::kWorkingDay) return static_cast<int>((due - today).count());
  // Never fails: the provisional calendar has an answer for every day.
  return *ProvisionalCalendar(calendar).CountWorkingDays(today, due);
}

}  // namespace inspectorate
