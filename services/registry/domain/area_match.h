// Which present area each area of a design continues: as few schools as possible change their area's name.
#pragma once

#include <vector>

namespace inspectorate::registry {

// `common[i][j]`: schools that area i of the design has in common with present area j. `fixed[i]`: the
// present area that i must continue, or −1. Gives for each i a present area, each at most once, or −1; with
// the most schools in common in all.
std::vector<int> MatchAreas(const std::vector<std::vector<int>>& common, const std::vector<int>& fixed);

}  // namespace inspectorate::registry
