// Assignments of inspectors that are called off before they begin.
#pragma once

#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// An act of the inspector tells who called it off and why. STATE_TRANSITION_DENIED for one that has begun,
// ETAG_MISMATCH.
absl::StatusOr<v1::InspectorAssignment> WithdrawInspectorAssignment(
    work::Unit& unit, const rpc::Call& call, const v1::WithdrawInspectorAssignmentRequest& request);

}  // namespace inspectorate::registry
