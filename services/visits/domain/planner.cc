#include "services/visits/domain/planner.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "common/base/macros.h"

namespace inspectorate::visits {
namespace {

constexpr int kMaxWeight = 1000;

absl::Status Bad(const std::string& why) { return absl::InvalidArgumentError("plan problem: " + why); }
absl::Status Broken(std::string_view rule, const Uuid& where) {
  return absl::InternalError("plan breaks a rule: " + std::string(rule) + " at " + FormatUuid(where));
}

absl::Status CheckWeights(const PlanWeights& weights) {
  for (const int weight : {weights.load, weights.not_main, weights.other_area}) {
    if (weight < 0 || weight > kMaxWeight) return Bad("a weight is outside 0 … 1000");
  }
  return absl::OkStatus();
}

// The verifier's own view of a problem: plain maps, nothing shared with any planner.
class Verifier {
 public:
  explicit Verifier(const PlanProblem& problem)
      : problem_(problem), working_days_(problem.working_days.begin(), problem.working_days.end()) {
    for (const PlanInspector& inspector : problem.inspectors) inspectors_[inspector.id] = &inspector;
    for (const PlanSchool& school : problem.schools) schools_[school.facts.id] = &school;
    for (const PlanInspector& inspector : problem.inspectors) {
      for (const Slot& slot : inspector.booked) Book(inspector.id, slot);
    }
  }

  absl::Status Check(const PlannedVisit& planned) {
    const Uuid& where = planned.visit.obligations.front();
    if (planned.panel.empty() != planned.unassigned.has_value()) return Broken("a panel or a reason", where);
    if (planned.panel.empty()) return absl::OkStatus();
    RETURN_IF_ERROR(CheckDay(planned, where));
    if (static_cast<int>(planned.panel.size()) != problem_.panel_size) return Broken("panel size", where);
    const std::set<Uuid> distinct(planned.panel.begin(), planned.panel.end());
    if (distinct.size() != planned.panel.size()) return Broken("distinct inspectors", where);
    for (const Uuid& inspector : planned.panel) RETURN_IF_ERROR(CheckMember(inspector, planned, where));
    return absl::OkStatus();
  }

 private:
  absl::Status CheckDay(const PlannedVisit& planned, const Uuid& where) {
    const Date day = planned.slot.day;
    const PlanSchool& school = *schools_.at(planned.visit.school);
    if (!working_days_.contains(day)) return Broken("working days", where);
    if (day < planned.visit.from || day > planned.visit.to) return Broken("window", where);
    if (std::find(school.blackout.begin(), school.blackout.end(), day) != school.blackout.end()) {
      return Broken("blackout", where);
    }
    if (!school_days_.insert({school.facts.id, day}).second)
      return Broken("one visit a school and day", where);
    return absl::OkStatus();
  }

  absl::Status CheckMember(const Uuid& id, const PlannedVisit& planned, const Uuid& where) {
    const auto found = inspectors_.find(id);
    if (found == inspectors_.end()) return Broken("known inspectors", where);
    const roster::SchoolFacts& school = schools_.at(planned.visit.school)->facts;
    if (!CheckEligibility(found->second->facts, school, planned.slot.day, problem_.eligibility).empty()) {
      return Broken("eligibility", where);
    }
    if (!Book(id, planned.slot)) return Broken("one place at a time", where);
    if (++per_month_[id] + static_cast<int>(found->second->booked.size()) > problem_.caps.per_month) {
      return Broken("visits a month", where);
    }
    if (per_day_[{id, planned.slot.day}] > problem_.caps.per_day) return Broken("visits a day", where);
    return absl::OkStatus();
  }

  // False when the inspector has a visit then.
  bool Book(const Uuid& inspector, const Slot& slot) {
    ++per_day_[{inspector, slot.day}];
    return taken_.insert({inspector, slot}).second;
  }

  const PlanProblem& problem_;
  std::set<Date> working_days_;
  std::map<Uuid, const PlanInspector*> inspectors_;
  std::map<Uuid, const PlanSchool*> schools_;
  std::set<std::pair<Uuid, Slot>> taken_;
  std::map<std::pair<Uuid, Date>, int> per_day_;
  std::map<Uuid, int> per_month_;
  std::set<std::pair<Uuid, Date>> school_days_;
};

struct ReasonText {
  std::string_view code;
  std::string_view zh;
  std::string_view en;
};

const ReasonText& TextOf(UnassignedReason reason) {
  static constexpr ReasonText kNobody{"NO_ELIGIBLE_INSPECTOR",
                                      "期内没有足够的可派督学(聘任、证件、请假或回避)",
                                      "too few inspectors may act at the school in the window"};
  static constexpr ReasonText kCapacity{"CAPACITY", "可派督学均已达到当月次数上限",
                                        "the inspectors who may act have reached their monthly cap"};
  static constexpr ReasonText kNoDay{"NO_COMMON_DAY", "学校与可派督学没有共同的空闲日",
                                     "the school and its inspectors have no free day in common"};
  switch (reason) {
    case UnassignedReason::kNoEligibleInspector:
      return kNobody;
    case UnassignedReason::kCapacity:
      return kCapacity;
    case UnassignedReason::kNoCommonDay:
      return kNoDay;
  }
  std::abort();  // not an enumerator
}

}  // namespace

std::string_view CodeName(UnassignedReason reason) { return TextOf(reason).code; }
std::string_view TextZh(UnassignedReason reason) { return TextOf(reason).zh; }
std::string_view TextEn(UnassignedReason reason) { return TextOf(reason).en; }

absl::Status CheckProblem(const PlanProblem& problem) {
  std::set<Uuid> inspectors, schools, obligations;
  for (const PlanInspector& inspector : problem.inspectors) {
    if (!inspectors.insert(inspector.id).second) return Bad("an inspector is there twice");
  }
  for (const PlanSchool& school : problem.schools) {
    if (!schools.insert(school.facts.id).second) return Bad("a school is there twice");
  }
  for (const VisitToPlan& visit : problem.visits) {
    if (!schools.contains(visit.school)) return Bad("a visit to an unknown school");
    if (visit.obligations.empty()) return Bad("a visit without an obligation");
    for (const Uuid& obligation : visit.obligations) {
      if (!obligations.insert(obligation).second) return Bad("an obligation is there twice");
    }
  }
  for (size_t i = 1; i < problem.working_days.size(); ++i) {
    if (problem.working_days[i] <= problem.working_days[i - 1]) return Bad("working days do not ascend");
  }
  if (problem.panel_size < 1) return Bad("a panel of nobody");
  if (problem.caps.per_month < 0 || problem.caps.per_day < 0) return Bad("a negative cap");
  return CheckWeights(problem.weights);
}

int64_t ObjectiveOf(const PlanProblem& problem, const Plan& plan) {
  std::map<Uuid, const PlanInspector*> inspectors;
  std::map<Uuid, const PlanSchool*> schools;
  std::map<Uuid, int64_t> load;
  for (const PlanInspector& inspector : problem.inspectors) {
    inspectors[inspector.id] = &inspector;
    load[inspector.id] = static_cast<int64_t>(inspector.booked.size());
  }
  for (const PlanSchool& school : problem.schools) schools[school.facts.id] = &school;
  int64_t objective = 0;
  for (const PlannedVisit& planned : plan.visits) {
    const PlanSchool& school = *schools.at(planned.visit.school);
    for (const Uuid& id : planned.panel) {
      objective += (2 * ++load[id] - 1) * problem.weights.load;
      if (school.assigned.empty() || school.assigned.front() != id) objective += problem.weights.not_main;
      if (inspectors.at(id)->area != school.area) objective += problem.weights.other_area;
    }
  }
  return objective;
}

absl::Status VerifyPlan(const PlanProblem& problem, const Plan& plan) {
  RETURN_IF_ERROR(CheckProblem(problem));
  if (plan.visits.size() != problem.visits.size())
    return absl::InternalError("plan and problem differ in visits");
  Verifier verifier(problem);
  for (size_t i = 0; i < plan.visits.size(); ++i) {
    const VisitToPlan& asked = problem.visits[i];
    const VisitToPlan& got = plan.visits[i].visit;
    if (got.obligations != asked.obligations || got.school != asked.school || got.from != asked.from ||
        got.to != asked.to) {
      return Broken("the visits asked for, in order", asked.obligations.front());
    }
    RETURN_IF_ERROR(verifier.Check(plan.visits[i]));
  }
  if (ObjectiveOf(problem, plan) != plan.objective)
    return absl::InternalError("plan states a wrong objective");
  if (plan.best_bound.has_value() && *plan.best_bound > plan.objective) {
    return absl::InternalError("plan states a bound above its objective");
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::visits
