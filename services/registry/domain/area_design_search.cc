#include "services/registry/domain/area_design_search.h"

#include <algorithm>
#include <numeric>

#include "common/flow/min_cost_flow.h"

namespace inspectorate::registry {
namespace {

size_t At(int index) { return static_cast<size_t>(index); }
int64_t Over(int64_t value, const std::optional<int64_t>& cap) {
  return cap && value > *cap ? value - *cap : 0;
}

}  // namespace

DesignSearch::DesignSearch(const DesignProblem& problem)
    : problem_(problem),
      apart_(problem.students.size()),
      random_(problem.seed),
      now_{.area_of = std::vector<int>(problem.students.size(), 0),
           .centre = std::vector<int>(At(problem.areas), -1)},
      schools_in_(At(problem.areas)),
      students_in_(At(problem.areas)),
      size_cost_(At(problem.areas)) {
  for (const auto& [a, b] : problem.apart) {
    apart_[At(a)].push_back(b);
    apart_[At(b)].push_back(a);
  }
  const int64_t students = std::accumulate(problem.students.begin(), problem.students.end(), int64_t{0});
  fair_schools_ = FairShare(problem.schools(), problem.areas);
  fair_students_ = FairShare(students, problem.areas);
  const int64_t farthest =
      problem.distance.empty() ? 0 : *std::max_element(problem.distance.begin(), problem.distance.end());
  breach_ = 1 + problem.schools() * (farthest + 2 * problem.weights.school) +
            2 * students * problem.weights.student;
}

bool DesignSearch::MayLeave(int school) const {
  return problem_.member_of[At(school)] == -1 && now_.centre[At(now_.area_of[At(school)])] != school;
}

int64_t DesignSearch::SizeCost(int64_t schools, int64_t students) const {
  return problem_.weights.school * fair_schools_.Outside(schools) +
         problem_.weights.student * fair_students_.Outside(students) +
         breach_ * (Over(schools, problem_.max_schools) + Over(students, problem_.max_students));
}

// Schools of `area` that `school` must be apart from, leaving out `except`.
int64_t DesignSearch::Clashes(int school, int area, int except) const {
  return std::count_if(apart_[At(school)].begin(), apart_[At(school)].end(),
                       [&](int other) { return other != except && now_.area_of[At(other)] == area; });
}

// Negative: `school` is better off in `to`.
int64_t DesignSearch::MoveGain(int school, int to) const {
  const int from = now_.area_of[At(school)];
  const int64_t students = problem_.students[At(school)];
  int64_t gain =
      problem_.Distance(school, now_.centre[At(to)]) - problem_.Distance(school, now_.centre[At(from)]);
  gain += SizeCost(schools_in_[At(to)] + 1, students_in_[At(to)] + students) - size_cost_[At(to)] +
          SizeCost(schools_in_[At(from)] - 1, students_in_[At(from)] - students) - size_cost_[At(from)];
  if (!apart_[At(school)].empty()) gain += breach_ * (Clashes(school, to, -1) - Clashes(school, from, -1));
  return gain;
}

int64_t DesignSearch::SwapGain(int a, int b) const {
  const int of_a = now_.area_of[At(a)], of_b = now_.area_of[At(b)];
  int64_t gain = problem_.Distance(a, now_.centre[At(of_b)]) - problem_.Distance(a, now_.centre[At(of_a)]) +
                 problem_.Distance(b, now_.centre[At(of_a)]) - problem_.Distance(b, now_.centre[At(of_b)]);
  // Neither balance nor capacity can make up for more than both areas' sizes cost.
  if (gain >= size_cost_[At(of_a)] + size_cost_[At(of_b)] && apart_[At(a)].empty() && apart_[At(b)].empty()) {
    return gain;
  }
  const int64_t moved = problem_.students[At(a)] - problem_.students[At(b)];
  if (moved != 0 && (problem_.weights.student != 0 || problem_.max_students)) {
    gain += SizeCost(schools_in_[At(of_a)], students_in_[At(of_a)] - moved) - size_cost_[At(of_a)] +
            SizeCost(schools_in_[At(of_b)], students_in_[At(of_b)] + moved) - size_cost_[At(of_b)];
  }
  if (!apart_[At(a)].empty()) gain += breach_ * (Clashes(a, of_b, b) - Clashes(a, of_a, -1));
  if (!apart_[At(b)].empty()) gain += breach_ * (Clashes(b, of_a, a) - Clashes(b, of_b, -1));
  return gain;
}

void DesignSearch::Put(int school, int area) {
  const int from = now_.area_of[At(school)];
  now_.area_of[At(school)] = area;
  --schools_in_[At(from)];
  ++schools_in_[At(area)];
  students_in_[At(from)] -= problem_.students[At(school)];
  students_in_[At(area)] += problem_.students[At(school)];
  for (int changed : {from, area}) {
    size_cost_[At(changed)] = SizeCost(schools_in_[At(changed)], students_in_[At(changed)]);
  }
}

// Sizes and cost of the division held, anew.
void DesignSearch::Count() {
  std::fill(schools_in_.begin(), schools_in_.end(), 0);
  std::fill(students_in_.begin(), students_in_.end(), 0);
  cost_ = 0;
  for (int i = 0; i < problem_.schools(); ++i) {
    const int area = now_.area_of[At(i)];
    ++schools_in_[At(area)];
    students_in_[At(area)] += problem_.students[At(i)];
    cost_ += problem_.Distance(i, now_.centre[At(area)]);
  }
  for (int area = 0; area < problem_.areas; ++area) {
    size_cost_[At(area)] = SizeCost(schools_in_[At(area)], students_in_[At(area)]);
    cost_ += size_cost_[At(area)];
  }
  for (const auto& [a, b] : problem_.apart) {
    if (now_.area_of[At(a)] == now_.area_of[At(b)]) cost_ += breach_;
  }
}

bool DesignSearch::MoveAny() {
  bool moved = false;
  const int begin = Random(problem_.schools());
  for (int k = 0; k < problem_.schools(); ++k) {
    const int school = (begin + k) % problem_.schools();
    if (!MayLeave(school)) continue;
    int64_t best = 0;
    int to = -1;
    for (int area = 0; area < problem_.areas; ++area) {
      if (area == now_.area_of[At(school)]) continue;
      const int64_t gain = MoveGain(school, area);
      if (gain < best) {
        best = gain;
        to = area;
      }
    }
    if (to == -1) continue;
    Put(school, to);
    cost_ += best;
    moved = true;
  }
  return moved;
}

bool DesignSearch::SwapAny() {
  bool moved = false;
  const int begin = Random(problem_.schools());
  for (int k = 0; k < problem_.schools(); ++k) {
    const int a = (begin + k) % problem_.schools();
    if (!MayLeave(a)) continue;
    for (int b = 0; b < a; ++b) {
      const int of_a = now_.area_of[At(a)], of_b = now_.area_of[At(b)];
      if (of_a == of_b || !MayLeave(b)) continue;
      const int64_t gain = SwapGain(a, b);
      if (gain >= 0) continue;
      Put(a, of_b);
      Put(b, of_a);
      cost_ += gain;
      moved = true;
    }
  }
  return moved;
}

bool DesignSearch::Recentre() {
  std::vector<int> centres = BestCentres(problem_, now_.area_of);
  if (centres == now_.centre) return false;
  now_.centre = std::move(centres);
  const int64_t before = cost_;
  Count();
  return cost_ < before;
}

void DesignSearch::Improve() {
  Count();
  for (bool again = true; again;) {
    while (MoveAny() || SwapAny()) {
    }
    again = Recentre();
  }
  if (cost_ >= best_cost_) return;
  best_cost_ = cost_;
  best_ = now_;
}

// Schools to centres at the least cost, as a flow: a school's unit (or its students, where they are bounded)
// to a centre, a centre's to the whole, dearer outside the mean. Only then is the flow of whole schools.
std::vector<int> DesignSearch::AreasAround(const std::vector<int>& centres) const {
  const int n = problem_.schools(), p = problem_.areas;
  const bool by_load = problem_.max_students.has_value();
  constexpr int64_t kScale = 1000;
  std::vector<int64_t> supply(At(n + p + 1));
  std::vector<FlowArc> arcs;
  for (int i = 0; i < n; ++i) {
    const int64_t units = by_load ? std::max<int64_t>(1, problem_.students[At(i)]) : 1;
    supply[At(i)] = units;
    supply[At(n + p)] -= units;
    int only = problem_.member_of[At(i)];
    for (int area = 0; area < p; ++area) {
      if (centres[At(area)] == i) only = area;
    }
    for (int area = 0; area < p; ++area) {
      const bool open = only == -1 || only == area;
      arcs.push_back(
          {i, n + area, open ? units : 0, problem_.Distance(i, centres[At(area)]) * kScale / units});
    }
  }
  const int64_t all = -supply[At(n + p)];
  const int64_t cap = by_load ? *problem_.max_students : problem_.max_schools.value_or(n);
  const int64_t dear = (by_load ? problem_.weights.student : problem_.weights.school) * kScale;
  const int64_t floor = std::min(cap, all / p), ceiling = std::min(cap, (all + p - 1) / p);
  for (int area = 0; area < p; ++area) {
    arcs.push_back({n + area, n + p, floor, 0});
    arcs.push_back({n + area, n + p, ceiling - floor, dear});
    arcs.push_back({n + area, n + p, all, 2 * dear});
    // Beyond the capacity at a price, so that there always is a flow.
    if (cap < all) {
      arcs.back().capacity = cap - ceiling;
      arcs.push_back({n + area, n + p, all, breach_});
    }
  }
  const auto flow = MinCostFlow(supply, arcs);
  std::vector<int> area_of(At(n), 0);
  for (int i = 0; i < n; ++i) {
    const auto first = flow->begin() + static_cast<ptrdiff_t>(i) * p;
    area_of[At(i)] = static_cast<int>(std::max_element(first, first + p) - first);
  }
  return area_of;
}

void DesignSearch::StartFrom(const std::vector<int>& centres) {
  now_.centre = centres;
  now_.area_of = AreasAround(centres);
  now_.centre = BestCentres(problem_, now_.area_of);
  Improve();
}

void DesignSearch::ReturnToBest() {
  now_ = best_;
  Count();
}

// Some schools go to areas that are near them.
void DesignSearch::ShakeSchools() {
  const int some = 2 + Random(std::max(2, problem_.schools() / 12));
  for (int k = 0; k < some; ++k) {
    const int school = Random(problem_.schools());
    if (!MayLeave(school)) continue;
    const int like = Random(problem_.schools());
    int area = now_.area_of[At(like)];
    for (int tries = 0; tries < 3; ++tries) {
      const int other = Random(problem_.areas);
      if (problem_.Distance(school, now_.centre[At(other)]) <
          problem_.Distance(school, now_.centre[At(area)])) {
        area = other;
      }
    }
    Put(school, area);
  }
}

// One area is given up and another made around some other school.
void DesignSearch::ShakeCentre() {
  std::vector<int> centres = now_.centre;
  const int area = Random(problem_.areas);
  if (problem_.centre_of[At(area)] != -1) return ShakeSchools();
  const int school = Random(problem_.schools());
  const int bound_to = problem_.member_of[At(school)];
  const bool has_members =
      std::find(problem_.member_of.begin(), problem_.member_of.end(), area) != problem_.member_of.end();
  if ((bound_to != -1 || has_members) && bound_to != area) return ShakeSchools();
  if (std::find(centres.begin(), centres.end(), school) != centres.end()) return ShakeSchools();
  centres[At(area)] = school;
  now_.centre = centres;
  now_.area_of = AreasAround(centres);
  now_.centre = BestCentres(problem_, now_.area_of);
}

void DesignSearch::Disturb() {
  Random(4) == 0 ? ShakeCentre() : ShakeSchools();
  Improve();
}

}  // namespace inspectorate::registry
