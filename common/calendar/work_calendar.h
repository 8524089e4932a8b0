// Working days. China's follow one paper of the State Council a year, which turns weekdays into rest days and
// weekends into working days (全国年节及纪念日放假办法, art. 7); they cannot be computed ahead of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"

namespace inspectorate {

// Immutable; safe to share between threads. All methods refuse (common/base/refusal.h) with
// CALENDAR_YEAR_MISSING when they would have to look at a day of a year for which the calendar holds no
// paper.
class WorkCalendar {
 public:
  virtual ~WorkCalendar() = default;

  // Identifies the data: two calendars of one version answer alike. Recorded beside each deadline.
  virtual std::string_view version() const = 0;
  virtual bool Covers(int year) const = 0;
  virtual absl::StatusOr<bool> IsWorkingDay(Date day) const = 0;

  // The first working day after `day`.
  absl::StatusOr<Date> NextWorkingDay(Date day) const;
  // `day` itself if it is worked, else the next working day.
  absl::StatusOr<Date> WorkingDayOnOrAfter(Date day) const;
  // The count-th working day after `start`, which is not counted itself; before it for a negative count;
  // `start` for zero.
  absl::StatusOr<Date> AddWorkingDays(Date start, int count) const;
  // Working days after `from` up to and including `to`: the inverse of AddWorkingDays. Negative when `to`
  // lies before `from`.
  absl::StatusOr<int> CountWorkingDays(Date from, Date to) const;
  // The working days of [first, end), in order.
  absl::StatusOr<std::vector<Date>> WorkingDaysIn(Date first, Date end) const;
};

// Saturday or Sunday.
bool IsWeekend(Date day);

// The State Council's calendar as this build holds it (common/calendar/data).
const WorkCalendar& StateCouncilCalendar();

// Monday to Friday, for offices that choose it. Covers every year.
const WorkCalendar& WeekendOnlyCalendar();

// A day that a paper names; every other day follows the plain week.
struct PaperDay {
  Date date;
  bool worked = false;
  std::string name;  // of the holiday

  bool operator==(const PaperDay&) const = default;
};

// A paper of the State Council. One that amends another is a further one of the same year.
struct HolidayPaper {
  int year = 0;  // whose days it fixes; it may move the last days of the year before
  std::string number;
  Date issued;
  std::string subject;
  std::vector<PaperDay> days;

  bool operator==(const HolidayPaper&) const = default;
};

// Papers from two files of the shape of common/calendar/data: `papers` with the columns
// year,paper,issued,subject, `days` with date,kind,name,paper; lines that begin with # are comments.
// INVALID_ARGUMENT naming the line. No day stands twice.
absl::StatusOr<std::vector<HolidayPaper>> ParsePapers(std::string_view papers, std::string_view days);

// The papers that this build holds (common/calendar/data).
const std::vector<HolidayPaper>& ShippedPapers();

// `papers` with `later` put in: in place of one of the same number, else beside them.
std::vector<HolidayPaper> WithPapers(std::vector<HolidayPaper> papers,
                                     const std::vector<HolidayPaper>& later);

// The calendar of these papers. Of several that name a day the one that was issued last decides.
std::unique_ptr<WorkCalendar> MakeWorkCalendar(std::vector<HolidayPaper> papers);

// Both: a calendar from the two files. Refused without any paper.
absl::StatusOr<std::unique_ptr<WorkCalendar>> ParseWorkCalendar(std::string_view papers,
                                                                std::string_view days);

}  // namespace inspectorate
