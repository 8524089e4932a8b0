#include "common/calendar/work_calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "common/base/refusal.h"

namespace inspectorate {
namespace {

using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Date D(std::string_view text) { return *ParseDate(text); }

// The reason a pure rule refused with; empty when it did not.
template <typename T>
std::string ReasonOf(const absl::StatusOr<T>& result) {
  const auto refusal = RefusalOf(result.status());
  return refusal.has_value() ? refusal->reason : "";
}

struct Vector {
  const char* start;
  int count;
  const char* expected;
};

TEST(StateCouncilCalendar, AddsWorkingDaysAcrossShiftedWeekends) {
  const Vector vectors[] = {
      {"2026-02-13", 5, "2026-02-27"},  // Saturday 14 February works
      {"2025-09-26", 3, "2025-09-30"},  // Sunday 28 September works
      {"2025-09-30", 3, "2025-10-11"},  // ends on a working Saturday
      {"2026-04-30", 3, "2026-05-08"}, {"2026-09-24", 5, "2026-10-09"},
      {"2025-12-31", 5, "2026-01-08"},  // Sunday 4 January works; the year turns
  };
  for (const Vector& v : vectors) {
    const auto end = StateCouncilCalendar().AddWorkingDays(D(v.start), v.count);
    ASSERT_TRUE(end.ok()) << v.start;
    EXPECT_EQ(FormatDate(*end), v.expected) << v.start << "+" << v.count;
    EXPECT_EQ(*StateCouncilCalendar().CountWorkingDays(D(v.start), *end), v.count);
    EXPECT_EQ(*StateCouncilCalendar().CountWorkingDays(*end, D(v.start)) < 0, true);
  }
}

TEST(StateCouncilCalendar, Has248WorkingDaysIn2026) {
  std::vector<int> months;
  int total = 0;
  for (Date month = D("2026-01-01"); YearOf(month) == 2026; month = NextMonth(month)) {
    months.push_back(static_cast<int>(StateCouncilCalendar().WorkingDaysIn(month, NextMonth(month))->size()));
    total += months.back();
  }
  EXPECT_EQ(total, 248);
  EXPECT_THAT(months, ElementsAre(21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23));
}

TEST(StateCouncilCalendar, FollowsTheAmendingPaperOfAYear) {
  // 国办发明电〔2019〕3号 made Labour Day 2019 four days; 〔2020〕1号 prolonged the Spring Festival of 2020.
  for (const char* rest : {"2019-05-02", "2019-05-03", "2020-01-31", "2020-02-01"}) {
    EXPECT_FALSE(*StateCouncilCalendar().IsWorkingDay(D(rest))) << rest;
  }
  for (const char* worked : {"2019-04-28", "2019-05-05", "2020-02-03"}) {
    EXPECT_TRUE(*StateCouncilCalendar().IsWorkingDay(D(worked))) << worked;
  }
}

TEST(StateCouncilCalendar, RefusesAYearWithoutAPaper) {
  const WorkCalendar& calendar = StateCouncilCalendar();
  EXPECT_FALSE(calendar.Covers(2027));
  EXPECT_EQ(ReasonOf(calendar.IsWorkingDay(D("2027-01-04"))), "CALENDAR_YEAR_MISSING");
  EXPECT_EQ(ReasonOf(calendar.IsWorkingDay(D("2018-12-28"))), "CALENDAR_YEAR_MISSING");
  EXPECT_EQ(ReasonOf(calendar.NextWorkingDay(D("2026-12-31"))), "CALENDAR_YEAR_MISSING");
  EXPECT_EQ(ReasonOf(calendar.AddWorkingDays(D("2026-12-30"), 2)), "CALENDAR_YEAR_MISSING");
  EXPECT_EQ(ReasonOf(calendar.CountWorkingDays(D("2026-12-30"), D("2027-01-01"))), "CALENDAR_YEAR_MISSING");
  EXPECT_EQ(RefusalOf(calendar.IsWorkingDay(D("2027-01-04")).status())->variables.at("year"), "2027");
  EXPECT_EQ(*calendar.AddWorkingDays(D("2026-12-30"), 1), D("2026-12-31"));
}

TEST(StateCouncilCalendar, FindsTheNextWorkingDay) {
  const WorkCalendar& calendar = StateCouncilCalendar();
  EXPECT_EQ(*calendar.NextWorkingDay(D("2026-02-13")), D("2026-02-14"));
  EXPECT_EQ(*calendar.NextWorkingDay(D("2026-02-14")), D("2026-02-24"));
  EXPECT_EQ(*calendar.WorkingDayOnOrAfter(D("2026-02-14")), D("2026-02-14"));
  EXPECT_EQ(*calendar.WorkingDayOnOrAfter(D("2026-02-15")), D("2026-02-24"));
}

TEST(StateCouncilCalendar, NamesItsDataInItsVersion) {
  EXPECT_THAT(std::string(StateCouncilCalendar().version()), StartsWith("state-council/2026/"));
}

TEST(WeekendOnlyCalendar, KnowsNoHolidayAndEveryYear) {
  const WorkCalendar& calendar = WeekendOnlyCalendar();
  EXPECT_TRUE(*calendar.IsWorkingDay(D("2026-10-01")));
  EXPECT_FALSE(*calendar.IsWorkingDay(D("2026-02-14")));
  EXPECT_EQ(*calendar.AddWorkingDays(D("2031-01-03"), 1), D("2031-01-06"));
}

// The inverse laws, on both calendars, for random days and counts, against a count day by day.
TEST(WorkCalendars, AddingAndCountingAreInverse) {
  std::mt19937 random(20260309);
  std::uniform_int_distribution<int> offset(0, (D("2026-06-30") - D("2019-07-01")).count());
  std::uniform_int_distribution<int> amount(-100, 100);
  for (const WorkCalendar* calendar : {&StateCouncilCalendar(), &WeekendOnlyCalendar()}) {
    for (int i = 0; i < 3'000; ++i) {
      const Date start = D("2019-07-01") + days(offset(random));
      const int count = amount(random);
      const Date end = *calendar->AddWorkingDays(start, count);
      ASSERT_EQ(*calendar->CountWorkingDays(start, end), count) << FormatDate(start) << " " << count;
      ASSERT_TRUE(count == 0 || *calendar->IsWorkingDay(end));
    }
  }
}

constexpr char kPapers[] = "# ours\nyear,paper,issued,subject\n2026,P1,2025-11-04,x\n";

absl::Status ParseDays(const std::string& rows) {
  return ParseWorkCalendar(kPapers, "date,kind,name,paper\n" + rows).status();
}

TEST(ParseWorkCalendar, NamesTheLineOfADefect) {
  EXPECT_TRUE(ParseDays("2026-01-01,off,元旦,P1\n2026-01-04,work,元旦,P1").ok());
  EXPECT_THAT(std::string(ParseDays("2026-01-01,off,元旦,P1\n2026-01-01,work,元旦,P1\n").message()),
              HasSubstr("days line 3: day listed twice"));
  EXPECT_THAT(std::string(ParseDays("2026-02-30,off,x,P1\n").message()), HasSubstr("days line 2"));
  EXPECT_THAT(std::string(ParseDays("2026-01-01,rest,x,P1\n").message()), HasSubstr("kind"));
  EXPECT_THAT(std::string(ParseDays("2026-01-01,off,x,P2\n").message()), HasSubstr("unknown paper"));
  EXPECT_THAT(std::string(ParseDays("2026-01-01,off\n").message()), HasSubstr("column missing"));
  EXPECT_FALSE(ParseWorkCalendar("year,paper,issued,subject\n", "date,kind,name,paper\n").ok());
  EXPECT_FALSE(ParseWorkCalendar("something,else\n", "").ok());
}

TEST(ParseWorkCalendar, ChangesTheVersionWithTheData) {
  const auto with = ParseWorkCalendar(kPapers, "date,kind,name,paper\n2026-01-01,off,a,P1\n");
  const auto worked = ParseWorkCalendar(kPapers, "date,kind,name,paper\n2026-01-01,work,a,P1\n");
  const auto renamed = ParseWorkCalendar(kPapers, "date,kind,name,paper\n2026-01-01,off,b,P1\n");
  EXPECT_NE((*with)->version(), (*worked)->version());
  EXPECT_EQ((*with)->version(), (*renamed)->version()) << "a name decides nothing";
}

}  // namespace
}  // namespace inspectorate
