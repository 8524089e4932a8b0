// Notices: one number each, all of their issues at once, served by signature or by lapse of time.
#include <algorithm>
#include <set>
#include <thread>

#include "services/issues/testing/district.h"

namespace inspectorate::issues {
namespace {

class NoticesTest : public DistrictTest {
 protected:
  std::vector<v1::Issue> TriagedIssues(int count) {
    Submit(school_, std::vector<Found>(static_cast<size_t>(count)));
    std::vector<v1::Issue> triaged;
    for (const v1::Issue& issue : Issues()) {
      if (issue.state() != v1::REGISTERED || issue.route() != v1::ROUTE_UNSPECIFIED) continue;
      auto request = To<v1::TriageIssueRequest>(issue);
      request.set_severity(v1::GENERAL);
      request.set_route(v1::NOTICE);
      triaged.push_back(Must(inspecting_, "Issues.TriageIssue", request));
    }
    return triaged;
  }
};

TEST_F(NoticesTest, MovesAllItsIssuesAndCarriesItsGrounds) {
  const std::vector<v1::Issue> issues = TriagedIssues(3);
  auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor(issues));
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_EQ(notice->number(), "示教督改〔2026〕1号");
  EXPECT_EQ(notice->issues_size(), 3);
  EXPECT_FALSE(notice->requirements().empty());
  EXPECT_EQ(notice->signatory(), head_.principal.display_name);
  for (const v1::Issue& issue : issues) {
    const v1::Issue now = Get(issue.name());
    EXPECT_EQ(now.state(), v1::NOTIFIED);
    EXPECT_EQ(now.notice(), notice->name());
    EXPECT_EQ(now.notice_issued_by(), head_.principal.subject);
  }
}

TEST_F(NoticesTest, AnIssueThatCannotGoHoldsTheOthersAndTakesNoNumber) {
  const std::vector<v1::Issue> issues = TriagedIssues(1);
  const v1::Issue untriaged = Registered();
  EXPECT_EQ(Refusal<v1::Notice>(head_, "Notices.IssueNotice", NoticeFor({issues[0], untriaged})),
            ErrorReason::TRIAGE_REQUIRED);
  EXPECT_EQ(Get(issues[0].name()).state(), v1::REGISTERED);
  auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor(issues));
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_EQ(notice->serial(), 1);
  EXPECT_EQ(Refusal<v1::Notice>(head_, "Notices.IssueNotice", NoticeFor(issues)),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(NoticesTest, AddressesOneSchool) {
  std::vector<v1::Issue> issues = TriagedIssues(1);
  const std::string visit = Submit(other_, {{}});
  for (const v1::Issue& issue : Issues()) {
    if (issue.visit() == visit) issues.push_back(issue);
  }
  ASSERT_EQ(issues.size(), 2u);
  EXPECT_EQ(Refusal<v1::Notice>(head_, "Notices.IssueNotice", NoticeFor(issues)),
            ErrorReason::ISSUES_OF_ONE_SCHOOL);
}

TEST_F(NoticesTest, NumbersHaveNoGapUnderConcurrentIssuersAndFailures) {
  constexpr int kThreads = 8;
  const std::vector<v1::Issue> issues = TriagedIssues(24);
  const v1::Issue untriaged = Registered();
  ASSERT_EQ(issues.size(), 24u);
  {
    std::vector<std::jthread> issuers;
    for (int t = 0; t < kThreads; ++t) {
      issuers.emplace_back([&, t] {
        for (size_t i = static_cast<size_t>(t); i < issues.size(); i += kThreads) {
          // Fails after its number was taken, so that the number is given back.
          EXPECT_FALSE(head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issues[i], untriaged})).ok());
          auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issues[i]}));
          EXPECT_TRUE(notice.ok()) << notice.status();
        }
      });
    }
  }
  v1::ListNoticesRequest list;
  list.set_parent("offices/" + office_);
  list.set_page_size(100);
  auto notices = head_.Call<v1::ListNoticesResponse>("Notices.ListNotices", list);
  ASSERT_TRUE(notices.ok()) << notices.status();
  std::set<int> serials;
  for (const auto& notice : notices->notices()) serials.insert(notice.serial());
  EXPECT_EQ(serials.size(), 24u);
  EXPECT_EQ(*serials.begin(), 1);
  EXPECT_EQ(*serials.rbegin(), 24);
}

TEST_F(NoticesTest, ReceiptStartsTheClocksOfEveryIssue) {
  const v1::Issue issue = Acknowledged();
  EXPECT_EQ(issue.state(), v1::ACKNOWLEDGED);
  EXPECT_EQ(issue.acknowledged_by(), supervisor_.principal.subject);
  std::set<v1::ClockKind> running;
  for (const v1::LegalClock& clock : issue.clocks()) {
    if (!clock.has_met_date()) running.insert(clock.kind());
  }
  EXPECT_EQ(running, (std::set<v1::ClockKind>{v1::PLAN, v1::RECTIFY}));
  const v1::Notice notice = NoticeOf(issue);
  EXPECT_EQ(notice.state(), v1::SERVED);
  v1::ConfirmReceiptRequest again;
  again.set_name(notice.name());
  again.set_etag(notice.etag());
  again.set_signed_by("示例·校长");
  EXPECT_EQ(Refusal<v1::Notice>(supervisor_, "Notices.ConfirmReceipt", again),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(NoticesTest, OnlyTheAddressedSchoolSigns) {
  const v1::Notice notice = NoticeOf(Notified());
  v1::ConfirmReceiptRequest request;
  request.set_name(notice.name());
  request.set_etag(notice.etag());
  request.set_signed_by("示例·校长");
  EXPECT_EQ(Refusal<v1::Notice>(stranger_, "Notices.ConfirmReceipt", request),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(NoticesTest, CountsAsServedAfterTheDaysForSigningAreOver) {
  // Issued on Monday 9 March: five working days end on Monday 16 March.
  const v1::Issue issue = Notified();
  const v1::Notice notice = NoticeOf(issue);
  EXPECT_EQ(notice.deemed_served_day().day(), 17);
  v1::DeemServedRequest request;
  request.set_name(notice.name());
  request.set_etag(notice.etag());
  SetClock("2026-03-16 23:59");
  EXPECT_EQ(Refusal<v1::Notice>(head_, "Notices.DeemServed", request), ErrorReason::GROUNDS_REQUIRED);
  SetClock("2026-03-17 00:01");
  auto served = head_.Call<v1::Notice>("Notices.DeemServed", request);
  ASSERT_TRUE(served.ok()) << served.status();
  EXPECT_EQ(served->state(), v1::DEEMED_SERVED);
  EXPECT_EQ(Get(issue.name()).state(), v1::ACKNOWLEDGED);
  EXPECT_TRUE(Get(issue.name()).acknowledged_by().empty());
}

TEST_F(NoticesTest, ServesOnlyWhatStillWaitsForIt) {
  const std::vector<v1::Issue> issues = TriagedIssues(2);
  auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor(issues));
  ASSERT_TRUE(notice.ok()) << notice.status();
  auto propose = To<v1::ProposeDispositionRequest>(Get(issues[0].name()));
  propose.set_disposition(v1::VOID);
  propose.set_reason("登记有误");
  propose.set_document_number("示教督〔2026〕10号");
  const v1::Issue proposed = Must(head_, "Issues.ProposeDisposition", propose);
  Must(deputy_, "Issues.ApproveDisposition", To<v1::ApproveDispositionRequest>(proposed));
  v1::ConfirmReceiptRequest request;
  request.set_name(notice->name());
  request.set_etag(notice->etag());
  request.set_signed_by("示例·校长");
  ASSERT_TRUE(supervisor_.Call<v1::Notice>("Notices.ConfirmReceipt", request).ok());
  EXPECT_EQ(Get(issues[0].name()).state(), v1::VOIDED);
  EXPECT_EQ(Get(issues[1].name()).state(), v1::ACKNOWLEDGED);
}

class EvidenceTest : public DistrictTest {};

TEST_F(EvidenceTest, IsStoredOnceForASchoolAndReadBackWhole) {
  const std::string content(100000, 'p');
  const std::string first = Evidence(supervisor_, school_, content);
  EXPECT_EQ(Evidence(inspecting_, school_, content), first);
  EXPECT_NE(Evidence(stranger_, other_, content), first);
  v1::DownloadAttachmentRequest request;
  request.set_name(first);
  auto bytes = inspecting_.Call<v1::AttachmentContent>("Attachments.DownloadAttachment", request);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(bytes->content(), content);
  EXPECT_EQ(Refusal<v1::AttachmentContent>(stranger_, "Attachments.DownloadAttachment", request),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(EvidenceTest, ItsNameIsShownOnlyToTheOffice) {
  v1::GetAttachmentRequest request;
  request.set_name(Evidence(supervisor_, school_));
  EXPECT_EQ(head_.Call<v1::Attachment>("Attachments.GetAttachment", request)->file_name(), "留样柜.jpg");
  EXPECT_TRUE(supervisor_.Call<v1::Attachment>("Attachments.GetAttachment", request)->file_name().empty());
}

TEST_F(EvidenceTest, MustMatchItsHashAndBelongToTheSchool) {
  v1::CreateAttachmentRequest request;
  request.set_parent("offices/" + office_);
  request.set_school(school_);
  request.set_content("photo");
  request.set_sha256(std::string(64, '0'));
  request.set_media_type("image/jpeg");
  request.set_file_name("a.jpg");
  EXPECT_EQ(Refusal<v1::Attachment>(supervisor_, "Attachments.CreateAttachment", request),
            ErrorReason::ATTACHMENT_CORRUPT);

  auto report = To<v1::SubmitRectificationRequest>(Rectifying());
  report.set_report("已整改");
  report.add_evidence(Evidence(stranger_, other_));
  EXPECT_EQ(Refusal<v1::Issue>(supervisor_, "Issues.SubmitRectification", report),
            ErrorReason::RESOURCE_NOT_FOUND);
  report.set_evidence(0, "offices/" + office_ + "/attachments/" + FormatUuid(RandomUuid()));
  EXPECT_EQ(Refusal<v1::Issue>(supervisor_, "Issues.SubmitRectification", report),
            ErrorReason::RESOURCE_NOT_FOUND);
}

}  // namespace
}  // namespace inspectorate::issues
