// What the dated facts of an office add up to on a day: the roster of an area, and coverage.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// `area` is a name; RESOURCE_NOT_FOUND.
absl::StatusOr<v1::Roster> LoadRoster(db::Session& session, const std::string& area, Date day);

// `office` is a slug.
absl::StatusOr<v1::Coverage> CheckCoverage(db::Session& session, const std::string& office, Date day);

}  // namespace inspectorate::registry
