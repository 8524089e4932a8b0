#include "services/issues/domain/issue_state.h"

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "services/issues/domain/acceptance.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

// --- the table ---------------------------------------------------------------------------------------------

using Set = uint32_t;  // of states or of actor kinds, one bit each

template <typename... T>
constexpr Set Of(T... members) {
  return ((Set{1} << static_cast<unsigned>(members)) | ... | Set{0});
}
template <typename T>
constexpr bool In(Set set, T member) {
  return (set & Of(member)) != 0;
}

constexpr Set kOpenStates =
    Of(IssueState::kRegistered, IssueState::kNotified, IssueState::kAcknowledged, IssueState::kRectifying,
       IssueState::kAwaitingVerification, IssueState::kVerified);
constexpr Set kInspectors = Of(ActorKind::kInspector, ActorKind::kAreaLead);

// What an event asks of the issue and of the command beyond the table, and what it changes. Entering the
// states of the path is done for all alike.
using Step = absl::Status (*)(const Command&, Transition&);

struct Row {
  Event event;
  Set from;
  Set actors;
  Step step;
};

absl::Status Enter(Transition& t, std::initializer_list<IssueState> states) {
  t.path = states;
  return absl::OkStatus();
}

absl::Status Missing(std::string why) { return Refuse(reason::kGroundsRequired, {{"why", std::move(why)}}); }

absl::Status NeedReason(const Command& command) {
  return command.reason.empty() ? Missing("须写明理由 (a reason)") : absl::OkStatus();
}

absl::Status NeedDocument(const Command& command) {
  return command.document.empty() ? Missing("须附文件 (a document)") : absl::OkStatus();
}

void AddPerson(std::vector<std::string>& persons, const std::string& person) {
  if (std::find(persons.begin(), persons.end(), person) == persons.end()) persons.push_back(person);
}

absl::Status Register(const Command&, Transition& t) {
  t.flow = Flow::kRegistered;
  return Enter(t, {IssueState::kRegistered});
}

absl::Status Triage(const Command& command, Transition& t) {
  const bool by_office = command.actor.kind == ActorKind::kOffice;
  if (t.after.triaged_by_office && !by_office) {
    return Refuse(reason::kActorNotEntitled, {{"actor", command.actor.person},
                                              {"rule", "TRIAGED_BY_OFFICE"},
                                              {"why", "督导室已定级 (the office has triaged it)"}});
  }
  if (command.severity == Severity::kUnset || command.route == Route::kUnset) {
    return Refuse(reason::kTriageRequired);
  }
  if (command.route == Route::kOnTheSpot && command.severity != Severity::kMinor) {
    return Refuse(reason::kOnSpotMinorOnly);
  }
  t.after.severity = command.severity;
  t.after.route = command.route;
  t.after.triaged_by_office = by_office;
  return absl::OkStatus();
}

absl::Status CloseOnTheSpot(const Command& command, Transition& t) {
  if (t.after.severity == Severity::kUnset) return Refuse(reason::kTriageRequired);
  // "At once" is the day on which it was found: what takes longer is a rectification and is looked at again.
  if (t.after.severity != Severity::kMinor || command.cured_on != t.after.found_on) {
    return Refuse(reason::kOnSpotMinorOnly);
  }
  if (command.evidence_count == 0) return Refuse(reason::kEvidenceRequired);
  t.flow = Flow::kClosed;
  t.after.closing_route = ClosingRoute::kOnTheSpot;
  t.after.proposed.reset();
  return Enter(t, {IssueState::kClosed});
}

absl::Status IssueNotice(const Command& command, Transition& t) {
  RETURN_IF_ERROR(CanIssueNotice(command.actor, t.after.rules.notice_issuer));
  if (t.after.severity == Severity::kUnset) return Refuse(reason::kTriageRequired);
  RETURN_IF_ERROR(NeedDocument(command));
  t.after.notice_issuer = command.actor.person;
  return Enter(t, {IssueState::kNotified});
}

absl::Status SignReceipt(const Command&, Transition& t) { return Enter(t, {IssueState::kAcknowledged}); }

absl::Status DeemServed(const Command& command, Transition& t) {
  if (!t.after.deemed_served_on.has_value() || ChinaDate(command.occur_time) < *t.after.deemed_served_on) {
    return Missing("视为送达的期限未到 (the day of deemed service has not come)");
  }
  return Enter(t, {IssueState::kAcknowledged});
}

absl::Status SubmitPlan(const Command& command, Transition& t) {
  RETURN_IF_ERROR(NeedDocument(command));
  t.after.plan = PlanStatus::kSubmitted;
  AddPerson(t.after.rectifiers, command.actor.person);
  return absl::OkStatus();
}

absl::Status AcceptPlan(const Command&, Transition& t) {
  if (t.after.plan != PlanStatus::kSubmitted) return Refuse(reason::kPlanRequired);
  t.after.plan = PlanStatus::kAccepted;
  return Enter(t, {IssueState::kRectifying});
}

absl::Status ReturnPlan(const Command& command, Transition& t) {
  if (t.after.plan != PlanStatus::kSubmitted) return Refuse(reason::kPlanRequired);
  RETURN_IF_ERROR(NeedReason(command));
  t.after.plan = PlanStatus::kReturned;
  return absl::OkStatus();
}

absl::Status StartRectification(const Command& command, Transition& t) {
  if (t.after.plan_required) return Refuse(reason::kPlanRequired);
  AddPerson(t.after.rectifiers, command.actor.person);
  return Enter(t, {IssueState::kRectifying});
}

absl::Status SubmitReport(const Command& command, Transition& t) {
  const bool straight = t.from == IssueState::kAcknowledged;
  if (straight && t.after.plan_required) return Refuse(reason::kPlanRequired);
  if (command.evidence_count == 0) return Refuse(reason::kEvidenceRequired);
  t.after.report_time = command.occur_time;
  t.opens_lookback = true;
  AddPerson(t.after.rectifiers, command.actor.person);
  return straight ? Enter(t, {IssueState::kRectifying, IssueState::kAwaitingVerification})
                  : Enter(t, {IssueState::kAwaitingVerification});
}

void BeginRound(IssueFacts& issue) {
  ++issue.round;
  issue.lookback_inspectors.clear();
}

absl::Status FailPaperCheck(const Command& command, Transition& t) {
  RETURN_IF_ERROR(NeedReason(command));
  BeginRound(t.after);
  return Enter(t, {IssueState::kRectifying});
}

absl::Status NeedLookback(const Command& command, const Transition& t) {
  const auto& panel = command.lookback_inspectors;
  const bool known = !panel.empty() && std::find(panel.begin(), panel.end(), "") == panel.end();
  if (command.lookback_visit.empty() || !known || command.occur_time < t.after.report_time) {
    return Refuse(reason::kLookbackRequired);
  }
  return absl::OkStatus();
}

absl::Status FailLookback(const Command& command, Transition& t) {
  RETURN_IF_ERROR(NeedLookback(command, t));
  RETURN_IF_ERROR(NeedReason(command));
  BeginRound(t.after);
  ++t.after.failed_lookbacks;
  const auto& limit = t.after.rules.escalate_rounds;
  t.after.escalation_due = limit.has_value() && t.after.failed_lookbacks >= *limit;
  return Enter(t, {IssueState::kRectifying});
}

absl::Status PassLookback(const Command& command, Transition& t) {
  RETURN_IF_ERROR(NeedLookback(command, t));
  t.after.lookback_inspectors = command.lookback_inspectors;
  t.after.failed_lookbacks = 0;
  t.after.escalation_due = false;
  return Enter(t, {IssueState::kVerified});
}

absl::Status Accept(const Command& command, Transition& t) {
  RETURN_IF_ERROR(CanAccept({.acceptor = command.actor,
                             .severity = t.after.severity,
                             .rectifiers = t.after.rectifiers,
                             .lookback_inspectors = t.after.lookback_inspectors,
                             .notice_issuer = t.after.notice_issuer}));
  t.flow = Flow::kClosed;
  t.after.closing_route = ClosingRoute::kLookback;
  t.after.proposed.reset();
  return Enter(t, {IssueState::kClosed});
}

absl::Status Reopen(const Command& command, Transition& t) {
  RETURN_IF_ERROR(NeedReason(command));
  // A verified issue is open already: only what was closed comes back into the stock.
  if (t.from == IssueState::kClosed) t.flow = Flow::kReopened;
  t.after.closing_route = ClosingRoute::kUnset;
  ++t.after.reopenings;
  BeginRound(t.after);
  return Enter(t, {IssueState::kReopened, IssueState::kRectifying});
}

// Fewer than two would be nobody beside the proposer (design section 9), whatever a rule says.
constexpr uint32_t kLeastPersons = 2;

absl::Status ProposeDisposition(const Command& command, Transition& t) {
  if (t.after.proposed.has_value()) return Refuse(reason::kDispositionPending);
  RETURN_IF_ERROR(NeedReason(command));
  RETURN_IF_ERROR(NeedDocument(command));
  const bool has_target =
      command.disposition == Disposition::kMerge || command.disposition == Disposition::kTransfer;
  if (has_target && (command.target.empty() || command.target == t.after.name)) {
    return Missing("须写明并入的问题或移交的单位 (the issue merged into or the office transferred to)");
  }
  if (!t.after.rules.disposition_persons.has_value()) {
    return Refuse(reason::kPolicyMissing,
                  {{"rule", "issue.waive_persons"}, {"date", FormatDate(ChinaDate(command.occur_time))}});
  }
  t.after.proposed =
      ProposedDisposition{.disposition = command.disposition,
                          .proposer = command.actor.person,
                          .target = has_target ? command.target : "",
                          .persons = std::max(*t.after.rules.disposition_persons, kLeastPersons)};
  return absl::OkStatus();
}

Flow FlowOf(Disposition disposition) {
  switch (disposition) {
    case Disposition::kWaive:
      return Flow::kWaived;
    case Disposition::kTransfer:
      return Flow::kTransferred;
    case Disposition::kMerge:
      return Flow::kMerged;
    case Disposition::kVoid:
      return Flow::kVoided;
  }
  std::abort();
}

absl::Status ApproveDisposition(const Command& command, Transition& t) {
  if (!t.after.proposed.has_value()) return Refuse(reason::kDispositionNotProposed);
  ProposedDisposition& proposed = *t.after.proposed;
  RETURN_IF_ERROR(CanApproveDisposition(
      {.approver = command.actor, .proposer = proposed.proposer, .earlier = proposed.approvers}));
  proposed.approvers.push_back(command.actor.person);
  if (1 + proposed.approvers.size() < proposed.persons) return absl::OkStatus();  // others have yet to
  const Disposition disposition = proposed.disposition;
  t.flow = FlowOf(disposition);
  t.after.proposed.reset();
  // What has ended is not to be escalated any more.
  t.after.escalation_due = false;
  return Enter(t, {StateOf(disposition)});
}

absl::Status RejectDisposition(const Command& command, Transition& t) {
  if (!t.after.proposed.has_value()) return Refuse(reason::kDispositionNotProposed);
  RETURN_IF_ERROR(NeedReason(command));
  t.after.proposed.reset();
  return absl::OkStatus();
}

// The table of design section 9, one row an event.
constexpr Row kTable[] = {
    {Event::kRegister, Of(IssueState::kNone), Of(ActorKind::kSystem), Register},
    {Event::kTriage, Of(IssueState::kRegistered), kInspectors | Of(ActorKind::kOffice), Triage},
    {Event::kCloseOnTheSpot, Of(IssueState::kRegistered), kInspectors, CloseOnTheSpot},
    {Event::kIssueNotice, Of(IssueState::kRegistered), kInspectors | Of(ActorKind::kOffice), IssueNotice},
    {Event::kSignReceipt, Of(IssueState::kNotified), Of(ActorKind::kSchool), SignReceipt},
    {Event::kDeemServed, Of(IssueState::kNotified), Of(ActorKind::kOffice, ActorKind::kSystem), DeemServed},
    {Event::kSubmitPlan, Of(IssueState::kAcknowledged), Of(ActorKind::kSchool), SubmitPlan},
    {Event::kAcceptPlan, Of(IssueState::kAcknowledged), kInspectors, AcceptPlan},
    {Event::kReturnPlan, Of(IssueState::kAcknowledged), kInspectors, ReturnPlan},
    {Event::kStartRectification, Of(IssueState::kAcknowledged), Of(ActorKind::kSchool), StartRectification},
    {Event::kSubmitReport, Of(IssueState::kAcknowledged, IssueState::kRectifying), Of(ActorKind::kSchool),
     SubmitReport},
    {Event::kFailPaperCheck, Of(IssueState::kAwaitingVerification), kInspectors, FailPaperCheck},
    {Event::kFailLookback, Of(IssueState::kAwaitingVerification), kInspectors, FailLookback},
    {Event::kPassLookback, Of(IssueState::kAwaitingVerification), kInspectors, PassLookback},
    {Event::kAccept, Of(IssueState::kVerified), Of(ActorKind::kOffice, ActorKind::kAreaLead), Accept},
    {Event::kReopen, Of(IssueState::kVerified, IssueState::kClosed), Of(ActorKind::kOffice), Reopen},
    {Event::kProposeDisposition, kOpenStates, kInspectors | Of(ActorKind::kOffice), ProposeDisposition},
    {Event::kApproveDisposition, kOpenStates, Of(ActorKind::kOffice), ApproveDisposition},
    {Event::kRejectDisposition, kOpenStates, Of(ActorKind::kOffice), RejectDisposition},
};

const Row& RowOf(Event event) {
  for (const Row& row : kTable) {
    if (row.event == event) return row;
  }
  std::abort();  // An event without a row: the exhaustive test finds it.
}

// 教育督导条例 第十条: who may not inspect a school decides nothing on what was found there either.
absl::Status CheckNotRecused(const IssueFacts& issue, const Actor& actor) {
  if (!In(kInspectors, actor.kind) || actor.recusals.empty()) return absl::OkStatus();
  return Refuse(
      reason::kRecusalConflict,
      {{"inspector", actor.person}, {"school", issue.school}, {"why", roster::TextOf(actor.recusals)}});
}

absl::Status DenyState(IssueState state, Event event) {
  // Whoever tries to close early is told what is missing, not only that it is impossible.
  if (event == Event::kAccept && IsOpen(state)) return Refuse(reason::kLookbackRequired);
  return Refuse(reason::kStateTransitionDenied,
                {{"state", std::string(Name(state))}, {"event", std::string(Name(event))}});
}

template <typename Enum, size_t N>
std::optional<Enum> Parse(const Enum (&values)[N], std::string_view name) {
  for (Enum value : values) {
    if (Name(value) == name) return value;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Transition> Decide(const IssueFacts& issue, const Command& command) {
  const Row& row = RowOf(command.event);
  if (!In(row.actors, command.actor.kind)) {
    return Refuse(
        reason::kActorNotEntitled,
        {{"actor", command.actor.person}, {"rule", "CAPACITY"}, {"why", "身份不符 (not in this capacity)"}});
  }
  if (command.actor.kind != ActorKind::kSystem && command.actor.person.empty()) {
    return absl::InternalError("an act on an issue by nobody");
  }
  RETURN_IF_ERROR(CheckNotRecused(issue, command.actor));
  if (!In(row.from, issue.state)) return DenyState(issue.state, command.event);
  Transition transition{.event = command.event,
                        .from = issue.state,
                        .path = {},
                        .flow = Flow::kNone,
                        .opens_lookback = false,
                        .after = issue};
  RETURN_IF_ERROR(row.step(command, transition));
  if (!transition.path.empty()) transition.after.state = transition.path.back();
  return transition;
}

bool IsOpen(IssueState state) { return In(kOpenStates, state); }

bool IsTerminal(IssueState state) {
  return In(Of(IssueState::kClosed, IssueState::kWaived, IssueState::kTransferred, IssueState::kMerged,
               IssueState::kVoided),
            state);
}

IssueState StateOf(Disposition disposition) {
  switch (disposition) {
    case Disposition::kWaive:
      return IssueState::kWaived;
    case Disposition::kTransfer:
      return IssueState::kTransferred;
    case Disposition::kMerge:
      return IssueState::kMerged;
    case Disposition::kVoid:
      return IssueState::kVoided;
  }
  std::abort();
}

std::string_view Name(IssueState state) {
  switch (state) {
    case IssueState::kNone:
      return "NONE";
    case IssueState::kRegistered:
      return "REGISTERED";
    case IssueState::kNotified:
      return "NOTIFIED";
    case IssueState::kAcknowledged:
      return "ACKNOWLEDGED";
    case IssueState::kRectifying:
      return "RECTIFYING";
    case IssueState::kAwaitingVerification:
      return "AWAITING_VERIFICATION";
    case IssueState::kVerified:
      return "VERIFIED";
    case IssueState::kReopened:
      return "REOPENED";
    case IssueState::kClosed:
      return "CLOSED";
    case IssueState::kWaived:
      return "WAIVED";
    case IssueState::kTransferred:
      return "TRANSFERRED";
    case IssueState::kMerged:
      return "MERGED";
    case IssueState::kVoided:
      return "VOIDED";
  }
  std::abort();
}

std::optional<IssueState> ParseIssueState(std::string_view name) { return Parse(kAllIssueStates, name); }

std::string_view Name(Severity severity) {
  switch (severity) {
    case Severity::kUnset:
      return "UNSET";
    case Severity::kMinor:
      return "MINOR";
    case Severity::kGeneral:
      return "GENERAL";
    case Severity::kSerious:
      return "SERIOUS";
    case Severity::kComplex:
      return "COMPLEX";
  }
  std::abort();
}

std::optional<Severity> ParseSeverity(std::string_view name) {
  static constexpr Severity kAll[] = {Severity::kUnset, Severity::kMinor, Severity::kGeneral,
                                      Severity::kSerious, Severity::kComplex};
  return Parse(kAll, name);
}

std::string_view Name(Route route) {
  switch (route) {
    case Route::kUnset:
      return "UNSET";
    case Route::kOnTheSpot:
      return "ON_THE_SPOT";
    case Route::kNotice:
      return "NOTICE";
    case Route::kConsultation:
      return "CONSULTATION";
  }
  std::abort();
}

std::string_view Name(ClosingRoute route) {
  switch (route) {
    case ClosingRoute::kUnset:
      return "UNSET";
    case ClosingRoute::kOnTheSpot:
      return "ON_THE_SPOT";
    case ClosingRoute::kLookback:
      return "LOOKBACK";
  }
  std::abort();
}

std::string_view Name(Event event) {
  switch (event) {
    case Event::kRegister:
      return "REGISTER";
    case Event::kTriage:
      return "TRIAGE";
    case Event::kCloseOnTheSpot:
      return "CLOSE_ON_THE_SPOT";
    case Event::kIssueNotice:
      return "ISSUE_NOTICE";
    case Event::kSignReceipt:
      return "SIGN_RECEIPT";
    case Event::kDeemServed:
      return "DEEM_SERVED";
    case Event::kSubmitPlan:
      return "SUBMIT_PLAN";
    case Event::kAcceptPlan:
      return "ACCEPT_PLAN";
    case Event::kReturnPlan:
      return "RETURN_PLAN";
    case Event::kStartRectification:
      return "START_RECTIFICATION";
    case Event::kSubmitReport:
      return "SUBMIT_REPORT";
    case Event::kFailPaperCheck:
      return "FAIL_PAPER_CHECK";
    case Event::kFailLookback:
      return "FAIL_LOOKBACK";
    case Event::kPassLookback:
      return "PASS_LOOKBACK";
    case Event::kAccept:
      return "ACCEPT";
    case Event::kReopen:
      return "REOPEN";
    case Event::kProposeDisposition:
      return "PROPOSE_DISPOSITION";
    case Event::kApproveDisposition:
      return "APPROVE_DISPOSITION";
    case Event::kRejectDisposition:
      return "REJECT_DISPOSITION";
  }
  std::abort();
}

}  // namespace inspectorate::issues
