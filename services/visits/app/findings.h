// Findings while their record is open.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {

// Fills a finding that is about to be recorded: its ordinal, which is its id, its school and area.
// ACTOR_NOT_ENTITLED, STATE_TRANSITION_DENIED, MATTER_UNKNOWN, VALUE_NOT_IN_USE, INVALID_FIELDS.
absl::Status PrepareFinding(work::Unit& unit, const rpc::Call& call, v1::Finding* finding);
// FINDING_SEALED, and as above.
absl::Status CheckFindingChange(work::Unit& unit, const rpc::Call& call, const v1::Finding& before,
                                const v1::Finding& after);
absl::Status DeleteFinding(work::Unit& unit, const rpc::Call& call, const v1::DeleteFindingRequest& request);

}  // namespace inspectorate::visits
