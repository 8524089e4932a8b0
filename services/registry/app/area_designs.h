// Area designs: asked for as an operation, solved, kept as proposed, adopted as of a day.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "common/lro/operations.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area_design.pb.h"

namespace inspectorate::registry {

inline constexpr char kDesignAreas[] = "design-areas";

// Makes the operation. The id of the design, its day and its seed are settled here, so that a runner that
// starts again after a crash makes the same design, once.
absl::StatusOr<lro::Operation> CreateAreaDesign(work::Unit& unit, lro::Operations& operations,
                                                const v1::CreateAreaDesignRequest& request);
// Its runner: loads, solves, believes no solver, and keeps the design. DESIGN_INFEASIBLE, CALL_CANCELLED.
absl::StatusOr<std::unique_ptr<lro::Message>> DesignAreas(work::Writer& writer, lro::Context& context,
                                                          const v1::CreateAreaDesignRequest& request);

// Writes the division: areas, assignments, memberships of areas that end. DESIGN_STALE,
// STATE_TRANSITION_DENIED, what CheckWrite refuses.
absl::StatusOr<v1::AreaDesign> AdoptAreaDesign(work::Unit& unit, const v1::AdoptAreaDesignRequest& request);

}  // namespace inspectorate::registry
