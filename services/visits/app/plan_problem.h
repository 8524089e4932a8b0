// What there is to plan in a month, from the ledger and the registry's facts.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "services/visits/domain/planner.h"

namespace inspectorate::visits {

// Every open obligation of the month (its first day) that has to be planned in it, on working days from
// `today` on. Roster and rules are those of the month's first day, or of today when that is later.
// `panel_size` 0: the office's least number. COPY_NOT_READY, POLICY_MISSING, CALENDAR_YEAR_MISSING.
absl::StatusOr<PlanProblem> LoadPlanProblem(db::Session& session, const std::string& office, Date month,
                                            Date today, int panel_size, uint64_t seed);

}  // namespace inspectorate::visits
