// Local search over area designs: schools move to another area or change places, centres follow, until
// nothing helps; then the best division is disturbed and the search goes on. Rules that a draft breaks cost
// more than anything else, so that it finds its way back inside them. What was found to gain nothing is not
// looked at again until one of its areas changes.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "services/registry/domain/area_design.h"

namespace inspectorate::registry {

// Beyond this a disturbance of the whole makes more wrong than the search makes good: it stays in a part, and
// two in a row that do not help are taken back (area_design_solve.cc).
inline constexpr int kManySchools = 288;

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
  bool Many() const { return problem_.schools() > kManySchools; }
  bool MayLeave(int school) const;
  int64_t Way(int school, int area) const;
  void MeasureWays(int area);
  int64_t SizeCost(int64_t schools, int64_t students) const;
  int64_t Clashes(int school, int area, int except) const;
  int64_t MoveGain(int school, int to) const;
  int64_t SwapGain(int a, int b) const;
  void Put(int school, int area);
  void Change(int area) { changed_[static_cast<size_t>(area)] = ++moment_; }
  bool ChangedSince(int area, uint64_t moment) const { return changed_[static_cast<size_t>(area)] > moment; }
  void Hold(Division division);
  void Count();
  void Improve();
  bool MoveAny();
  int BestMove(int school, int64_t* gain);
  bool SwapAny();
  bool SwapAnyWith(int school, uint64_t since);
  int64_t LeastWayTo(int area, int from);
  void FindPartners(int school, uint64_t since);
  bool Recentre();
  std::vector<int> AreasAround(const std::vector<int>& centres) const;
  Division Around(const std::vector<int>& centres) const;
  void ShakeSchools();
  void MakeAreaAround(int area, int centre);
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
  uint64_t moment_ = 0;               // counts the changes of areas
  std::vector<uint64_t> changed_;     // by area: when its schools or its centre last changed
  std::vector<uint64_t> no_move_at_;  // by school: when no move of it gained anything
  uint64_t no_swap_at_ = 0;           // no two schools of areas unchanged since gain by changing places
  std::vector<int64_t> way_;          // school × area: metres to the area's centre
  // area × area: how much farther from the one's centre than from its own it is for the school of the other
  // that loses least.
  struct LeastWay {
    int64_t metres = 0;
    uint64_t moment = 0;
  };
  std::vector<LeastWay> least_way_;
  std::vector<std::vector<int>> members_;  // by area
  std::vector<char> partners_;             // by area: whether its schools may gain by changing places
  int64_t cost_ = 0;
  Division best_;
  int64_t best_cost_ = INT64_MAX;
};

}  // namespace inspectorate::registry
