// The solver: prices from the lower bound tell where centres should be, flow and local search make divisions
// of it, and disturbing the best one does the rest.
#include <algorithm>

#include "common/base/macros.h"
#include "services/registry/domain/area_design.h"
#include "services/registry/domain/area_design_bound.h"
#include "services/registry/domain/area_design_search.h"

namespace inspectorate::registry {
namespace {

constexpr char kSolver[] = "lagrange-flow-search 2";

// Effort follows from the size alone, so that a design can be made again.
struct Effort {
  int bound_steps = 0;
  int steps_a_start = 0;  // a division is begun around the centres of each so many steps
  int disturbances = 0;
  int patience = 0;  // disturbances without progress before the search returns to the best
};

Effort EffortFor(const DesignProblem& problem) {
  const int64_t square = int64_t{problem.schools()} * problem.schools();
  const auto share = [&](int64_t work, int64_t least, int64_t most) {
    return static_cast<int>(std::clamp<int64_t>(work / std::max<int64_t>(square, 1), least, most));
  };
  if (problem.schools() > kManySchools) {
    return {.bound_steps = share(600'000'000, 300, 1200),
            .steps_a_start = problem.schools() / 40,
            .disturbances = 2000,
            .patience = 1};
  }
  return {.bound_steps = share(60'000'000, 100, 1200),
          .steps_a_start = 5,
          .disturbances = share(40'000'000, 100, 4000),
          .patience = 60};
}

// Centres in the order of areas: those fixed stay, the rest take what the bound chose, members' areas first
// from among their members.
std::vector<int> InAreas(const DesignProblem& problem, const std::vector<int>& chosen) {
  std::vector<int> centres = problem.centre_of;
  std::vector<char> used(problem.students.size());
  for (int centre : centres) {
    if (centre != -1) used[static_cast<size_t>(centre)] = 1;
  }
  const auto take = [&](int area, int school) {
    centres[static_cast<size_t>(area)] = school;
    used[static_cast<size_t>(school)] = 1;
  };
  for (int i = 0; i < problem.schools(); ++i) {
    const int area = problem.member_of[static_cast<size_t>(i)];
    if (area != -1 && centres[static_cast<size_t>(area)] == -1) take(area, i);
  }
  std::vector<int> free = chosen;
  for (int i = 0; i < problem.schools(); ++i) free.push_back(i);
  size_t next = 0;
  for (int area = 0; area < problem.areas; ++area) {
    while (centres[static_cast<size_t>(area)] == -1) {
      const int school = free.at(next++);
      if (used[static_cast<size_t>(school)] == 0 && problem.member_of[static_cast<size_t>(school)] == -1) {
        take(area, school);
      }
    }
  }
  return centres;
}

}  // namespace

absl::StatusOr<Design> SolveDesign(const DesignProblem& problem, const std::function<bool()>& go_on) {
  RETURN_IF_ERROR(CheckDesignProblem(problem));
  const Effort effort = EffortFor(problem);
  DesignBound bound(problem);
  DesignSearch search(problem);
  search.StartFrom(InAreas(problem, {}));
  std::vector<int> tried;
  for (int step = 0; step < effort.bound_steps; ++step) {
    if (!go_on()) return absl::CancelledError("asked to stop");
    if (!bound.Step(search.best_cost())) break;
    if (step % effort.steps_a_start != 0 || bound.centres() == tried) continue;
    tried = bound.centres();
    search.StartFrom(InAreas(problem, tried));
  }
  search.ReturnToBest();
  int64_t best = search.best_cost();
  for (int k = 0, idle = 0; k < effort.disturbances && search.best_cost() > bound.best(); ++k) {
    if (!go_on()) return absl::CancelledError("asked to stop");
    if (++idle > effort.patience) {
      search.ReturnToBest();
      idle = 0;
    }
    search.Disturb();
    if (search.best_cost() < best) {
      best = search.best_cost();
      idle = 0;
    }
  }
  if (!search.best_keeps_rules())
    return absl::FailedPreconditionError(
        "没有找到满足全部条件的划分 (no division found that keeps every rule)");
  Design design{
      .division = search.best(), .cost = {}, .bound = bound.best(), .seed = problem.seed, .solver = kSolver};
  design.cost = CostOf(problem, design.division);
  return design;
}

}  // namespace inspectorate::registry
