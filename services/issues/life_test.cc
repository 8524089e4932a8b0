// The life of an issue over real sockets, from the sealed finding to 销号.
#include <thread>

#include "services/issues/testing/district.h"

namespace inspectorate::issues {
namespace {

using Events = std::vector<std::string>;

class LifeTest : public DistrictTest {};

TEST_F(LifeTest, FromTheSealedFindingToTheClosedIssue) {
  v1::Issue issue = Registered();
  EXPECT_EQ(issue.state(), v1::REGISTERED);
  EXPECT_EQ(issue.route(), v1::ROUTE_UNSPECIFIED);
  EXPECT_EQ(issue.ordinal(), 1);
  EXPECT_GT(issue.source_position(), 0u);

  issue = Verified();
  EXPECT_EQ(issue.state(), v1::VERIFIED);
  EXPECT_EQ(issue.look_backs_size(), 1);
  auto accept = To<v1::AcceptIssueRequest>(issue);
  accept.set_opinion("同意销号");
  issue = Must(lead_, "Issues.AcceptIssue", accept);
  EXPECT_EQ(issue.state(), v1::CLOSED);
  EXPECT_EQ(issue.close_route(), v1::CLOSED_AFTER_LOOK_BACK);
  EXPECT_EQ(issue.closed_by(), lead_.principal.subject);
  EXPECT_FALSE(issue.overdue());
  for (const v1::LegalClock& clock : issue.clocks()) EXPECT_TRUE(clock.has_met_date()) << clock.rule();

  v1::GetTimelineRequest request;
  request.set_name(issue.name());
  auto timeline = supervisor_.Call<v1::Timeline>("Issues.GetTimeline", request);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  Events events;
  for (const auto& entry : timeline->entries()) events.push_back(entry.event());
  EXPECT_EQ(events, (Events{"issue.registered", "issue.triaged", "issue.notified", "issue.acknowledged",
                            "issue.plan_submitted", "issue.plan_accepted", "issue.rectified",
                            "issue.verified", "issue.closed"}));
  EXPECT_EQ(timeline->entries().rbegin()->state(), v1::CLOSED);
}

TEST_F(LifeTest, EachFindingIsOneIssueHoweverOftenTheFeedSaysIt) {
  Submit(school_, {{}, {.kind = visits::v1::GOOD_PRACTICE}, {.severity = visits::v1::MINOR}});
  EXPECT_EQ(Issues().size(), 2u);
  SayAgain();
  EXPECT_EQ(Issues().size(), 2u);
}

TEST_F(LifeTest, StockIsTheSameCountedFromTheFeedAndFromTheTable) {
  Submit(school_, {{}, {}, {}});
  Verified();
  v1::GetStockRequest request;
  request.set_parent("offices/" + office_);
  auto stock = head_.Call<v1::Stock>("Issues.GetStock", request);
  ASSERT_TRUE(stock.ok()) << stock.status();
  EXPECT_EQ(stock->registered(), 4);
  int64_t rows = 0;
  for (const auto& state : stock->states()) rows += state.count();
  EXPECT_EQ(rows, 4);
  EXPECT_GT(stock->position(), 4u);
  EXPECT_GT(stock->visits_position(), 4u);
}

TEST_F(LifeTest, AMinorIssueCuredTheSameDayClosesOnTheSpotAndNoOther) {
  auto triage = To<v1::TriageIssueRequest>(Registered());
  triage.set_severity(v1::MINOR);
  triage.set_route(v1::ON_THE_SPOT);
  const v1::Issue minor = Must(inspecting_, "Issues.TriageIssue", triage);
  auto close = To<v1::CloseOnSpotRequest>(minor);
  close.set_remedy("当场补记");
  close.add_evidence(Evidence(inspecting_, school_));
  const v1::Issue closed = Must(inspecting_, "Issues.CloseOnSpot", close);
  EXPECT_EQ(closed.state(), v1::CLOSED);
  EXPECT_EQ(closed.close_route(), v1::CLOSED_ON_THE_SPOT);

  auto general = To<v1::CloseOnSpotRequest>(Triaged());
  general.set_remedy("当场补记");
  general.add_evidence(Evidence(inspecting_, school_));
  EXPECT_EQ(Refusal<v1::Issue>(inspecting_, "Issues.CloseOnSpot", general), ErrorReason::ON_SPOT_MINOR_ONLY);
}

TEST_F(LifeTest, AFailedLookBackBeginsTheNextRoundOnTheSameClock) {
  v1::Issue issue = AwaitingVerification();
  const auto due = issue.rectify_due();
  SetClock("2026-03-12 09:00");
  LookBack(issue, false, inspector_);
  issue = Get(issue.name());
  EXPECT_EQ(issue.state(), v1::RECTIFYING);
  EXPECT_EQ(issue.round(), 1);
  EXPECT_EQ(issue.rectify_due().SerializeAsString(), due.SerializeAsString());
  // Said again, it has no second effect.
  SayAgain();
  EXPECT_EQ(Get(issue.name()).round(), 1);

  auto report = To<v1::SubmitRectificationRequest>(issue);
  report.set_report("再次整改");
  report.add_evidence(Evidence(supervisor_, school_, "second photo"));
  issue = Must(supervisor_, "Issues.SubmitRectification", report);
  auto back = To<v1::ReturnRectificationRequest>(issue);
  back.set_reason("照片不清");
  issue = Must(inspecting_, "Issues.ReturnRectification", back);
  EXPECT_EQ(issue.round(), 2);
  EXPECT_EQ(issue.reports(1).return_reason(), "照片不清");
}

TEST_F(LifeTest, OverdueFollowsTheWorkingDaysOfTheStateCouncil) {
  // Signed on Monday 9 March 2026; 15 working days for a general issue end on 30 March, 5 for the plan on 16
  // March.
  const v1::Issue issue = Acknowledged();
  EXPECT_EQ(issue.rectify_due().month(), 3);
  EXPECT_EQ(issue.rectify_due().day(), 30);
  EXPECT_EQ(issue.days_left(), 7);
  SetClock("2026-03-16 23:00");
  EXPECT_FALSE(Get(issue.name()).overdue());
  EXPECT_EQ(Get(issue.name()).days_left(), 0);
  SetClock("2026-03-17 00:30");
  EXPECT_TRUE(Get(issue.name()).overdue());
  EXPECT_EQ(Get(issue.name()).days_left(), -1);
  // A list that is asked for these alone counts them too, and shows no clocks.
  v1::ListIssuesRequest list;
  list.set_parent("offices/" + office_);
  list.mutable_read_mask()->add_paths("days_left");
  const auto listed = head_.Call<v1::ListIssuesResponse>("Issues.ListIssues", list);
  ASSERT_TRUE(listed.ok()) << listed.status();
  v1::Issue expected;
  expected.set_name(issue.name());
  expected.set_days_left(-1);
  ASSERT_EQ(listed->issues_size(), 1);
  EXPECT_EQ(listed->issues(0).DebugString(), expected.DebugString());
}

TEST_F(LifeTest, AnExtensionKeepsTheOriginalDayInTheLedger) {
  const v1::Issue issue = Rectifying();
  auto extend = To<v1::ExtendDeadlineRequest>(issue);
  extend.set_reason("需等设备到货");
  extend.mutable_new_due_date()->set_year(2026);
  extend.mutable_new_due_date()->set_month(4);
  extend.mutable_new_due_date()->set_day(5);  // Qingming: a rest day
  EXPECT_EQ(Refusal<v1::Issue>(head_, "Issues.ExtendDeadline", extend), ErrorReason::INVALID_FIELDS);
  extend.mutable_new_due_date()->set_day(10);
  const v1::Issue extended = Must(head_, "Issues.ExtendDeadline", extend);
  EXPECT_EQ(extended.rectify_due().day(), 10);
  for (const v1::LegalClock& clock : extended.clocks()) {
    if (clock.kind() != v1::RECTIFY) continue;
    ASSERT_EQ(clock.ledger_size(), 2);
    EXPECT_EQ(clock.ledger(1).kind(), v1::EXTEND);
    EXPECT_EQ(clock.amount(), 15);
    EXPECT_FALSE(clock.source().empty());
  }
}

TEST_F(LifeTest, ReopenedIssuesGoOnUnderTheOldClock) {
  const v1::Issue verified = Verified();
  const v1::Issue closed = Must(deputy_, "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(verified));
  auto reopen = To<v1::ReopenIssueRequest>(closed);
  reopen.set_new_fact("家长来信反映未整改");
  const v1::Issue reopened = Must(head_, "Issues.ReopenIssue", reopen);
  EXPECT_EQ(reopened.state(), v1::RECTIFYING);
  EXPECT_EQ(reopened.reopen_count(), 1);
  EXPECT_EQ(reopened.round(), 1);
  EXPECT_EQ(reopened.close_route(), v1::CLOSE_ROUTE_UNSPECIFIED);
  EXPECT_FALSE(reopened.has_close_time());
  EXPECT_EQ(reopened.rectify_due().day(), closed.rectify_due().day());
}

TEST_F(LifeTest, AnActIsRecordedWhenItHappenedWithinLimits) {
  const v1::Issue issue = Registered();
  auto triage = To<v1::TriageIssueRequest>(issue);
  triage.set_severity(v1::GENERAL);
  triage.set_route(v1::NOTICE);
  triage.mutable_occur_time()->set_seconds(issue.register_time().seconds() + 60);
  EXPECT_EQ(Refusal<v1::Issue>(inspecting_, "Issues.TriageIssue", triage), ErrorReason::OCCUR_TIME_IN_FUTURE);
  triage.mutable_occur_time()->set_seconds(issue.register_time().seconds() - 4 * 86400);
  EXPECT_EQ(Refusal<v1::Issue>(inspecting_, "Issues.TriageIssue", triage), ErrorReason::LATE_ENTRY);
}

TEST_F(LifeTest, ARepeatedRequestGivesTheFirstAnswerAndAnOldEtagNone) {
  const v1::Issue issue = Registered();
  auto triage = To<v1::TriageIssueRequest>(issue);
  triage.set_request_id(FormatUuid(RandomUuid()));
  triage.set_severity(v1::GENERAL);
  triage.set_route(v1::NOTICE);
  const v1::Issue first = Must(inspecting_, "Issues.TriageIssue", triage);
  const v1::Issue again = Must(inspecting_, "Issues.TriageIssue", triage);
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  EXPECT_EQ(Get(issue.name()).revision(), 2);
  triage.set_request_id(FormatUuid(RandomUuid()));
  EXPECT_EQ(Refusal<v1::Issue>(inspecting_, "Issues.TriageIssue", triage), ErrorReason::ETAG_MISMATCH);
}

TEST_F(LifeTest, OfTwoAcceptorsAtOnceOneWins) {
  const v1::Issue issue = Verified();
  const auto request = To<v1::AcceptIssueRequest>(issue);
  absl::StatusOr<v1::Issue> by_lead = absl::UnknownError("");
  absl::StatusOr<v1::Issue> by_deputy = absl::UnknownError("");
  {
    std::jthread first([&] { by_lead = lead_.Call<v1::Issue>("Issues.AcceptIssue", request); });
    std::jthread second([&] { by_deputy = deputy_.Call<v1::Issue>("Issues.AcceptIssue", request); });
  }
  EXPECT_NE(by_lead.ok(), by_deputy.ok());
  EXPECT_EQ(ReasonOf((by_lead.ok() ? by_deputy : by_lead).status()), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(Get(issue.name()).closed_by(), (by_lead.ok() ? lead_ : deputy_).principal.subject);
}

}  // namespace
}  // namespace inspectorate::issues
