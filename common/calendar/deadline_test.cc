#include "common/calendar/deadline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "common/base/refusal.h"

namespace inspectorate {
namespace {

using std::chrono::days;

Date D(std::string_view text) { return *ParseDate(text); }

DeadlineRule Rule(int amount, DeadlineUnit unit, RollRule roll = RollRule::kNextWorkingDay) {
  return {.id = "rectification.report",
          .event = "notice.receipted",
          .amount = amount,
          .unit = unit,
          .start = StartRule::kDayAfter,
          .roll = roll,
          .source = "test",
          .jurisdiction = "",
          .valid_from = D("2000-01-01"),
          .valid_to = {}};
}

std::string Due(const DeadlineRule& rule, std::string_view basis) {
  return FormatDate(ComputeDeadline(rule, D(basis), StateCouncilCalendar())->due);
}

TEST(ComputeDeadline, CountsWorkingDaysFromTheDayAfter) {
  const DeadlineRule three = Rule(3, DeadlineUnit::kWorkingDay);
  const DeadlineRule five = Rule(5, DeadlineUnit::kWorkingDay);
  EXPECT_EQ(Due(five, "2026-02-13"), "2026-02-27");
  EXPECT_EQ(Due(three, "2025-09-26"), "2025-09-30");
  EXPECT_EQ(Due(three, "2025-09-30"), "2025-10-11");
  EXPECT_EQ(Due(three, "2026-04-30"), "2026-05-08");
  EXPECT_EQ(Due(five, "2026-09-24"), "2026-10-09");
  EXPECT_EQ(Due(five, "2025-12-31"), "2026-01-08");
}

TEST(ComputeDeadline, RollsCalendarDaysOverRestDays) {
  const DeadlineRule fifteen = Rule(15, DeadlineUnit::kCalendarDay);
  EXPECT_EQ(Due(fifteen, "2026-02-05"), "2026-02-24");
  EXPECT_EQ(Due(fifteen, "2025-09-16"), "2025-10-09");
  EXPECT_EQ(Due(Rule(15, DeadlineUnit::kCalendarDay, RollRule::kNone), "2026-02-05"), "2026-02-20");
  EXPECT_EQ(ComputeDeadline(fifteen, D("2026-02-05"), StateCouncilCalendar())->last_counted, D("2026-02-20"));
}

TEST(ComputeDeadline, EndsAMonthOnTheDayOfTheSameNumberOrItsLast) {
  const DeadlineRule month = Rule(1, DeadlineUnit::kMonth, RollRule::kNone);
  EXPECT_EQ(Due(month, "2026-03-09"), "2026-04-09");
  EXPECT_EQ(Due(month, "2026-01-31"), "2026-02-28");
  EXPECT_EQ(Due(month, "2024-01-31"), "2024-02-29");
  EXPECT_EQ(Due(month, "2025-12-15"), "2026-01-15");
  EXPECT_EQ(Due(Rule(14, DeadlineUnit::kMonth, RollRule::kNone), "2024-12-31"), "2026-02-28");
  EXPECT_EQ(Due(Rule(1, DeadlineUnit::kMonth), "2026-09-02"), "2026-10-08") << "rolled over the National Day";
}

TEST(ComputeDeadline, CountsTheDayOfTheEventWhereTheTextSaysSo) {
  DeadlineRule rule = Rule(3, DeadlineUnit::kWorkingDay);
  rule.start = StartRule::kDayOfEvent;
  EXPECT_EQ(Due(rule, "2026-03-09"), "2026-03-11");
  EXPECT_EQ(Due(rule, "2026-03-07"), "2026-03-11") << "a Saturday";
}

TEST(ComputeDeadline, TakesARuleOnlyWhileItIsInForce) {
  DeadlineRule rule = Rule(3, DeadlineUnit::kWorkingDay);
  rule.valid_from = D("2026-01-01");
  rule.valid_to = D("2026-07-01");
  EXPECT_TRUE(ComputeDeadline(rule, D("2026-06-30"), StateCouncilCalendar()).ok());
  for (const char* outside : {"2025-12-31", "2026-07-01"}) {
    const auto refusal = RefusalOf(ComputeDeadline(rule, D(outside), StateCouncilCalendar()).status());
    ASSERT_TRUE(refusal.has_value()) << outside;
    EXPECT_EQ(refusal->reason, "POLICY_MISSING");
    EXPECT_EQ(refusal->variables.at("rule"), rule.id);
  }
}

TEST(ComputeDeadline, IsProvisionalWhenAPaperIsStillToCome) {
  const auto deadline =
      ComputeDeadline(Rule(5, DeadlineUnit::kWorkingDay), D("2026-12-30"), StateCouncilCalendar());
  EXPECT_TRUE(deadline->provisional);
  EXPECT_EQ(deadline->due, D("2027-01-06")) << "with weekends only";
  EXPECT_EQ(deadline->calendar_version, StateCouncilCalendar().version());
  EXPECT_TRUE(ComputeDeadline(Rule(2, DeadlineUnit::kWorkingDay), D("2026-12-01"), StateCouncilCalendar())
                  ->provisional)
      << "next year's paper may move the last days of December";
  EXPECT_FALSE(ComputeDeadline(Rule(5, DeadlineUnit::kWorkingDay), D("2026-11-16"), StateCouncilCalendar())
                   ->provisional);
  EXPECT_FALSE(ComputeDeadline(Rule(5, DeadlineUnit::kWorkingDay), D("2025-12-29"), StateCouncilCalendar())
                   ->provisional);
  EXPECT_FALSE(ComputeDeadline(Rule(90, DeadlineUnit::kCalendarDay, RollRule::kNone), D("2026-12-30"),
                               StateCouncilCalendar())
                   ->provisional)
      << "no calendar was asked";
  EXPECT_FALSE(ComputeDeadline(Rule(5, DeadlineUnit::kWorkingDay), D("2026-12-30"), WeekendOnlyCalendar())
                   ->provisional);
}

TEST(ComputeDeadline, IsFinalOnceThePaperIsThere) {
  // An invented paper for 2027, to see the deadline above recomputed.
  const auto next = ParseWorkCalendar(
      "year,paper,issued,subject\n2026,A,2025-11-04,x\n2027,B,2026-11-04,x\n",
      "date,kind,name,paper\n2027-01-01,off,元旦,B\n2027-01-02,off,元旦,B\n2027-01-03,work,元旦,B\n");
  ASSERT_TRUE(next.ok()) << next.status();
  const auto deadline = ComputeDeadline(Rule(5, DeadlineUnit::kWorkingDay), D("2026-12-30"), **next);
  EXPECT_FALSE(deadline->provisional);
  EXPECT_EQ(deadline->due, D("2027-01-06")) << "31, then 3 (Sunday), 4, 5, 6 January";
}

TEST(ComputeDeadline, RefusesANegativeTerm) {
  EXPECT_FALSE(
      ComputeDeadline(Rule(-1, DeadlineUnit::kCalendarDay), D("2026-03-09"), StateCouncilCalendar()).ok());
}

TEST(DaysLeft, CountsAsTheRuleCounts) {
  const DeadlineRule working = Rule(5, DeadlineUnit::kWorkingDay);
  const DeadlineRule calendar = Rule(5, DeadlineUnit::kCalendarDay);
  const WorkCalendar& council = StateCouncilCalendar();
  EXPECT_EQ(DaysLeft(working, D("2026-02-27"), D("2026-02-13"), council), 5);
  EXPECT_EQ(DaysLeft(calendar, D("2026-02-27"), D("2026-02-13"), council), 14);
  EXPECT_EQ(DaysLeft(working, D("2026-02-27"), D("2026-02-27"), council), 0);
  EXPECT_EQ(DaysLeft(calendar, D("2026-02-27"), D("2026-03-01"), council), -2);
  EXPECT_LT(DaysLeft(working, D("2026-02-27"), D("2026-02-28"), council), 0) << "a working Saturday";
}

// For random rules and days, against what the law says rather than how the code does it.
TEST(ComputeDeadline, KeepsTheLawForRandomRules) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> offset(0, (D("2026-06-30") - D("2019-01-01")).count());
  std::uniform_int_distribution<int> amount(0, 60);
  const WorkCalendar& calendar = StateCouncilCalendar();
  for (int i = 0; i < 4'000; ++i) {
    const Date basis = D("2019-01-01") + days(offset(random));
    const auto unit = i % 2 == 0 ? DeadlineUnit::kWorkingDay : DeadlineUnit::kCalendarDay;
    const DeadlineRule rule = Rule(amount(random), unit);
    const auto deadline = ComputeDeadline(rule, basis, calendar);
    ASSERT_TRUE(deadline.ok());
    ASSERT_FALSE(deadline->provisional);
    ASSERT_TRUE(*calendar.IsWorkingDay(deadline->due)) << FormatDate(basis) << " " << rule.amount;
    // Day by day: what lies between the end of counting and the due date is rest.
    for (Date day = deadline->last_counted; day < deadline->due; day += days(1)) {
      ASSERT_FALSE(*calendar.IsWorkingDay(day));
    }
    int counted = 0;
    for (Date day = basis + days(1); day <= deadline->last_counted; day += days(1)) {
      counted += unit == DeadlineUnit::kCalendarDay || *calendar.IsWorkingDay(day) ? 1 : 0;
    }
    ASSERT_EQ(counted, rule.amount);
  }
}

}  // namespace
}  // namespace inspectorate
