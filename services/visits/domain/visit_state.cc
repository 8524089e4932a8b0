#include "services/visits/domain/visit_state.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/refusal.h"

namespace inspectorate::visits {
namespace {

using S = VisitState;
using E = VisitEvent;

struct Step {
  VisitState from;
  VisitEvent event;
  VisitState to;
};

constexpr Step kSteps[] = {
    {S::kPlanned, E::kNotify, S::kNotified},        {S::kPlanned, E::kCheckIn, S::kInProgress},
    {S::kPlanned, E::kCancel, S::kCancelled},       {S::kPlanned, E::kMiss, S::kMissed},
    {S::kPlanned, E::kObstruct, S::kPlanned},       {S::kNotified, E::kCheckIn, S::kInProgress},
    {S::kNotified, E::kCancel, S::kCancelled},      {S::kNotified, E::kMiss, S::kMissed},
    {S::kNotified, E::kObstruct, S::kNotified},     {S::kInProgress, E::kRecord, S::kInProgress},
    {S::kInProgress, E::kSubmit, S::kSubmitted},    {S::kInProgress, E::kFeedBack, S::kInProgress},
    {S::kInProgress, E::kObstruct, S::kInProgress}, {S::kSubmitted, E::kReturn, S::kReturned},
    {S::kSubmitted, E::kApprove, S::kApproved},     {S::kSubmitted, E::kFeedBack, S::kSubmitted},
    {S::kSubmitted, E::kObstruct, S::kSubmitted},   {S::kReturned, E::kRecord, S::kReturned},
    {S::kReturned, E::kSubmit, S::kSubmitted},      {S::kReturned, E::kFeedBack, S::kReturned},
    {S::kReturned, E::kObstruct, S::kReturned},     {S::kApproved, E::kFeedBack, S::kApproved},
    {S::kPlanned, E::kHandOver, S::kPlanned},       {S::kNotified, E::kHandOver, S::kNotified},
};

std::optional<VisitState> Follow(VisitState state, VisitEvent event) {
  for (const Step& step : kSteps) {
    if (step.from == state && step.event == event) return step.to;
  }
  return std::nullopt;
}

absl::Status Denied(VisitState state, VisitEvent event) {
  return Refuse("STATE_TRANSITION_DENIED", {{"resource", "督导 (the visit)"},
                                            {"state", std::string(NameOf(state))},
                                            {"event", std::string(NameOf(event))}});
}

bool NeedsGrounds(VisitEvent event) {
  return event == E::kReturn || event == E::kCancel || event == E::kMiss || event == E::kHandOver ||
         event == E::kObstruct;
}

// The step exists; do its circumstances allow it?
absl::Status CheckGuards(VisitState state, VisitEvent event, const TransitionFacts& facts) {
  // A notice is sent where the mode asks for one, and only there; the visit does not begin before it.
  const bool notice_wrong = event == E::kNotify && !facts.notice_asked;
  const bool notice_missing = state == S::kPlanned && event == E::kCheckIn && facts.notice_asked;
  const bool too_early = event == E::kMiss && !facts.planned_day_reached;
  if (notice_wrong || notice_missing || too_early) return Denied(state, event);
  if (NeedsGrounds(event) && !facts.grounds_given) {
    return Refuse("GROUNDS_REQUIRED", {{"why", "未说明理由或事实 (no reason or facts given)"}});
  }
  if ((event == E::kApprove || event == E::kReturn) && facts.actor_on_panel) {
    return Refuse(
        "SECOND_PERSON_REQUIRED",
        {{"why", "督导组成员不得审核本组的督导记录 (a member of the panel cannot review its record)"}});
  }
  return absl::OkStatus();
}

// The error that stands for one thing against an inspector.
absl::Status Against(const PanelMember& member, const CheckInFacts& facts) {
  using Code = roster::EligibilityCode;
  const roster::EligibilityReason& reason = member.against.front();
  const std::string why = reason.zh + " (" + reason.en + ")";
  switch (reason.code) {
    case Code::kNoAppointment:
      return Refuse("APPOINTMENT_MISSING",
                    {{"inspector", member.inspector}, {"date", FormatDate(facts.day)}});
    case Code::kNoCertificate:
      return Refuse("CERTIFICATE_INVALID",
                    {{"inspector", member.inspector}, {"date", FormatDate(facts.day)}});
    case Code::kKinOfHead:
    case Code::kKinOnStaff:
    case Code::kOwnSchool:
    case Code::kFormerEmployer:
    case Code::kOtherInterest:
      return Refuse("RECUSAL_CONFLICT",
                    {{"inspector", member.inspector}, {"school", facts.school}, {"why", why}});
    case Code::kNotOnDuty:
    case Code::kSuspended:
    case Code::kTermLimit:
    case Code::kOnLeave:
    case Code::kOutsideStages:
      break;
  }
  return Refuse("INSPECTOR_INELIGIBLE", {{"inspector", member.inspector}, {"why", why}});
}

absl::Status Incomplete(std::string why) { return Refuse("RECORD_INCOMPLETE", {{"why", std::move(why)}}); }

absl::Status Sealed(int ordinal) { return Refuse("FINDING_SEALED", {{"finding", std::to_string(ordinal)}}); }

// Length first: no text can pass for the border between two fields.
void AppendField(std::string_view text, std::string& out) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
  out += ',';
}

}  // namespace

absl::StatusOr<VisitState> Next(VisitState state, VisitEvent event, const TransitionFacts& facts) {
  const std::optional<VisitState> next = Follow(state, event);
  if (!next.has_value()) return Denied(state, event);
  RETURN_IF_ERROR(CheckGuards(state, event, facts));
  return *next;
}

bool CountsAsHeld(VisitState state) {
  return state == S::kSubmitted || state == S::kReturned || state == S::kApproved;
}

std::string_view NameOf(VisitState state) {
  switch (state) {
    case S::kPlanned:
      return "已计划 (planned)";
    case S::kNotified:
      return "已通知 (notified)";
    case S::kInProgress:
      return "进行中 (in progress)";
    case S::kSubmitted:
      return "已提交 (submitted)";
    case S::kReturned:
      return "已退回 (returned)";
    case S::kApproved:
      return "已审定 (approved)";
    case S::kCancelled:
      return "已取消 (cancelled)";
    case S::kMissed:
      return "未进行 (missed)";
  }
  std::abort();  // not an enumerator
}

std::string_view NameOf(VisitEvent event) {
  switch (event) {
    case E::kNotify:
      return "通知学校 (notify)";
    case E::kHandOver:
      return "移交 (hand over)";
    case E::kCheckIn:
      return "签到 (check in)";
    case E::kRecord:
      return "填写记录 (record)";
    case E::kSubmit:
      return "提交 (submit)";
    case E::kReturn:
      return "退回 (return)";
    case E::kApprove:
      return "审定 (approve)";
    case E::kCancel:
      return "取消 (cancel)";
    case E::kMiss:
      return "记为未进行 (state as missed)";
    case E::kFeedBack:
      return "反馈 (feed back)";
    case E::kObstruct:
      return "登记阻挠 (report obstruction)";
  }
  std::abort();  // not an enumerator
}

absl::StatusOr<bool> CheckOccurTime(Time occur, Time now, int late_entry_days) {
  if (occur > now) return Refuse("OCCUR_TIME_IN_FUTURE");
  const auto days_back = ChinaDate(now) - ChinaDate(occur);
  if (days_back.count() > late_entry_days) {
    return Refuse("LATE_ENTRY", {{"limit", std::to_string(late_entry_days)}});
  }
  return days_back.count() > 0;
}

absl::StatusOr<bool> HeardEarly(DeadlineRule most_ahead, Date given, Date visit,
                                const WorkCalendar& calendar) {
  // The first day too far ahead; like this the calendar is asked no further than the rule reaches.
  most_ahead.amount += 1;
  most_ahead.start = StartRule::kDayAfter;
  most_ahead.roll = RollRule::kNone;
  ASSIGN_OR_RETURN(const Deadline too_far, ComputeDeadline(most_ahead, given, calendar));
  return visit >= too_far.due;
}

absl::Status CheckCheckIn(const CheckInFacts& facts) {
  std::set<std::string_view> present;
  for (const PanelMember& member : facts.panel) present.insert(member.inspector);
  if (static_cast<int>(present.size()) < facts.panel_min) {
    return Refuse("PANEL_TOO_SMALL", {{"limit", std::to_string(facts.panel_min)}});
  }
  for (const PanelMember& member : facts.panel) {
    if (!member.assigned) {
      return Refuse(
          "NOT_ASSIGNED",
          {{"inspector", member.inspector}, {"school", facts.school}, {"date", FormatDate(facts.day)}});
    }
    if (!member.against.empty()) return Against(member, facts);
  }
  return absl::OkStatus();
}

absl::Status CheckRecord(const RecordFacts& facts) {
  if (facts.methods < facts.min_methods) {
    const std::string n = std::to_string(facts.min_methods);
    return Incomplete("至少须记录" + n + "种督导方式 (at least " + n + " method(s))");
  }
  if (facts.judged_matters + facts.findings + facts.answers < facts.min_judged_matters) {
    const std::string n = std::to_string(facts.min_judged_matters);
    return Incomplete("至少须评判" + n + "个督导事项 (at least " + n + " matter(s) judged or found)");
  }
  return absl::OkStatus();
}

std::string CanonicalFindings(std::vector<FindingFact> findings) {
  std::sort(findings.begin(), findings.end(),
            [](const FindingFact& a, const FindingFact& b) { return a.ordinal < b.ordinal; });
  std::string out;
  AppendField("inspectorate.visits.seal.v1", out);
  AppendField(std::to_string(findings.size()), out);
  for (const FindingFact& finding : findings) {
    AppendField(std::to_string(finding.ordinal), out);
    AppendField(std::to_string(finding.kind), out);
    AppendField(finding.matter, out);
    AppendField(finding.aspect, out);
    AppendField(std::to_string(finding.severity), out);
    AppendField(finding.fact, out);
    AppendField(finding.basis, out);
    AppendField(finding.advice, out);
    AppendField(finding.urgent ? "1" : "0", out);
  }
  return out;
}

absl::StatusOr<Seal> SealFindings(const std::vector<FindingFact>& findings) {
  std::set<int> ordinals;
  Seal seal;
  for (const FindingFact& finding : findings) {
    if (!ordinals.insert(finding.ordinal).second) {
      return absl::InternalError("two findings of a visit have ordinal " + std::to_string(finding.ordinal));
    }
    ++seal.finding_count;
    if (finding.problem) ++seal.problem_count;
  }
  seal.findings_hash = Hex(Sha256(CanonicalFindings(findings)));
  return seal;
}

absl::Status CheckResubmission(const std::vector<FindingFact>& sealed, const std::vector<FindingFact>& now) {
  std::map<int, const FindingFact*> by_ordinal;
  for (const FindingFact& finding : now) by_ordinal[finding.ordinal] = &finding;
  for (const FindingFact& finding : sealed) {
    const auto found = by_ordinal.find(finding.ordinal);
    if (found == by_ordinal.end() || *found->second != finding) return Sealed(finding.ordinal);
  }
  return absl::OkStatus();
}

absl::Status CheckFindingOpen(VisitState state, bool sealed, int ordinal) {
  if (sealed) return Sealed(ordinal);
  return Follow(state, E::kRecord).has_value() ? absl::OkStatus() : Denied(state, E::kRecord);
}

}  // namespace inspectorate::visits
