#include "services/registry/domain/calendar_effect.h"

#include <string>

namespace inspectorate::registry {
namespace {

constexpr std::chrono::days kDay{1};
constexpr unsigned kDecember = 12;
constexpr unsigned kLastDay = 31;

// By the plain week where there is no paper.
bool Worked(const WorkCalendar& calendar, Date day) {
  return calendar.Covers(YearOf(day)) ? *calendar.IsWorkingDay(day) : !IsWeekend(day);
}

bool OfYear(Date day, int year) {
  return YearOf(day) == year || (YearOf(day) == year - 1 && MonthOf(day) == kDecember);
}

}  // namespace

CalendarMoves Compare(const WorkCalendar& before, const WorkCalendar& after, const std::set<int>& years) {
  CalendarMoves moves;
  for (const int year : years) {
    YearMoved moved{.year = year, .published_before = before.Covers(year)};
    for (Date day = MakeDate(year, 1, 1); YearOf(day) == year; day += kDay) {
      const bool then = Worked(before, day), now = Worked(after, day);
      moved.worked_before += then;
      moved.worked_after += now;
      if (then != now) moves.days.push_back({.date = day, .worked_before = then, .worked_after = now});
    }
    moves.years.push_back(moved);
  }
  return moves;
}

std::set<int> YearsOf(const std::vector<HolidayPaper>& papers) {
  std::set<int> years;
  for (const HolidayPaper& paper : papers) {
    years.insert(paper.year);
    for (const PaperDay& day : paper.days) years.insert(YearOf(day.date));
  }
  return years;
}

std::vector<PaperDefect> DefectsOf(const HolidayPaper& paper, const WorkCalendar& known) {
  std::vector<PaperDefect> defects;
  const std::string year = std::to_string(paper.year);
  if (paper.days.empty()) {
    defects.push_back({"文件" + paper.number + "没有列出日期", "paper " + paper.number + " names no day"});
  }
  if (paper.issued < MakeDate(paper.year - 1, 1, 1) ||
      paper.issued > MakeDate(paper.year, kDecember, kLastDay)) {
    defects.push_back({"文件" + paper.number + "的发文日期与" + year + "年不符",
                       "paper " + paper.number + " of " + year + " was not issued then"});
  }
  for (const PaperDay& day : paper.days) {
    const std::string date = FormatDate(day.date);
    if (!OfYear(day.date, paper.year)) {
      defects.push_back({date + "不在" + year + "年安排之内", date + " lies outside the year " + year});
    } else if (day.worked && !IsWeekend(day.date) && Worked(known, day.date)) {
      defects.push_back({date + "本是工作日，无须列出", date + " is a working day anyhow"});
    }
  }
  return defects;
}

}  // namespace inspectorate::registry
