// Planning a month of visits: the seam between what must be planned and who plans it, and the check that
// believes no planner.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/roster/eligibility.h"
#include "services/visits/domain/obligations.h"

namespace inspectorate::visits {

// Numbers of inspectorate.visits.v1.HalfDay; a visit takes one.
enum class HalfDay { kMorning = 1, kAfternoon = 2 };

struct Slot {
  Date day;
  HalfDay half = HalfDay::kMorning;

  auto operator<=>(const Slot&) const = default;  // NOLINT(modernize-use-nullptr): 0 of <=>
};

struct PlanInspector {
  Uuid id;
  Uuid area;
  roster::InspectorFacts facts;
  // Visits of the month that stand already; they count against the caps.
  std::vector<Slot> booked;
};

struct PlanSchool {
  roster::SchoolFacts facts;
  Uuid area;
  // Responsible inspectors (责任督学), the main one first.
  std::vector<Uuid> assigned;
  // Days on which the school is not visited: examinations, closures, visits that stand already.
  std::vector<Date> blackout;
};

// Caps of one inspector, from the policy rules.
struct PlanCaps {
  int per_month = 0;  // visit.max_per_inspector_month
  int per_day = 0;    // visit.max_per_inspector_day; a day has two halves, whatever this says
};

// What a plan should avoid, in points of the objective; each 0 … 1000. The k-th visit of an inspector in the
// month costs (2k − 1) × load, so that loads even out.
struct PlanWeights {
  int load = 0;        // plan.weight.load
  int not_main = 0;    // plan.weight.not_main: visited by another than the main inspector
  int other_area = 0;  // plan.weight.other_area: by one of another area, on top of that
};

struct PlanProblem {
  std::vector<Date> working_days;  // of the month, by the office's calendar
  std::vector<PlanInspector> inspectors;
  std::vector<PlanSchool> schools;
  std::vector<VisitToPlan> visits;
  roster::EligibilityPolicy eligibility;
  PlanCaps caps;
  PlanWeights weights;
  int panel_size = 1;
  uint64_t seed = 0;
};

// Why a visit is not in the plan.
enum class UnassignedReason {
  kNoEligibleInspector,  // too few may act at the school on any working day of its window
  kCapacity,             // those who may have no visit left under their monthly cap
  kNoCommonDay,          // no day on which the school and enough of them are free together
};

// "NO_ELIGIBLE_INSPECTOR", as the contract spells it.
std::string_view CodeName(UnassignedReason reason);
// For people, Chinese and English.
std::string_view TextZh(UnassignedReason reason);
std::string_view TextEn(UnassignedReason reason);

struct PlannedVisit {
  VisitToPlan visit;
  std::vector<Uuid> panel;  // its lead first; empty: unassigned
  Slot slot;
  std::optional<UnassignedReason> unassigned;  // exactly when the panel is empty
};

struct Plan {
  std::vector<PlannedVisit> visits;  // in the order of the problem
  // Objective of the panels, see PlanWeights; visits left out are not in it. Among plans of equal coverage,
  // less is better.
  int64_t objective = 0;
  // No plan of the same coverage can be better than this; absent when the planner proves none. The gap is
  // objective − bound.
  std::optional<int64_t> best_bound;
  uint64_t seed = 0;
  std::string solver;  // name and version
};

class Planner {
 public:
  virtual ~Planner() = default;
  // The same problem, seed included, gives the same plan. Visits that cannot be covered come back with a
  // reason; INVALID_ARGUMENT for a problem that contradicts itself.
  virtual absl::StatusOr<Plan> Solve(const PlanProblem& problem) const = 0;
};

// INVALID_ARGUMENT: an id twice, a visit to an unknown school, a panel or weight out of range, days unsorted.
absl::Status CheckProblem(const PlanProblem& problem);

// The objective that the panels of a plan have, from the definition.
int64_t ObjectiveOf(const PlanProblem& problem, const Plan& plan);

// Re-checks every hard rule from the problem alone: each visit once and in order; panels of distinct,
// eligible inspectors of the size asked; working days inside the window and outside the school's blackout;
// one visit a school and day; nobody in two places, nor above the caps; the stated objective; no bound above
// it. INTERNAL names the first rule broken.
absl::Status VerifyPlan(const PlanProblem& problem, const Plan& plan);

}  // namespace inspectorate::visits
