#include "services/visits/app/plan_problem.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/roster/calendar.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/roster/school_rest.h"
#include "services/visits/domain/obligations.h"
#include "services/visits/store/ledger_rows.h"
#include "services/visits/store/roster_facts.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

absl::Status LoadRules(db::Session& session, const std::string& office, Date day, PlanProblem* problem) {
  ASSIGN_OR_RETURN(roster::Policy policy, roster::LoadPolicy(session, office, day));
  const std::pair<const char*, int*> values[] = {{"visit.max_per_inspector_month", &problem->caps.per_month},
                                                 {"visit.max_per_inspector_day", &problem->caps.per_day},
                                                 {"plan.weight.load", &problem->weights.load},
                                                 {"plan.weight.not_main", &problem->weights.not_main},
                                                 {"plan.weight.other_area", &problem->weights.other_area}};
  for (const auto& [key, value] : values) {
    ASSIGN_OR_RETURN(int64_t number, policy.Int(key));
    *value = static_cast<int>(number);
  }
  if (problem->panel_size == 0) {
    ASSIGN_OR_RETURN(int64_t least, policy.Int("visit.panel_min.routine"));
    problem->panel_size = static_cast<int>(least);
  }
  ASSIGN_OR_RETURN(problem->eligibility, roster::LoadEligibilityPolicy(session, office, day));
  return absl::OkStatus();
}

absl::Status LoadInspectors(db::Session& session, const std::string& office, Date day, Standing& standing,
                            PlanProblem* problem) {
  ASSIGN_OR_RETURN(auto inspectors, roster::LoadOfficeInspectors(session, office));
  ASSIGN_OR_RETURN(auto areas, AreasOfInspectors(session, office, day));
  for (auto& [id, facts] : inspectors) {
    problem->inspectors.push_back({.id = id,
                                   .area = areas[id],
                                   .facts = std::move(facts),
                                   .booked = std::move(standing.inspectors[id])});
  }
  return absl::OkStatus();
}

// Those of the working days that lie in one of the periods.
void AddDaysOf(const std::vector<Period>& periods, const std::vector<Date>& working_days,
               std::vector<Date>* days) {
  for (const Date day : working_days) {
    if (std::ranges::any_of(periods, [day](const Period& period) { return period.Contains(day); })) {
      days->push_back(day);
    }
  }
}

// Only schools that have to be visited.
absl::Status LoadSchools(db::Session& session, const std::string& office, Date day, Standing& standing,
                         PlanProblem* problem) {
  ASSIGN_OR_RETURN(auto areas, AreasOfSchools(session, office, day));
  ASSIGN_OR_RETURN(auto assigned, AssignedInspectors(session, office, day));
  ASSIGN_OR_RETURN(auto rests, roster::LoadRestPeriods(session, office));
  std::vector<Uuid> ids;
  for (const VisitToPlan& visit : problem->visits) ids.push_back(visit.school);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  ASSIGN_OR_RETURN(const auto schools, roster::LoadSchools(session, ids, day));
  for (const Uuid& id : ids) {
    const auto school = schools.find(id);
    if (school == schools.end()) return NotFound("schools/" + FormatUuid(id));
    std::vector<Date> blackout = std::move(standing.schools[id]);
    AddDaysOf(rests[id], problem->working_days, &blackout);
    problem->schools.push_back({.facts = school->second.facts,
                                .area = areas[id],
                                .assigned = std::move(assigned[id]),
                                .blackout = std::move(blackout)});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PlanProblem> LoadPlanProblem(db::Session& session, const std::string& office, Date month,
                                            Date today, int panel_size, uint64_t seed) {
  PlanProblem problem;
  problem.panel_size = panel_size;
  problem.seed = seed;
  const Date first = std::max(month, today);
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(session, office));
  if (first < NextMonth(month)) {
    ASSIGN_OR_RETURN(problem.working_days, calendar->WorkingDaysIn(first, NextMonth(month)));
  }
  ASSIGN_OR_RETURN(std::vector<Obligation> open, OpenInMonth(session, office, month));
  problem.visits = VisitsOfMonth(std::move(open), month);
  ASSIGN_OR_RETURN(Standing standing, StandingIn(session, office, month));
  RETURN_IF_ERROR(LoadRules(session, office, first, &problem));
  RETURN_IF_ERROR(LoadInspectors(session, office, first, standing, &problem));
  RETURN_IF_ERROR(LoadSchools(session, office, first, standing, &problem));
  return problem;
}

}  // namespace inspectorate::visits
