// Designing responsibility areas: dividing an office's schools into areas that are compact and alike in size.
// The problem, what a division costs, and the check that believes no solver. This is the capacitated p-median
// problem with soft balance, members that are fixed and schools that are kept apart.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace inspectorate::registry {

// Metres of the objective for each unit outside the mean's nearest whole numbers.
struct DesignWeights {
  int64_t school = 0;   // area_design.weight.school, a school too many or too few
  int64_t student = 0;  // area_design.weight.student, a student too many or too few
};

// Schools and areas by index. Each area has a centre, one of its schools.
struct DesignProblem {
  int areas = 0;
  std::vector<int64_t> students;           // by school; in general whatever `max_students` bounds
  std::vector<int64_t> distance;           // metres, school × centre, row by row
  std::vector<int> member_of;              // by school: the area it must be in, or −1
  std::vector<int> centre_of;              // by area: the school that must be its centre, or −1
  std::vector<std::pair<int, int>> apart;  // never in one area
  std::optional<int64_t> max_schools;      // of one area
  std::optional<int64_t> max_students;
  DesignWeights weights;
  uint64_t seed = 0;

  int schools() const { return static_cast<int>(students.size()); }
  int64_t Distance(int school, int centre) const {
    return distance[static_cast<size_t>(school) * students.size() + static_cast<size_t>(centre)];
  }
};

// What a division costs, in metres. The parts add up.
struct DesignCost {
  int64_t distance = 0;  // each school to the centre of its area
  int64_t schools = 0;   // weights.school × schools outside the mean
  int64_t students = 0;  // weights.student × students outside the mean

  int64_t total() const { return distance + schools + students; }
  bool operator==(const DesignCost&) const = default;
};

struct Division {
  std::vector<int> area_of;  // by school
  std::vector<int> centre;   // by area
};

struct Design {
  Division division;
  DesignCost cost;
  // No division of the same problem costs less. (cost − bound) / bound is the gap.
  int64_t bound = 0;
  uint64_t seed = 0;
  std::string solver;  // name and version
};

// INVALID_ARGUMENT for a problem that contradicts itself; FAILED_PRECONDITION where counting alone shows that
// nothing can satisfy it.
absl::Status CheckDesignProblem(const DesignProblem& problem);

// From the definition. Every school must have an area, every area a centre.
DesignCost CostOf(const DesignProblem& problem, const Division& division);

// For each area the school from which its schools are nearest, where the problem does not fix one; the lowest
// index of equals. Areas without schools keep −1.
std::vector<int> BestCentres(const DesignProblem& problem, const std::vector<int>& area_of);

// Re-checks every rule from the problem alone: each school in one area, each centre in its area, fixed
// members and centres, pairs apart, capacities, the stated cost, no bound above it. INTERNAL names the first
// broken.
absl::Status VerifyDesign(const DesignProblem& problem, const Design& design);

// The same problem, seed included, gives the same design: effort follows from the size, never from the clock.
// `go_on` is asked every few milliseconds; CANCELLED once it says no. FAILED_PRECONDITION when no division
// was found that keeps every rule. What CheckDesignProblem refuses.
absl::StatusOr<Design> SolveDesign(const DesignProblem& problem, const std::function<bool()>& go_on);

// What one of several areas should hold: the whole numbers next to the mean.
struct FairShare {
  int64_t floor = 0;
  int64_t ceiling = 0;

  FairShare() = default;
  FairShare(int64_t total, int areas) : floor(total / areas), ceiling((total + areas - 1) / areas) {}
  int64_t Outside(int64_t value) const {
    return value < floor ? floor - value : value > ceiling ? value - ceiling : 0;
  }
};

}  // namespace inspectorate::registry
