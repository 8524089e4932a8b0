// The roster of an area on a day: who belongs to it, who is responsible for each of its schools, by what
// paper.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// `area` is a name; RESOURCE_NOT_FOUND. What is decided for days to come shows on these.
absl::StatusOr<v1::Roster> LoadRoster(db::Session& session, const std::string& area, Date day);

}  // namespace inspectorate::registry
