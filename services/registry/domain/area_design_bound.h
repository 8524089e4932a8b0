// A lower bound for area designs: Lagrangian relaxation of "each school in one area". For given prices of the
// schools each possible centre gathers the schools that pay for themselves, inside the capacity; the cheapest
// centres together cost no more than any division. Subgradient steps raise the bound.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "services/registry/domain/area_design.h"

namespace inspectorate::registry {

class DesignBound {
 public:
  explicit DesignBound(const DesignProblem& problem);

  // One step towards `target`, the cost of a division that is known. False: no further step will help.
  bool Step(int64_t target);
  // The best so far, in metres; costs are whole, so it is rounded up.
  int64_t best() const;
  // The centres that were cheapest at the latest step, the fixed ones first in the order of their areas.
  const std::vector<int>& centres() const { return chosen_; }

 private:
  struct Gathered {
    int64_t cost = 0;
    std::vector<int> schools;
  };

  bool Bars(int school, int centre) const;
  bool Holds(int school, int centre) const;
  int64_t Reduced(int school, int centre) const;
  void Gather(int centre, Gathered* out) const;
  void SortWhatMayPay(int64_t fixed, std::vector<std::pair<int64_t, int>>* open) const;
  void GatherByCount(int centre, Gathered* out) const;
  void GatherByLoad(int centre, Gathered* out) const;
  void ChooseCentres();
  void MovePrices(int64_t value, int64_t target);

  const DesignProblem& problem_;
  FairShare fair_schools_;
  FairShare fair_students_;
  int64_t all_students_ = 0;
  int64_t load_unit_ = 1;             // students a step of the knapsack
  bool by_load_ = false;              // the knapsack over students, else the best number of schools
  std::vector<int> fixed_to_;         // by school: the fixed centre that must gather it, or −1
  std::vector<int64_t> price_;        // by school
  std::vector<int64_t> student_fee_;  // by centre: price of a student above (or, negative, below) the mean
  std::vector<Gathered> gathered_;    // by centre
  std::vector<int> chosen_;
  int64_t best_ = INT64_MIN;
  double scale_ = 1.5;
  int idle_ = 0;
};

}  // namespace inspectorate::registry
