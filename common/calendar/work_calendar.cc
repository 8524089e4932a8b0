#include "common/calendar/work_calendar.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "kCalendarData.h"

namespace inspectorate {
namespace {

using std::chrono::days;

absl::Status YearMissing(Date day) {
  return Refuse("CALENDAR_YEAR_MISSING", {{"year", std::to_string(YearOf(day))}});
}

class WeekendCalendar final : public WorkCalendar {
 public:
  std::string_view version() const override { return "weekends"; }
  bool Covers(int) const override { return true; }
  absl::StatusOr<bool> IsWorkingDay(Date day) const override { return !IsWeekend(day); }
};

// The plain week with named exceptions.
class TableCalendar final : public WorkCalendar {
 public:
  TableCalendar(std::string version, std::set<int> years, std::map<Date, bool> exceptions)
      : version_(std::move(version)), years_(std::move(years)), exceptions_(std::move(exceptions)) {}

  std::string_view version() const override { return version_; }

  bool Covers(int year) const override { return years_.contains(year); }

  absl::StatusOr<bool> IsWorkingDay(Date day) const override {
    if (!Covers(YearOf(day))) return YearMissing(day);
    const auto exception = exceptions_.find(day);
    return exception == exceptions_.end() ? !IsWeekend(day) : exception->second;
  }

 private:
  const std::string version_;
  const std::set<int> years_;
  const std::map<Date, bool> exceptions_;  // true: worked
};

using Row = std::array<std::string_view, 4>;

// Four columns, no quoting: the files are ours. Calls `take` for each row after comments and header.
absl::Status ForEachRow(std::string_view file, std::string_view text, std::string_view header,
                        const std::function<absl::Status(const Row&)>& take) {
  bool header_seen = false;
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (rest.empty() || rest.front() == '#') continue;
    const std::string where = absl::StrCat(std::string(file), " line ", line);
    if (!std::exchange(header_seen, true)) {
      if (rest != header) return absl::InvalidArgumentError(absl::StrCat(where, ": header expected"));
      continue;
    }
    Row row;
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t comma = i + 1 < row.size() ? rest.find(',') : rest.size();
      if (comma == std::string_view::npos)
        return absl::InvalidArgumentError(absl::StrCat(where, ": column missing"));
      row[i] = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    if (absl::Status status = take(row); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Date> WorkCalendar::NextWorkingDay(Date day) const {
  return WorkingDayOnOrAfter(day + days(1));
}

absl::StatusOr<Date> WorkCalendar::WorkingDayOnOrAfter(Date day) const {
  while (true) {
    ASSIGN_OR_RETURN(const bool worked, IsWorkingDay(day));
    if (worked) return day;
    day += days(1);
  }
}

absl::StatusOr<Date> WorkCalendar::AddWorkingDays(Date start, int count) const {
  const days step(count < 0 ? -1 : 1);
  for (int left = std::abs(count); left > 0;) {
    start += step;
    ASSIGN_OR_RETURN(const bool worked, IsWorkingDay(start));
    if (worked) --left;
  }
  return start;
}

absl::StatusOr<int> WorkCalendar::CountWorkingDays(Date from, Date to) const {
  const bool backwards = to < from;
  const Date first = std::min(from, to) + days(backwards ? 0 : 1);
  const Date end = std::max(from, to) + days(backwards ? 0 : 1);
  ASSIGN_OR_RETURN(const std::vector<Date> worked, WorkingDaysIn(first, end));
  const int count = static_cast<int>(worked.size());
  return backwards ? -count : count;
}

absl::StatusOr<std::vector<Date>> WorkCalendar::WorkingDaysIn(Date first, Date end) const {
  std::vector<Date> result;
  for (Date day = first; day < end; day += days(1)) {
    ASSIGN_OR_RETURN(const bool worked, IsWorkingDay(day));
    if (worked) result.push_back(day);
  }
  return result;
}

bool IsWeekend(Date day) {
  const std::chrono::weekday weekday(day);
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

const WorkCalendar& StateCouncilCalendar() {
  static const WorkCalendar& calendar = *MakeWorkCalendar(ShippedPapers()).release();
  return calendar;
}

const WorkCalendar& WeekendOnlyCalendar() {
  static const WeekendCalendar calendar;
  return calendar;
}

absl::StatusOr<std::vector<HolidayPaper>> ParsePapers(std::string_view papers, std::string_view days_file) {
  std::vector<HolidayPaper> parsed;
  std::map<std::string, size_t, std::less<>> by_number;
  RETURN_IF_ERROR(
      ForEachRow("papers", papers, "year,paper,issued,subject", [&](const Row& row) -> absl::Status {
        ASSIGN_OR_RETURN(const Date first_day, ParseDate(std::string(row[0]) + "-01-01"));
        ASSIGN_OR_RETURN(const Date issued, ParseDate(row[2]));
        if (row[1].empty()) return absl::InvalidArgumentError("paper without a number");
        if (!by_number.emplace(row[1], parsed.size()).second)
          return absl::InvalidArgumentError("paper listed twice");
        parsed.push_back({.year = YearOf(first_day),
                          .number = std::string(row[1]),
                          .issued = issued,
                          .subject = std::string(row[3]),
                          .days = {}});
        return absl::OkStatus();
      }));
  std::set<Date> named;
  RETURN_IF_ERROR(ForEachRow("days", days_file, "date,kind,name,paper", [&](const Row& row) -> absl::Status {
    ASSIGN_OR_RETURN(const Date day, ParseDate(row[0]));
    if (row[1] != "off" && row[1] != "work") return absl::InvalidArgumentError("kind is off or work");
    const auto paper = by_number.find(row[3]);
    if (paper == by_number.end()) return absl::InvalidArgumentError("unknown paper");
    if (!named.insert(day).second) return absl::InvalidArgumentError("day listed twice");
    parsed[paper->second].days.push_back(
        {.date = day, .worked = row[1] == "work", .name = std::string(row[2])});
    return absl::OkStatus();
  }));
  return parsed;
}

const std::vector<HolidayPaper>& ShippedPapers() {
  static const auto& shipped = *[] {
    auto papers = ParsePapers(kCalendarData[0].second, kCalendarData[1].second);
    if (!papers.ok()) {
      // The data is part of the build and read by its tests: this cannot happen in a build that passed them.
      std::fprintf(stderr, "embedded calendar: %s\n", std::string(papers.status().message()).c_str());
      std::abort();
    }
    return new std::vector<HolidayPaper>(*std::move(papers));
  }();
  return shipped;
}

std::vector<HolidayPaper> WithPapers(std::vector<HolidayPaper> papers,
                                     const std::vector<HolidayPaper>& later) {
  for (const HolidayPaper& paper : later) {
    const auto same = std::find_if(papers.begin(), papers.end(),
                                   [&](const HolidayPaper& known) { return known.number == paper.number; });
    if (same == papers.end()) {
      papers.push_back(paper);
    } else {
      *same = paper;
    }
  }
  return papers;
}

std::unique_ptr<WorkCalendar> MakeWorkCalendar(std::vector<HolidayPaper> papers) {
  std::sort(papers.begin(), papers.end(), [](const HolidayPaper& a, const HolidayPaper& b) {
    return std::tie(a.issued, a.number) < std::tie(b.issued, b.number);
  });
  std::set<int> years;
  std::map<Date, bool> exceptions;
  for (const HolidayPaper& paper : papers) {
    years.insert(paper.year);
    for (const PaperDay& day : paper.days) exceptions[day.date] = day.worked;
  }
  std::string canonical;
  for (int year : years) canonical += std::to_string(year) + ";";
  for (const auto& [day, worked] : exceptions) canonical += FormatDate(day) + (worked ? "+" : "-");
  std::string version = absl::StrCat("state-council/", years.empty() ? 0 : *years.rbegin(), "/",
                                     Hex(Sha256(canonical)).substr(0, 8));
  return std::make_unique<TableCalendar>(std::move(version), std::move(years), std::move(exceptions));
}

absl::StatusOr<std::unique_ptr<WorkCalendar>> ParseWorkCalendar(std::string_view papers,
                                                                std::string_view days) {
  ASSIGN_OR_RETURN(std::vector<HolidayPaper> parsed, ParsePapers(papers, days));
  if (parsed.empty()) return absl::InvalidArgumentError("no paper");
  return MakeWorkCalendar(std::move(parsed));
}

}  // namespace inspectorate
