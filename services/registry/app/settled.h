// The past of the roster: days that lie further back than an office may correct stay as they were recorded,
// whoever asks and by whatever act. Each change of a dated fact about who belongs where passes here.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/period.h"
#include "common/base/time.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// DAYS_SETTLED when settled days would change. `before` null: recorded anew, which is free for the first fact
// of its kind about a school or an inspector while the office is being set up (it begins to keep its
// records); `after` null: withdrawn. How many days back are open to correction is the office's rule
// roster.correction_days.
absl::Status CheckSettled(work::Unit& unit, const v1::SchoolAssignment* before,
                          const v1::SchoolAssignment* after);
absl::Status CheckSettled(work::Unit& unit, const v1::InspectorAssignment* before,
                          const v1::InspectorAssignment* after);
absl::Status CheckSettled(work::Unit& unit, const v1::AreaMembership* before,
                          const v1::AreaMembership* after);
// What becomes of the days of a dated fact.
struct DatedEdit {
  std::optional<Period> was;  // none: recorded anew
  Period is;
  bool same_content = true;
  bool free_in_set_up = false;  // may reach into settled days while the office is being set up
};
// DAYS_SETTLED when settled days of `name` would change by that.
absl::Status CheckDaysKept(work::Unit& unit, const std::string& name, const DatedEdit& edit);
// DAYS_SETTLED when a settled day of `was` is none of `is`: of such days only more is known later.
absl::Status CheckOnlyAdded(work::Unit& unit, const std::string& office, const std::string& name,
                            const Period& was, const std::optional<Period>& is);
// The days of an area itself are free while the office is being set up.
absl::Status CheckSettled(work::Unit& unit, const v1::Area* before, const v1::Area& after);
// DAYS_SETTLED for what an act would make of `resource` from a settled day on.
absl::Status CheckOpenDay(work::Unit& unit, const std::string& office, Date from,
                          const std::string& resource);
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
