#include "common/base/time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inspectorate {
namespace {

TEST(Dates, AreReadAndWrittenAsIso8601) {
  const Date date = MakeDate(2026, 3, 9);
  EXPECT_EQ(FormatDate(date), "2026-03-09");
  EXPECT_EQ(*ParseDate("2026-03-09"), date);
  EXPECT_EQ(YearOf(date), 2026);
  EXPECT_EQ(MonthOf(date), 3u);
  EXPECT_EQ(DayOf(date), 9u);
}

TEST(Dates, RefuseWhatIsNotExactlyADate) {
  for (const char* text : {"", "2026-3-9", "2026-02-29", "2026-13-01", "2026-00-10", "20260309",
                           "2026-03-09 ", "2026-03-09T00:00:00Z", "0000-01-01", "+026-03-09", "2026/03/09"}) {
    EXPECT_FALSE(ParseDate(text).ok()) << text;
  }
  EXPECT_TRUE(ParseDate("2024-02-29").ok());
}

TEST(Dates, MonthsAreHalfOpen) {
  EXPECT_EQ(MonthBegin(MakeDate(2026, 2, 28)), MakeDate(2026, 2, 1));
  EXPECT_EQ(NextMonth(MakeDate(2026, 2, 28)), MakeDate(2026, 3, 1));
  EXPECT_EQ(NextMonth(MakeDate(2026, 12, 31)), MakeDate(2027, 1, 1));
}

TEST(Dates, AMonthLaterIsTheCorrespondingDayOrTheLastOfItsMonth) {
  EXPECT_EQ(AddMonths(MakeDate(2023, 3, 9), 36), MakeDate(2026, 3, 9));
  EXPECT_EQ(AddMonths(MakeDate(2024, 2, 29), 12), MakeDate(2025, 2, 28));
  EXPECT_EQ(AddMonths(MakeDate(2025, 10, 31), 4), MakeDate(2026, 2, 28));
}

TEST(ChinaDates, ChangeAtSixteenHoursUtc) {
  EXPECT_EQ(ChinaDate(*ParseTime("2026-03-08T15:59:59.999999Z")), MakeDate(2026, 3, 8));
  EXPECT_EQ(ChinaDate(*ParseTime("2026-03-08T16:00:00Z")), MakeDate(2026, 3, 9));
  EXPECT_EQ(ChinaMidnight(MakeDate(2026, 3, 9)), *ParseTime("2026-03-09T00:00:00+08:00"));
  EXPECT_EQ(ChinaDate(*ParseTime("1969-12-31T15:00:00Z")), MakeDate(1969, 12, 31));
}

TEST(Times, KeepMicrosecondsAndOffsets) {
  const Time time = *ParseTime("2026-03-09T01:02:03.000456Z");
  EXPECT_EQ(FormatTime(time), "2026-03-09T01:02:03.000456Z");
  EXPECT_EQ(*ParseTime("2026-03-09T09:02:03.000456+08:00"), time);
  EXPECT_EQ(*ParseTime("2026-03-08T20:32:03.000456-04:30"), time);
  EXPECT_EQ(*ParseTime("2026-03-09T01:02:03.000456999Z"), time);
  EXPECT_EQ(FormatTime(*ParseTime("2026-03-09t01:02:03.5z")), "2026-03-09T01:02:03.500000Z");
  EXPECT_EQ(FormatTime(Time(std::chrono::microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(Times, RefuseWhatIsNotRfc3339) {
  for (const char* text :
       {"", "2026-03-09", "2026-03-09T01:02:03", "2026-03-09 01:02:03Z", "2026-03-09T24:00:00Z",
        "2026-03-09T01:60:03Z", "2026-03-09T01:02:03.Z", "2026-03-09T01:02:03.1234567890Z",
        "2026-03-09T01:02:03+0800", "2026-03-09T01:02:03ZZ"}) {
    EXPECT_FALSE(ParseTime(text).ok()) << text;
  }
}

TEST(SystemClock, MovesWithTheMachine) {
  const Time before = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  EXPECT_GE(SystemClock().Now(), before);
}

}  // namespace
}  // namespace inspectorate
