#include "services/issues/app/facts.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include "absl/strings/ascii.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/status/error.h"

namespace inspectorate::issues {
namespace {

// Numbers of the contract and of the rules are the same by construction.
static_assert(static_cast<int>(Severity::kMinor) == v1::MINOR);
static_assert(static_cast<int>(Severity::kComplex) == v1::COMPLEX);
static_assert(static_cast<int>(Route::kOnTheSpot) == v1::ON_THE_SPOT);
static_assert(static_cast<int>(Route::kConsultation) == v1::CONSULTATION);
static_assert(static_cast<int>(ClosingRoute::kOnTheSpot) == v1::CLOSED_ON_THE_SPOT);
static_assert(static_cast<int>(ClosingRoute::kLookback) == v1::CLOSED_AFTER_LOOK_BACK);
static_assert(static_cast<int>(Disposition::kWaive) + 1 == v1::WAIVE);
static_assert(static_cast<int>(Disposition::kVoid) + 1 == v1::VOID);

PlanStatus PlanStatusOf(const v1::Issue& issue) {
  if (!issue.has_plan()) return PlanStatus::kNone;
  if (issue.plan().has_accept_time()) return PlanStatus::kAccepted;
  return issue.plan().return_reason().empty() ? PlanStatus::kSubmitted : PlanStatus::kReturned;
}

// From which severity on the school hands in a plan first.
absl::StatusOr<bool> PlanRequired(Severity severity, const roster::Policy& policy) {
  constexpr char kKey[] = "issue.plan_required_severity";
  if (severity == Severity::kUnset) return false;
  ASSIGN_OR_RETURN(std::string least, policy.Text(kKey));
  absl::AsciiStrToUpper(&least);
  const auto threshold = ParseSeverity(least);
  if (!threshold.has_value()) {
    return Error(ErrorReason::POLICY_MISSING, {{"rule", kKey}, {"date", FormatDate(policy.day())}});
  }
  return severity >= *threshold;
}

absl::StatusOr<std::optional<uint32_t>> CountOf(const roster::Policy& policy, std::string_view key) {
  ASSIGN_OR_RETURN(const auto count, roster::IfInForce(policy.Int(key)));
  return count.has_value() ? std::optional(static_cast<uint32_t>(*count)) : std::nullopt;
}

absl::StatusOr<IssueRules> RulesOf(const roster::Policy& policy) {
  IssueRules rules;
  ASSIGN_OR_RETURN(const auto issuer, roster::IfInForce(policy.Rule("notice.issuer")));
  if (issuer.has_value()) {
    rules.notice_issuer = NoticeIssuerRule{.value = issuer->value, .source = issuer->source};
  }
  ASSIGN_OR_RETURN(rules.disposition_persons, CountOf(policy, "issue.waive_persons"));
  ASSIGN_OR_RETURN(rules.escalate_rounds, CountOf(policy, "issue.escalate_rounds"));
  return rules;
}

// Failures since the last look-back that passed.
uint32_t FailedInARow(const v1::Issue& issue) {
  uint32_t failed = 0;
  for (const v1::LookBack& look_back : issue.look_backs()) failed = look_back.passed() ? 0 : failed + 1;
  return failed;
}

// The proposal that waits for somebody's decision.
std::optional<ProposedDisposition> PendingOf(const v1::Issue& issue) {
  const v1::DispositionProposal& proposal = issue.disposition();
  if (!issue.has_disposition() || proposal.has_decide_time()) return std::nullopt;
  ProposedDisposition proposed{
      .disposition = static_cast<Disposition>(proposal.disposition() - 1),
      .proposer = proposal.proposed_by(),
      .target = proposal.merged_into().empty() ? proposal.transferred_to() : proposal.merged_into()};
  if (proposal.persons() > 0) proposed.persons = static_cast<uint32_t>(proposal.persons());
  for (const auto& approval : proposal.approvals()) proposed.approvers.push_back(approval.approved_by());
  return proposed;
}

// Those who decide record it themselves; what nobody decides any more, because the issue was closed or comes
// back from there, is no proposal of the issue that goes on.
void DropLapsedProposal(const Transition& transition, v1::Issue* issue) {
  const bool decided =
      transition.event == Event::kApproveDisposition || transition.event == Event::kRejectDisposition;
  if (decided || transition.after.proposed.has_value()) return;
  if (issue->has_disposition() && !issue->disposition().has_decide_time()) issue->clear_disposition();
}

}  // namespace

v1::IssueState ToProto(IssueState state) {
  v1::IssueState parsed;
  if (!v1::IssueState_Parse(std::string(Name(state)), &parsed)) std::abort();  // a state that no row holds
  return parsed;
}

IssueState FromProto(v1::IssueState state) {
  return ParseIssueState(v1::IssueState_Name(state)).value_or(IssueState::kNone);
}

absl::StatusOr<IssueFacts> FactsOf(const v1::Issue& issue, const roster::Policy& policy) {
  IssueFacts facts;
  facts.state = FromProto(issue.state());
  facts.name = issue.name();
  facts.school = issue.school();
  facts.route = static_cast<Route>(issue.route());
  // Before triage the severity is only what the inspector proposed in the visit's record.
  if (facts.route != Route::kUnset) facts.severity = static_cast<Severity>(issue.severity());
  facts.closing_route = static_cast<ClosingRoute>(issue.close_route());
  facts.triaged_by_office = issue.triaged_by().find("/staff/") != std::string::npos;
  ASSIGN_OR_RETURN(facts.plan_required, PlanRequired(facts.severity, policy));
  facts.plan = PlanStatusOf(issue);
  facts.round = static_cast<uint32_t>(issue.round());
  facts.reopenings = static_cast<uint32_t>(issue.reopen_count());
  facts.found_on = resource::FromProto(issue.found_day());
  facts.notice_issuer = issue.notice_issued_by();
  facts.rectifiers.assign(issue.rectified_by().begin(), issue.rectified_by().end());
  for (const v1::RectificationReport& report : issue.reports()) {
    if (report.round() == issue.round()) facts.report_time = resource::FromProto(report.submit_time());
  }
  for (const v1::LookBack& look_back : issue.look_backs()) {
    if (look_back.round() != issue.round() || !look_back.passed()) continue;
    facts.lookback_inspectors.assign(look_back.inspectors().begin(), look_back.inspectors().end());
  }
  if (IsOpen(facts.state)) facts.proposed = PendingOf(issue);
  facts.failed_lookbacks = FailedInARow(issue);
  facts.escalation_due = issue.escalation_due();
  ASSIGN_OR_RETURN(facts.rules, RulesOf(policy));
  return facts;
}

void Settle(const Transition& transition, v1::Issue* issue) {
  const IssueFacts& after = transition.after;
  issue->set_state(ToProto(after.state));
  if (after.route != Route::kUnset) {
    issue->set_severity(static_cast<v1::Severity>(after.severity));
    issue->set_route(static_cast<v1::Route>(after.route));
  }
  issue->set_round(static_cast<int32_t>(after.round));
  issue->set_reopen_count(static_cast<int32_t>(after.reopenings));
  issue->set_close_route(static_cast<v1::CloseRoute>(after.closing_route));
  issue->set_escalation_due(after.escalation_due);
  DropLapsedProposal(transition, issue);
}

}  // namespace inspectorate::issues
