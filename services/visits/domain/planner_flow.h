// The first planner: minimum-cost flow (LEMON).
#pragma once

#include <memory>

#include "services/visits/domain/planner.h"

namespace inspectorate::visits {

// For panels of one the flow chooses inspector and day at once: it covers as many visits as can be covered,
// with panels of the least objective, and its bound is that objective. For larger panels it chooses the
// inspectors, the days are then found one visit at a time, and no bound is stated. In both, an inspector's
// visits are spread over the month. Time grows with schools × inspectors × days: some 200 000 for a district,
// well under a second.
std::unique_ptr<Planner> MakeFlowPlanner();

}  // namespace inspectorate::visits
