// When and under which rules something is done in an office.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/work_calendar.h"
#include "common/db/database.h"
#include "common/roster/policy.h"
#include "google/protobuf/timestamp.pb.h"

namespace inspectorate::issues {

struct Occasion {
  std::string office;  // slug
  Date today;          // the office's day, on which scope is decided
  Time time;           // when the act happened
  Date day;            // the same as a date; its rules hold
  roster::Policy policy;
  const WorkCalendar* calendar;
  std::string document_prefix;  // 机关代字
};

// `now` is the office's. `occurred` absent: now. OCCUR_TIME_IN_FUTURE; LATE_ENTRY when it lies further back
// than the office lets acts be recorded afterwards (visit.late_entry_days); COPY_NOT_READY for an office that
// is not known here yet.
absl::StatusOr<Occasion> OccasionOf(db::Session& session, const std::string& office, Time now,
                                    std::optional<Time> occurred);

// For what follows from elsewhere and has been checked there: any time.
absl::StatusOr<Occasion> OccasionAt(db::Session& session, const std::string& office, Time now, Time occurred);

// `occur_time` of a request.
template <class Request>
std::optional<google::protobuf::Timestamp> OccurTimeOf(const Request& request) {
  if (!request.has_occur_time()) return std::nullopt;
  return request.occur_time();
}

}  // namespace inspectorate::issues
