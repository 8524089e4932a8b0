#include "common/db/sql_text.h"

#include <charconv>
#include <cstdio>

namespace inspectorate::db {
namespace {

// Reads exactly `digits` digits and, if there is one to follow, the separator `after`.
bool Take(std::string_view& text, size_t digits, char after, int* number) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, *number);
  if (error != std::errc() || end != text.data() + digits || *number < 0) return false;
  text.remove_prefix(digits);
  if (after == '\0') return true;
  if (text.empty() || text.front() != after) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" is half a second: the digits that are missing are zeros.
bool TakeMicros(std::string_view text, int* micros) {
  *micros = 0;
  if (text.empty()) return true;
  if (text.front() != '.' || text.size() > 7) return false;
  text.remove_prefix(1);
  const size_t digits = text.size();
  if (digits == 0 || !Take(text, digits, '\0', micros)) return false;
  for (size_t i = digits; i < 6; ++i) *micros *= 10;
  return true;
}

}  // namespace

std::string SqlDate(Date d) {
  const std::chrono::year_month_day ymd(d);
  char text[24];
  const int size = std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(ymd.year()),
                                 static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()));
  return {text, static_cast<size_t>(size)};
}

std::string SqlTime(Time t) {
  const Date day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::hh_mm_ss clock(t - day);
  char text[32];
  const int size =
      std::snprintf(text, sizeof text, " %02d:%02d:%02d.%06d", static_cast<int>(clock.hours().count()),
                    static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                    static_cast<int>(clock.subseconds().count()));
  return SqlDate(day).append(text, static_cast<size_t>(size));
}

std::optional<Time> ParseSqlTime(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
  if (!Take(text, 4, '-', &year) || !Take(text, 2, '-', &month) || !Take(text, 2, '\0', &day))
    return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year(year),
                                        std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day))};
  if (!ymd.ok()) return std::nullopt;
  if (!text.empty()) {
    if (text.front() != ' ') return std::nullopt;
    text.remove_prefix(1);
    if (!Take(text, 2, ':', &hour) || !Take(text, 2, ':', &minute) || !Take(text, 2, '\0', &second) ||
        !TakeMicros(text, &micros)) {
      return std::nullopt;
    }
  }
  return Time(Date(ymd)) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

}  // namespace inspectorate::db
