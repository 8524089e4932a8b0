// Local search over area designs: schools move to another area or change places, centres follow, until
// nothing helps; then the best division is disturbed and the search goes on. Rules that a draft breaks cost
// more than anything else, so that it finds its way back inside them.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "services/registry/domain/area_design.h"

namespace inspectorate::registry {

class DesignSearch {
 public:
  explicit DesignSearch(const DesignProblem& problem);

  // Divides around these centres (one an area, those fixed at their area) at the least cost of distance and
  // numbers, as a minimum-cost flow, and improves it.
  void StartFrom(const std::vector<int>& centres);
  // Disturbs what is held and improves it again.
  void Disturb();
  // What is held, with rules that it breaks; and the best seen.
  int64_t cost() const { return cost_; }
  int64_t best_cost() const { return best_cost_; }
  bool best_keeps_rules() const { return best_cost_ < breach_; }
  Division best() const { return best_; }
  void ReturnToBest();

 private:
  int Random(int end) { return static_cast<int>(random_() % static_cast<uint64_t>(end)); }
  bool MayLeave(int school) const;
  int64_t SizeCost(int64_t schools, int64_t students) const;
  int64_t Clashes(int school, int area, int except) const;
  int64_t MoveGain(int school, int to) const;
  int64_t SwapGain(int a, int b) const;
  void Put(int school, int area);
  void Count();
  void Improve();
  bool MoveAny();
  bool SwapAny();
  bool Recentre();
  std::vector<int> AreasAround(const std::vector<int>& centres) const;
  void ShakeSchools();
  void ShakeCentre();

  const DesignProblem& problem_;
  std::vector<std::vector<int>> apart_;  // by school
  FairShare fair_schools_;
  FairShare fair_students_;
  int64_t breach_ = 0;  // more than any division that keeps the rules
  std::mt19937_64 random_;
  Division now_;
  std::vector<int64_t> schools_in_;   // by area
  std::vector<int64_t> students_in_;  // by area
  std::vector<int64_t> size_cost_;    // by area
  int64_t cost_ = 0;
  Division best_;
  int64_t best_cost_ = INT64_MAX;
};

}  // namespace inspectorate::registry
