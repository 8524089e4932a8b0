#include "services/issues/app/clock_book.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <vector>

#include "common/base/macros.h"
#include "common/calendar/deadline_ledger.h"
#include "common/resource/description.h"
#include "common/roster/calendar.h"
#include "common/status/error.h"
#include "services/issues/domain/clocks.h"

namespace inspectorate::issues {
namespace {

using resource::FromProto;
using resource::IsSet;
using resource::ToProto;

constexpr char kDayOfEvent[] = "day_of_event";
constexpr char kNotRolled[] = "not_rolled";

// The clocks that the contract shows. The term for an objection begins with the methods that hear one.
std::optional<v1::ClockKind> ShownAs(ClockKind kind) {
  switch (kind) {
    case ClockKind::kAcknowledge:
      return v1::ACKNOWLEDGE;
    case ClockKind::kPlan:
      return v1::PLAN;
    case ClockKind::kRectify:
      return v1::RECTIFY;
    case ClockKind::kLookback:
      return v1::LOOK_BACK_DUE;
    case ClockKind::kObject:
    case ClockKind::kDecide:
      break;
  }
  return std::nullopt;
}

ClockKind KindOf(v1::ClockKind kind) {
  switch (kind) {
    case v1::ACKNOWLEDGE:
      return ClockKind::kAcknowledge;
    case v1::PLAN:
      return ClockKind::kPlan;
    case v1::RECTIFY:
      return ClockKind::kRectify;
    default:
      return ClockKind::kLookback;
  }
}

std::string_view UnitName(DeadlineUnit unit) {
  switch (unit) {
    case DeadlineUnit::kCalendarDay:
      return "day";
    case DeadlineUnit::kWorkingDay:
      return "working_day";
    case DeadlineUnit::kMonth:
      return "month";
  }
  std::abort();
}

DeadlineUnit UnitOf(std::string_view name) {
  if (name == "working_day") return DeadlineUnit::kWorkingDay;
  return name == "month" ? DeadlineUnit::kMonth : DeadlineUnit::kCalendarDay;
}

// A clock keeps the rule it started under, whatever becomes of the rule.
DeadlineRule RuleOf(const v1::LegalClock& clock) {
  DeadlineRule rule;
  rule.id = clock.rule();
  rule.amount = clock.amount();
  rule.unit = UnitOf(clock.unit());
  rule.start = clock.start() == kDayOfEvent ? StartRule::kDayOfEvent : StartRule::kDayAfter;
  rule.roll = clock.roll() == kNotRolled ? RollRule::kNone : RollRule::kNextWorkingDay;
  rule.source = clock.source();
  rule.valid_from = Date::min();
  return rule;
}

// Units of the rule between two of its last days.
absl::StatusOr<int> UnitsBetween(const DeadlineRule& rule, Date from, Date to, const WorkCalendar& calendar) {
  if (rule.unit == DeadlineUnit::kWorkingDay) return calendar.CountWorkingDays(from, to);
  if (rule.unit == DeadlineUnit::kMonth) {  // begun months are granted whole
    const int months =
        (YearOf(to) - YearOf(from)) * 12 + static_cast<int>(MonthOf(to)) - static_cast<int>(MonthOf(from));
    return months + (DayOf(to) > DayOf(from) ? 1 : 0);
  }
  return static_cast<int>((to - from).count());
}

absl::StatusOr<Date> DueOf(const DeadlineLedger& ledger, const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(ClockReading reading, ledger.Read(ledger.entries().back().date, calendar));
  if (!reading.deadline.has_value())
    return absl::InternalError("clock " + ledger.rule().id + " shows no deadline");
  return reading.deadline->last_counted;
}

// What a longer term that was granted up to a day comes to in the rule's unit. The day granted stays whatever
// becomes of the calendar; where it has become a rest day the term ends on the working day after it, and 0 is
// left of a grant that the term has overtaken by itself.
absl::StatusOr<int> GrantedUnits(const DeadlineLedger& ledger, Date granted, const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const Date due, DueOf(ledger, calendar));
  if (granted <= due) return 0;
  if (ledger.rule().unit == DeadlineUnit::kWorkingDay && calendar.Covers(YearOf(granted))) {
    ASSIGN_OR_RETURN(granted, calendar.WorkingDayOnOrAfter(granted));
  }
  return UnitsBetween(ledger.rule(), due, granted, calendar);
}

absl::StatusOr<DeadlineLedger> LedgerOf(const v1::LegalClock& clock, const WorkCalendar& calendar) {
  DeadlineLedger ledger(RuleOf(clock));
  for (const v1::ClockEntry& entry : clock.ledger()) {
    if (entry.kind() == v1::RECOMPUTE) continue;  // says what became of the others
    ClockEntry act{.act = static_cast<ClockAct>(entry.kind() - 1),
                   .date = FromProto(entry.date()),
                   .actor = entry.actor(),
                   .note = entry.reason()};
    if (entry.kind() == v1::EXTEND) {
      ASSIGN_OR_RETURN(act.extension, GrantedUnits(ledger, FromProto(entry.due_date()), calendar));
      if (act.extension == 0) continue;
    }
    RETURN_IF_ERROR(ErrorFromRefusal(ledger.Append(std::move(act))));
  }
  return ledger;
}

static_assert(static_cast<int>(ClockAct::kStart) + 1 == v1::START);
static_assert(static_cast<int>(ClockAct::kStop) + 1 == v1::STOP);

// Writes what the clock shows after its last entry.
absl::Status Show(const WorkCalendar& calendar, v1::LegalClock* clock) {
  ASSIGN_OR_RETURN(DeadlineLedger ledger, LedgerOf(*clock, calendar));
  ASSIGN_OR_RETURN(ClockReading reading, ledger.Read(ledger.entries().back().date, calendar));
  clock->clear_met_date();
  if (reading.stopped.has_value()) *clock->mutable_met_date() = ToProto(*reading.stopped);
  if (reading.deadline.has_value()) {
    *clock->mutable_due_date() = ToProto(reading.deadline->due);
    clock->set_provisional(reading.deadline->provisional);
    clock->set_calendar_version(reading.deadline->calendar_version);
  }
  return absl::OkStatus();
}

// Writes an entry and what the clock shows after it.
absl::Status Enter(const WorkCalendar& calendar, v1::ClockEntry entry, std::optional<Date> extended_to,
                   v1::LegalClock* clock) {
  if (extended_to.has_value()) *entry.mutable_due_date() = ToProto(*extended_to);
  *clock->add_ledger() = std::move(entry);
  return Show(calendar, clock);
}

v1::ClockEntry Entry(v1::ClockEntryKind kind, Date day, const std::string& actor) {
  v1::ClockEntry entry;
  entry.set_kind(kind);
  *entry.mutable_date() = ToProto(day);
  entry.set_actor(actor);
  return entry;
}

bool Runs(const v1::LegalClock& clock) { return !IsSet(clock.met_date()); }

// The last one of its kind: only look-back has several, and of those only the last can run.
v1::LegalClock* Find(v1::ClockKind kind, v1::Issue* issue) {
  for (int i = issue->clocks_size() - 1; i >= 0; --i) {
    if (issue->clocks(i).kind() == kind) return issue->mutable_clocks(i);
  }
  return nullptr;
}

std::vector<ClockId> Running(const v1::Issue& issue) {
  std::vector<ClockId> running;
  for (const v1::LegalClock& clock : issue.clocks()) {
    if (!Runs(clock)) continue;
    const ClockKind kind = KindOf(clock.kind());
    running.push_back({kind, kind == ClockKind::kLookback ? static_cast<uint32_t>(issue.round()) : 0});
  }
  return running;
}

absl::Status Start(const Occasion& occasion, v1::ClockKind kind, const std::string& rule_key,
                   const std::string& actor, v1::Issue* issue) {
  ASSIGN_OR_RETURN(const DeadlineRule rule, roster::TermOf(occasion.policy, rule_key));
  v1::LegalClock* clock = issue->add_clocks();
  clock->set_kind(kind);
  clock->set_rule(rule.id);
  clock->set_source(rule.source);
  clock->set_amount(rule.amount);
  clock->set_unit(std::string(UnitName(rule.unit)));
  if (rule.start == StartRule::kDayOfEvent) clock->set_start(kDayOfEvent);
  if (rule.roll == RollRule::kNone) clock->set_roll(kNotRolled);
  return Enter(*occasion.calendar, Entry(v1::START, occasion.day, actor), {}, clock);
}

void CopyRectifyDue(v1::Issue* issue) {
  if (const v1::LegalClock* clock = Find(v1::RECTIFY, issue))
    *issue->mutable_rectify_due() = clock->due_date();
}

}  // namespace

absl::Status MoveClocks(const Occasion& occasion, const Transition& transition, const std::string& actor,
                        v1::Issue* issue) {
  for (const ClockChange& change : ClockChanges(transition, Running(*issue))) {
    const auto kind = ShownAs(change.clock.kind);
    if (!kind.has_value()) continue;
    if (change.move == ClockMove::kStart) {
      RETURN_IF_ERROR(Start(occasion, *kind, change.rule, actor, issue));
      continue;
    }
    v1::LegalClock* clock = Find(*kind, issue);
    if (clock == nullptr) return absl::InternalError("a clock goes on that never began: " + issue->name());
    const auto entry = change.move == ClockMove::kStop ? v1::STOP : v1::RESUME;
    // A verified issue that is reopened has no stopped clock to set going twice.
    if ((entry == v1::RESUME) == Runs(*clock)) continue;
    RETURN_IF_ERROR(Enter(*occasion.calendar, Entry(entry, occasion.day, actor), {}, clock));
  }
  CopyRectifyDue(issue);
  return absl::OkStatus();
}

absl::Status CanExtendRectification(const v1::Issue& issue) {
  for (const v1::LegalClock& clock : issue.clocks()) {
    if (clock.kind() == v1::RECTIFY && Runs(clock)) return absl::OkStatus();
  }
  return Error(ErrorReason::STATE_TRANSITION_DENIED, {{"resource", issue.name()},
                                                      {"state", v1::IssueState_Name(issue.state())},
                                                      {"event", "EXTEND_DEADLINE"}});
}

absl::Status ExtendRectification(const Occasion& occasion, Date new_due, const std::string& actor,
                                 const std::string& reason, v1::Issue* issue) {
  RETURN_IF_ERROR(CanExtendRectification(*issue));
  v1::LegalClock* clock = Find(v1::RECTIFY, issue);
  ASSIGN_OR_RETURN(const bool worked, occasion.calendar->IsWorkingDay(new_due));
  if (!worked || new_due <= FromProto(clock->due_date())) {
    return InvalidFields({{.field = "new_due_date",
                           .zh = "新期限须为原期限之后的工作日",
                           .en = "the new last day is a working day after the present one"}});
  }
  v1::ClockEntry entry = Entry(v1::EXTEND, occasion.day, actor);
  entry.set_reason(reason);
  RETURN_IF_ERROR(Enter(*occasion.calendar, std::move(entry), new_due, clock));
  CopyRectifyDue(issue);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<MovedClock>> RecomputeClocks(const WorkCalendar& calendar, Date today,
                                                        const std::string& actor, v1::Issue* issue) {
  std::vector<MovedClock> moved;
  for (v1::LegalClock& clock : *issue->mutable_clocks()) {
    if (!Runs(clock)) continue;
    v1::LegalClock now = clock;
    RETURN_IF_ERROR(Show(calendar, &now));
    const Date before = FromProto(clock.due_date()), after = FromProto(now.due_date());
    if (before == after && clock.provisional() == now.provisional()) continue;
    v1::ClockEntry* entry = now.add_ledger();
    *entry = Entry(v1::RECOMPUTE, today, actor);
    *entry->mutable_due_date() = clock.due_date();
    entry->set_reason(clock.calendar_version() + " → " + now.calendar_version());
    moved.push_back({.kind = clock.kind(), .before = before, .after = after});
    clock = std::move(now);
  }
  CopyRectifyDue(issue);
  return moved;
}

void ShowDeadlines(Date today, v1::Issue* issue) {
  std::optional<Date> first;
  for (const v1::LegalClock& clock : issue->clocks()) {
    if (!Runs(clock)) continue;
    const Date due = FromProto(clock.due_date());
    first = first.has_value() ? std::min(*first, due) : due;
  }
  issue->set_overdue(first.has_value() && *first < today);
  issue->set_days_left(first.has_value() ? static_cast<int32_t>((*first - today).count()) : 0);
}

}  // namespace inspectorate::issues
