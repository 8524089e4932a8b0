#include "services/visits/app/plans.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility.h"
#include "common/status/error.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/visits/app/obligations.h"
#include "services/visits/app/panel.h"
#include "services/visits/app/plan_problem.h"
#include "services/visits/app/reach.h"
#include "services/visits/domain/plan_inputs.h"
#include "services/visits/store/roster_facts.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

using resource::Description;
using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;
using resource::UuidOf;

std::string InspectorName(const Uuid& id) { return "inspectors/" + FormatUuid(id); }

bool CanActAtAll(const PlanProblem& problem, const PlanInspector& inspector) {
  return std::any_of(problem.working_days.begin(), problem.working_days.end(), [&](Date day) {
    return roster::CheckStanding(inspector.facts, day, problem.eligibility).empty();
  });
}

// Counts of a plan, over obligations and over the inspectors who can act at all.
void Count(const PlanProblem& problem, const Plan& solved, v1::Plan* plan) {
  std::map<Uuid, int> loads;
  for (const PlanInspector& inspector : problem.inspectors) {
    if (CanActAtAll(problem, inspector)) loads[inspector.id] = 0;
  }
  for (const PlannedVisit& planned : solved.visits) {
    const int obligations = static_cast<int>(planned.visit.obligations.size());
    plan->set_obligations(plan->obligations() + obligations);
    if (!planned.unassigned.has_value()) plan->set_covered(plan->covered() + obligations);
    for (const Uuid& member : planned.panel) ++loads[member];
  }
  if (loads.empty()) return;
  const auto [least, most] = std::minmax_element(
      loads.begin(), loads.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  plan->set_min_load(least->second);
  plan->set_max_load(most->second);
  plan->set_inspectors(static_cast<int>(
      std::count_if(loads.begin(), loads.end(), [](const auto& load) { return load.second > 0; })));
}

v1::Plan RecordOf(const PlanProblem& problem, const Plan& solved, const v1::CreatePlanRequest& request) {
  v1::Plan plan;
  plan.set_name(request.parent() + "/plans/" + request.request_id());
  *plan.mutable_month() = ToProto(MonthBegin(FromProto(request.month())));
  plan.set_state(v1::SOLVED);
  plan.set_seed(solved.seed);
  plan.set_solver(solved.solver);
  plan.set_inputs_hash(InputsHash(problem));
  plan.set_objective(solved.objective);
  if (solved.best_bound.has_value()) plan.set_best_bound(*solved.best_bound);
  plan.set_panel_size(problem.panel_size);
  plan.set_notice_mode(request.notice_mode());
  Count(problem, solved, &plan);
  return plan;
}

// One item an obligation.
std::vector<v1::PlanItem> ItemsOf(const Plan& solved, const v1::Plan& plan) {
  const std::string office = "offices/" + SlugOf(plan.name());
  std::vector<v1::PlanItem> items;
  for (const PlannedVisit& planned : solved.visits) {
    for (const Uuid& obligation : planned.visit.obligations) {
      v1::PlanItem& item = items.emplace_back();
      item.set_name(plan.name() + "/items/" + std::to_string(items.size()));
      item.set_obligation(office + "/obligations/" + FormatUuid(obligation));
      item.set_school("schools/" + FormatUuid(planned.visit.school));
      if (planned.unassigned.has_value()) {
        item.set_unassigned_code(std::string(CodeName(*planned.unassigned)));
        item.set_unassigned_zh(std::string(TextZh(*planned.unassigned)));
        item.set_unassigned_en(std::string(TextEn(*planned.unassigned)));
        continue;
      }
      for (const Uuid& member : planned.panel) item.add_inspectors(InspectorName(member));
      *item.mutable_day() = ToProto(planned.slot.day);
      item.set_half_day(static_cast<v1::HalfDay>(planned.slot.half));
    }
  }
  return items;
}

// Keeps a solved plan, unless an earlier run of the same operation has kept it.
absl::Status Keep(work::Unit& unit, v1::Plan* plan, std::vector<v1::PlanItem> items) {
  ASSIGN_OR_RETURN(bool kept, resource::Load(unit.db(), Description::Of<v1::Plan>(), plan->name(), plan));
  if (kept) return absl::OkStatus();
  RETURN_IF_ERROR(resource::Insert(unit, Description::Of<v1::Plan>(), plan, "plan.solved"));
  for (v1::PlanItem& item : items) {
    RETURN_IF_ERROR(resource::Insert(unit, Description::Of<v1::PlanItem>(), &item));
  }
  return absl::OkStatus();
}

// The visits a plan stands for: items of one school at one time are one visit.
std::vector<v1::Visit> VisitsOf(const v1::Plan& plan, const std::vector<v1::PlanItem>& items) {
  std::map<std::tuple<std::string, Date, int>, v1::Visit> visits;
  for (const v1::PlanItem& item : items) {
    if (item.inspectors().empty()) continue;
    v1::Visit& visit = visits[{item.school(), FromProto(item.day()), item.half_day()}];
    visit.add_obligations(item.obligation());
    if (!visit.plan().empty()) continue;
    visit.set_school(item.school());
    visit.set_type(v1::ROUTINE);
    visit.set_state(v1::PLANNED);
    *visit.mutable_panel() = item.inspectors();
    visit.set_plan(plan.name());
    visit.set_notice_mode(plan.notice_mode());
    *visit.mutable_planned_day() = item.day();
    visit.set_half_day(item.half_day());
  }
  std::vector<v1::Visit> list;
  for (auto& [key, visit] : visits) list.push_back(std::move(visit));
  return list;
}

absl::Status MakeVisit(work::Unit& unit, const std::string& office, v1::Visit* visit) {
  const auto& description = Description::Of<v1::Visit>();
  const Date day = FromProto(visit->planned_day());
  visit->set_name(resource::NewName(description, "offices/" + office, unit.recorded()));
  RETURN_IF_ERROR(CheckPanel(unit.db(), *visit, day, /*sent=*/true));
  ASSIGN_OR_RETURN(Uuid area, AreaOfSchool(unit.db(), office, UuidOf(visit->school()), day));
  if (area != Uuid{}) visit->set_area("offices/" + office + "/areas/" + FormatUuid(area));
  RETURN_IF_ERROR(resource::Insert(unit, description, visit, "visit.planned"));
  RETURN_IF_ERROR(InsertPanel(unit.db(), *visit, /*sent=*/true));
  return ClaimObligations(unit, *visit);
}

absl::Status SupersedeOthers(work::Unit& unit, const std::string& office, const v1::Plan& published) {
  ASSIGN_OR_RETURN(
      auto others,
      resource::Select<v1::Plan>(unit.db(), "`office` = ? AND `month` = ? AND `state` = ? AND `plan` <> ?",
                                 {office, FromProto(published.month()), v1::SOLVED, UuidOf(published.name())},
                                 "ORDER BY `plan` FOR UPDATE"));
  for (v1::Plan& other : others) {
    other.set_state(v1::SUPERSEDED);
    RETURN_IF_ERROR(resource::Update(unit, Description::Of<v1::Plan>(), &other, "plan.superseded",
                                     work::Change::STATE_CHANGED));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<lro::Operation> CreatePlan(work::Unit& unit, const rpc::Call& call,
                                          lro::Operations& operations, const v1::CreatePlanRequest& request) {
  const std::string office = SlugOf(request.parent());
  RETURN_IF_ERROR(ReachToWrite(unit, call, office).status());
  const Uuid id = NewUuid(unit.recorded());
  v1::CreatePlanRequest settled = request;
  settled.set_request_id(FormatUuid(id));
  if (settled.seed() == 0) {
    for (size_t i = 8; i < id.bytes.size(); ++i) settled.set_seed(settled.seed() << 8 | id.bytes[i]);
  }
  if (settled.notice_mode() == v1::NOTICE_MODE_UNSPECIFIED) settled.set_notice_mode(v1::UNANNOUNCED);
  return operations.Enqueue(unit, office, kSolvePlan, settled);
}

absl::StatusOr<std::unique_ptr<lro::Message>> SolvePlan(work::Writer& writer, const Planner& planner,
                                                        lro::Context& context,
                                                        const v1::CreatePlanRequest& request) {
  const std::string& office = context.office();
  const Date month = MonthBegin(FromProto(request.month()));
  context.Progress(0, 3, "读取任务和名册", "reading obligations and roster");
  PlanProblem problem;
  RETURN_IF_ERROR(writer.database().Read(context.budget(), [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(Time now, work::OfficeNow(session, office, writer.clock()));
    ASSIGN_OR_RETURN(problem, LoadPlanProblem(session, office, month, ChinaDate(now), request.panel_size(),
                                              request.seed()));
    return absl::OkStatus();
  }));
  if (problem.visits.empty()) {
    return Error(ErrorReason::NOTHING_TO_PLAN, {{"month", FormatDate(month).substr(0, 7)}});
  }
  context.Progress(1, 3, "排定计划", "planning");
  ASSIGN_OR_RETURN(Plan solved, planner.Solve(problem));
  RETURN_IF_ERROR(VerifyPlan(problem, solved));
  auto plan = std::make_unique<v1::Plan>(RecordOf(problem, solved, request));
  if (request.must_cover() && plan->covered() < plan->obligations()) {
    return Error(ErrorReason::PLAN_INFEASIBLE,
                 {{"count", std::to_string(plan->obligations() - plan->covered())}});
  }
  if (!context.Progress(2, 3, "保存计划", "saving the plan")) return Error(ErrorReason::CALL_CANCELLED);
  const v1::Plan proposed = *plan;
  RETURN_IF_ERROR(writer.RunInternal(context.budget(), context.actor(), [&](work::Unit& unit) {
    *plan = proposed;
    return Keep(unit, plan.get(), ItemsOf(solved, proposed));
  }));
  return plan;
}

absl::StatusOr<v1::Plan> PublishPlan(work::Unit& unit, const rpc::Call& call,
                                     const v1::PublishPlanRequest& request) {
  const std::string office = SlugOf(request.name());
  RETURN_IF_ERROR(ReachToWrite(unit, call, office).status());
  ASSIGN_OR_RETURN(auto plan, resource::Get<v1::Plan>(unit.db(), request.name(), resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(plan, request.etag()));
  if (plan.state() != v1::SOLVED) {
    return Error(ErrorReason::STATE_TRANSITION_DENIED,
                 {{"resource", plan.name()},
                  {"state", plan.state() == v1::PUBLISHED ? "已发布 (published)" : "已替代 (superseded)"},
                  {"event", "发布 (publish)"}});
  }
  ASSIGN_OR_RETURN(auto items,
                   resource::Select<v1::PlanItem>(unit.db(), "`office` = ? AND `plan` = ?",
                                                  {office, UuidOf(plan.name())}, "ORDER BY `item`"));
  std::vector<v1::Visit> visits = VisitsOf(plan, items);
  for (v1::Visit& visit : visits) RETURN_IF_ERROR(MakeVisit(unit, office, &visit));
  RETURN_IF_ERROR(SupersedeOthers(unit, office, plan));
  plan.set_state(v1::PUBLISHED);
  plan.set_visits(static_cast<int>(visits.size()));
  plan.set_published_by(unit.actor().subject);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<v1::Plan>(), &plan, "plan.published",
                                   work::Change::STATE_CHANGED));
  return plan;
}

}  // namespace inspectorate::visits
