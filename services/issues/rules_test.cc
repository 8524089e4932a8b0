// What the rules of an office change in the life of an issue: who issues a notice, how many decide, when
// escalation is due.
#include <algorithm>
#include <map>

#include "services/issues/testing/district.h"

namespace inspectorate::issues {
namespace {

using registry::v1::COUNT;
using registry::v1::TEXT;
using rpc::Role;
using testing::Harness;

using Events = std::vector<std::string>;

class IssueRulesTest : public DistrictTest {
 protected:
  v1::Timeline TimelineOf(const v1::Issue& issue) const {
    v1::GetTimelineRequest request;
    request.set_name(issue.name());
    auto timeline = head_.Call<v1::Timeline>("Issues.GetTimeline", request);
    EXPECT_TRUE(timeline.ok()) << timeline.status();
    return timeline.ok() ? *timeline : v1::Timeline();
  }
  // The names of the last events.
  Events LastEvents(const v1::Issue& issue, int count) const {
    const v1::Timeline timeline = TimelineOf(issue);
    Events events;
    for (int i = std::max(0, timeline.entries_size() - count); i < timeline.entries_size(); ++i) {
      events.push_back(timeline.entries(i).event());
    }
    return events;
  }
  v1::Issue Proposed(const v1::Issue& issue) const {
    auto propose = To<v1::ProposeDispositionRequest>(issue);
    propose.set_disposition(v1::WAIVE);
    propose.set_reason("学校已撤并");
    propose.set_document_number("示教督〔2026〕8号");
    return Must(head_, "Issues.ProposeDisposition", propose);
  }
  static v1::Issue Approved(const Caller& caller, const v1::Issue& issue) {
    return Must(caller, "Issues.ApproveDisposition", To<v1::ApproveDispositionRequest>(issue));
  }
  static std::string SecondPersonRule(const Caller& caller, const v1::Issue& issue) {
    auto response =
        caller.Call<v1::Issue>("Issues.ApproveDisposition", To<v1::ApproveDispositionRequest>(issue));
    EXPECT_EQ(ReasonOf(response.status()), ErrorReason::SECOND_PERSON_REQUIRED) << response.status();
    return MetadataOf(response.status())["rule"];
  }
  std::vector<std::string> Listed(const std::string& filter) const {
    v1::ListIssuesRequest request;
    request.set_parent("offices/" + office_);
    request.set_filter(filter);
    auto list = head_.Call<v1::ListIssuesResponse>("Issues.ListIssues", request);
    EXPECT_TRUE(list.ok()) << filter << ": " << list.status();
    std::vector<std::string> names;
    if (list.ok()) {
      for (const auto& issue : list->issues()) names.push_back(issue.name());
    }
    return names;
  }
};

// --- issue.waive_persons

TEST_F(IssueRulesTest, ADispositionWaitsForAsManyPersonsAsTheRuleSaidWhenItWasProposed) {
  SetRule("issue.waive_persons", "3", COUNT);
  const v1::Issue proposed = Proposed(Acknowledged());
  EXPECT_EQ(proposed.disposition().persons(), 3);
  // The rule changes the next day: what was proposed waits for three all the same.
  SetClock("2026-03-10 09:00");
  SetRule("issue.waive_persons", "2", COUNT);

  auto approve = To<v1::ApproveDispositionRequest>(proposed);
  approve.set_request_id(FormatUuid(RandomUuid()));
  const v1::Issue waiting = Must(deputy_, "Issues.ApproveDisposition", approve);
  EXPECT_EQ(waiting.state(), v1::ACKNOWLEDGED);
  EXPECT_FALSE(waiting.disposition().has_decide_time());
  ASSERT_EQ(waiting.disposition().approvals_size(), 1);
  EXPECT_EQ(waiting.disposition().approvals(0).approved_by(), deputy_.principal.subject);
  EXPECT_TRUE(waiting.disposition().approvals(0).has_approve_time());
  for (const v1::LegalClock& clock : waiting.clocks()) {
    if (clock.kind() != v1::RECTIFY) continue;
    EXPECT_FALSE(clock.has_met_date()) << "it has not ended";
  }
  // Said again it counts once; by the same person it does not count again.
  EXPECT_EQ(Must(deputy_, "Issues.ApproveDisposition", approve).SerializeAsString(),
            waiting.SerializeAsString());
  EXPECT_EQ(SecondPersonRule(deputy_, waiting), "APPROVER_APPROVED_BEFORE");
  EXPECT_EQ(SecondPersonRule(head_, waiting), "APPROVER_IS_PROPOSER");
  EXPECT_EQ(Get(proposed.name()).revision(), waiting.revision());

  const Caller third = AddStaff("A9");
  const v1::Issue waived = Approved(third, waiting);
  EXPECT_EQ(waived.state(), v1::WAIVED);
  EXPECT_EQ(waived.disposition().approvals_size(), 2);
  EXPECT_EQ(waived.disposition().decided_by(), third.principal.subject);
  EXPECT_TRUE(waived.disposition().approved());
  for (const v1::LegalClock& clock : waived.clocks()) EXPECT_TRUE(clock.has_met_date());
  EXPECT_EQ(LastEvents(waived, 3),
            (Events{"issue.disposition_proposed", "issue.disposition_approved", "issue.waived"}));
}

// Whoever has a work number is that person, whatever the account is called.
TEST_F(IssueRulesTest, NobodyOfTheSameWorkNumberApprovesTwice) {
  SetRule("issue.waive_persons", "4", COUNT);
  const Caller clerk = AddStaff("A9");
  const v1::Issue waiting = Approved(clerk, Proposed(Triaged()));
  EXPECT_EQ(SecondPersonRule(clerk, waiting), "APPROVER_APPROVED_BEFORE");
}

TEST_F(IssueRulesTest, ARejectionVoidsTheApprovalsSoFar) {
  SetRule("issue.waive_persons", "3", COUNT);
  v1::Issue issue = Approved(deputy_, Proposed(Triaged()));
  auto reject = To<v1::RejectDispositionRequest>(issue);
  reject.set_reason("依据不足");
  issue = Must(AddStaff("A8"), "Issues.RejectDisposition", reject);
  EXPECT_EQ(issue.disposition().approvals_size(), 0);
  issue = Approved(deputy_, Proposed(issue));
  EXPECT_EQ(issue.state(), v1::REGISTERED);
  EXPECT_EQ(issue.disposition().approvals_size(), 1);
}

TEST_F(IssueRulesTest, WhatWasProposedBeforeTheClosingDoesNotComeBackWithAReopening) {
  SetRule("issue.waive_persons", "3", COUNT);
  const v1::Issue waiting = Approved(deputy_, Proposed(Verified()));
  const v1::Issue closed = Must(lead_, "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(waiting));
  EXPECT_FALSE(closed.has_disposition());
  auto reopen = To<v1::ReopenIssueRequest>(closed);
  reopen.set_new_fact("家长来信反映未整改");
  const v1::Issue reopened = Must(head_, "Issues.ReopenIssue", reopen);
  EXPECT_EQ(Refusal<v1::Issue>(AddStaff("A7"), "Issues.ApproveDisposition",
                               To<v1::ApproveDispositionRequest>(reopened)),
            ErrorReason::DISPOSITION_NOT_PROPOSED);
}

// --- issue.escalate_rounds

TEST_F(IssueRulesTest, EscalationIsDueFromTheSecondFailedLookBackUntilOnePasses) {
  v1::Issue issue = AwaitingVerification();
  const auto rectify = [&] {
    auto report = To<v1::SubmitRectificationRequest>(issue);
    report.set_report("再次整改");
    report.add_evidence(Evidence(supervisor_, school_));
    issue = Must(supervisor_, "Issues.SubmitRectification", report);
  };
  const auto again = [&](bool passed) {
    LookBack(issue, passed, inspector_);
    issue = Get(issue.name());
    if (!passed) rectify();
  };
  again(false);
  EXPECT_FALSE(issue.escalation_due());
  EXPECT_TRUE(Listed("escalation_due = true").empty());
  again(false);
  EXPECT_TRUE(issue.escalation_due());
  EXPECT_EQ(issue.state(), v1::AWAITING_VERIFICATION) << "a flag, no state";
  EXPECT_EQ(Listed("escalation_due = true"), (Events{issue.name()}));
  again(true);
  EXPECT_FALSE(issue.escalation_due());
  EXPECT_TRUE(Listed("escalation_due = true").empty());
  // The events carry it.
  std::map<std::string, int> flagged;
  const v1::Timeline timeline = TimelineOf(issue);
  for (const auto& entry : timeline.entries()) flagged[entry.event()] += entry.escalation_due() ? 1 : 0;
  EXPECT_EQ(flagged["issue.look_back_failed"], 1);
  EXPECT_EQ(flagged["issue.rectified"], 1);
  EXPECT_EQ(flagged["issue.verified"], 0);
  // After one that passed the row begins anew.
  auto reopen = To<v1::ReopenIssueRequest>(issue);
  reopen.set_new_fact("家长来信反映未整改");
  issue = Must(head_, "Issues.ReopenIssue", reopen);
  rectify();
  again(false);
  EXPECT_FALSE(issue.escalation_due());
}

TEST_F(IssueRulesTest, TheRuleOfTheDayOfTheLookBackSaysFromWhichNumberOn) {
  SetRule("issue.escalate_rounds", "1", COUNT);
  const v1::Issue issue = AwaitingVerification();
  LookBack(issue, false, inspector_);
  EXPECT_TRUE(Get(issue.name()).escalation_due());
}

// --- notice.issuer, notice.report_copies

TEST_F(IssueRulesTest, InspectorsIssueNoNoticeUnlessTheRuleSaysSo) {
  const v1::Issue issue = Triaged();
  for (const Caller* caller : {&inspecting_, &lead_}) {
    const auto refused = caller->Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issue}));
    EXPECT_EQ(ReasonOf(refused.status()), ErrorReason::ACTOR_NOT_ENTITLED) << refused.status();
    EXPECT_EQ(MetadataOf(refused.status())["rule"], "notice.issuer");
    EXPECT_THAT(MessageOf(refused.status(), "zh-CN"), ::testing::HasSubstr("notice.issuer"));
    EXPECT_THAT(MessageOf(refused.status(), "zh-CN"), ::testing::HasSubstr("《山东省教育督导条例》第十五条"));
  }
  SetRule("notice.issuer", "office", TEXT);
  const auto refused = inspecting_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issue}));
  EXPECT_EQ(ReasonOf(refused.status()), ErrorReason::ACTOR_NOT_ENTITLED) << refused.status();
  EXPECT_EQ(MetadataOf(refused.status())["source"], kOwnPaper);
  EXPECT_THAT(MessageOf(refused.status(), "zh-CN"), ::testing::HasSubstr(kOwnPaper));
  EXPECT_EQ(Get(issue.name()).revision(), issue.revision());
  // No number went with the refusals.
  auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issue}));
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_EQ(notice->serial(), 1);
}

TEST_F(IssueRulesTest, WhereTheRuleSaysSoInspectorAndLeadIssueForTheirOwnSchools) {
  SetRule("notice.issuer", "inspector", TEXT);
  for (const Caller* caller : {&inspecting_, &lead_}) {
    const v1::Issue issue = Triaged(v1::SERIOUS);
    auto notice = caller->Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issue}));
    ASSERT_TRUE(notice.ok()) << notice.status();
    EXPECT_EQ(notice->issued_by(), caller->principal.subject);
    EXPECT_EQ(Get(issue.name()).notice_issued_by(), caller->principal.subject);
  }
  // The inspector is not responsible for the other school; what is not there looks the same.
  const std::string visit = Submit(other_, {{}});
  v1::Issue elsewhere;
  for (const v1::Issue& issue : Issues()) {
    if (issue.visit() == visit) elsewhere = issue;
  }
  EXPECT_EQ(Refusal<v1::Notice>(inspecting_, "Notices.IssueNotice", NoticeFor({elsewhere})),
            ErrorReason::PERMISSION_MISSING);
  elsewhere.set_name("offices/" + office_ + "/issues/" + FormatUuid(RandomUuid()));
  EXPECT_EQ(Refusal<v1::Notice>(inspecting_, "Notices.IssueNotice", NoticeFor({elsewhere})),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Refusal<v1::Notice>(supervisor_, "Notices.IssueNotice", NoticeFor({Triaged()})),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(IssueRulesTest, ANoticeKeepsTheNumberOfCopiesOfItsDay) {
  const v1::Issue before = Notified();
  EXPECT_EQ(NoticeOf(before).report_copies(), 2) << "山东省教育督导条例 第十六条";
  SetClock("2026-03-10 09:00");
  SetRule("notice.report_copies", "3", COUNT);
  EXPECT_EQ(NoticeOf(Notified()).report_copies(), 3);
  EXPECT_EQ(NoticeOf(before).report_copies(), 2);
}

}  // namespace
}  // namespace inspectorate::issues
