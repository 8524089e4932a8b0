// A paper of the State Council that comes out while terms run: they end by it, say so, and nothing else
// moves. A program of its own: papers are the platform's.
#include "common/base/uuid.h"
#include "common/calendar/work_calendar.h"
#include "common/resource/description.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "services/issues/testing/district.h"

namespace inspectorate::issues {
namespace {

using resource::FromProto;
using testing::Harness;
using ::testing::HasSubstr;

class PapersTest : public DistrictTest {
 protected:
  static std::string Text(const google::type::Date& date) { return FormatDate(FromProto(date)); }

  registry::v1::CalendarEffect Publish(const std::string& papers, const std::string& days) {
    const auto client = harness_->ClientOf("registry", Harness::Operator());
    constexpr char kCalendars[] = "inspectorate.registry.v1.Calendars.";
    registry::v1::PreviewCalendarPapersRequest question;
    question.set_papers("year,paper,issued,subject\n" + papers);
    question.set_days("date,kind,name,paper\n" + days);
    const auto preview = client->Call<registry::v1::CalendarEffect>(
        std::string(kCalendars) + "PreviewCalendarPapers", question);
    EXPECT_TRUE(preview.ok()) << preview.status();
    if (!preview.ok()) return {};
    registry::v1::PublishCalendarPapersRequest request;
    request.set_papers(question.papers());
    request.set_days(question.days());
    request.set_etag(preview->etag());
    const auto published = client->Call<registry::v1::CalendarEffect>(
        std::string(kCalendars) + "PublishCalendarPapers", request);
    EXPECT_TRUE(published.ok()) << published.status();
    Settle();
    return *preview;
  }

  static v1::LegalClock ClockOf(const v1::Issue& issue, v1::ClockKind kind) {
    for (const v1::LegalClock& clock : issue.clocks()) {
      if (clock.kind() == kind) return clock;
    }
    ADD_FAILURE() << "no such clock";
    return {};
  }
};

// One story, so that the papers of one case are not the ground of the next.
TEST_F(PapersTest, RunningTermsEndByTheNewPaper) {
  // A term that ran out and was met before the paper, one that runs, and a notice that waits for service.
  SetClock("2026-12-14 09:00");
  const v1::Issue met = Rectifying();
  const v1::LegalClock met_plan = ClockOf(met, v1::PLAN);
  ASSERT_TRUE(met_plan.has_met_date());
  const v1::Issue waiting = Triaged();
  SetClock("2026-12-28 09:00");
  auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor({waiting}));
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_EQ(Text(notice->deemed_served_day()), "2027-01-05");
  const v1::Issue running = Acknowledged();
  const v1::LegalClock before = ClockOf(running, v1::RECTIFY);
  EXPECT_EQ(Text(before.due_date()), "2027-01-18")
      << "15 working days, Mondays to Fridays for want of a paper";
  EXPECT_TRUE(before.provisional());

  // New Year moves to the end of December, with a Saturday worked for it.
  const auto effect =
      Publish("2027,示例发电〔2026〕9号,2026-12-28,2027年示例\n",
              "2026-12-31,off,元旦,示例发电〔2026〕9号\n2027-01-01,off,元旦,示例发电〔2026〕9号\n"
              "2027-01-09,work,元旦,示例发电〔2026〕9号\n");
  ASSERT_EQ(effect.offices_size(), 1) << "what moves is told before it moves";
  EXPECT_GE(effect.offices(0).moved_issue_terms(), 3);
  EXPECT_EQ(effect.unanswered_size(), 1) << "visits does not run here";

  const v1::Issue moved = Get(running.name());
  const v1::LegalClock after = ClockOf(moved, v1::RECTIFY);
  EXPECT_EQ(Text(after.due_date()), "2027-01-19");
  EXPECT_EQ(Text(moved.rectify_due()), "2027-01-19");
  EXPECT_FALSE(after.provisional());
  EXPECT_EQ(after.calendar_version(), effect.calendar_version_after());
  ASSERT_EQ(after.ledger_size(), before.ledger_size() + 1);
  const v1::ClockEntry& entry = after.ledger(after.ledger_size() - 1);
  EXPECT_EQ(entry.kind(), v1::RECOMPUTE);
  EXPECT_EQ(Text(entry.due_date()), "2027-01-18") << "the day it was";
  EXPECT_EQ(entry.reason(), before.calendar_version() + " → " + effect.calendar_version_after());
  EXPECT_EQ(entry.actor(), "services/issues");
  EXPECT_EQ(Text(NoticeOf(Get(waiting.name())).deemed_served_day()), "2027-01-07");
  // What was met stays as it was recorded.
  EXPECT_EQ(ClockOf(Get(met.name()), v1::PLAN).DebugString(), met_plan.DebugString());

  v1::GetTimelineRequest timeline;
  timeline.set_name(running.name());
  const auto told = head_.Call<v1::Timeline>("Issues.GetTimeline", timeline);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_THAT(told->DebugString(), HasSubstr("issue.deadline_recomputed"));

  // Said again, as by an operator who is not sure: nothing moves twice.
  Publish("2027,示例发电〔2026〕9号,2026-12-28,2027年示例\n",
          "2026-12-31,off,元旦,示例发电〔2026〕9号\n2027-01-01,off,元旦,示例发电〔2026〕9号\n"
          "2027-01-09,work,元旦,示例发电〔2026〕9号\n");
  EXPECT_EQ(Get(running.name()).revision(), moved.revision());

  // An act after it goes on from the new day, and the ledger can be read with its new entry.
  auto extend = To<v1::ExtendDeadlineRequest>(moved);
  extend.set_reason("需等设备到货");
  *extend.mutable_new_due_date() = resource::ToProto(MakeDate(2027, 1, 29));
  const v1::Issue extended = Must(head_, "Issues.ExtendDeadline", extend);
  EXPECT_EQ(Text(extended.rectify_due()), "2027-01-29");

  // A second paper makes the day that was granted a rest day: the term ends on the next one that is worked.
  // The original term moves too, and the grant is not moved with it.
  Publish("2027,示例发电〔2027〕1号,2027-01-02,延长示例假期\n",
          "2027-01-18,off,示例,示例发电〔2027〕1号\n2027-01-29,off,示例,示例发电〔2027〕1号\n");
  EXPECT_EQ(Text(Get(running.name()).rectify_due()), "2027-02-01");
  // A third makes the original term longer than the grant: the later day holds.
  Publish("2027,示例发电〔2027〕2号,2027-01-03,再延长\n",
          "2027-01-11,off,示例,示例发电〔2027〕2号\n2027-01-12,off,示例,示例发电〔2027〕2号\n"
          "2027-01-13,off,示例,示例发电〔2027〕2号\n2027-01-14,off,示例,示例发电〔2027〕2号\n"
          "2027-01-15,off,示例,示例发电〔2027〕2号\n2027-01-19,off,示例,示例发电〔2027〕2号\n"
          "2027-01-20,off,示例,示例发电〔2027〕2号\n2027-01-21,off,示例,示例发电〔2027〕2号\n"
          "2027-01-22,off,示例,示例发电〔2027〕2号\n2027-01-25,off,示例,示例发电〔2027〕2号\n"
          "2027-01-26,off,示例,示例发电〔2027〕2号\n");
  EXPECT_EQ(Text(Get(running.name()).rectify_due()), "2027-02-05");
}

}  // namespace
}  // namespace inspectorate::issues
