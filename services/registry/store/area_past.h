// Areas as they were on a past day: what an area was before each edit is kept with the last day of it.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/domain/taken.h"

namespace inspectorate::registry {

// Keeps `was` for the days before `today`, on which it is edited. Edited twice on one day, it was what it was
// before the first edit.
absl::Status KeepAreaAsWas(db::Session& session, const v1::Area& was, Date today);

// What another registry knew of an area up to `last_day`, entered once. INVALID_FIELDS where something else
// is known of that day.
absl::StatusOr<Taken> EnterAreaPast(db::Session& session, const v1::Area& was, Date last_day);
// What stands in the table, for exports.
absl::StatusOr<v1::Area> AreaOfBefore(const db::Value& was);

// Those areas of an office that have been edited after `day`, as they were on it. An area that is not among
// them is as it was.
absl::StatusOr<std::map<Uuid, v1::Area>> AreasAsOf(db::Session& session, const std::string& office, Date day);

// An area as it was on the day. RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Area> AreaAsOf(db::Session& session, const std::string& name, Date day);

}  // namespace inspectorate::registry
