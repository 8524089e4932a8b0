// Who acts on the day of a roster: as the lead of the area, and at its schools (decision record 0038).
#pragma once

#include "absl/status/status.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// Names whoever may act that day, beside those that the roster has.
absl::Status ShowActing(db::Session& session, v1::Roster* roster);

}  // namespace inspectorate::registry
