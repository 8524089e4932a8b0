// The past of the roster: days that lie further back than an office may correct stay as they were recorded,
// whoever asks and by whatever act. Each change of a dated fact about who belongs where passes here.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// DAYS_SETTLED when settled days would change. `before` null: recorded anew, which is free for the first fact
// of its kind about a school or an inspector (the office begins to keep its records); `after`
// null: withdrawn. How many days back are open to correction is the office's rule roster.correction_days.
absl::Status CheckSettled(work::Unit& unit, const v1::SchoolAssignment* before,
                          const v1::SchoolAssignment* after);
absl::Status CheckSettled(work::Unit& unit, const v1::InspectorAssignment* before,
                          const v1::InspectorAssignment* after);
absl::Status CheckSettled(work::Unit& unit, const v1::AreaMembership* before,
                          const v1::AreaMembership* after);
// The first day that is open to correction.
absl::StatusOr<Date> SettledBound(work::Unit& unit, const std::string& office);

// Other dated facts are not part of the roster.
template <class M>
absl::Status CheckSettled(work::Unit&, const M*, const M*) {
  return absl::OkStatus();
}

// OFFICE_IN_USE unless the office was created no longer than its rule roster.setup_days ago.
absl::Status CheckBeingSetUp(work::Unit& unit, const std::string& office);
// The same as a question.
absl::StatusOr<bool> IsBeingSetUp(work::Unit& unit, const std::string& office);

}  // namespace inspectorate::registry
