// Schools as they were on a past day, from the changes that came into force since.
#pragma once

#include <map>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::registry {

// Those of the schools that `condition` chooses (on the columns of school_change) which have changed after
// `day`, as they were before the first of these changes. A school that is not among them is as it was.
absl::StatusOr<std::map<Uuid, v1::School>> SchoolsAsOf(db::Session& session, Date day,
                                                       std::string_view condition, db::Params params);

// The school's state on the day; `school` is as of that day.
v1::SchoolState StateOn(const v1::School& school, Date day);

}  // namespace inspectorate::registry
