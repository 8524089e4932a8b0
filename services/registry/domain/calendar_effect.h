// What one calendar of working days changes against another.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/calendar/work_calendar.h"

namespace inspectorate::registry {

struct DayMoved {
  Date date;
  bool worked_before = false, worked_after = false;
};

struct YearMoved {
  int year = 0;
  int worked_before = 0, worked_after = 0;  // working days; of a year without a paper, by the plain week
  bool published_before = false;
};

struct CalendarMoves {
  std::vector<DayMoved> days;
  std::vector<YearMoved> years;
};

// Over these years, day by day.
CalendarMoves Compare(const WorkCalendar& before, const WorkCalendar& after, const std::set<int>& years);

// Years that papers speak of: their own, and the one before where they move its last days.
std::set<int> YearsOf(const std::vector<HolidayPaper>& papers);

// What is wrong with a paper whatever else is known; empty: nothing.
struct PaperDefect {
  std::string zh, en;
};
// `known`: the calendar without the paper. A paper names a day for a reason: a working day on a weekday that
// is worked anyhow is a slip of the pen, and so is a day far from the year.
std::vector<PaperDefect> DefectsOf(const HolidayPaper& paper, const WorkCalendar& known);

}  // namespace inspectorate::registry
