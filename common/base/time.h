// Instants, calendar dates and clocks. All business dates are Chinese dates (UTC+8, no daylight saving).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace inspectorate {

// An instant, UTC, microseconds: what DATETIME(6) holds.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
// A calendar date, counted in days.
using Date = std::chrono::sys_days;

inline constexpr std::chrono::hours kChinaOffset{8};

// The date in China at `t`, and the instant at which a Chinese date begins.
Date ChinaDate(Time t);
Time ChinaMidnight(Date d);

Date MakeDate(int year, unsigned month, unsigned day);
int YearOf(Date d);
unsigned MonthOf(Date d);
unsigned DayOf(Date d);
// Half-open month [first, last).
Date MonthBegin(Date d);
Date NextMonth(Date d);
// The day of the same number `months` later, or the last of that month (民法典 202).
Date AddMonths(Date d, int months);

// "2026-03-09". Parsing accepts nothing else.
std::string FormatDate(Date d);
absl::StatusOr<Date> ParseDate(std::string_view text);
// RFC 3339, "2026-03-09T01:02:03.000456Z"; parsing accepts any offset.
std::string FormatTime(Time t);
absl::StatusOr<Time> ParseTime(std::string_view text);

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time Now() const = 0;
};

// The machine's clock.
const Clock& SystemClock();

}  // namespace inspectorate
