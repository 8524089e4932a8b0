// Moving a school to another area as of a day: it leaves the one on the day before and arrives in the other,
// in one transaction, so that there is no day without an area and none with two.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"

namespace inspectorate::registry {

// AREA_NOT_IN_FORCE, AREA_CAP_EXCEEDED, DAYS_SETTLED, PERIOD_OVERLAP (with an assignment that begins later).
absl::StatusOr<v1::SchoolAssignment> MoveSchool(work::Unit& unit, const v1::MoveSchoolRequest& request);

// The two halves, for those who move many: first all leave, then all arrive, so that a cap holds at every
// step if it holds at the end. `chain`: what the school has on the day of `wanted` or later. Leaving gives
// `wanted` the name of an assignment that was to begin on that very day, which arriving corrects. False: it
// is in that area already.
absl::StatusOr<bool> LeaveArea(work::Unit& unit, const std::vector<v1::SchoolAssignment>& chain,
                               v1::SchoolAssignment* wanted);
absl::Status ArriveInArea(work::Unit& unit, const std::string& office, v1::SchoolAssignment* wanted);

// Where a school begins to belong to an area with its opening, by the paper of that.
absl::Status PlaceFrom(work::Unit& unit, const v1::School& school, const std::string& area,
                       const v1::SchoolChange& opening);

// SCHOOL_WITHOUT_AREA for a school that is to operate from `day` on and has no area then, where the office's
// rule area.every_school blocks; free while the office is being set up, and enters its schools first.
absl::Status CheckHasArea(work::Unit& unit, const v1::School& school, Date day);

// SCHOOL_WITHOUT_AREA when an edit would leave a school without an area on a day on which there is the
// school.
absl::Status CheckKeepsArea(work::Unit& unit, const v1::SchoolAssignment& before,
                            const v1::SchoolAssignment& after);

}  // namespace inspectorate::registry
