#include "common/base/time.h"

#include <cstdint>
#include <cstdio>

#include "absl/strings/str_cat.h"

namespace inspectorate {
namespace {

// Reads decimal digits and separators from the front of a text; every reader fails on anything else.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool Number(size_t digits, int* value) {
    if (text_.size() < digits) return false;
    *value = 0;
    for (char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      *value = *value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return true;
  }

  bool OneOf(std::string_view accepted, char* found = nullptr) {
    if (text_.empty() || accepted.find(text_.front()) == std::string_view::npos) return false;
    if (found != nullptr) *found = text_.front();
    text_.remove_prefix(1);
    return true;
  }

  // One to nine digits after the point; what is finer than a microsecond is cut off.
  bool Fraction(int64_t* micros) {
    *micros = 0;
    size_t digits = 0;
    for (int digit = 0; !text_.empty() && Number(1, &digit); ++digits) {
      if (digits < 6) *micros = *micros * 10 + digit;
    }
    for (size_t i = digits; i < 6; ++i) *micros *= 10;
    return digits >= 1 && digits <= 9;
  }

  bool AtEnd() const { return text_.empty(); }

 private:
  std::string_view text_;
};

bool ScanDate(Scanner& scanner, Date* date) {
  int year = 0, month = 0, day = 0;
  if (!scanner.Number(4, &year) || !scanner.OneOf("-") || !scanner.Number(2, &month) || !scanner.OneOf("-") ||
      !scanner.Number(2, &day)) {
    return false;
  }
  const std::chrono::year_month_day civil{std::chrono::year(year),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1 || !civil.ok()) return false;
  *date = Date(civil);
  return true;
}

bool ScanTimeOfDay(Scanner& scanner, std::chrono::microseconds* since_midnight) {
  int hour = 0, minute = 0, second = 0;
  int64_t micros = 0;
  if (!scanner.Number(2, &hour) || !scanner.OneOf(":") || !scanner.Number(2, &minute) ||
      !scanner.OneOf(":") || !scanner.Number(2, &second) || hour > 23 || minute > 59 || second > 59) {
    return false;
  }
  if (scanner.OneOf(".") && !scanner.Fraction(&micros)) return false;
  *since_midnight = std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) +
                    std::chrono::microseconds(micros);
  return true;
}

bool ScanOffset(Scanner& scanner, std::chrono::minutes* offset) {
  *offset = std::chrono::minutes(0);
  if (scanner.OneOf("Zz")) return true;
  char sign = '+';
  int hour = 0, minute = 0;
  if (!scanner.OneOf("+-", &sign) || !scanner.Number(2, &hour) || !scanner.OneOf(":") ||
      !scanner.Number(2, &minute) || hour > 23 || minute > 59) {
    return false;
  }
  *offset = std::chrono::minutes((sign == '-' ? -1 : 1) * (hour * 60 + minute));
  return true;
}

std::chrono::year_month_day Civil(Date d) { return std::chrono::year_month_day(d); }

class MachineClock final : public Clock {
 public:
  Time Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

}  // namespace

Date ChinaDate(Time t) { return std::chrono::floor<std::chrono::days>(t + kChinaOffset); }

Time ChinaMidnight(Date d) { return Time(d) - kChinaOffset; }

Date MakeDate(int year, unsigned month, unsigned day) {
  return Date(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day));
}

int YearOf(Date d) { return static_cast<int>(Civil(d).year()); }

unsigned MonthOf(Date d) { return static_cast<unsigned>(Civil(d).month()); }

unsigned DayOf(Date d) { return static_cast<unsigned>(Civil(d).day()); }

Date MonthBegin(Date d) { return Date(Civil(d).year() / Civil(d).month() / 1); }

Date NextMonth(Date d) { return Date((Civil(d).year() / Civil(d).month() + std::chrono::months(1)) / 1); }

Date AddMonths(Date d, int months) {
  const std::chrono::year_month_day civil{d};
  const auto later = civil.year() / civil.month() + std::chrono::months(months);
  const std::chrono::year_month_day same = later / civil.day();
  return same.ok() ? Date(same) : Date(later / std::chrono::last);
}

std::string FormatDate(Date d) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", YearOf(d), MonthOf(d), DayOf(d));
  return buffer;
}

absl::StatusOr<Date> ParseDate(std::string_view text) {
  Scanner scanner(text);
  Date date;
  if (!ScanDate(scanner, &date) || !scanner.AtEnd()) {
    return absl::InvalidArgumentError(absl::StrCat("not a date (YYYY-MM-DD): ", std::string(text)));
  }
  return date;
}

std::string FormatTime(Time t) {
  const Date date = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> time(t - date);
  char buffer[48];
  std::snprintf(buffer, sizeof buffer, "T%02d:%02d:%02d.%06dZ", static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return FormatDate(date) + buffer;
}

absl::StatusOr<Time> ParseTime(std::string_view text) {
  Scanner scanner(text);
  Date date;
  std::chrono::microseconds since_midnight;
  std::chrono::minutes offset;
  if (!ScanDate(scanner, &date) || !scanner.OneOf("Tt") || !ScanTimeOfDay(scanner, &since_midnight) ||
      !ScanOffset(scanner, &offset) || !scanner.AtEnd()) {
    return absl::InvalidArgumentError(absl::StrCat("not an RFC 3339 time: ", std::string(text)));
  }
  return Time(date) + since_midnight - offset;
}

const Clock& SystemClock() {
  static const MachineClock clock;
  return clock;
}

}  // namespace inspectorate
