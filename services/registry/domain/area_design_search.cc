#include "services/registry/domain/area_design_search.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/flow/min_cost_flow.h"

namespace inspectorate::registry {
namespace {

constexpr int kAPart = 12;  // a disturbance moves at most one school in so many

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
      size_cost_(At(problem.areas)),
      changed_(At(problem.areas)),
      no_move_at_(problem.students.size()),
      way_(problem.students.size() * At(problem.areas)),
      least_way_(At(problem.areas) * At(problem.areas)),
      members_(At(problem.areas)),
      partners_(At(problem.areas)) {
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

// Kept by area: rows of all distances are far apart in memory.
int64_t DesignSearch::Way(int school, int area) const {
  return way_[At(school) * At(problem_.areas) + At(area)];
}

void DesignSearch::MeasureWays(int area) {
  const int centre = now_.centre[At(area)];
  for (int i = 0; i < problem_.schools(); ++i) {
    way_[At(i) * At(problem_.areas) + At(area)] = problem_.Distance(i, centre);
  }
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
  int64_t gain = Way(school, to) - Way(school, from);
  gain += SizeCost(schools_in_[At(to)] + 1, students_in_[At(to)] + students) - size_cost_[At(to)] +
          SizeCost(schools_in_[At(from)] - 1, students_in_[At(from)] - students) - size_cost_[At(from)];
  if (!apart_[At(school)].empty()) gain += breach_ * (Clashes(school, to, -1) - Clashes(school, from, -1));
  return gain;
}

int64_t DesignSearch::SwapGain(int a, int b) const {
  const int of_a = now_.area_of[At(a)], of_b = now_.area_of[At(b)];
  int64_t gain = Way(a, of_b) - Way(a, of_a) + Way(b, of_a) - Way(b, of_b);
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
  std::erase(members_[At(from)], school);
  members_[At(area)].push_back(school);
  for (int changed : {from, area}) {
    size_cost_[At(changed)] = SizeCost(schools_in_[At(changed)], students_in_[At(changed)]);
    Change(changed);
  }
}

// From now on this division; what stays as it was is not looked at again.
void DesignSearch::Hold(Division division) {
  std::vector<int> moved;
  for (int area = 0; area < problem_.areas; ++area) {
    if (now_.centre[At(area)] != division.centre[At(area)]) moved.push_back(area);
  }
  for (int i = 0; i < problem_.schools(); ++i) {
    if (now_.area_of[At(i)] == division.area_of[At(i)]) continue;
    Change(now_.area_of[At(i)]);
    Change(division.area_of[At(i)]);
  }
  now_ = std::move(division);
  for (int area : moved) {
    Change(area);
    MeasureWays(area);
  }
  Count();
}

// Sizes and cost of the division held, anew.
void DesignSearch::Count() {
  for (auto& members : members_) members.clear();
  std::fill(schools_in_.begin(), schools_in_.end(), 0);
  std::fill(students_in_.begin(), students_in_.end(), 0);
  cost_ = 0;
  for (int i = 0; i < problem_.schools(); ++i) {
    const int area = now_.area_of[At(i)];
    members_[At(area)].push_back(i);
    ++schools_in_[At(area)];
    students_in_[At(area)] += problem_.students[At(i)];
    cost_ += Way(i, area);
  }
  for (int area = 0; area < problem_.areas; ++area) {
    size_cost_[At(area)] = SizeCost(schools_in_[At(area)], students_in_[At(area)]);
    cost_ += size_cost_[At(area)];
  }
  for (const auto& [a, b] : problem_.apart) {
    if (now_.area_of[At(a)] == now_.area_of[At(b)]) cost_ += breach_;
  }
}

// The area where `school` is best off; −1 where it is. Areas that have not changed since no move gained
// anything need not be asked again.
int DesignSearch::BestMove(int school, int64_t* gain) {
  const uint64_t since =
      ChangedSince(now_.area_of[At(school)], no_move_at_[At(school)]) ? 0 : no_move_at_[At(school)];
  int to = -1;
  *gain = 0;
  for (int area = 0; area < problem_.areas; ++area) {
    if (area == now_.area_of[At(school)] || !ChangedSince(area, since)) continue;
    const int64_t of_area = MoveGain(school, area);
    if (of_area >= *gain) continue;
    *gain = of_area;
    to = area;
  }
  no_move_at_[At(school)] = moment_;
  return to;
}

bool DesignSearch::MoveAny() {
  bool moved = false;
  const int begin = Random(problem_.schools());
  for (int k = 0; k < problem_.schools(); ++k) {
    const int school = (begin + k) % problem_.schools();
    if (!MayLeave(school)) continue;
    int64_t gain = 0;
    const int to = BestMove(school, &gain);
    if (to == -1) continue;
    Put(school, to);
    cost_ += gain;
    moved = true;
  }
  return moved;
}

int64_t DesignSearch::LeastWayTo(int area, int from) {
  LeastWay& way = least_way_[At(area) * At(problem_.areas) + At(from)];
  if (way.moment >= std::max(changed_[At(area)], changed_[At(from)]) && way.moment > 0) return way.metres;
  way = {.metres = INT64_MAX / 2, .moment = moment_};
  for (int school : members_[At(from)]) {
    if (!MayLeave(school)) continue;
    const int64_t metres = Way(school, area) - Way(school, from);
    // Who must be apart from somebody gains by other things than distance and size.
    way.metres = apart_[At(school)].empty() ? std::min(way.metres, metres) : INT64_MIN / 2;
    if (!apart_[At(school)].empty()) break;
  }
  return way.metres;
}

// The areas with whose schools `school` may gain by changing places: neither balance nor capacity makes up
// for more than both areas' sizes cost.
void DesignSearch::FindPartners(int school, uint64_t since) {
  const int own = now_.area_of[At(school)];
  const bool all = ChangedSince(own, since);
  for (int area = 0; area < problem_.areas; ++area) {
    partners_[At(area)] = 0;
    if (area == own || (!all && !ChangedSince(area, since))) continue;
    const int64_t metres = Way(school, area) - Way(school, own);
    const int64_t sizes = size_cost_[At(own)] + size_cost_[At(area)];
    partners_[At(area)] = !apart_[At(school)].empty() || metres + LeastWayTo(own, area) < sizes;
  }
}

bool DesignSearch::SwapAnyWith(int school, uint64_t since) {
  bool moved = false;
  FindPartners(school, since);
  if (std::count(partners_.begin(), partners_.end(), 0) == problem_.areas) return false;
  for (int other = 0; other < school; ++other) {
    const int area = now_.area_of[At(other)], own = now_.area_of[At(school)];
    if (partners_[At(area)] == 0 || !MayLeave(other)) continue;
    const int64_t gain = SwapGain(school, other);
    if (gain >= 0) continue;
    Put(school, area);
    Put(other, own);
    cost_ += gain;
    moved = true;
    FindPartners(school, since);
  }
  return moved;
}

bool DesignSearch::SwapAny() {
  const uint64_t since = std::exchange(no_swap_at_, moment_);
  bool moved = false;
  const int begin = Random(problem_.schools());
  for (int k = 0; k < problem_.schools(); ++k) {
    const int school = (begin + k) % problem_.schools();
    if (MayLeave(school)) moved |= SwapAnyWith(school, since);
  }
  return moved;
}

bool DesignSearch::Recentre() {
  std::vector<int> centres = BestCentres(problem_, now_.area_of);
  if (centres == now_.centre) return false;
  const int64_t before = cost_;
  Hold({.area_of = now_.area_of, .centre = std::move(centres)});
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

Division DesignSearch::Around(const std::vector<int>& centres) const {
  std::vector<int> area_of = AreasAround(centres);
  std::vector<int> best = BestCentres(problem_, area_of);
  return {.area_of = std::move(area_of), .centre = std::move(best)};
}

void DesignSearch::StartFrom(const std::vector<int>& centres) {
  Hold(Around(centres));
  Improve();
}

void DesignSearch::ReturnToBest() { Hold(best_); }

// Some schools go to areas that are near them.
void DesignSearch::ShakeSchools() {
  const int some = 2 + Random(std::clamp(problem_.schools() / kAPart, 2, kManySchools / kAPart));
  for (int k = 0; k < some; ++k) {
    const int school = Random(problem_.schools());
    if (!MayLeave(school)) continue;
    const int like = Random(problem_.schools());
    int area = now_.area_of[At(like)];
    for (int tries = 0; tries < 3; ++tries) {
      const int other = Random(problem_.areas);
      if (Way(school, other) < Way(school, area)) area = other;
    }
    Put(school, area);
  }
}

// The schools of the area go to those near them; the search brings the new centre its own.
void DesignSearch::MakeAreaAround(int area, int centre) {
  Division next = now_;
  next.centre[At(area)] = centre;
  next.area_of[At(centre)] = area;
  for (int school : members_[At(area)]) {
    if (school == centre || problem_.member_of[At(school)] != -1) continue;
    int64_t least = INT64_MAX;
    for (int other = 0; other < problem_.areas; ++other) {
      if (other == area || Way(school, other) >= least) continue;
      least = Way(school, other);
      next.area_of[At(school)] = other;
    }
  }
  Hold(std::move(next));
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
  if (Many()) return MakeAreaAround(area, school);
  centres[At(area)] = school;
  Hold(Around(centres));
}

void DesignSearch::Disturb() {
  Random(Many() ? 2 : 4) == 0 ? ShakeCentre() : ShakeSchools();
  Improve();
}

}  // namespace inspectorate::registry
