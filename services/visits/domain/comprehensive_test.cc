#include "services/visits/domain/comprehensive.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace inspectorate::visits {
namespace {

using S = ComprehensiveState;

constexpr std::chrono::days kOne{1};
constexpr CycleRules kLaw{.min_months = 36, .max_months = 60};
const Date kLast = MakeDate(2021, 5, 10);

TEST(Comprehensive, TheCycleRunsFromTheThirdToTheFifthYear) {
  const Date from = MakeDate(2024, 5, 10), by = MakeDate(2026, 5, 10);
  for (Date day = kLast; day < MakeDate(2028, 1, 1); day += kOne) {
    const ComprehensiveStanding standing = StandingOn(day, kLast, kLaw);
    EXPECT_EQ(standing.next_from, from);
    EXPECT_EQ(standing.next_by, by);
    EXPECT_EQ(standing.state, day < from ? S::kNotYet : day <= by ? S::kDue : S::kOverdue) << FormatDate(day);
  }
}

TEST(Comprehensive, WhereNoneIsOnRecordNoDayIsMadeUp) {
  const ComprehensiveStanding standing = StandingOn(kLast, std::nullopt, kLaw);
  EXPECT_EQ(standing.state, S::kNever);
  EXPECT_EQ(standing.next_from, std::nullopt);
  EXPECT_EQ(standing.next_by, std::nullopt);
}

TEST(Comprehensive, TheValuesAreThoseOfTheRules) {
  for (const int min : {0, 1, 35, 36, 48}) {
    for (const int max : {0, 1, 36, 59, 60, 600}) {
      const ComprehensiveStanding standing = StandingOn(kLast, kLast, {.min_months = min, .max_months = max});
      EXPECT_EQ(standing.next_from, AddMonths(kLast, min));
      EXPECT_EQ(standing.state, min == 0 ? S::kDue : S::kNotYet) << min << " to " << max;
      if (max == 0) {
        EXPECT_EQ(standing.next_by, std::nullopt) << "no such duty";
        EXPECT_EQ(StandingOn(MakeDate(2099, 1, 1), kLast, {.min_months = min, .max_months = 0}).state,
                  S::kDue);
      } else {
        EXPECT_EQ(standing.next_by, AddMonths(kLast, std::max(min, max))) << "never before the first day";
      }
    }
  }
}

TEST(Comprehensive, AnInspectionOfALeapDayHasItsCorrespondingDay) {
  EXPECT_EQ(StandingOn(kLast, MakeDate(2020, 2, 29), kLaw).next_by, MakeDate(2025, 2, 28));
}

}  // namespace
}  // namespace inspectorate::visits
