#include "services/issues/domain/clocks.h"

#include <gtest/gtest.h>

namespace inspectorate::issues {
namespace {

using Changes = std::vector<ClockChange>;

const ClockId kAcknowledge{ClockKind::kAcknowledge};
const ClockId kPlan{ClockKind::kPlan};
const ClockId kRectify{ClockKind::kRectify};
const ClockId kObject{ClockKind::kObject};
const ClockId kDecide{ClockKind::kDecide};
ClockId Lookback(uint32_t round) { return {ClockKind::kLookback, round}; }

ClockChange Start(ClockId clock, std::string rule) { return {clock, ClockMove::kStart, std::move(rule)}; }
ClockChange Stop(ClockId clock) { return {clock, ClockMove::kStop, ""}; }
ClockChange Resume(ClockId clock) { return {clock, ClockMove::kResume, ""}; }

Transition After(Event event) {
  Transition t;
  t.event = event;
  t.after.severity = Severity::kSerious;
  t.after.plan_required = true;
  t.after.notice_issuer = "clerk";
  return t;
}

TEST(ClocksTest, TheNoticeStartsTheClockOfReceipt) {
  EXPECT_EQ(ClockChanges(After(Event::kIssueNotice), {}), (Changes{Start(kAcknowledge, "issue.ack_days")}));
}

TEST(ClocksTest, ReceiptHoweverItHappensStartsTheSchoolsClocks) {
  for (Event event : {Event::kSignReceipt, Event::kDeemServed}) {
    Transition t = After(event);
    EXPECT_EQ(ClockChanges(t, {kAcknowledge}), (Changes{Stop(kAcknowledge), Start(kPlan, "issue.plan_days"),
                                                        Start(kRectify, "issue.rectify_days.serious"),
                                                        Start(kObject, "objection.file_days")}));
    t.after.plan_required = false;
    t.after.severity = Severity::kMinor;
    EXPECT_EQ(ClockChanges(t, {kAcknowledge}),
              (Changes{Stop(kAcknowledge), Start(kRectify, "issue.rectify_days.minor"),
                       Start(kObject, "objection.file_days")}));
  }
}

TEST(ClocksTest, AReturnedPlanGivesNoNewTime) {
  EXPECT_EQ(ClockChanges(After(Event::kSubmitPlan), {kPlan, kRectify}), (Changes{Stop(kPlan)}));
  EXPECT_EQ(ClockChanges(After(Event::kSubmitPlan), {kRectify}), Changes{});  // submitted again, unanswered
  EXPECT_EQ(ClockChanges(After(Event::kReturnPlan), {kRectify}), (Changes{Resume(kPlan)}));
  Transition voluntary = After(Event::kReturnPlan);
  voluntary.after.plan_required = false;
  EXPECT_EQ(ClockChanges(voluntary, {kRectify}), Changes{});
}

TEST(ClocksTest, EachRoundHasALookbackClockAndOneRectificationClockGoesOn) {
  EXPECT_EQ(ClockChanges(After(Event::kSubmitReport), {kRectify}),
            (Changes{Stop(kRectify), Start(Lookback(0), "issue.lookback_days")}));
  for (Event event : {Event::kFailPaperCheck, Event::kFailLookback}) {
    Transition failed = After(event);
    failed.after.round = 1;
    EXPECT_EQ(ClockChanges(failed, {Lookback(0)}), (Changes{Stop(Lookback(0)), Resume(kRectify)}));
  }
  Transition again = After(Event::kSubmitReport);
  again.after.round = 1;
  EXPECT_EQ(ClockChanges(again, {kRectify}),
            (Changes{Stop(kRectify), Start(Lookback(1), "issue.lookback_days")}));
  Transition passed = After(Event::kPassLookback);
  passed.after.round = 1;
  EXPECT_EQ(ClockChanges(passed, {Lookback(1)}), (Changes{Stop(Lookback(1))}));
}

TEST(ClocksTest, ReopeningLetsTheClockGoOn) {
  Transition reopened = After(Event::kReopen);
  reopened.after.reopenings = 1;
  EXPECT_EQ(ClockChanges(reopened, {}), (Changes{Resume(kRectify)}));
  reopened.after.notice_issuer.clear();  // it had been closed on the spot
  EXPECT_EQ(ClockChanges(reopened, {}), (Changes{Start(kRectify, "issue.rectify_days.serious")}));
  reopened.after.reopenings = 2;
  EXPECT_EQ(ClockChanges(reopened, {}), (Changes{Resume(kRectify)}));
}

TEST(ClocksTest, ADispositionStopsWhatRunsOnceAllHaveApproved) {
  Transition ended = After(Event::kApproveDisposition);
  ended.after.state = IssueState::kWaived;
  EXPECT_EQ(ClockChanges(ended, {kRectify, kDecide}), (Changes{Stop(kRectify), Stop(kDecide)}));
  EXPECT_EQ(ClockChanges(ended, {}), Changes{});
  Transition waiting = After(Event::kApproveDisposition);
  waiting.after.state = IssueState::kRectifying;
  EXPECT_EQ(ClockChanges(waiting, {kRectify, kDecide}), Changes{});
}

TEST(ClocksTest, NoOtherActMovesAClock) {
  for (Event event :
       {Event::kRegister, Event::kTriage, Event::kCloseOnTheSpot, Event::kAcceptPlan,
        Event::kStartRectification, Event::kAccept, Event::kProposeDisposition, Event::kRejectDisposition}) {
    EXPECT_EQ(ClockChanges(After(event), {kAcknowledge, kPlan, kRectify, kObject}), Changes{}) << Name(event);
  }
}

TEST(ClocksTest, AnObjectionHasClocksOfItsOwnAndSuspendsNothing) {
  EXPECT_EQ(ClockChanges(ObjectionAct::kFiled, {kRectify, kObject}),
            (Changes{Stop(kObject), Start(kDecide, "objection.decide_months")}));
  EXPECT_EQ(ClockChanges(ObjectionAct::kDecided, {kRectify, kDecide}), (Changes{Stop(kDecide)}));
}

TEST(ClocksTest, LengthFollowsTheSeverity) {
  EXPECT_EQ(RuleKey(ClockKind::kRectify, Severity::kGeneral), "issue.rectify_days.general");
  EXPECT_EQ(RuleKey(ClockKind::kRectify, Severity::kComplex), "issue.rectify_days.complex");
}

}  // namespace
}  // namespace inspectorate::issues
