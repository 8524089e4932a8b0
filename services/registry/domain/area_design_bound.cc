#include "services/registry/domain/area_design_bound.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inspectorate::registry {
namespace {

// Prices are in thousandths of a metre.
constexpr int64_t kUnit = 1000;
constexpr int64_t kKnapsackSteps = 2000;
constexpr int kPatience = 25;
constexpr double kLeastScale = 1e-4;

size_t At(int index) { return static_cast<size_t>(index); }

}  // namespace

DesignBound::DesignBound(const DesignProblem& problem)
    : problem_(problem),
      fixed_to_(problem.students.size(), -1),
      price_(problem.students.size()),
      student_fee_(problem.students.size()),
      gathered_(problem.students.size()) {
  all_students_ = std::accumulate(problem.students.begin(), problem.students.end(), int64_t{0});
  fair_schools_ = FairShare(problem.schools(), problem.areas);
  fair_students_ = FairShare(all_students_, problem.areas);
  by_load_ = problem.max_students && !problem.max_schools && problem.weights.school == 0 &&
             problem.weights.student == 0;
  if (by_load_) load_unit_ = std::max<int64_t>(1, *problem.max_students / kKnapsackSteps);
  for (int i = 0; i < problem.schools(); ++i) {
    const int area = problem.member_of[At(i)];
    if (area != -1) fixed_to_[At(i)] = problem.centre_of[At(area)];
  }
  // To begin with, a school pays about what the distance to a near centre costs.
  std::vector<int64_t> row(problem.students.size());
  for (int i = 0; i < problem.schools(); ++i) {
    for (int j = 0; j < problem.schools(); ++j) row[At(j)] = problem.Distance(i, j);
    const auto near = row.begin() + static_cast<ptrdiff_t>(row.size() / At(2 * problem.areas + 1));
    std::nth_element(row.begin(), near, row.end());
    price_[At(i)] = *near * kUnit;
  }
}

bool DesignBound::Bars(int school, int centre) const {
  return fixed_to_[At(school)] != -1 && fixed_to_[At(school)] != centre;
}

// A centre is a school of its own area.
bool DesignBound::Holds(int school, int centre) const {
  return school == centre || fixed_to_[At(school)] == centre;
}

int64_t DesignBound::Reduced(int school, int centre) const {
  return problem_.Distance(school, centre) * kUnit - price_[At(school)] +
         student_fee_[At(centre)] * problem_.students[At(school)];
}

// The cheapest in order, as many as may be taken: not more than there is room for, and beyond the mean none
// that does not pay for itself.
void DesignBound::SortWhatMayPay(int64_t fixed, std::vector<std::pair<int64_t, int>>* open) const {
  const int64_t paying =
      std::count_if(open->begin(), open->end(), [](const auto& school) { return school.first < 0; });
  int64_t most = std::max(paying, fair_schools_.ceiling - fixed);
  if (problem_.max_schools) most = std::min(most, *problem_.max_schools - fixed);
  most = std::clamp<int64_t>(most, 0, static_cast<int64_t>(open->size()));
  const auto end = open->begin() + most;
  if (end != open->end()) std::nth_element(open->begin(), end, open->end());
  open->erase(end, open->end());
  std::sort(open->begin(), open->end());
}

// The cheapest number of schools, with what a number outside the mean costs. Capacity in students is left
// out.
void DesignBound::GatherByCount(int centre, Gathered* out) const {
  std::vector<std::pair<int64_t, int>> open;
  int64_t sum = 0;
  for (int i = 0; i < problem_.schools(); ++i) {
    if (Bars(i, centre)) continue;
    if (Holds(i, centre)) {
      sum += Reduced(i, centre);
      out->schools.push_back(i);
    } else {
      open.emplace_back(Reduced(i, centre), i);
    }
  }
  const auto fixed = static_cast<int64_t>(out->schools.size());
  SortWhatMayPay(fixed, &open);
  const auto cost_of = [&](int64_t count) {
    return problem_.weights.school * kUnit * fair_schools_.Outside(count);
  };
  int64_t least = sum + cost_of(fixed);
  size_t taken = 0;
  for (size_t k = 1; k <= open.size(); ++k) {
    const int64_t count = fixed + static_cast<int64_t>(k);
    if (problem_.max_schools && count > *problem_.max_schools) break;
    sum += open[k - 1].first;
    if (sum + cost_of(count) >= least) continue;
    least = sum + cost_of(count);
    taken = k;
  }
  for (size_t k = 0; k < taken; ++k) out->schools.push_back(open[k].second);
  // |t − mean| is at least fee × (t − mean) for a fee within the weight.
  const int64_t fee = student_fee_[At(centre)];
  out->cost = least - fee * (fee > 0 ? fair_students_.ceiling : fair_students_.floor);
}

// The best load inside the capacity: a knapsack. Loads are rounded down to the unit, which relaxes it.
void DesignBound::GatherByLoad(int centre, Gathered* out) const {
  int64_t room = *problem_.max_students / load_unit_;
  std::vector<int> open;
  for (int i = 0; i < problem_.schools(); ++i) {
    if (Bars(i, centre)) continue;
    if (Holds(i, centre)) {
      out->cost += Reduced(i, centre);
      out->schools.push_back(i);
      room -= problem_.students[At(i)] / load_unit_;
    } else if (Reduced(i, centre) < 0) {
      open.push_back(i);
    }
  }
  const auto width = static_cast<size_t>(std::max<int64_t>(room, 0)) + 1;
  std::vector<int64_t> best(width);
  std::vector<char> takes(open.size() * width);
  for (size_t k = 0; k < open.size(); ++k) {
    const auto load = static_cast<size_t>(problem_.students[At(open[k])] / load_unit_);
    const int64_t gain = Reduced(open[k], centre);
    for (size_t at = width; at-- > load;) {
      if (best[at - load] + gain >= best[at]) continue;
      best[at] = best[at - load] + gain;
      takes[k * width + at] = 1;
    }
  }
  out->cost += best[width - 1];
  for (size_t k = open.size(), at = width - 1; k-- > 0;) {
    if (takes[k * width + at] == 0) continue;
    out->schools.push_back(open[k]);
    at -= static_cast<size_t>(problem_.students[At(open[k])] / load_unit_);
  }
}

void DesignBound::Gather(int centre, Gathered* out) const {
  out->cost = 0;
  out->schools.clear();
  by_load_ ? GatherByLoad(centre, out) : GatherByCount(centre, out);
}

void DesignBound::ChooseCentres() {
  chosen_.clear();
  for (int centre : problem_.centre_of) {
    if (centre != -1) chosen_.push_back(centre);
  }
  const size_t fixed = chosen_.size();
  // A school that another fixed centre gathers is no centre itself.
  for (int j = 0; j < problem_.schools(); ++j) {
    if (fixed_to_[At(j)] == -1) chosen_.push_back(j);
  }
  std::sort(chosen_.begin() + static_cast<ptrdiff_t>(fixed), chosen_.end(), [&](int a, int b) {
    return std::pair(gathered_[At(a)].cost, a) < std::pair(gathered_[At(b)].cost, b);
  });
  chosen_.resize(At(problem_.areas));
}

void DesignBound::MovePrices(int64_t value, int64_t target) {
  std::vector<int> missing(price_.size(), 1);
  for (int centre : chosen_) {
    for (int school : gathered_[At(centre)].schools) --missing[At(school)];
  }
  double norm = 0;
  for (int m : missing) norm += m * m;
  const double mean = static_cast<double>(all_students_) / problem_.areas;
  std::vector<double> excess;
  for (int centre : chosen_) {
    double students = -mean;
    for (int school : gathered_[At(centre)].schools)
      students += static_cast<double>(problem_.students[At(school)]);
    excess.push_back(students);
  }
  if (norm == 0 && problem_.weights.student == 0) return;
  const double step = scale_ * static_cast<double>(target * kUnit - value) / std::max(norm, 1.0);
  for (size_t i = 0; i < price_.size(); ++i) price_[i] += std::llround(step * missing[i]);
  if (problem_.weights.student == 0) return;
  // Fees move on their own scale: a student weighs far less than a school.
  const double limit = static_cast<double>(problem_.weights.student * kUnit);
  for (size_t k = 0; k < chosen_.size(); ++k) {
    int64_t& fee = student_fee_[At(chosen_[k])];
    const double moved = static_cast<double>(fee) + scale_ * 0.2 * limit * excess[k] / std::max(mean, 1.0);
    fee = std::llround(std::clamp(moved, -limit, limit));
  }
}

bool DesignBound::Step(int64_t target) {
  for (int j = 0; j < problem_.schools(); ++j) Gather(j, &gathered_[At(j)]);
  ChooseCentres();
  int64_t value = std::accumulate(price_.begin(), price_.end(), int64_t{0});
  for (int centre : chosen_) value += gathered_[At(centre)].cost;
  if (value > best_) {
    best_ = value;
    idle_ = 0;
  } else if (++idle_ >= kPatience) {
    scale_ /= 2;
    idle_ = 0;
  }
  if (best() >= target || scale_ < kLeastScale) return false;
  MovePrices(value, target);
  return true;
}

int64_t DesignBound::best() const {
  if (best_ <= 0) return 0;
  return (best_ + kUnit - 1) / kUnit;
}

}  // namespace inspectorate::registry
