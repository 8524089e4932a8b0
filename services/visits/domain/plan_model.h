// A plan problem in numbers: everything by index, in an order that does not depend on how the problem was
// written down. Internal to planners.
#pragma once

#include <cstdint>
#include <vector>

#include "services/visits/domain/planner.h"

namespace inspectorate::visits {

class PlanModel {
 public:
  // The problem must have passed CheckProblem and outlive the model.
  explicit PlanModel(const PlanProblem& problem);

  int days() const { return static_cast<int>(problem_.working_days.size()); }
  int inspectors() const { return static_cast<int>(inspectors_.size()); }
  int schools() const { return static_cast<int>(schools_.size()); }
  int visits() const { return static_cast<int>(visits_.size()); }

  Date day(int d) const { return problem_.working_days[static_cast<size_t>(d)]; }
  const PlanInspector& inspector(int i) const { return *inspectors_[static_cast<size_t>(i)]; }
  const PlanSchool& school(int s) const { return *schools_[static_cast<size_t>(s)]; }
  // Place of the visit in the problem.
  size_t place(int v) const { return visits_[static_cast<size_t>(v)].place; }
  int school_of(int v) const { return visits_[static_cast<size_t>(v)].school; }
  // Working days inside the window, and of those the ones on which the school may be visited.
  const std::vector<int>& window(int v) const { return visits_[static_cast<size_t>(v)].window; }
  const std::vector<int>& open_days(int v) const { return visits_[static_cast<size_t>(v)].open_days; }

  // May the inspector act at the school on the day?
  bool eligible(int s, int i, int d) const { return eligible_[Cell(s, i, d)] != 0; }
  // Whether no visit stands in that half yet.
  bool free(int i, int d, HalfDay half) const;
  // Visits the inspector can still take that day and that month, by what stands already.
  int room_on(int i, int d) const;
  int room(int i) const;

  // Points for this inspector at this school, without load; see PlanWeights.
  int64_t preference(int s, int i) const;

  // The same number for the same seed and arguments, evenly spread over 64 bits.
  uint64_t Draw(uint64_t a, uint64_t b, uint64_t c = 0) const;

 private:
  struct VisitRow {
    size_t place;
    int school;
    std::vector<int> window;
    std::vector<int> open_days;
  };

  size_t Cell(int s, int i, int d) const;
  void OrderParts();
  void FillVisits();
  void FillEligibility();
  void FillBooked();

  const PlanProblem& problem_;
  std::vector<const PlanInspector*> inspectors_;
  std::vector<const PlanSchool*> schools_;
  std::vector<VisitRow> visits_;
  std::vector<uint8_t> eligible_;
  std::vector<uint8_t> booked_;  // bits of halves, by inspector and day
};

}  // namespace inspectorate::visits
