#include "services/registry/domain/area_match.h"

#include <algorithm>

#include "common/flow/min_cost_flow.h"

namespace inspectorate::registry {

// A flow of one unit from each area of the design that is not fixed, to a present area or to none.
std::vector<int> MatchAreas(const std::vector<std::vector<int>>& common, const std::vector<int>& fixed) {
  const int designed = static_cast<int>(common.size());
  const int present = designed == 0 ? 0 : static_cast<int>(common.front().size());
  const int sink = designed + present;
  std::vector<int64_t> supply(static_cast<size_t>(sink) + 1);
  std::vector<FlowArc> arcs;
  for (int i = 0; i < designed; ++i) {
    if (fixed[static_cast<size_t>(i)] != -1) continue;
    supply[static_cast<size_t>(i)] = 1;
    --supply[static_cast<size_t>(sink)];
    for (int j = 0; j < present; ++j) {
      arcs.push_back({i, designed + j, 1, -common[static_cast<size_t>(i)][static_cast<size_t>(j)]});
    }
    // Without anything in common it still rather continues an area than begins a new one.
    arcs.push_back({i, sink, 1, 1});
  }
  for (int j = 0; j < present; ++j) {
    const bool taken = std::find(fixed.begin(), fixed.end(), j) != fixed.end();
    arcs.push_back({designed + j, sink, taken ? 0 : 1, 0});
  }
  std::vector<int> match = fixed;
  const auto flow = MinCostFlow(supply, arcs);
  for (size_t k = 0; flow && k < arcs.size(); ++k) {
    const bool chosen = (*flow)[k] > 0 && arcs[k].from < designed && arcs[k].to < sink;
    if (chosen) match[static_cast<size_t>(arcs[k].from)] = arcs[k].to - designed;
  }
  return match;
}

}  // namespace inspectorate::registry
