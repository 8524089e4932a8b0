#include "services/registry/domain/calendar_effect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inspectorate::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Date D(std::string_view text) { return *ParseDate(text); }

HolidayPaper Paper(int year, std::vector<PaperDay> days, const char* issued = "2026-11-04") {
  return {.year = year, .number = "示例1号", .issued = D(issued), .subject = "示例", .days = std::move(days)};
}

CalendarMoves Moves(const HolidayPaper& paper) {
  const auto after = MakeWorkCalendar(WithPapers(ShippedPapers(), {paper}));
  return Compare(StateCouncilCalendar(), *after, YearsOf({paper}));
}

TEST(CalendarEffect, NamesTheDaysThatMoveAndCountsTheYearBothWays) {
  const CalendarMoves moves = Moves(Paper(2027, {{D("2027-01-01"), false, "元旦"},
                                                 {D("2027-01-02"), false, "元旦"},  // a Saturday
                                                 {D("2027-01-10"), true, "元旦"}}));
  ASSERT_THAT(moves.days, SizeIs(2)) << "a Saturday off is no news";
  EXPECT_EQ(moves.days[0].date, D("2027-01-01"));
  EXPECT_TRUE(moves.days[0].worked_before);
  EXPECT_FALSE(moves.days[0].worked_after);
  EXPECT_TRUE(moves.days[1].worked_after);
  ASSERT_THAT(moves.years, SizeIs(1));
  EXPECT_EQ(moves.years[0].worked_before, 261);
  EXPECT_EQ(moves.years[0].worked_after, 261);
  EXPECT_FALSE(moves.years[0].published_before);
}

TEST(CalendarEffect, AChangeOfLastDecemberTouchesThatYearToo) {
  const CalendarMoves moves = Moves(Paper(2027, {{D("2026-12-31"), false, "元旦"}}));
  ASSERT_THAT(moves.years, SizeIs(2));
  EXPECT_EQ(moves.years[0].year, 2026);
  EXPECT_EQ(moves.years[0].worked_before, 248);
  EXPECT_EQ(moves.years[0].worked_after, 247);
  EXPECT_TRUE(moves.years[0].published_before);
}

// The extension of Spring Festival 2020, on top of what was known the day before.
TEST(CalendarEffect, ASecondPaperOfAYearReplacesOnlyTheDaysItNames) {
  std::vector<HolidayPaper> before;
  for (const HolidayPaper& paper : ShippedPapers()) {
    if (paper.number != "国办发明电〔2020〕1号") before.push_back(paper);
  }
  const auto known = MakeWorkCalendar(before);
  const CalendarMoves moves = Compare(*known, StateCouncilCalendar(), {2020});
  ASSERT_THAT(moves.days, SizeIs(1)) << "1 and 2 February were a weekend";
  EXPECT_EQ(moves.days[0].date, D("2020-01-31"));
  EXPECT_EQ(moves.years[0].worked_before - moves.years[0].worked_after, 1);
}

TEST(CalendarEffect, APaperWithASlipIsRefused) {
  const auto defects = [](const HolidayPaper& paper) { return DefectsOf(paper, StateCouncilCalendar()); };
  EXPECT_THAT(defects(Paper(2027, {{D("2027-01-01"), false, ""}, {D("2027-01-10"), true, ""}})), IsEmpty());
  EXPECT_THAT(defects(Paper(2027, {})), SizeIs(1));
  EXPECT_THAT(defects(Paper(2027, {{D("2027-01-01"), false, ""}}, "2028-01-01")), SizeIs(1));
  const auto weekday = defects(Paper(2027, {{D("2027-01-11"), true, ""}}));
  ASSERT_THAT(weekday, SizeIs(1));
  EXPECT_THAT(weekday[0].en, HasSubstr("2027-01-11 is a working day anyhow"));
  EXPECT_THAT(defects(Paper(2027, {{D("2026-11-30"), false, ""}})), SizeIs(1));
  EXPECT_THAT(defects(Paper(2027, {{D("2028-01-01"), false, ""}})), SizeIs(1));
  // A day that an earlier paper freed may be taken back.
  EXPECT_THAT(defects(Paper(2026, {{D("2026-10-07"), true, ""}}, "2026-09-01")), IsEmpty());
}

}  // namespace
}  // namespace inspectorate::registry
