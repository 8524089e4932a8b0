// On which days does a school rest (暂停办学)? From its changes that are in force and those that are decided
// for a day to come, so that whoever plans knows a suspension ahead, and its end.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/period.h"
#include "common/base/uuid.h"
#include "common/db/database.h"

namespace inspectorate::roster {

// A suspension, or a resumption, from its first day.
struct RestChange {
  bool suspends = false;
  Date from;
};

// The periods in which a school rests, in their order. `changes` in the order of their days; `rests_now` as
// it is recorded. What is recorded as resting, and nothing says since when, always has; and what resumes
// without having been suspended rested before.
std::vector<Period> RestPeriods(const std::vector<RestChange>& changes, bool rests_now);

// Of the schools of an office (slug), those that rest at some time; out of this service's own registry tables
// or copies.
absl::StatusOr<std::map<Uuid, std::vector<Period>>> LoadRestPeriods(db::Session& session,
                                                                    const std::string& office);

}  // namespace inspectorate::roster
