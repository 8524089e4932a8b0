// How an area has been composed over time.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// `area` is a name; RESOURCE_NOT_FOUND.
absl::StatusOr<v1::AreaHistory> LoadAreaHistory(db::Session& session, const std::string& area);

}  // namespace inspectorate::registry
