// Instances of the capacitated p-median problem (OR-Library) as area designs: who divides customers with
// demands among p medians of one capacity divides schools with students among areas.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/registry/domain/area_design.h"

namespace inspectorate::cpmp {

struct Instance {
  std::string name;
  int64_t best_known = 0;
  registry::DesignProblem problem;
};

// `bench-cpmp` in $INSPECTORATE_DATA, else in ../shared/data beside the project.
std::string Folder();
// All that lie there, by name; empty: none.
std::vector<std::string> Files(const std::string& folder);
// "number best", "n p capacity", then "i x y demand" each. Distances are Euclidean, truncated. Nothing for
// a file of another form.
std::optional<Instance> Read(const std::string& file);

}  // namespace inspectorate::cpmp
