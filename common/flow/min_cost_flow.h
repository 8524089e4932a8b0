// Minimum-cost flow. A plain interface: the solver behind it (LEMON) wants C++17, so this header includes
// nothing of ours and compiles in both.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace inspectorate {

struct FlowArc {
  int from = 0;
  int to = 0;
  int64_t capacity = 0;
  int64_t cost = 0;  // for each unit
};

// The flow on each arc that carries every supply (positive) to the demands (negative) at the least total
// cost; nothing when that cannot be done. Supplies add up to 0; nodes are 0 … supply.size() − 1. The same
// input gives the same flow, each of whole units.
std::optional<std::vector<int64_t>> MinCostFlow(const std::vector<int64_t>& supply,
                                                const std::vector<FlowArc>& arcs);

}  // namespace inspectorate
