// Relapse (反弹): which issue repeats a closed one, whatever came first.
#include <thread>

#include "common/resource/description.h"
#include "services/issues/testing/district.h"

namespace inspectorate::issues {
namespace {

using registry::v1::MONTH;

class RelapsesTest : public DistrictTest {
 protected:
  // Closed now; in B06, by the inspector's finding of today.
  v1::Issue Closed() { return Must(deputy_, "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(Verified())); }
  // The issue of a finding of today.
  v1::Issue FoundAt(const std::string& school, const Found& found = {}) {
    const std::string visit = Submit(school, {found});
    for (const v1::Issue& issue : Issues()) {
      if (issue.visit() == visit) return issue;
    }
    ADD_FAILURE() << "no issue of " << visit;
    return {};
  }
  v1::Issue Ended(v1::Disposition disposition) {
    auto propose = To<v1::ProposeDispositionRequest>(Triaged());
    propose.set_disposition(disposition);
    propose.set_reason("理由");
    propose.set_document_number("示教督〔2026〕9号");
    propose.set_transferred_to("示例区消防救援大队");
    if (disposition == v1::MERGE) propose.set_merged_into(Triaged().name());
    const v1::Issue proposed = Must(head_, "Issues.ProposeDisposition", propose);
    return Must(deputy_, "Issues.ApproveDisposition", To<v1::ApproveDispositionRequest>(proposed));
  }
  // Accepted at another time; recorded now.
  v1::Issue ClosedAt(const v1::Issue& verified, const std::string& time) {
    auto accept = To<v1::AcceptIssueRequest>(verified);
    *accept.mutable_occur_time() = resource::ToProto(*ParseTime(time));
    return Must(deputy_, "Issues.AcceptIssue", accept);
  }
};

TEST_F(RelapsesTest, AProblemThatComesBackNamesTheIssueThatWasClosedLast) {
  const v1::Issue first = Closed();
  EXPECT_TRUE(first.relapse_of().empty());
  SetClock("2026-03-16 09:00");
  const v1::Issue second = Closed();
  EXPECT_EQ(second.relapse_of(), first.name());
  SetClock("2026-03-23 09:00");
  const v1::Issue third = FoundAt(school_);
  EXPECT_EQ(third.relapse_of(), second.name());
  SayAgain();
  EXPECT_EQ(Get(third.name()).SerializeAsString(), third.SerializeAsString());

  const auto listed = [&](const std::string& filter) {
    v1::ListIssuesRequest request;
    request.set_parent("offices/" + office_);
    request.set_filter(filter);
    auto list = head_.Call<v1::ListIssuesResponse>("Issues.ListIssues", request);
    EXPECT_TRUE(list.ok()) << list.status();
    return list.ok() ? list->total_size() : -1;
  };
  EXPECT_EQ(listed("relapse_of = \"" + first.name() + "\""), 1);
  EXPECT_EQ(listed("relapse_of:*"), 2);
  v1::GetTimelineRequest timeline;
  timeline.set_name(third.name());
  const auto shown = supervisor_.Call<v1::Timeline>("Issues.GetTimeline", timeline);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->entries(0).event(), "issue.registered");
  EXPECT_EQ(shown->entries(0).relapse_of(), second.name());
}

TEST_F(RelapsesTest, AnotherSchoolMatterOrAspectAndTheSameDayAreNoRelapse) {
  const v1::Issue closed = Closed();
  EXPECT_TRUE(FoundAt(school_).relapse_of().empty()) << "the same day";
  SetClock("2026-03-16 09:00");
  EXPECT_TRUE(FoundAt(other_).relapse_of().empty());
  EXPECT_TRUE(FoundAt(school_, {.matter = "B05"}).relapse_of().empty());
  EXPECT_EQ(FoundAt(school_, {.aspect = "A03"}).relapse_of(), closed.name()) << "one names none";
}

TEST_F(RelapsesTest, OnlyWhatWasStruckOffComesBack) {
  for (const v1::Disposition disposition : {v1::WAIVE, v1::TRANSFER, v1::MERGE, v1::VOID}) Ended(disposition);
  Verified();
  SetClock("2026-03-16 09:00");
  EXPECT_TRUE(FoundAt(school_).relapse_of().empty());
  // Closed on the spot is closed.
  auto triage = To<v1::TriageIssueRequest>(Registered());
  triage.set_severity(v1::MINOR);
  triage.set_route(v1::ON_THE_SPOT);
  auto close = To<v1::CloseOnSpotRequest>(Must(inspecting_, "Issues.TriageIssue", triage));
  close.set_remedy("当场补记");
  close.add_evidence(Evidence(inspecting_, school_));
  const v1::Issue cured = Must(inspecting_, "Issues.CloseOnSpot", close);
  SetClock("2026-03-17 09:00");
  EXPECT_EQ(FoundAt(school_).relapse_of(), cured.name());
}

TEST_F(RelapsesTest, TheRuleOfTheDayOfTheFindingSaysForHowLong) {
  const v1::Issue closed = Closed();
  SetRule("issue.relapse_months", "1", MONTH);
  SetClock("2026-04-09 09:00");
  EXPECT_EQ(FoundAt(school_).relapse_of(), closed.name());
  SetClock("2026-04-10 09:00");
  EXPECT_TRUE(FoundAt(school_).relapse_of().empty());
  SetRule("issue.relapse_months", "0", MONTH);
  Closed();
  SetClock("2026-04-11 09:00");
  EXPECT_TRUE(FoundAt(school_).relapse_of().empty()) << "never";
}

// The finding is registered first; that the earlier issue had been closed before is entered later.
TEST_F(RelapsesTest, AClosingThatIsEnteredLateLinksWhatWasFoundSince) {
  const v1::Issue verified = Verified();
  SetClock("2026-03-11 09:00");
  const v1::Issue later = FoundAt(school_);
  const v1::Issue other = FoundAt(school_, {.matter = "B05"});
  EXPECT_TRUE(later.relapse_of().empty());
  const v1::Issue closed = ClosedAt(verified, "2026-03-10T10:00:00+08:00");
  EXPECT_EQ(closed.state(), v1::CLOSED);
  const v1::Issue linked = Get(later.name());
  EXPECT_EQ(linked.relapse_of(), closed.name());
  EXPECT_EQ(linked.state(), later.state());
  EXPECT_EQ(Get(other.name()).revision(), other.revision());
  v1::GetTimelineRequest request;
  request.set_name(later.name());
  const auto timeline = head_.Call<v1::Timeline>("Issues.GetTimeline", request);
  ASSERT_TRUE(timeline.ok()) << timeline.status();
  EXPECT_EQ(timeline->entries().rbegin()->event(), "issue.relapse_found");
  EXPECT_EQ(timeline->entries().rbegin()->event_zh(), "认定为反弹");
}

// The finding comes through the feed at the moment at which the closing of the day before is entered.
TEST_F(RelapsesTest, HoweverTheTwoMeetOneOfThemSeesTheOther) {
  for (int day = 9; day < 21; day += 2) {
    const v1::Issue verified = Verified();
    const auto date = [](int d) { return (d < 10 ? "2026-03-0" : "2026-03-") + std::to_string(d); };
    SetClock(date(day + 2) + " 09:00");
    std::string visit;
    {
      std::jthread finding([&] { visit = Submit(school_, {{}}); });
      std::jthread closing([&] { ClosedAt(verified, date(day + 1) + "T10:00:00+08:00"); });
    }
    for (const v1::Issue& issue : Issues()) {
      if (issue.visit() != visit) continue;
      EXPECT_EQ(issue.relapse_of(), verified.name()) << "day " << day;
    }
  }
}

TEST_F(RelapsesTest, AClosingOfTheDayOrLaterLinksNothing) {
  const v1::Issue verified = Verified();
  SetClock("2026-03-11 09:00");
  const v1::Issue later = FoundAt(school_);
  ClosedAt(verified, "2026-03-11T08:00:00+08:00");
  EXPECT_EQ(Get(later.name()).revision(), later.revision());
}

TEST_F(RelapsesTest, ALinkStaysWhenTheEarlierIssueIsReopened) {
  const v1::Issue closed = Closed();
  SetClock("2026-03-16 09:00");
  const v1::Issue later = FoundAt(school_);
  auto reopen = To<v1::ReopenIssueRequest>(closed);
  reopen.set_new_fact("家长来信反映未整改");
  const v1::Issue reopened = Must(head_, "Issues.ReopenIssue", reopen);
  EXPECT_TRUE(reopened.relapse_of().empty()) << "the same issue goes on";
  EXPECT_EQ(Get(later.name()).relapse_of(), closed.name());
  EXPECT_TRUE(FoundAt(school_).relapse_of().empty()) << "it is open";
}

}  // namespace
}  // namespace inspectorate::issues
