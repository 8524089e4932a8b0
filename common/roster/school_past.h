// Schools as they were on a past day, and as they will be on one to come, from their changes; out of this
// service's own registry tables or copies.
#pragma once

#include <map>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"

namespace inspectorate::roster {

// Of the schools that `condition` chooses (on the columns of school_change) those that are not on `day` what
// their record says: that have changed after it, as they were before the first of these changes; and those of
// which a change up to the day is scheduled, as it will make them. A school that is not among them is as it
// is.
absl::StatusOr<std::map<Uuid, registry::v1::School>> SchoolsAsOf(db::Session& session, Date day,
                                                                 std::string_view condition,
                                                                 db::Params params);

// The school's state on the day; `school` is as of that day.
registry::v1::SchoolState StateOn(const registry::v1::School& school, Date day);

// What the change makes of a school; nothing when it is not possible there. Of `after` a renaming takes the
// names, facts take the changed fields, and the correction of a code the right one.
std::optional<registry::v1::School> AsChanged(const registry::v1::School& before,
                                              const registry::v1::SchoolChange& change);

}  // namespace inspectorate::roster
