#include "services/issues/domain/issue_state.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

constexpr auto kInspector = ActorKind::kInspector;
constexpr auto kAreaLead = ActorKind::kAreaLead;
constexpr auto kOffice = ActorKind::kOffice;
constexpr auto kSchool = ActorKind::kSchool;
constexpr auto kSystem = ActorKind::kSystem;

const Date kFound = MakeDate(2026, 3, 9);

Time At(int day) { return ChinaMidnight(kFound + std::chrono::days(day)) + std::chrono::hours(9); }

// An issue in `state` for which every event that the table allows there can succeed.
IssueFacts Ready(IssueState state) {
  IssueFacts issue;
  issue.state = state;
  issue.name = "offices/demo/issues/1";
  issue.severity = Severity::kMinor;
  issue.route = Route::kNotice;
  issue.plan = PlanStatus::kSubmitted;
  issue.found_on = kFound;
  issue.deemed_served_on = kFound + std::chrono::days(5);
  issue.report_time = At(8);
  issue.notice_issuer = "clerk";
  issue.rectifiers = {"supervisor"};
  issue.lookback_inspectors = {"inspector"};
  issue.rules = {.notice_issuer = NoticeIssuerRule{"inspector", "office paper 1"},
                 .disposition_persons = 2,
                 .escalate_rounds = 2};
  return issue;
}

// A command that breaks no rule of content.
Command Flawless(Event event, ActorKind kind) {
  static const std::map<ActorKind, std::string> kPersons = {{kInspector, "inspector"},
                                                            {kAreaLead, "lead"},
                                                            {kOffice, "head"},
                                                            {kSchool, "supervisor"},
                                                            {kSystem, ""}};
  Command command;
  command.event = event;
  command.actor = {.kind = kind, .person = kPersons.at(kind)};
  command.occur_time = At(10);
  command.severity = Severity::kMinor;
  command.route = Route::kNotice;
  command.cured_on = kFound;
  command.evidence_count = 1;
  command.reason = "reason";
  command.document = "沾教督改〔2026〕37号";
  command.lookback_visit = "offices/demo/visits/2";
  command.lookback_inspectors = {"inspector"};
  command.disposition = Disposition::kWaive;
  return command;
}

// The table of design section 9, written a second time and differently: what may happen, by whom, and where
// it leads. Whatever is not here is refused.
struct Allowed {
  Event event;
  IssueState from;
  std::set<ActorKind> actors;
  std::vector<IssueState> path;
};

std::vector<Allowed> Table() {
  using S = IssueState;
  using E = Event;
  std::vector<Allowed> table = {
      {E::kRegister, S::kNone, {kSystem}, {S::kRegistered}},
      {E::kTriage, S::kRegistered, {kInspector, kAreaLead, kOffice}, {}},
      {E::kCloseOnTheSpot, S::kRegistered, {kInspector, kAreaLead}, {S::kClosed}},
      {E::kIssueNotice, S::kRegistered, {kInspector, kAreaLead, kOffice}, {S::kNotified}},
      {E::kSignReceipt, S::kNotified, {kSchool}, {S::kAcknowledged}},
      {E::kDeemServed, S::kNotified, {kOffice, kSystem}, {S::kAcknowledged}},
      {E::kSubmitPlan, S::kAcknowledged, {kSchool}, {}},
      {E::kAcceptPlan, S::kAcknowledged, {kInspector, kAreaLead}, {S::kRectifying}},
      {E::kReturnPlan, S::kAcknowledged, {kInspector, kAreaLead}, {}},
      {E::kStartRectification, S::kAcknowledged, {kSchool}, {S::kRectifying}},
      {E::kSubmitReport, S::kAcknowledged, {kSchool}, {S::kRectifying, S::kAwaitingVerification}},
      {E::kSubmitReport, S::kRectifying, {kSchool}, {S::kAwaitingVerification}},
      {E::kFailPaperCheck, S::kAwaitingVerification, {kInspector, kAreaLead}, {S::kRectifying}},
      {E::kFailLookback, S::kAwaitingVerification, {kInspector, kAreaLead}, {S::kRectifying}},
      {E::kPassLookback, S::kAwaitingVerification, {kInspector, kAreaLead}, {S::kVerified}},
      {E::kAccept, S::kVerified, {kOffice, kAreaLead}, {S::kClosed}},
      {E::kReopen, S::kVerified, {kOffice}, {S::kReopened, S::kRectifying}},
      {E::kReopen, S::kClosed, {kOffice}, {S::kReopened, S::kRectifying}},
  };
  for (S open : {S::kRegistered, S::kNotified, S::kAcknowledged, S::kRectifying, S::kAwaitingVerification,
                 S::kVerified}) {
    table.push_back({E::kProposeDisposition, open, {kInspector, kAreaLead, kOffice}, {}});
    table.push_back({E::kApproveDisposition, open, {kOffice}, {S::kWaived}});
    table.push_back({E::kRejectDisposition, open, {kOffice}, {}});
  }
  return table;
}

std::optional<std::vector<IssueState>> Expected(Event event, IssueState state, ActorKind actor) {
  for (const Allowed& row : Table()) {
    if (row.event == event && row.from == state && row.actors.contains(actor)) return row.path;
  }
  return std::nullopt;
}

bool KnownTo(Event event, ActorKind actor) {
  for (const Allowed& row : Table()) {
    if (row.event == event && row.actors.contains(actor)) return true;
  }
  return false;
}

std::optional<std::string> RefusalFor(const IssueFacts& issue, const Command& command) {
  const auto details = RefusalOf(Decide(issue, command).status());
  if (!details.has_value()) return std::nullopt;
  return details->reason;
}

TEST(IssueStateTest, EveryStateEventAndActorIsDecidedAsTheTableSays) {
  for (IssueState state : kAllIssueStates) {
    for (Event event : kAllEvents) {
      for (ActorKind actor : kAllActorKinds) {
        SCOPED_TRACE(testing::Message()
                     << Name(state) << " " << Name(event) << " actor " << static_cast<int>(actor));
        IssueFacts issue = Ready(state);
        if (event == Event::kApproveDisposition || event == Event::kRejectDisposition) {
          issue.proposed = {.disposition = Disposition::kWaive, .proposer = "inspector", .target = ""};
        }
        const auto decision = Decide(issue, Flawless(event, actor));
        const auto expected = Expected(event, state, actor);
        if (expected.has_value()) {
          ASSERT_TRUE(decision.ok()) << decision.status();
          EXPECT_EQ(decision->path, *expected);
          EXPECT_EQ(decision->after.state, expected->empty() ? state : expected->back());
          EXPECT_EQ(decision->from, state);
          EXPECT_EQ(decision->event, event);
          continue;
        }
        const auto details = RefusalOf(decision.status());
        ASSERT_TRUE(details.has_value()) << decision.status();
        if (!KnownTo(event, actor)) {
          EXPECT_EQ(details->reason, reason::kActorNotEntitled);
        } else if (event == Event::kAccept && IsOpen(state)) {
          EXPECT_EQ(details->reason, reason::kLookbackRequired);
        } else {
          EXPECT_EQ(details->reason, reason::kStateTransitionDenied);
          EXPECT_EQ(details->variables.at("state"), Name(state));
        }
      }
    }
  }
}

// Whatever the issue is and whatever is asked: as an inspector or as a lead, nobody who is recused acts.
TEST(IssueStateTest, WhoIsRecusedDoesNothingAsInspectorOrLead) {
  const std::vector<roster::EligibilityReason> kin = {
      {roster::EligibilityCode::kKinOfHead, "近亲属", "a close relative"}};
  for (IssueState state : kAllIssueStates) {
    for (Event event : kAllEvents) {
      for (ActorKind actor : kAllActorKinds) {
        SCOPED_TRACE(testing::Message()
                     << Name(state) << " " << Name(event) << " actor " << static_cast<int>(actor));
        IssueFacts issue = Ready(state);
        issue.school = "schools/1";
        Command command = Flawless(event, actor);
        command.actor.recusals = kin;
        const auto details = RefusalOf(Decide(issue, command).status());
        const bool inspects = actor == kInspector || actor == kAreaLead;
        if (inspects && KnownTo(event, actor)) {
          ASSERT_TRUE(details.has_value());
          EXPECT_EQ(details->reason, reason::kRecusalConflict);
          EXPECT_EQ(details->variables.at("school"), "schools/1");
          EXPECT_EQ(details->variables.at("why"), "近亲属 (a close relative)");
        } else if (details.has_value()) {
          EXPECT_NE(details->reason, reason::kRecusalConflict);
        }
      }
    }
  }
}

TEST(IssueStateTest, NobodyActsWithoutAName) {
  Command command = Flawless(Event::kTriage, kInspector);
  command.actor.person.clear();
  EXPECT_EQ(Decide(Ready(IssueState::kRegistered), command).status().code(), absl::StatusCode::kInternal);
}

TEST(IssueStateTest, NamesAreReadBack) {
  for (IssueState state : kAllIssueStates) EXPECT_EQ(ParseIssueState(Name(state)), state);
  EXPECT_EQ(ParseIssueState("OVERDUE"), std::nullopt);
  EXPECT_EQ(ParseSeverity("SERIOUS"), Severity::kSerious);
  EXPECT_EQ(ParseSeverity("HARMLESS"), std::nullopt);
}

TEST(IssueStateTest, OpenAndTerminalDivideTheStatesARowCanHold) {
  for (IssueState state : kAllIssueStates) {
    const bool held = state != IssueState::kNone && state != IssueState::kReopened;
    EXPECT_EQ(IsOpen(state) + IsTerminal(state), held ? 1 : 0) << Name(state);
  }
}

TEST(TriageTest, RecordsSeverityAndRoute) {
  Command command = Flawless(Event::kTriage, kInspector);
  command.severity = Severity::kSerious;
  const auto decision = Decide(Ready(IssueState::kRegistered), command);
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->after.severity, Severity::kSerious);
  EXPECT_EQ(decision->after.route, Route::kNotice);
  EXPECT_FALSE(decision->after.triaged_by_office);
}

TEST(TriageTest, TheOfficeHasTheLastWord) {
  const auto by_office = Decide(Ready(IssueState::kRegistered), Flawless(Event::kTriage, kOffice));
  ASSERT_TRUE(by_office.ok());
  EXPECT_EQ(RefusalFor(by_office->after, Flawless(Event::kTriage, kInspector)), reason::kActorNotEntitled);
  EXPECT_TRUE(Decide(by_office->after, Flawless(Event::kTriage, kOffice)).ok());
}

TEST(TriageTest, NeedsBothAnswersAndKeepsTheSpotForMinorOnes) {
  const IssueFacts issue = Ready(IssueState::kRegistered);
  Command command = Flawless(Event::kTriage, kInspector);
  command.severity = Severity::kUnset;
  EXPECT_EQ(RefusalFor(issue, command), reason::kTriageRequired);
  command = Flawless(Event::kTriage, kInspector);
  command.route = Route::kUnset;
  EXPECT_EQ(RefusalFor(issue, command), reason::kTriageRequired);
  command.route = Route::kOnTheSpot;
  EXPECT_TRUE(Decide(issue, command).ok());
  command.severity = Severity::kGeneral;
  EXPECT_EQ(RefusalFor(issue, command), reason::kOnSpotMinorOnly);
}

TEST(OnTheSpotTest, OnlyMinorCuredTheSameDayWithEvidence) {
  const Command command = Flawless(Event::kCloseOnTheSpot, kInspector);
  const IssueFacts issue = Ready(IssueState::kRegistered);
  const auto decision = Decide(issue, command);
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->after.closing_route, ClosingRoute::kOnTheSpot);
  EXPECT_EQ(decision->flow, Flow::kClosed);

  IssueFacts other = issue;
  other.severity = Severity::kUnset;
  EXPECT_EQ(RefusalFor(other, command), reason::kTriageRequired);
  other.severity = Severity::kGeneral;
  EXPECT_EQ(RefusalFor(other, command), reason::kOnSpotMinorOnly);
  Command late = command;
  late.cured_on = kFound + std::chrono::days(1);
  EXPECT_EQ(RefusalFor(issue, late), reason::kOnSpotMinorOnly);
  Command bare = command;
  bare.evidence_count = 0;
  EXPECT_EQ(RefusalFor(issue, bare), reason::kEvidenceRequired);
}

TEST(NoticeTest, NeedsTriageAndANumberAndRemembersItsIssuer) {
  const Command command = Flawless(Event::kIssueNotice, kOffice);
  const auto decision = Decide(Ready(IssueState::kRegistered), command);
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->after.notice_issuer, "head");
  IssueFacts untriaged = Ready(IssueState::kRegistered);
  untriaged.severity = Severity::kUnset;
  EXPECT_EQ(RefusalFor(untriaged, command), reason::kTriageRequired);
  Command unnumbered = command;
  unnumbered.document.clear();
  EXPECT_EQ(RefusalFor(Ready(IssueState::kRegistered), unnumbered), reason::kGroundsRequired);
}

TEST(NoticeTest, InspectorsIssueItOnlyWhereTheRuleOfTheOfficeSaysSo) {
  IssueFacts issue = Ready(IssueState::kRegistered);
  for (const ActorKind actor : {kInspector, kAreaLead}) {
    const auto decision = Decide(issue, Flawless(Event::kIssueNotice, actor));
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_EQ(decision->after.notice_issuer, actor == kInspector ? "inspector" : "lead");
  }
  for (const auto& rule :
       {std::optional<NoticeIssuerRule>(), std::optional(NoticeIssuerRule{"office", "law"})}) {
    issue.rules.notice_issuer = rule;
    EXPECT_EQ(RefusalFor(issue, Flawless(Event::kIssueNotice, kInspector)), reason::kActorNotEntitled);
    EXPECT_EQ(RefusalFor(issue, Flawless(Event::kIssueNotice, kAreaLead)), reason::kActorNotEntitled);
    EXPECT_TRUE(Decide(issue, Flawless(Event::kIssueNotice, kOffice)).ok());
  }
}

TEST(DeemedServiceTest, WaitsForItsDay) {
  const IssueFacts issue = Ready(IssueState::kNotified);  // deemed served on day 5
  Command command = Flawless(Event::kDeemServed, kSystem);
  command.occur_time = ChinaMidnight(*issue.deemed_served_on) - std::chrono::microseconds(1);
  EXPECT_EQ(RefusalFor(issue, command), reason::kGroundsRequired);
  command.occur_time = ChinaMidnight(*issue.deemed_served_on);
  EXPECT_TRUE(Decide(issue, command).ok());
  IssueFacts no_rule = issue;
  no_rule.deemed_served_on.reset();
  EXPECT_EQ(RefusalFor(no_rule, command), reason::kGroundsRequired);
}

TEST(PlanTest, WhereRequiredNothingElseLeadsToRectification) {
  IssueFacts issue = Ready(IssueState::kAcknowledged);
  issue.plan_required = true;
  for (PlanStatus plan : {PlanStatus::kNone, PlanStatus::kSubmitted, PlanStatus::kReturned}) {
    issue.plan = plan;
    EXPECT_EQ(RefusalFor(issue, Flawless(Event::kStartRectification, kSchool)), reason::kPlanRequired);
    EXPECT_EQ(RefusalFor(issue, Flawless(Event::kSubmitReport, kSchool)), reason::kPlanRequired);
    EXPECT_EQ(Decide(issue, Flawless(Event::kAcceptPlan, kInspector)).ok(), plan == PlanStatus::kSubmitted);
  }
}

TEST(PlanTest, ReturnedPlanIsSubmittedAgain) {
  IssueFacts issue = Ready(IssueState::kAcknowledged);
  issue.plan = PlanStatus::kNone;
  EXPECT_EQ(RefusalFor(issue, Flawless(Event::kReturnPlan, kInspector)), reason::kPlanRequired);
  issue = Decide(issue, Flawless(Event::kSubmitPlan, kSchool))->after;
  EXPECT_EQ(issue.plan, PlanStatus::kSubmitted);
  Command without_reason = Flawless(Event::kReturnPlan, kInspector);
  without_reason.reason.clear();
  EXPECT_EQ(RefusalFor(issue, without_reason), reason::kGroundsRequired);
  issue = Decide(issue, Flawless(Event::kReturnPlan, kInspector))->after;
  EXPECT_EQ(issue.plan, PlanStatus::kReturned);
  EXPECT_EQ(issue.state, IssueState::kAcknowledged);
  issue = Decide(issue, Flawless(Event::kSubmitPlan, kSchool))->after;
  issue = Decide(issue, Flawless(Event::kAcceptPlan, kInspector))->after;
  EXPECT_EQ(issue.plan, PlanStatus::kAccepted);
  EXPECT_EQ(issue.state, IssueState::kRectifying);
}

TEST(ReportTest, NeedsEvidenceAndOpensALookback) {
  Command command = Flawless(Event::kSubmitReport, kSchool);
  command.actor.person = "deputy";
  const auto decision = Decide(Ready(IssueState::kRectifying), command);
  ASSERT_TRUE(decision.ok());
  EXPECT_TRUE(decision->opens_lookback);
  EXPECT_EQ(decision->after.report_time, command.occur_time);
  EXPECT_EQ(decision->after.rectifiers, (std::vector<std::string>{"supervisor", "deputy"}));
  command.evidence_count = 0;
  EXPECT_EQ(RefusalFor(Ready(IssueState::kRectifying), command), reason::kEvidenceRequired);
}

TEST(VerificationTest, FailingBeginsTheNextRound) {
  for (Event event : {Event::kFailPaperCheck, Event::kFailLookback}) {
    IssueFacts issue = Ready(IssueState::kAwaitingVerification);
    issue.round = 1;
    const auto decision = Decide(issue, Flawless(event, kInspector));
    ASSERT_TRUE(decision.ok());
    EXPECT_EQ(decision->after.round, 2u);
    EXPECT_TRUE(decision->after.lookback_inspectors.empty());
    Command without_reason = Flawless(event, kInspector);
    without_reason.reason.clear();
    EXPECT_EQ(RefusalFor(issue, without_reason), reason::kGroundsRequired);
  }
}

TEST(VerificationTest, ALookbackIsAVisitWithAPanelAfterTheReport) {
  const IssueFacts issue = Ready(IssueState::kAwaitingVerification);  // reported on day 8
  for (Event event : {Event::kPassLookback, Event::kFailLookback}) {
    Command command = Flawless(event, kInspector);
    command.lookback_visit.clear();
    EXPECT_EQ(RefusalFor(issue, command), reason::kLookbackRequired);
    command = Flawless(event, kInspector);
    command.lookback_inspectors.clear();
    EXPECT_EQ(RefusalFor(issue, command), reason::kLookbackRequired);
    command.lookback_inspectors = {"inspector", ""};
    EXPECT_EQ(RefusalFor(issue, command), reason::kLookbackRequired);
    command = Flawless(event, kInspector);
    command.occur_time = issue.report_time - std::chrono::microseconds(1);
    EXPECT_EQ(RefusalFor(issue, command), reason::kLookbackRequired);
  }
}

// A report, and then a look-back that fails or passes.
IssueFacts LookedBack(const IssueFacts& rectifying, bool passes) {
  const IssueFacts reported = Decide(rectifying, Flawless(Event::kSubmitReport, kSchool))->after;
  const auto decision =
      Decide(reported, Flawless(passes ? Event::kPassLookback : Event::kFailLookback, kInspector));
  EXPECT_TRUE(decision.ok()) << decision.status();
  return decision->after;
}

TEST(EscalationTest, IsDueFromTheSetNumberOfFailuresInARowUntilOnePasses) {
  for (uint32_t limit = 1; limit <= 4; ++limit) {
    SCOPED_TRACE(limit);
    IssueFacts issue = Ready(IssueState::kRectifying);
    issue.rules.escalate_rounds = limit;
    for (uint32_t failed = 1; failed <= 5; ++failed) {
      issue = LookedBack(issue, false);
      EXPECT_EQ(issue.failed_lookbacks, failed);
      EXPECT_EQ(issue.escalation_due, failed >= limit) << failed;
      EXPECT_EQ(issue.state, IssueState::kRectifying) << "a flag, no state";
    }
    issue = LookedBack(issue, true);
    EXPECT_FALSE(issue.escalation_due);
    // After a pass the row begins anew, also where the issue comes back.
    issue = Decide(issue, Flawless(Event::kReopen, kOffice))->after;
    issue = LookedBack(issue, false);
    EXPECT_EQ(issue.escalation_due, limit == 1);
  }
}

TEST(EscalationTest, ThePaperCheckIsNoLookBackAndDoesNotBreakTheRow) {
  IssueFacts issue = LookedBack(Ready(IssueState::kRectifying), false);
  issue = Decide(issue, Flawless(Event::kSubmitReport, kSchool))->after;
  issue = Decide(issue, Flawless(Event::kFailPaperCheck, kInspector))->after;
  EXPECT_FALSE(issue.escalation_due);
  EXPECT_TRUE(LookedBack(issue, false).escalation_due);
}

TEST(EscalationTest, WithoutARuleNothingIsDueAndWhatEndsIsDueNoMore) {
  IssueFacts issue = Ready(IssueState::kRectifying);
  issue.rules.escalate_rounds.reset();
  for (int i = 0; i < 5; ++i) issue = LookedBack(issue, false);
  EXPECT_FALSE(issue.escalation_due);
  issue.escalation_due = true;
  issue.proposed = {.disposition = Disposition::kVoid, .proposer = "inspector", .target = ""};
  EXPECT_FALSE(Decide(issue, Flawless(Event::kApproveDisposition, kOffice))->after.escalation_due);
}

TEST(AcceptanceTest, ClosesOnlyByAnEntitledPerson) {
  const IssueFacts issue = Ready(IssueState::kVerified);
  const auto decision = Decide(issue, Flawless(Event::kAccept, kOffice));
  ASSERT_TRUE(decision.ok());
  EXPECT_EQ(decision->after.closing_route, ClosingRoute::kLookback);
  EXPECT_EQ(decision->flow, Flow::kClosed);
  Command by_lookback = Flawless(Event::kAccept, kAreaLead);
  by_lookback.actor.person = "inspector";
  EXPECT_EQ(RefusalFor(issue, by_lookback), reason::kSecondPersonRequired);
}

TEST(ReopenTest, NeedsANewFactAndCountsInTheStockOnlyWhatWasClosed) {
  const Command command = Flawless(Event::kReopen, kOffice);
  const auto closed = Decide(Ready(IssueState::kClosed), command);
  ASSERT_TRUE(closed.ok());
  EXPECT_EQ(closed->flow, Flow::kReopened);
  EXPECT_EQ(closed->after.round, 1u);
  EXPECT_EQ(closed->after.reopenings, 1u);
  EXPECT_EQ(closed->after.closing_route, ClosingRoute::kUnset);
  const auto verified = Decide(Ready(IssueState::kVerified), command);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->flow, Flow::kNone);
  Command without_fact = command;
  without_fact.reason.clear();
  EXPECT_EQ(RefusalFor(Ready(IssueState::kClosed), without_fact), reason::kGroundsRequired);
}

TEST(DispositionTest, TakesTwoPersonsAReasonAndADocument) {
  const IssueFacts issue = Ready(IssueState::kRectifying);
  const Command propose = Flawless(Event::kProposeDisposition, kOffice);
  Command flawed = propose;
  flawed.reason.clear();
  EXPECT_EQ(RefusalFor(issue, flawed), reason::kGroundsRequired);
  flawed = propose;
  flawed.document.clear();
  EXPECT_EQ(RefusalFor(issue, flawed), reason::kGroundsRequired);
  EXPECT_EQ(RefusalFor(issue, Flawless(Event::kApproveDisposition, kOffice)),
            reason::kDispositionNotProposed);
  EXPECT_EQ(RefusalFor(issue, Flawless(Event::kRejectDisposition, kOffice)), reason::kDispositionNotProposed);

  const IssueFacts proposed = Decide(issue, propose)->after;
  EXPECT_EQ(RefusalFor(proposed, propose), reason::kDispositionPending);
  EXPECT_EQ(RefusalFor(proposed, Flawless(Event::kApproveDisposition, kOffice)),
            reason::kSecondPersonRequired);
  Command approve = Flawless(Event::kApproveDisposition, kOffice);
  approve.actor.person = "deputy head";
  EXPECT_EQ(Decide(proposed, approve)->after.state, IssueState::kWaived);
  const IssueFacts rejected = Decide(proposed, Flawless(Event::kRejectDisposition, kOffice))->after;
  EXPECT_FALSE(rejected.proposed.has_value());
  EXPECT_EQ(rejected.state, IssueState::kRectifying);
}

Command ApprovalBy(const std::string& person) {
  Command approve = Flawless(Event::kApproveDisposition, kOffice);
  approve.actor.person = person;
  return approve;
}

TEST(DispositionTest, TakesAsManyDifferentPersonsAsTheRuleSays) {
  for (uint32_t persons = 2; persons <= 10; ++persons) {
    SCOPED_TRACE(persons);
    IssueFacts issue = Ready(IssueState::kRectifying);
    issue.rules.disposition_persons = persons;
    issue = Decide(issue, Flawless(Event::kProposeDisposition, kOffice))->after;
    for (uint32_t approver = 1; approver < persons; ++approver) {
      const Command approve = ApprovalBy("approver " + std::to_string(approver));
      const auto decision = Decide(issue, approve);
      ASSERT_TRUE(decision.ok()) << decision.status();
      const bool last = approver + 1 == persons;
      EXPECT_EQ(decision->path.empty(), !last);
      EXPECT_EQ(decision->flow, last ? Flow::kWaived : Flow::kNone);
      EXPECT_EQ(decision->after.state, last ? IssueState::kWaived : IssueState::kRectifying);
      issue = decision->after;
      if (last) break;
      // Neither the proposer nor anybody for the second time.
      EXPECT_EQ(RefusalFor(issue, approve), reason::kSecondPersonRequired);
      EXPECT_EQ(RefusalFor(issue, ApprovalBy("head")), reason::kSecondPersonRequired);
    }
    EXPECT_FALSE(issue.proposed.has_value());
  }
}

TEST(DispositionTest, ARuleThatChangesDoesNotMoveWhatWasProposed) {
  IssueFacts issue = Ready(IssueState::kRectifying);
  issue.rules.disposition_persons = 3;
  issue = Decide(issue, Flawless(Event::kProposeDisposition, kOffice))->after;
  issue.rules.disposition_persons = 2;
  issue = Decide(issue, ApprovalBy("a"))->after;
  EXPECT_EQ(issue.state, IssueState::kRectifying);
  issue.rules.disposition_persons = 9;
  EXPECT_EQ(Decide(issue, ApprovalBy("b"))->after.state, IssueState::kWaived);
}

TEST(DispositionTest, ARejectionVoidsTheApprovalsSoFar) {
  IssueFacts issue = Ready(IssueState::kRectifying);
  issue.rules.disposition_persons = 3;
  issue = Decide(issue, Flawless(Event::kProposeDisposition, kOffice))->after;
  issue = Decide(issue, ApprovalBy("a"))->after;
  issue = Decide(issue, Flawless(Event::kRejectDisposition, kOffice))->after;
  issue = Decide(issue, Flawless(Event::kProposeDisposition, kOffice))->after;
  EXPECT_TRUE(issue.proposed->approvers.empty());
  EXPECT_EQ(Decide(issue, ApprovalBy("a"))->after.state, IssueState::kRectifying);
}

TEST(DispositionTest, WhatClosesAnIssueEndsWhatWasProposed) {
  for (const auto& [event, state] : {std::pair{Event::kCloseOnTheSpot, IssueState::kRegistered},
                                     {Event::kAccept, IssueState::kVerified}}) {
    IssueFacts issue = Ready(state);
    issue.proposed = {.disposition = Disposition::kVoid, .proposer = "inspector", .target = ""};
    const auto decision = Decide(issue, Flawless(event, kAreaLead));
    ASSERT_TRUE(decision.ok()) << decision.status();
    EXPECT_FALSE(decision->after.proposed.has_value()) << Name(event);
  }
}

TEST(DispositionTest, WithoutARuleNothingIsProposedAndNoRuleAllowsOnePersonAlone) {
  IssueFacts issue = Ready(IssueState::kRectifying);
  issue.rules.disposition_persons.reset();
  const auto refusal = RefusalOf(Decide(issue, Flawless(Event::kProposeDisposition, kOffice)).status());
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->reason, reason::kPolicyMissing);
  EXPECT_EQ(refusal->variables.at("rule"), "issue.waive_persons");
  issue.rules.disposition_persons = 1;
  EXPECT_EQ(Decide(issue, Flawless(Event::kProposeDisposition, kOffice))->after.proposed->persons, 2u);
}

TEST(DispositionTest, EachLeadsToItsState) {
  const std::map<Disposition, std::pair<IssueState, Flow>> expected = {
      {Disposition::kWaive, {IssueState::kWaived, Flow::kWaived}},
      {Disposition::kTransfer, {IssueState::kTransferred, Flow::kTransferred}},
      {Disposition::kMerge, {IssueState::kMerged, Flow::kMerged}},
      {Disposition::kVoid, {IssueState::kVoided, Flow::kVoided}}};
  for (const auto& [disposition, outcome] : expected) {
    Command propose = Flawless(Event::kProposeDisposition, kInspector);
    propose.disposition = disposition;
    propose.target = "offices/demo/issues/2";
    const auto proposed = Decide(Ready(IssueState::kNotified), propose);
    ASSERT_TRUE(proposed.ok());
    const auto approved = Decide(proposed->after, Flawless(Event::kApproveDisposition, kOffice));
    ASSERT_TRUE(approved.ok());
    EXPECT_EQ(approved->after.state, outcome.first);
    EXPECT_EQ(approved->flow, outcome.second);
  }
}

TEST(DispositionTest, MergeAndTransferNameTheirTarget) {
  const IssueFacts issue = Ready(IssueState::kRegistered);
  for (Disposition disposition : {Disposition::kMerge, Disposition::kTransfer}) {
    Command propose = Flawless(Event::kProposeDisposition, kInspector);
    propose.disposition = disposition;
    EXPECT_EQ(RefusalFor(issue, propose), reason::kGroundsRequired);
    propose.target = issue.name;
    EXPECT_EQ(RefusalFor(issue, propose), reason::kGroundsRequired);
  }
}

}  // namespace
}  // namespace inspectorate::issues
