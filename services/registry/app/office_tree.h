// Where an office stands: the tree of offices and the divisions they answer for.
#pragma once

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::registry {

// ACTOR_NOT_ENTITLED when anybody but the platform's operator changes where an office stands: whoever could
// put an office below another would decide who reads its records.
absl::Status CheckMayMove(const rpc::Call& call, const v1::Office& before, const v1::Office& after);

// INVALID_FIELDS for codes that no division has or that hold at the same time; OFFICE_TREE_BROKEN where the
// office would come to stand below itself, above the level of its parent, or outside of its parent's
// divisions, or one of its own children would. `before` is null for a new office.
absl::Status CheckPlaceInTree(work::Unit& unit, const v1::Office* before, const v1::Office& office);

}  // namespace inspectorate::registry
