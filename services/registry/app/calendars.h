// What calendars answer: working days, when terms end, teaching months. Offices are slugs.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/calendar.pb.h"

namespace inspectorate::registry {

absl::StatusOr<v1::WorkingYear> GetWorkingYear(db::Session& session, const std::string& office, int year);
absl::StatusOr<v1::WorkingDays> CountWorkingDays(db::Session& session, const std::string& office,
                                                 const v1::CountWorkingDaysRequest& request);
absl::StatusOr<v1::ComputeDeadlineResponse> ComputeDeadlines(db::Session& session, const std::string& office,
                                                             const v1::ComputeDeadlineRequest& request);
absl::StatusOr<v1::ListTeachingMonthsResponse> ListTeachingMonths(
    db::Session& session, const std::string& office, const v1::ListTeachingMonthsRequest& request);

}  // namespace inspectorate::registry
