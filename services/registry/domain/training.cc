#include "services/registry/domain/training.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include "common/base/refusal.h"

namespace inspectorate::registry {
namespace {

constexpr double kMostHours = 1e6;

absl::Status NotIn(std::string_view state, const std::string& what, const std::string& event) {
  return Refuse("STATE_TRANSITION_DENIED",
                {{"resource", what}, {"state", std::string(state)}, {"event", event}});
}

absl::Status NotHeld(SessionState state, const std::string& event) {
  return NotIn(NameOf(state), "学习培训 (the session)", event);
}

std::string_view NameOf(ClaimState state) {
  switch (state) {
    case ClaimState::kClaimed:
      return "待认定 (awaits credit)";
    case ClaimState::kCredited:
      return "已认定 (credited)";
    case ClaimState::kDeclined:
      return "不予认定 (declined)";
  }
  std::abort();  // not an enumerator
}

std::string HoursText(HalfHours halves) { return std::to_string(halves / 2) + (halves % 2 != 0 ? ".5" : ""); }

absl::Status TooMany(HalfHours wanted, HalfHours most) {
  return Refuse("HOURS_EXCEEDED", {{"hours", HoursText(wanted)}, {"limit", HoursText(most)}});
}

bool HoldsOn(const std::vector<Period>& periods, Date day) {
  return std::ranges::any_of(periods, [day](const Period& period) { return period.Contains(day); });
}

// The days of a term on which duty is done.
std::optional<Period> DutyOf(const DutyTerm& term) {
  if (term.awaits_induction) return std::nullopt;
  const Date from = term.duty_from ? std::max(*term.duty_from, term.valid.from) : term.valid.from;
  if (term.valid.to && *term.valid.to < from) return std::nullopt;
  return Period{from, term.valid.to};
}

// The first day from `day` on that is in none of the periods.
std::optional<Date> FirstFree(Date day, const std::vector<Period>& periods) {
  // Periods may follow each other in any order: each moves the day once at most.
  for (size_t i = 0; i <= periods.size(); ++i) {
    const auto in =
        std::ranges::find_if(periods, [day](const Period& period) { return period.Contains(day); });
    if (in == periods.end()) return day;
    if (!in->to) return std::nullopt;
    day = *in->to + std::chrono::days(1);
  }
  return std::nullopt;
}

// Appointed or publicised, and duty has not begun; the training may come between the notice and the term. Of
// sessions before that nobody asks.
bool AwaitsDuty(const DutyTerm& term, const std::optional<Date>& publicised_from, Date day) {
  const bool noticed = publicised_from && *publicised_from < term.valid.from;
  if (day < (noticed ? *publicised_from : term.valid.from)) return false;
  if (term.valid.to && *term.valid.to < day) return false;
  return term.awaits_induction || (term.duty_from && day < *term.duty_from);
}

}  // namespace

std::optional<HalfHours> HalvesOf(double hours) {
  const double halves = hours * 2;
  if (!(std::abs(halves) <= kMostHours) || halves != std::floor(halves)) return std::nullopt;
  return static_cast<HalfHours>(halves);
}

bool ModeFits(TrainingKind kind, StudyMode mode) {
  switch (kind) {
    case TrainingKind::kCentralised:
      return mode == StudyMode::kCentralised;
    case TrainingKind::kOnline:
      return mode == StudyMode::kOnline;
    case TrainingKind::kSelfStudy:
      return mode == StudyMode::kSelf;
    case TrainingKind::kInduction:
    case TrainingKind::kWeeklyStudy:
      return true;
  }
  return false;
}

absl::StatusOr<SessionState> NextSession(SessionState state, SessionEvent event, const SessionFacts& facts) {
  if (event == SessionEvent::kHold) {
    if (state != SessionState::kPlanned) return NotHeld(state, "举办 (hold)");
    if (facts.date > facts.today) return Refuse("OCCUR_TIME_IN_FUTURE");
    return SessionState::kHeld;
  }
  if (state == SessionState::kCancelled) return NotHeld(state, "取消 (cancel)");
  if (state == SessionState::kHeld && facts.anybody_recorded)
    return NotHeld(state, "取消:已登记出勤 (cancel: attendance is recorded)");
  return SessionState::kCancelled;
}

absl::Status CheckSessionEdit(SessionState state, bool only_remarks) {
  if (state == SessionState::kPlanned || (state == SessionState::kHeld && only_remarks))
    return absl::OkStatus();
  return NotHeld(state, "修改 (change)");
}

absl::Status CheckSessionCorrection(SessionState state) {
  return state == SessionState::kHeld ? absl::OkStatus() : NotHeld(state, "更正 (correct)");
}

HalfHours CreditAfter(HalfHours credited, HalfHours before, HalfHours now) {
  if (credited == 0) return 0;
  return credited == before ? now : std::min(credited, now);
}

std::string_view NameOf(SessionState state) {
  switch (state) {
    case SessionState::kPlanned:
      return "计划 (planned)";
    case SessionState::kHeld:
      return "已举办 (held)";
    case SessionState::kCancelled:
      return "取消 (cancelled)";
  }
  std::abort();  // not an enumerator
}

bool OnDuty(const TraineeFacts& facts, Date day) {
  if (HoldsOn(facts.suspensions, day)) return false;
  return std::ranges::any_of(facts.terms, [day](const DutyTerm& term) {
    const auto duty = DutyOf(term);
    return duty && duty->Contains(day);
  });
}

bool IsExpected(const TraineeFacts& facts, TrainingKind kind, const std::optional<Uuid>& area, Date day) {
  if (area && std::ranges::none_of(facts.memberships, [&](const auto& membership) {
        return membership.first == *area && membership.second.Contains(day);
      })) {
    return false;
  }
  if (kind != TrainingKind::kInduction) return OnDuty(facts, day);
  return std::ranges::any_of(
      facts.terms, [&](const DutyTerm& term) { return AwaitsDuty(term, facts.publicised_from, day); });
}

Presence Proposal(const TraineeFacts& facts, Date day) {
  return HoldsOn(facts.leaves, day) ? Presence::kExcused : Presence::kAttended;
}

std::optional<Date> FirstDutyDay(const TraineeFacts& facts, const Period& within) {
  std::optional<Date> first;
  for (const DutyTerm& term : facts.terms) {
    const auto duty = DutyOf(term);
    if (!duty || (within.to && duty->from > *within.to) || (duty->to && *duty->to < within.from)) continue;
    const auto day = FirstFree(std::max(duty->from, within.from), facts.suspensions);
    if (!day || (within.to && *day > *within.to) || (duty->to && *day > *duty->to)) continue;
    if (!first || *day < *first) first = day;
  }
  return first;
}

absl::Status CheckMark(const MarkFacts& facts) {
  if (facts.state != SessionState::kHeld) return NotHeld(facts.state, "登记出勤 (record attendance)");
  if (facts.correction && facts.today > facts.date + std::chrono::days(facts.correction_days))
    return Refuse("LATE_ENTRY", {{"limit", std::to_string(facts.correction_days)}});
  if (facts.wanted == Presence::kExcused && !facts.reason_given)
    return Refuse("GROUNDS_REQUIRED", {{"why", "请假须说明事由 (why excused)"}});
  if (facts.wanted == Presence::kAttended) return absl::OkStatus();
  if (!facts.expected)
    return Refuse("NOT_EXPECTED", {{"inspector", facts.inspector}, {"date", FormatDate(facts.date)}});
  if (facts.credited > 0) return Refuse("CREDIT_STANDS", {{"hours", HoursText(facts.credited)}});
  return absl::OkStatus();
}

absl::Status CheckCredit(const CreditFacts& facts) {
  if (facts.state != SessionState::kHeld) return NotHeld(facts.state, "认定学时 (credit hours)");
  if (facts.presence != Presence::kAttended) return Refuse("NOT_ATTENDED", {{"inspector", facts.inspector}});
  if (facts.wanted > facts.most || facts.wanted < 0) return TooMany(facts.wanted, facts.most);
  if (facts.credited_before && !facts.reason_given)
    return Refuse("CREDIT_STANDS", {{"hours", HoursText(*facts.credited_before)}});
  // To take hours back needs nobody's notes.
  const bool more = facts.wanted > facts.credited_before.value_or(0);
  if (more && facts.notes_required && !facts.notes_written)
    return Refuse("GROUNDS_REQUIRED", {{"why", "尚未提交学习笔记 (no notes are written)"}});
  return absl::OkStatus();
}

absl::Status CheckClaimCredit(const ClaimFacts& facts, HalfHours wanted, bool reason_given) {
  if (wanted > facts.claimed || wanted < 0) return TooMany(wanted, facts.claimed);
  // What was declined or credited is decided anew only with a reason.
  if (facts.state != ClaimState::kClaimed && !reason_given)
    return Refuse("CREDIT_STANDS", {{"hours", HoursText(facts.credited)}});
  return absl::OkStatus();
}

absl::Status CheckClaimOpen(ClaimState state, std::string_view event) {
  if (state == ClaimState::kClaimed) return absl::OkStatus();
  return NotIn(NameOf(state), "自学记录 (the study record)", std::string(event));
}

absl::Status CheckInduction(std::string_view rule, bool credited, const std::string& inspector) {
  if (rule != "require" || credited) return absl::OkStatus();
  return Refuse("INDUCTION_UNRECORDED", {{"inspector", inspector}});
}

std::optional<Period> TrainingYear(int year, std::string_view begins) {
  // 29 February is no day of every year.
  const auto any = ParseDate("2001-" + std::string(begins));
  if (!any.ok()) return std::nullopt;
  const Date from = MakeDate(year, MonthOf(*any), DayOf(*any));
  return Period{from, MakeDate(year + 1, MonthOf(*any), DayOf(*any)) - std::chrono::days(1)};
}

std::optional<std::vector<TrainingKind>> ParseKinds(std::string_view text) {
  std::vector<TrainingKind> kinds;
  while (true) {
    const std::string_view word = text.substr(0, text.find('+'));
    if (word == "induction") {
      kinds.push_back(TrainingKind::kInduction);
    } else if (word == "centralised") {
      kinds.push_back(TrainingKind::kCentralised);
    } else if (word == "weekly_study") {
      kinds.push_back(TrainingKind::kWeeklyStudy);
    } else {
      return std::nullopt;
    }
    if (word.size() == text.size()) return kinds;
    text.remove_prefix(word.size() + 1);
  }
}

HalfHours Counted(const FileEntry& entry, const std::vector<TrainingKind>& central_kinds) {
  if (entry.own_record || entry.mode != StudyMode::kCentralised) return 0;
  return std::ranges::find(central_kinds, entry.kind) == central_kinds.end() ? 0 : entry.credited;
}

Totals Add(const std::vector<FileEntry>& entries, const std::vector<TrainingKind>& central_kinds,
           HalfHours floor) {
  Totals totals;
  for (const FileEntry& entry : entries) {
    HalfHours& mode = entry.mode == StudyMode::kCentralised ? totals.centralised
                      : entry.mode == StudyMode::kOnline    ? totals.online
                                                            : totals.self_study;
    mode += entry.credited;
    totals.counted += Counted(entry, central_kinds);
    // Whoever was not expected that day is neither there nor missing.
    if (entry.own_record || entry.kind != TrainingKind::kWeeklyStudy || !entry.expected) continue;
    int& weekly = entry.presence == Presence::kAttended  ? totals.weekly_attended
                  : entry.presence == Presence::kAbsent  ? totals.weekly_absent
                  : entry.presence == Presence::kExcused ? totals.weekly_excused
                                                         : totals.weekly_unrecorded;
    ++weekly;
  }
  totals.shortfall = std::max(0, floor - totals.counted);
  return totals;
}

}  // namespace inspectorate::registry
