#include "services/registry/domain/area_design.h"

#include <algorithm>
#include <numeric>

#include "common/base/macros.h"

namespace inspectorate::registry {
namespace {

size_t At(int index) { return static_cast<size_t>(index); }
bool Within(int value, int end) { return 0 <= value && value < end; }

std::vector<int64_t> SumByArea(const DesignProblem& problem, const std::vector<int>& area_of, bool students) {
  std::vector<int64_t> sums(At(problem.areas));
  for (int i = 0; i < problem.schools(); ++i)
    sums[At(area_of[At(i)])] += students ? problem.students[At(i)] : 1;
  return sums;
}

absl::Status CheckShape(const DesignProblem& problem) {
  const size_t schools = problem.students.size();
  if (problem.distance.size() != schools * schools || problem.member_of.size() != schools ||
      problem.centre_of.size() != At(problem.areas)) {
    return absl::InvalidArgumentError("sizes differ");
  }
  const auto negative = [](int64_t value) { return value < 0; };
  if (std::any_of(problem.distance.begin(), problem.distance.end(), negative) ||
      std::any_of(problem.students.begin(), problem.students.end(), negative) ||
      negative(problem.weights.school) || negative(problem.weights.student)) {
    return absl::InvalidArgumentError("a negative distance, number of students or weight");
  }
  return absl::OkStatus();
}

absl::Status CheckFixed(const DesignProblem& problem) {
  for (int area : problem.member_of) {
    if (area != -1 && !Within(area, problem.areas)) return absl::InvalidArgumentError("no such area");
  }
  for (int area = 0; area < problem.areas; ++area) {
    const int centre = problem.centre_of[At(area)];
    if (centre == -1) continue;
    if (!Within(centre, problem.schools())) return absl::InvalidArgumentError("no such centre");
    if (problem.member_of[At(centre)] != area) {
      return absl::InvalidArgumentError("a centre that is not a fixed member of its area");
    }
  }
  std::vector<int> members(At(problem.areas));
  int64_t free = 0;
  for (int area : problem.member_of) area == -1 ? ++free : ++members[At(area)];
  if (std::count(members.begin(), members.end(), 0) > free) {
    return absl::FailedPreconditionError("有的责任区没有学校可分 (an area is left without schools)");
  }
  for (const auto& [a, b] : problem.apart) {
    if (!Within(a, problem.schools()) || !Within(b, problem.schools()) || a == b) {
      return absl::InvalidArgumentError("no such pair");
    }
    if (problem.member_of[At(a)] != -1 && problem.member_of[At(a)] == problem.member_of[At(b)]) {
      return absl::FailedPreconditionError(
          "两所不得同区的学校固定在同一责任区 (two schools are kept apart and fixed in one area)");
    }
  }
  return absl::OkStatus();
}

// The fixed members alone, and all schools together, against the capacity of one and of all areas.
absl::Status CheckRoom(const DesignProblem& problem, bool students, int64_t cap) {
  std::vector<int64_t> fixed(At(problem.areas));
  int64_t total = 0;
  for (int i = 0; i < problem.schools(); ++i) {
    const int64_t units = students ? problem.students[At(i)] : 1;
    total += units;
    if (problem.member_of[At(i)] != -1) fixed[At(problem.member_of[At(i)])] += units;
    if (units > cap)
      return absl::FailedPreconditionError(
          "有一所学校就超过责任区上限 (one school exceeds the capacity of an area)");
  }
  if (total > cap * problem.areas)
    return absl::FailedPreconditionError("各区上限之和容不下全部学校 (all areas together are too small)");
  if (std::any_of(fixed.begin(), fixed.end(), [&](int64_t units) { return units > cap; })) {
    return absl::FailedPreconditionError(
        "固定在一个责任区的学校超过上限 (the fixed members of an area exceed its capacity)");
  }
  return absl::OkStatus();
}

absl::Status VerifyRules(const DesignProblem& problem, const Division& division) {
  for (int i = 0; i < problem.schools(); ++i) {
    const int area = division.area_of[At(i)];
    if (!Within(area, problem.areas)) return absl::InternalError("a school without an area");
    if (problem.member_of[At(i)] != -1 && problem.member_of[At(i)] != area) {
      return absl::InternalError("a fixed member elsewhere");
    }
  }
  for (int area = 0; area < problem.areas; ++area) {
    const int centre = division.centre[At(area)];
    if (!Within(centre, problem.schools()) || division.area_of[At(centre)] != area) {
      return absl::InternalError("an area without its centre");
    }
    if (problem.centre_of[At(area)] != -1 && problem.centre_of[At(area)] != centre) {
      return absl::InternalError("a fixed centre moved");
    }
  }
  for (const auto& [a, b] : problem.apart) {
    if (division.area_of[At(a)] == division.area_of[At(b)]) return absl::InternalError("a pair not apart");
  }
  const auto fits = [](const std::vector<int64_t>& sums, const std::optional<int64_t>& cap) {
    return !cap || *std::max_element(sums.begin(), sums.end()) <= *cap;
  };
  if (!fits(SumByArea(problem, division.area_of, false), problem.max_schools) ||
      !fits(SumByArea(problem, division.area_of, true), problem.max_students)) {
    return absl::InternalError("an area over its capacity");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDesignProblem(const DesignProblem& problem) {
  if (problem.areas < 1) return absl::InvalidArgumentError("no areas");
  RETURN_IF_ERROR(CheckShape(problem));
  if (problem.schools() < problem.areas)
    return absl::FailedPreconditionError("学校比责任区少 (fewer schools than areas)");
  RETURN_IF_ERROR(CheckFixed(problem));
  if (problem.max_schools) RETURN_IF_ERROR(CheckRoom(problem, false, *problem.max_schools));
  if (problem.max_students) RETURN_IF_ERROR(CheckRoom(problem, true, *problem.max_students));
  return absl::OkStatus();
}

DesignCost CostOf(const DesignProblem& problem, const Division& division) {
  DesignCost cost;
  for (int i = 0; i < problem.schools(); ++i) {
    cost.distance += problem.Distance(i, division.centre[At(division.area_of[At(i)])]);
  }
  const int64_t all = std::accumulate(problem.students.begin(), problem.students.end(), int64_t{0});
  for (int64_t count : SumByArea(problem, division.area_of, false)) {
    cost.schools += problem.weights.school * FairShare(problem.schools(), problem.areas).Outside(count);
  }
  for (int64_t students : SumByArea(problem, division.area_of, true)) {
    cost.students += problem.weights.student * FairShare(all, problem.areas).Outside(students);
  }
  return cost;
}

std::vector<int> BestCentres(const DesignProblem& problem, const std::vector<int>& area_of) {
  std::vector<std::vector<int>> members(At(problem.areas));
  for (int i = 0; i < problem.schools(); ++i) members[At(area_of[At(i)])].push_back(i);
  std::vector<int> centres = problem.centre_of;
  for (int area = 0; area < problem.areas; ++area) {
    if (centres[At(area)] != -1) continue;
    int64_t least = 0;
    for (int centre : members[At(area)]) {
      int64_t sum = 0;
      for (int school : members[At(area)]) sum += problem.Distance(school, centre);
      if (centres[At(area)] != -1 && sum >= least) continue;
      least = sum;
      centres[At(area)] = centre;
    }
  }
  return centres;
}

absl::Status VerifyDesign(const DesignProblem& problem, const Design& design) {
  if (design.division.area_of.size() != problem.students.size() ||
      design.division.centre.size() != At(problem.areas)) {
    return absl::InternalError("sizes differ");
  }
  RETURN_IF_ERROR(VerifyRules(problem, design.division));
  if (!(CostOf(problem, design.division) == design.cost)) return absl::InternalError("another cost");
  if (design.bound > design.cost.total()) return absl::InternalError("a bound above the cost");
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
