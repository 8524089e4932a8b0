#include "common/roster/school_rest.h"

#include <gtest/gtest.h>

#include <chrono>

namespace inspectorate::roster {
namespace {

using std::chrono::days;

const Date kDay = MakeDate(2026, 3, 9);
const RestChange kSuspended{.suspends = true, .from = kDay};
const RestChange kResumed{.suspends = false, .from = kDay + days(30)};
const Period kAlways{.from = Date::min(), .to = {}};

TEST(RestPeriods, FromASuspensionToTheDayBeforeTheResumption) {
  EXPECT_TRUE(RestPeriods({}, false).empty());
  // In force or ahead, it is the same.
  for (const bool now : {false, true}) {
    EXPECT_EQ(RestPeriods({kSuspended}, now), (std::vector<Period>{{kDay, std::nullopt}}));
    EXPECT_EQ(RestPeriods({kSuspended, kResumed}, now), (std::vector<Period>{{kDay, kDay + days(29)}}));
    EXPECT_EQ(RestPeriods({kSuspended, kResumed, {true, kDay + days(60)}}, now),
              (std::vector<Period>{{kDay, kDay + days(29)}, {kDay + days(60), std::nullopt}}));
  }
}

TEST(RestPeriods, WhatNothingSaysTheBeginningOfAlwaysWasSo) {
  EXPECT_EQ(RestPeriods({}, true), std::vector<Period>{kAlways});
  EXPECT_EQ(RestPeriods({kResumed}, true), (std::vector<Period>{{Date::min(), kDay + days(29)}}));
  EXPECT_EQ(RestPeriods({kResumed}, false), (std::vector<Period>{{Date::min(), kDay + days(29)}}));
}

// The second of two alike lapses on its day.
TEST(RestPeriods, TwiceTheSameIsOnce) {
  const RestChange later{.suspends = true, .from = kDay + days(7)};
  EXPECT_EQ(RestPeriods({kSuspended, later, kResumed, {false, kDay + days(40)}}, true),
            (std::vector<Period>{{kDay, kDay + days(29)}}));
}

}  // namespace
}  // namespace inspectorate::roster
