// Who acts on the day of a roster: as the lead of the area, and at its schools (decision record 0038).
#pragma once

#include "absl/status/status.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// Names whoever acts that day by the record, beside those that the roster has: as with these, whether it has
// effect is told beside it (roster_effect.h), so that what comes to light later takes nobody's name away.
absl::Status ShowActing(db::Session& session, v1::Roster* roster);

}  // namespace inspectorate::registry
