// The public notice of candidates (公示): the one term that the registry itself keeps.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/work_calendar.h"
#include "common/db/database.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

// The last day of a notice that is posted on `from`, by the office's rule on that day.
absl::StatusOr<Date> NoticeEnd(db::Session& session, const std::string& office, Date from,
                               const WorkCalendar& calendar);

// Inspectors whose running notice would end on another day by this calendar.
absl::StatusOr<std::vector<std::string>> MovedNotices(db::Session& session, const std::string& office,
                                                      const WorkCalendar& calendar);
// Moves them by the calendar that the office has now.
absl::Status MoveNotices(work::Unit& unit, const std::string& office);

}  // namespace inspectorate::registry
