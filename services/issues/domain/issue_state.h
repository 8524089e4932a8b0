// The state machine of an issue (design section 9; domain 4.3). Decide is the only way from one state to
// another. It is total: every command on every issue is either a transition or a refusal that says why.
//
//   REGISTERED             ─ notice issued ─────────► NOTIFIED
//                          ─ cured on the spot ─────► CLOSED
//   NOTIFIED               ─ receipt, deemed served ► ACKNOWLEDGED
//   ACKNOWLEDGED           ─ plan, or none needed ──► RECTIFYING
//   RECTIFYING             ─ report with evidence ──► AWAITING_VERIFICATION
//   AWAITING_VERIFICATION  ─ a check fails ─────────► RECTIFYING, round + 1
//                          ─ look-back passes ──────► VERIFIED
//   VERIFIED               ─ acceptance, 销号 ──────► CLOSED
//   VERIFIED, CLOSED       ─ new fact ──────────────► REOPENED, at once RECTIFYING
//   any open state         ─ two persons or more ───► WAIVED, TRANSFERRED, MERGED, VOIDED
//
// Where the table of the design leaves room, this is the reading:
//  * A plan is required when the policy says so for the severity (IssueFacts::plan_required). Then a
//    plan that the inspector accepts is the only way from ACKNOWLEDGED to RECTIFYING. A returned plan leaves
//    the issue ACKNOWLEDGED; a plan submitted again replaces the one before.
//  * Where none is required, the school either says that rectification has started, or submits its report
//    straight away, which passes through RECTIFYING in the same act. It may still submit a plan, and
//    accepting it leads to RECTIFYING too; an unanswered voluntary plan holds nothing up.
//  * REOPENED is passed through, never rested in: Transition::path shows it, no row holds it.
//  * A reopening begins a new round, so that every report belongs to exactly one round.
//  * Who is recused from the school does nothing as an inspector or as a lead, whatever the state.
//  * The area lead is an inspector: what the table gives the inspector, the area lead may do.
//  * A look-back answers the report of the present round: one held before that report neither passes
//    nor fails it.
//  * A proposed disposition holds nothing up and ends with the issue's closing.
//  * How many persons decide on it is what the office's rule said on the day of the proposal: a rule that
//    changes in between does not move what was proposed, neither to be ended by fewer nor to wait for more.
//  * Escalation that is due is a flag: it moves no state and nothing waits for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "services/issues/domain/actor.h"
#include "services/issues/domain/notice_issuer.h"

namespace inspectorate::issues {

enum class IssueState {
  kNone,  // before registration; no row holds it
  kRegistered,
  kNotified,
  kAcknowledged,
  kRectifying,
  kAwaitingVerification,
  kVerified,
  kReopened,  // transient; no row holds it
  kClosed,
  kWaived,
  kTransferred,
  kMerged,
  kVoided,
};

inline constexpr IssueState kAllIssueStates[] = {
    IssueState::kNone,         IssueState::kRegistered,  IssueState::kNotified,
    IssueState::kAcknowledged, IssueState::kRectifying,  IssueState::kAwaitingVerification,
    IssueState::kVerified,     IssueState::kReopened,    IssueState::kClosed,
    IssueState::kWaived,       IssueState::kTransferred, IssueState::kMerged,
    IssueState::kVoided};

// "AWAITING_VERIFICATION".
std::string_view Name(IssueState state);
std::optional<IssueState> ParseIssueState(std::string_view name);
// REGISTERED to VERIFIED: counted as open in E2 and E3.
bool IsOpen(IssueState state);
// CLOSED and the four dispositions.
bool IsTerminal(IssueState state);

// Four-way triage (小问题、一般问题、严重问题、复杂问题), in rising order: what holds for serious
// holds for complex.
enum class Severity { kUnset, kMinor, kGeneral, kSerious, kComplex };
std::string_view Name(Severity severity);
std::optional<Severity> ParseSeverity(std::string_view name);

// How the issue is to be handled: advice on the spot, notice to the school, consultation letter (协商意见书).
enum class Route { kUnset, kOnTheSpot, kNotice, kConsultation };
std::string_view Name(Route route);

// How a closed issue came to be closed.
enum class ClosingRoute { kUnset, kOnTheSpot, kLookback };
std::string_view Name(ClosingRoute route);

enum class PlanStatus { kNone, kSubmitted, kReturned, kAccepted };

// What ends an issue otherwise than by rectification.
enum class Disposition { kWaive, kTransfer, kMerge, kVoid };
// The state it leads to.
IssueState StateOf(Disposition disposition);

enum class Event {
  kRegister,
  kTriage,
  kCloseOnTheSpot,
  kIssueNotice,
  kSignReceipt,
  kDeemServed,
  kSubmitPlan,
  kAcceptPlan,
  kReturnPlan,
  kStartRectification,
  kSubmitReport,
  kFailPaperCheck,
  kFailLookback,
  kPassLookback,
  kAccept,
  kReopen,
  kProposeDisposition,
  kApproveDisposition,
  kRejectDisposition,
};

inline constexpr Event kAllEvents[] = {Event::kRegister,
                                       Event::kTriage,
                                       Event::kCloseOnTheSpot,
                                       Event::kIssueNotice,
                                       Event::kSignReceipt,
                                       Event::kDeemServed,
                                       Event::kSubmitPlan,
                                       Event::kAcceptPlan,
                                       Event::kReturnPlan,
                                       Event::kStartRectification,
                                       Event::kSubmitReport,
                                       Event::kFailPaperCheck,
                                       Event::kFailLookback,
                                       Event::kPassLookback,
                                       Event::kAccept,
                                       Event::kReopen,
                                       Event::kProposeDisposition,
                                       Event::kApproveDisposition,
                                       Event::kRejectDisposition};

// "SUBMIT_REPORT".
std::string_view Name(Event event);

struct ProposedDisposition {
  Disposition disposition = Disposition::kWaive;
  std::string proposer;  // person
  std::string target;    // the issue merged into, the office transferred to; empty for the other two
  uint32_t persons = 2;  // who decide, the proposer counted
  std::vector<std::string> approvers{};  // persons who have approved so far

  bool operator==(const ProposedDisposition&) const = default;
};

// Rules of the office on the day of the act; absent: none of that key is in force.
struct IssueRules {
  std::optional<NoticeIssuerRule> notice_issuer;
  std::optional<uint32_t> disposition_persons;  // issue.waive_persons
  std::optional<uint32_t> escalate_rounds;      // issue.escalate_rounds
};

// What the rules need to know of an issue.
struct IssueFacts {
  IssueState state = IssueState::kNone;
  std::string name;    // resource name; a merge into itself is refused
  std::string school;  // as an error should name it
  Severity severity = Severity::kUnset;
  Route route = Route::kUnset;
  ClosingRoute closing_route = ClosingRoute::kUnset;
  // Once the office has triaged, the inspector no longer changes it.
  bool triaged_by_office = false;
  // Policy for this severity on the day of the act.
  bool plan_required = false;
  PlanStatus plan = PlanStatus::kNone;
  // Rectification round, from 0; a failed check or a reopening begins the next.
  uint32_t round = 0;
  uint32_t reopenings = 0;
  Date found_on{};
  // From which day the notice counts as served without a receipt; from the policy, unset if it has no such
  // rule.
  std::optional<Date> deemed_served_on;
  // When the report of the present round was submitted.
  Time report_time{};
  std::string notice_issuer;                     // person
  std::vector<std::string> rectifiers;           // persons who acted for the school in any round
  std::vector<std::string> lookback_inspectors;  // panel of the look-back that passed the present round
  std::optional<ProposedDisposition> proposed;
  uint32_t failed_lookbacks = 0;  // in a row, up to now
  bool escalation_due = false;
  IssueRules rules;
};

// One act. Only the fields that the event names are read.
struct Command {
  Event event = Event::kRegister;
  Actor actor{};
  Time occur_time{};
  Severity severity = Severity::kUnset;  // kTriage
  Route route = Route::kUnset;           // kTriage
  Date cured_on{};                       // kCloseOnTheSpot
  uint32_t evidence_count = 0;           // kCloseOnTheSpot, kSubmitReport
  std::string reason{};          // kReturnPlan, kFail…, kReopen (the new fact), kPropose…, kReject…
  std::string document{};        // kIssueNotice (its number), kSubmitPlan, kProposeDisposition
  std::string lookback_visit{};  // kFailLookback, kPassLookback: a visit that was held
  std::vector<std::string> lookback_inspectors{};  // the same: who was on it, persons
  Disposition disposition = Disposition::kWaive;   // kProposeDisposition
  std::string target{};                            // kProposeDisposition: merge and transfer
};

// What a transition does to the stock of E2 and E3.
enum class Flow { kNone, kRegistered, kReopened, kClosed, kWaived, kTransferred, kMerged, kVoided };

struct Transition {
  Event event = Event::kRegister;
  IssueState from = IssueState::kNone;
  // The states entered, in order; the last is where the issue rests. Empty when it stays where it is.
  std::vector<IssueState> path;
  Flow flow = Flow::kNone;
  // A look-back obligation opens for `after.round`.
  bool opens_lookback = false;
  // The facts as they stand afterwards.
  IssueFacts after;
};

absl::StatusOr<Transition> Decide(const IssueFacts& issue, const Command& command);

}  // namespace inspectorate::issues
