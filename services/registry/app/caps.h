// Caps of the office's policy: warn (they show in the coverage) or block (a write that goes beyond is
// refused), as the rule `….enforce` of the day says.
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// AREA_CAP_EXCEEDED when the area would hold more schools at once than area.max_schools, on any day of the
// period.
absl::Status CheckAreaCap(work::Unit& unit, const v1::SchoolAssignment* before,
                          const v1::SchoolAssignment& assignment);
// INSPECTOR_CAP_EXCEEDED likewise, by inspector.max_schools; main responsibility counts.
absl::Status CheckInspectorCap(work::Unit& unit, const v1::InspectorAssignment* before,
                               const v1::InspectorAssignment& assignment);
// AREA_TOO_FEW_INSPECTORS when what a membership loses (`after` null: all of it) leaves, on any of those
// days, fewer than area.min_inspectors in an area that goes on.
absl::Status CheckAreaStaffed(work::Unit& unit, const v1::AreaMembership& before,
                              const v1::AreaMembership* after);

}  // namespace inspectorate::registry
