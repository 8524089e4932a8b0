// The files of working days: what is accepted answers for every day of its years, and counting is the inverse
// of adding. Input: the papers, a zero byte, the days.
#include <set>

#include "common/base/refusal.h"
#include "common/calendar/work_calendar.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

void CheckYear(const WorkCalendar& calendar, int year) {
  const Date first = MakeDate(year, 1, 1);
  for (Date day = first; YearOf(day) == year; day += std::chrono::days(1)) {
    FUZZ_CHECK(calendar.IsWorkingDay(day).ok());
  }
  for (const int count : {-300, -7, -1, 0, 1, 10, 60, 400}) {
    const Date start = MakeDate(year, 6, 15);
    const auto end = calendar.AddWorkingDays(start, count);
    if (!end.ok()) {
      FUZZ_CHECK(RefusalOf(end.status())->reason == "CALENDAR_YEAR_MISSING");
      continue;
    }
    const auto counted = calendar.CountWorkingDays(start, *end);
    FUZZ_CHECK(counted.ok() && *counted == count);
  }
}

void CheckAccepted(const WorkCalendar& calendar) {
  FUZZ_CHECK(calendar.version().starts_with("state-council/"));
  int years = 0;
  for (int year = 1; year <= 9999 && years < 3; ++year) {
    if (!calendar.Covers(year)) continue;
    CheckYear(calendar, year);
    ++years;
  }
  FUZZ_CHECK(years > 0);
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const std::string_view papers = input.Until('\0');
  const auto calendar = ParseWorkCalendar(papers, input.Rest());
  if (calendar.ok()) {
    CheckAccepted(**calendar);
  } else {
    FUZZ_CHECK(absl::IsInvalidArgument(calendar.status()));
  }
  return 0;
}
