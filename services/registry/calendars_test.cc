// Calendars over real sockets: the oracle of 2026, terms by rule and by event, teaching months, and a paper
// of the State Council that comes out after the build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "common/base/uuid.h"
#include "common/calendar/work_calendar.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::FromProto;
using resource::ToProto;
using ::testing::ElementsAre;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Invented: what the State Council will decide for 2027 and 2028 is not known.
constexpr char kPaper2027[] = "示例发电〔2026〕9号";
constexpr char kPapers2027[] = "year,paper,issued,subject\n2027,示例发电〔2026〕9号,2026-11-04,2027年示例\n";
constexpr char kDays2027[] =
    "date,kind,name,paper\n"
    "2026-12-31,off,元旦,示例发电〔2026〕9号\n"
    "2027-01-01,off,元旦,示例发电〔2026〕9号\n"
    "2027-01-09,work,元旦,示例发电〔2026〕9号\n";

std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }
Date D(std::string_view text) { return *ParseDate(text); }
std::string Text(const google::type::Date& date) { return FormatDate(FromProto(date)); }

// Papers are the platform's: each case has one of its own.
class CalendarsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    harness_ = std::make_unique<Harness>(std::vector<const service::Definition*>{&Definition()});
    operator_ = harness_->ClientOf("registry", Harness::Operator());
    NewOffice("zhanhua", "37");
  }

  void NewOffice(const std::string& slug, const std::string& jurisdiction,
                 WorkCalendar calendar = STATE_COUNCIL) {
    CreateOfficeRequest request;
    request.set_office_id(slug);
    request.mutable_office()->set_display_name("示例督导室");
    request.mutable_office()->set_level(COUNTY);
    request.mutable_office()->set_sandbox(true);
    request.mutable_office()->set_jurisdiction(jurisdiction);
    request.mutable_office()->set_work_calendar(calendar);
    auto office = operator_->Call<Office>(Method("Offices.CreateOffice"), request);
    ASSERT_TRUE(office.ok()) << office.status();
    harness_->SetClock(slug, "2026-12-20T01:00:00Z");
    staff_[slug] = harness_->ClientOf("registry", Harness::Staff(slug));
  }

  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request,
                                const std::string& office = "zhanhua") {
    return staff_.at(office)->Call<Response>(Method(method), request);
  }

  WorkingYear Year(int year, const std::string& office = "zhanhua") {
    GetWorkingYearRequest request;
    request.set_parent("offices/" + office);
    request.set_year(year);
    auto answer = Call<WorkingYear>("Calendars.GetWorkingYear", request, office);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : WorkingYear();
  }

  static ComputeDeadlineRequest Term(const std::string& rule, std::string_view basis,
                                     const std::string& office = "zhanhua") {
    ComputeDeadlineRequest request;
    request.set_parent("offices/" + office);
    request.set_rule(rule);
    *request.mutable_basis_date() = ToProto(D(basis));
    return request;
  }
  ComputedDeadline Deadline(const std::string& rule, std::string_view basis,
                            const std::string& office = "zhanhua") {
    auto answer =
        Call<ComputeDeadlineResponse>("Calendars.ComputeDeadline", Term(rule, basis, office), office);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() && answer->deadlines_size() == 1 ? answer->deadlines(0) : ComputedDeadline();
  }

  absl::StatusOr<CalendarEffect> Publish(const PublishCalendarPapersRequest& request) {
    return operator_->Call<CalendarEffect>(Method("Calendars.PublishCalendarPapers"), request);
  }
  static PublishCalendarPapersRequest Papers(const std::string& papers, const std::string& days) {
    PublishCalendarPapersRequest request;
    request.set_papers(papers);
    request.set_days(days);
    return request;
  }
  static PreviewCalendarPapersRequest Question(const PublishCalendarPapersRequest& papers) {
    PreviewCalendarPapersRequest request;
    request.set_papers(papers.papers());
    request.set_days(papers.days());
    return request;
  }
  CalendarEffect Previewed(const PublishCalendarPapersRequest& papers) {
    auto effect =
        operator_->Call<CalendarEffect>(Method("Calendars.PreviewCalendarPapers"), Question(papers));
    EXPECT_TRUE(effect.ok()) << effect.status();
    return effect.ok() ? *effect : CalendarEffect();
  }
  // As the operator does it: looks first.
  CalendarEffect Published(PublishCalendarPapersRequest request) {
    request.set_etag(Previewed(request).etag());
    auto effect = Publish(request);
    EXPECT_TRUE(effect.ok()) << effect.status();
    return effect.ok() ? *effect : CalendarEffect();
  }
  std::vector<v1::CalendarPaper> PapersOf(const std::string& office) {
    ListCalendarPapersRequest request;
    request.set_parent("offices/" + office);
    auto papers = Call<ListCalendarPapersResponse>("Calendars.ListCalendarPapers", request, office);
    EXPECT_TRUE(papers.ok()) << papers.status();
    return papers.ok() ? std::vector<v1::CalendarPaper>(papers->calendar_papers().begin(),
                                                        papers->calendar_papers().end())
                       : std::vector<v1::CalendarPaper>();
  }

  // A candidate whose public notice is posted today.
  Inspector OnNotice() {
    CreateInspectorRequest create;
    create.mutable_inspector()->set_office("offices/zhanhua");
    create.mutable_inspector()->set_work_number("C1");
    create.mutable_inspector()->set_display_name("示例·候选");
    create.mutable_inspector()->set_kind(PART_TIME);
    auto inspector = Call<Inspector>("Inspectors.CreateInspector", create);
    EXPECT_TRUE(inspector.ok()) << inspector.status();
    ReviewCandidateRequest review;
    review.set_name(inspector->name());
    review.set_etag(inspector->etag());
    review.set_passed(true);
    inspector = Call<Inspector>("Inspectors.ReviewCandidate", review);
    EXPECT_TRUE(inspector.ok()) << inspector.status();
    PublicizeCandidateRequest publicize;
    publicize.set_name(inspector->name());
    publicize.set_etag(inspector->etag());
    publicize.set_document_number("示教督〔2026〕2号");
    inspector = Call<Inspector>("Inspectors.PublicizeCandidate", publicize);
    EXPECT_TRUE(inspector.ok()) << inspector.status();
    return inspector.ok() ? *inspector : Inspector();
  }

  std::unique_ptr<Harness> harness_;
  std::unique_ptr<rpc::Client> operator_;
  std::map<std::string, std::unique_ptr<rpc::Client>> staff_;
};

TEST_F(CalendarsTest, TheYear2026Has248WorkingDays) {
  const WorkingYear year = Year(2026);
  EXPECT_TRUE(year.published());
  EXPECT_EQ(year.working_days(), 248);
  EXPECT_THAT(year.month_working_days(), ElementsAre(21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23));
  ASSERT_THAT(year.papers(), SizeIs(1));
  EXPECT_EQ(year.papers(0).number(), "国办发明电〔2025〕7号");
  EXPECT_TRUE(year.papers(0).shipped());
  int worked = 0;
  for (const CalendarDay& day : year.days()) worked += day.working();
  EXPECT_EQ(year.days_size(), 39);  // 33 off, 6 shifted
  EXPECT_EQ(worked, 6);
  EXPECT_THAT(year.calendar_version(), StartsWith("state-council/2026/"));
}

TEST_F(CalendarsTest, AYearWithoutAPaperIsCountedByThePlainWeekAndSaysSo) {
  const WorkingYear year = Year(2027);
  EXPECT_FALSE(year.published());
  EXPECT_EQ(year.working_days(), 261);
  EXPECT_THAT(year.papers(), IsEmpty());
}

TEST_F(CalendarsTest, CountsBetweenTwoDaysBothCounted) {
  CountWorkingDaysRequest request;
  request.set_parent("offices/zhanhua");
  *request.mutable_first_day() = ToProto(D("2026-01-01"));
  *request.mutable_last_day() = ToProto(D("2026-12-31"));
  auto counted = Call<WorkingDays>("Calendars.CountWorkingDays", request);
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_EQ(counted->working_days(), 248);
  EXPECT_TRUE(counted->provisional()) << "the paper of 2027 may still move its last days";
  *request.mutable_last_day() = ToProto(D("2026-11-30"));
  EXPECT_FALSE(Call<WorkingDays>("Calendars.CountWorkingDays", request)->provisional());
  *request.mutable_last_day() = ToProto(D("2025-12-31"));
  EXPECT_EQ(ReasonOf(Call<WorkingDays>("Calendars.CountWorkingDays", request).status()),
            ErrorReason::PERIOD_INVALID);
  *request.mutable_last_day() = ToProto(D("2050-12-31"));
  EXPECT_EQ(ReasonOf(Call<WorkingDays>("Calendars.CountWorkingDays", request).status()),
            ErrorReason::INVALID_FIELDS);
}

// The vectors of the domain study: three and five working days, fifteen days with the roll.
TEST_F(CalendarsTest, TermsEndWhereTheStudyComputedThem) {
  struct Vector {
    const char* rule;
    const char* basis;
    const char* due;
  };
  constexpr char kThree[] = "visit.report_days", kFive[] = "issue.plan_days", kDays[] = "objection.file_days";
  const Vector vectors[] = {{kFive, "2026-02-13", "2026-02-27"},  {kThree, "2025-09-26", "2025-09-30"},
                            {kThree, "2025-09-30", "2025-10-11"}, {kThree, "2026-04-30", "2026-05-08"},
                            {kFive, "2026-09-24", "2026-10-09"},  {kFive, "2025-12-31", "2026-01-08"},
                            {kDays, "2026-02-05", "2026-02-24"},  {kDays, "2025-09-16", "2025-10-09"}};
  for (const Vector& v : vectors) {
    EXPECT_EQ(Text(Deadline(v.rule, v.basis).due_date()), v.due) << v.rule << " after " << v.basis;
  }
}

TEST_F(CalendarsTest, ATermNamesItsRuleWithSourceAndJurisdiction) {
  const ComputedDeadline term = Deadline("objection.file_days", "2026-02-05");
  EXPECT_EQ(Text(term.last_counted()), "2026-02-20");
  EXPECT_FALSE(term.provisional());
  EXPECT_EQ(term.event(), "conclusion.received");
  EXPECT_EQ(term.amount(), 15);
  EXPECT_EQ(term.unit(), DAY);
  EXPECT_EQ(term.start(), DAY_AFTER_EVENT);
  EXPECT_EQ(term.roll(), v1::NEXT_WORKING_DAY);
  EXPECT_EQ(term.source(), "《山东省教育督导条例》第十八条");
  EXPECT_EQ(term.jurisdiction(), "37");
  EXPECT_THAT(term.policy_rule(), StartsWith("offices/zhanhua/policyRules/"));
  EXPECT_THAT(term.calendar_version(), StartsWith("state-council/2026/"));

  auto longer = Term("visit.report_days", "2026-03-02");
  longer.set_extension(2);
  EXPECT_EQ(Text(Call<ComputeDeadlineResponse>("Calendars.ComputeDeadline", longer)->deadlines(0).due_date()),
            "2026-03-09");
}

TEST_F(CalendarsTest, AnEventBeginsAllItsTerms) {
  ComputeDeadlineRequest request = Term("", "2026-03-09");
  request.set_event("notice.served");
  auto answer = Call<ComputeDeadlineResponse>("Calendars.ComputeDeadline", request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  std::map<std::string, std::string> due;
  for (const ComputedDeadline& term : answer->deadlines()) due[term.rule()] = Text(term.due_date());
  EXPECT_EQ(due, (std::map<std::string, std::string>{{"issue.plan_days", "2026-03-16"},
                                                     {"issue.rectify_days.minor", "2026-03-16"},
                                                     {"issue.rectify_days.general", "2026-03-30"},
                                                     {"issue.rectify_days.serious", "2026-04-21"},
                                                     {"issue.rectify_days.complex", "2026-05-08"}}));
}

TEST_F(CalendarsTest, WhatIsNoTermInForceIsRefused) {
  NewOffice("jinan-no-law", "11");  // Beijing: the rule of Shandong is not its
  const auto refused = [&](const ComputeDeadlineRequest& request, const std::string& office = "zhanhua") {
    return ReasonOf(Call<ComputeDeadlineResponse>("Calendars.ComputeDeadline", request, office).status());
  };
  EXPECT_EQ(refused(Term("objection.file_days", "2026-03-02", "jinan-no-law"), "jinan-no-law"),
            ErrorReason::POLICY_MISSING);
  EXPECT_EQ(refused(Term("objection.file_days", "2018-01-22")), ErrorReason::POLICY_MISSING);
  EXPECT_EQ(refused(Term("visit.monthly_min", "2026-03-02")), ErrorReason::POLICY_MISSING) << "a number";
  EXPECT_EQ(refused(Term("", "2026-03-02")), ErrorReason::INVALID_FIELDS) << "neither rule nor event";
  // Counted day by day, it would keep a worker busy for hours.
  CreatePolicyRuleRequest endless;
  endless.set_parent("offices/zhanhua");
  endless.mutable_policy_rule()->set_key("visit.report_days");
  endless.mutable_policy_rule()->set_value("2000000000");
  endless.mutable_policy_rule()->set_unit(WORKING_DAY);
  endless.mutable_policy_rule()->set_source("示例");
  *endless.mutable_policy_rule()->mutable_valid_from() = ToProto(D("2026-09-01"));
  for (const char* amount : {"2000000000", "-1", "三天"}) {
    endless.mutable_policy_rule()->set_value(amount);
    EXPECT_EQ(ReasonOf(Call<PolicyRule>("PolicyRules.CreatePolicyRule", endless).status()),
              ErrorReason::INVALID_FIELDS)
        << amount;
  }
  // What is no term cannot be said of it.
  endless.mutable_policy_rule()->set_value("2");
  endless.mutable_policy_rule()->set_unit(COUNT);
  EXPECT_EQ(ReasonOf(Call<PolicyRule>("PolicyRules.CreatePolicyRule", endless).status()),
            ErrorReason::INVALID_FIELDS);
  auto both = Term("issue.plan_days", "2026-03-02");
  both.set_event("notice.served");
  EXPECT_EQ(refused(both), ErrorReason::INVALID_FIELDS);
}

// An office sets its own start and roll as data.
TEST_F(CalendarsTest, StartAndRollAreDataOfTheRule) {
  CreatePolicyRuleRequest create;
  create.set_parent("offices/zhanhua");
  PolicyRule& rule = *create.mutable_policy_rule();
  rule.set_key("visit.report_days");
  rule.set_value("10");
  rule.set_unit(DAY);
  rule.set_source("示教督〔2026〕5号");
  rule.set_event("visit.held");
  rule.set_start(DAY_OF_EVENT);
  rule.set_roll(NOT_ROLLED);
  *rule.mutable_valid_from() = ToProto(D("2026-09-01"));
  auto created = Call<PolicyRule>("PolicyRules.CreatePolicyRule", create);
  ASSERT_TRUE(created.ok()) << created.status();
  const ComputedDeadline term = Deadline("visit.report_days", "2026-09-24");
  EXPECT_EQ(Text(term.due_date()), "2026-10-03") << "a rest day, and the day of the event counts";
  EXPECT_EQ(term.policy_rule(), created->name());
  EXPECT_EQ(Deadline("visit.report_days", "2026-08-31").amount(), 3) << "the rule of the day of the event";
}

TEST_F(CalendarsTest, TeachingMonthsDifferForKindergartens) {
  const auto term = [&](const char* name, TermAudience audience, const char* from, const char* to,
                        std::vector<std::string> months) {
    CreateTermRequest request;
    request.set_parent("offices/zhanhua");
    request.mutable_term()->set_display_name(name);
    request.mutable_term()->set_audience(audience);
    *request.mutable_term()->mutable_valid_from() = ToProto(D(from));
    *request.mutable_term()->mutable_valid_to() = ToProto(D(to));
    for (const std::string& month : months) request.mutable_term()->add_teaching_months(month);
    return Call<v1::Term>("Terms.CreateTerm", request);
  };
  ASSERT_TRUE(
      term("中小学春", SCHOOLS, "2026-03-02", "2026-07-03", {"2026-03", "2026-04", "2026-05", "2026-06"})
          .ok());
  ASSERT_TRUE(term("幼儿园春", KINDERGARTENS, "2026-03-02", "2026-07-17",
                   {"2026-03", "2026-04", "2026-05", "2026-06", "2026-07"})
                  .ok());
  EXPECT_EQ(ReasonOf(term("错", SCHOOLS, "2026-09-01", "2027-01-20", {"2027-02"}).status()),
            ErrorReason::INVALID_FIELDS)
      << "a month that the term does not touch";
  EXPECT_EQ(ReasonOf(term("错", SCHOOLS, "2026-09-01", "2027-01-20", {"2026-09", "2026-09"}).status()),
            ErrorReason::INVALID_FIELDS);
  ListTeachingMonthsRequest request;
  request.set_parent("offices/zhanhua");
  *request.mutable_first_month() = ToProto(D("2026-06-01"));
  *request.mutable_last_month() = ToProto(D("2026-08-01"));
  auto months = Call<ListTeachingMonthsResponse>("Calendars.ListTeachingMonths", request);
  ASSERT_TRUE(months.ok()) << months.status();
  std::vector<std::string> shown;
  for (const TeachingMonth& month : months->months()) {
    shown.push_back(month.term_display_name() + " " + Text(month.first_day()) + "/" + Text(month.last_day()));
  }
  EXPECT_THAT(shown, ElementsAre("中小学春 2026-06-01/2026-06-30", "幼儿园春 2026-06-01/2026-06-30",
                                 "幼儿园春 2026-07-01/2026-07-17"));
  request.set_audience(SCHOOLS);
  EXPECT_THAT(Call<ListTeachingMonthsResponse>("Calendars.ListTeachingMonths", request)->months(), SizeIs(1));
}

TEST_F(CalendarsTest, APaperIsLookedAtBeforeItIsPublished) {
  NewOffice("weekends", "37", WEEKENDS_ONLY);
  const Inspector waiting = OnNotice();  // posted on Sunday 20 December; the fifth working day is the 25th
  EXPECT_EQ(Text(waiting.notice_to()), "2026-12-25");
  const auto request = Papers(kPapers2027, kDays2027);
  EXPECT_EQ(ReasonOf(Publish(request).status()), ErrorReason::INVALID_FIELDS) << "not looked at";
  const CalendarEffect effect = Previewed(request);
  ASSERT_THAT(effect.papers(), SizeIs(1));
  EXPECT_EQ(effect.papers(0).news(), PAPER_NEW);
  std::vector<std::string> days;
  for (const DayEffect& day : effect.days()) {
    days.push_back(Text(day.date()) + (day.working_after() ? "+" : "-") + day.display_name());
    EXPECT_EQ(day.paper(), kPaper2027);
  }
  EXPECT_THAT(days, ElementsAre("2026-12-31-元旦", "2027-01-01-元旦", "2027-01-09+元旦"));
  ASSERT_THAT(effect.years(), SizeIs(2));
  EXPECT_EQ(effect.years(0).working_days_before(), 248);
  EXPECT_EQ(effect.years(0).working_days_after(), 247);
  EXPECT_FALSE(effect.years(1).published_before());
  EXPECT_THAT(effect.unanswered(), ElementsAre("issues", "visits")) << "none runs here";
  EXPECT_THAT(PapersOf("zhanhua"), IsEmpty()) << "a look changes nothing";
  EXPECT_EQ(Year(2026).working_days(), 248);

  auto stale = request;
  stale.set_etag("0123456789abcdef");
  EXPECT_EQ(ReasonOf(Publish(stale).status()), ErrorReason::ETAG_MISMATCH);
}

TEST_F(CalendarsTest, APublishedPaperHoldsInEveryOfficeAndInThoseToCome) {
  NewOffice("weekends", "37", WEEKENDS_ONLY);
  const ComputedDeadline before = Deadline("issue.plan_days", "2026-12-28");
  EXPECT_EQ(Text(before.due_date()), "2027-01-04");
  EXPECT_TRUE(before.provisional());
  auto request = Papers(kPapers2027, kDays2027);
  request.set_request_id(FormatUuid(RandomUuid()));
  request.set_etag(Previewed(Papers(kPapers2027, kDays2027)).etag());
  const auto first = Publish(request);
  ASSERT_TRUE(first.ok()) << first.status();

  const ComputedDeadline after = Deadline("issue.plan_days", "2026-12-28");
  EXPECT_EQ(Text(after.due_date()), "2027-01-06");
  EXPECT_FALSE(after.provisional());
  EXPECT_NE(after.calendar_version(), before.calendar_version());
  EXPECT_EQ(after.calendar_version(), first->calendar_version_after());
  EXPECT_EQ(Text(Deadline("issue.plan_days", "2026-12-28", "weekends").due_date()), "2027-01-04");
  ASSERT_THAT(PapersOf("zhanhua"), SizeIs(1));
  const v1::CalendarPaper paper = PapersOf("zhanhua")[0];
  EXPECT_EQ(paper.number(), kPaper2027);
  EXPECT_EQ(Text(paper.issue_date()), "2026-11-04");
  EXPECT_EQ(paper.days_size(), 3);
  EXPECT_EQ(paper.published_by(), Harness::Operator().subject);
  NewOffice("later", "37");
  EXPECT_THAT(PapersOf("later"), SizeIs(1));
  EXPECT_TRUE(Year(2027, "later").published());
  ASSERT_THAT(Year(2027).papers(), SizeIs(1));
  EXPECT_FALSE(Year(2027).papers(0).shipped());

  // The same request, and the same papers in another: nothing happens twice.
  const auto repeated = Publish(request);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->etag(), first->etag());
  const CalendarEffect again = Published(Papers(kPapers2027, kDays2027));
  EXPECT_EQ(again.papers(0).news(), PAPER_KNOWN);
  EXPECT_THAT(again.days(), IsEmpty());
  EXPECT_EQ(PapersOf("zhanhua")[0].revision(), 1);
}

TEST_F(CalendarsTest, ANoticeThatRunsEndsByTheNewPaper) {
  harness_->SetClock("zhanhua", "2026-12-25T01:00:00Z");
  const Inspector waiting = OnNotice();
  EXPECT_EQ(Text(waiting.notice_to()), "2027-01-01")
      << "28, 29, 30, 31 December and New Year, for want of a paper";
  const CalendarEffect effect = Previewed(Papers(kPapers2027, kDays2027));
  ASSERT_THAT(effect.offices(), SizeIs(1));
  EXPECT_EQ(effect.offices(0).office(), "offices/zhanhua");
  EXPECT_EQ(effect.offices(0).moved_notices(), 1);
  Published(Papers(kPapers2027, kDays2027));
  GetInspectorRequest get;
  get.set_name(waiting.name());
  const auto moved = Call<Inspector>("Inspectors.GetInspector", get);
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_EQ(Text(moved->notice_to()), "2027-01-05");
  EXPECT_EQ(moved->revision(), waiting.revision() + 1);
}

// As in January 2020: a second paper of the year, and a correction of what was typed wrongly.
TEST_F(CalendarsTest, ASecondPaperAmendsAndACorrectionReplaces) {
  Published(Papers(kPapers2027, kDays2027));
  const int before = Year(2027).working_days();
  const auto second = Papers("year,paper,issued,subject\n2027,示例发电〔2027〕1号,2027-01-26,延长示例假期\n",
                             "date,kind,name,paper\n2027-02-01,off,春节,示例发电〔2027〕1号\n");
  const CalendarEffect amended = Published(second);
  ASSERT_THAT(amended.years(), SizeIs(1));
  EXPECT_TRUE(amended.years(0).published_before());
  EXPECT_EQ(Year(2027).working_days(), before - 1);
  EXPECT_THAT(Year(2027).papers(), SizeIs(2));
  EXPECT_EQ(Year(2026).working_days(), 247) << "the first still holds";

  std::string corrected = kDays2027;
  corrected.replace(corrected.find("2027-01-09"), 10, "2027-01-10");
  const CalendarEffect effect = Published(Papers(kPapers2027, corrected));
  EXPECT_EQ(effect.papers(0).news(), PAPER_CORRECTED);
  EXPECT_THAT(effect.days(), SizeIs(2));
  for (const v1::CalendarPaper& paper : PapersOf("zhanhua")) {
    EXPECT_EQ(paper.revision(), paper.number() == kPaper2027 ? 2 : 1);
  }
}

// Set up in the moment of the publication: housekeeping gives what it missed.
TEST_F(CalendarsTest, AnOfficeThatMissedAPaperGetsItLater) {
  Published(Papers(kPapers2027, kDays2027));
  auto database = db::Database::Open(harness_->database("registry"));
  ASSERT_TRUE(database.ok()) << database.status();
  const auto removed = (*database)->Transact(
      db::Budget::Of(std::chrono::seconds(20)), {},
      [](db::Transaction& tx) { return tx.Execute("DELETE FROM `calendar_paper`", {}).status(); });
  ASSERT_TRUE(removed.ok()) << removed;
  EXPECT_THAT(PapersOf("zhanhua"), IsEmpty());
  harness_->Stop("registry");
  harness_->Start("registry");
  staff_["zhanhua"] = harness_->ClientOf("registry", Harness::Staff("zhanhua"));
  for (int i = 0; i < 200 && PapersOf("zhanhua").empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_THAT(PapersOf("zhanhua"), SizeIs(1));
}

TEST_F(CalendarsTest, ADefectiveFileIsRefusedWhole) {
  const auto refused = [&](const std::string& papers, const std::string& days) {
    const auto answer = operator_->Call<CalendarEffect>(Method("Calendars.PreviewCalendarPapers"),
                                                        Question(Papers(papers, days)));
    EXPECT_EQ(ReasonOf(answer.status()), ErrorReason::INVALID_FIELDS);
    const auto violations = ViolationsOf(answer.status());
    return violations.empty() ? std::string() : violations[0].en;
  };
  EXPECT_THAT(refused("year,paper\n", "x"), HasSubstr("papers line 1"));
  EXPECT_THAT(refused(kPapers2027, "date,kind,name,paper\n2027-02-30,off,x,示例发电〔2026〕9号\n"),
              HasSubstr("days line 2"));
  EXPECT_THAT(refused(kPapers2027, "date,kind,name,paper\n2027-01-01,off,x,无此号\n"),
              HasSubstr("unknown paper"));
  EXPECT_THAT(refused(kPapers2027, "date,kind,name,paper\n2027-01-11,work,x,示例发电〔2026〕9号\n"),
              HasSubstr("a working day anyhow"));
  EXPECT_THAT(refused(kPapers2027, "date,kind,name,paper\n"), HasSubstr("names no day"));
  // As spreadsheet programs on Windows write it.
  std::string windows = "\xEF\xBB\xBF";
  for (const char c : std::string(kDays2027)) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_EQ(Previewed(Papers(kPapers2027, windows)).days_size(), 3);
}

TEST_F(CalendarsTest, OnlyTheOperatorPublishesAndOnlyTheOfficeReads) {
  NewOffice("other", "37");
  auto request = Papers(kPapers2027, kDays2027);
  request.set_etag(Previewed(request).etag());
  EXPECT_EQ(ReasonOf(Call<CalendarEffect>("Calendars.PublishCalendarPapers", request).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(Call<CalendarEffect>("Calendars.PreviewCalendarPapers", Question(request)).status()),
            ErrorReason::PERMISSION_MISSING);
  GetWorkingYearRequest year;
  year.set_parent("offices/other");
  year.set_year(2026);
  EXPECT_EQ(ReasonOf(Call<WorkingYear>("Calendars.GetWorkingYear", year).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(Call<ComputeDeadlineResponse>("Calendars.ComputeDeadline",
                                                   Term("issue.plan_days", "2026-03-02", "other"))
                         .status()),
            ErrorReason::PERMISSION_MISSING);
  Published(Papers(kPapers2027, kDays2027));
  GetCalendarPaperRequest get;
  get.set_name(PapersOf("other").at(0).name());
  EXPECT_EQ(ReasonOf(Call<v1::CalendarPaper>("Calendars.GetCalendarPaper", get).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_TRUE(Call<v1::CalendarPaper>("Calendars.GetCalendarPaper", get, "other").ok());
}

// Published lists are input to development, not part of the product.
TEST_F(CalendarsTest, YearsAgreeWithAPublishedList) {
  const char* data = std::getenv("INSPECTORATE_DATA");
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  const std::filesystem::path folder =
      (data != nullptr ? std::filesystem::path(data)
                       : std::filesystem::path(source == nullptr ? "." : source) / ".." / "shared" / "data") /
      "cn-holidays";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "no published holiday lists in " << folder << " (set INSPECTORATE_DATA)";
  }
  for (int year = 2019; year <= 2026; ++year) {
    std::ifstream file(folder / ("holiday-cn-" + std::to_string(year) + ".json"));
    const nlohmann::json list = nlohmann::json::parse(file);
    std::map<Date, bool> rest;
    for (const auto& day : list["days"]) {
      rest[D(day["date"].get<std::string>())] = day["isOffDay"];
    }
    int worked = 0;
    for (Date day = MakeDate(year, 1, 1); YearOf(day) == year; day += std::chrono::days(1)) {
      const auto listed = rest.find(day);
      worked += !(listed == rest.end() ? IsWeekend(day) : listed->second);
    }
    EXPECT_EQ(Year(year).working_days(), worked) << year;
  }
}

}  // namespace
}  // namespace inspectorate::registry
