#include "services/registry/app/area_designs.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "services/registry/app/area_design_problem.h"
#include "services/registry/domain/area_match.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;

std::string SchoolName(const Uuid& id) { return "schools/" + FormatUuid(id); }

// The refusals of the solver, as the catalogue has them.
absl::Status AsError(const absl::Status& status) {
  if (absl::IsCancelled(status)) return Error(ErrorReason::CALL_CANCELLED);
  if (absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status)) {
    return Error(ErrorReason::DESIGN_INFEASIBLE, {{"why", std::string(status.message())}});
  }
  return status;
}

void SpreadOf(const std::vector<int64_t>& values, auto set_least, auto set_most) {
  if (values.empty()) return;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  set_least(*least);
  set_most(*most);
}

// Measures any division by the objective of `problem`; schools in no area (−1) are counted and left out.
v1::AreaDesignScore ScoreOf(const DesignProblem& problem, const std::vector<int>& area_of, int areas) {
  DesignProblem part;
  part.areas = areas;
  part.weights = problem.weights;
  part.centre_of.assign(static_cast<size_t>(areas), -1);
  std::vector<int> in;
  Division division;
  for (int i = 0; i < problem.schools(); ++i) {
    if (area_of[static_cast<size_t>(i)] == -1) continue;
    in.push_back(i);
    part.students.push_back(problem.students[static_cast<size_t>(i)]);
    division.area_of.push_back(area_of[static_cast<size_t>(i)]);
  }
  for (int from : in) {
    for (int to : in) part.distance.push_back(problem.Distance(from, to));
  }
  division.centre = BestCentres(part, division.area_of);
  const DesignCost cost = CostOf(part, division);
  v1::AreaDesignScore score;
  score.set_objective(cost.total());
  score.set_distance(cost.distance);
  score.set_schools(cost.schools);
  score.set_students(cost.students);
  score.set_areas(areas);
  score.set_without_area(problem.schools() - part.schools());
  std::vector<int64_t> schools(static_cast<size_t>(areas)), students(static_cast<size_t>(areas));
  for (size_t i = 0; i < in.size(); ++i) {
    ++schools[static_cast<size_t>(division.area_of[i])];
    students[static_cast<size_t>(division.area_of[i])] += part.students[i];
  }
  SpreadOf(
      schools, [&](int64_t n) { score.set_fewest_schools(static_cast<int>(n)); },
      [&](int64_t n) { score.set_most_schools(static_cast<int>(n)); });
  SpreadOf(
      students, [&](int64_t n) { score.set_fewest_students(n); },
      [&](int64_t n) { score.set_most_students(n); });
  for (size_t area = 0; area < schools.size(); ++area) {
    const bool over = (problem.max_schools && schools[area] > *problem.max_schools) ||
                      (problem.max_students && students[area] > *problem.max_students);
    score.set_areas_over(score.areas_over() + (over ? 1 : 0));
  }
  return score;
}

// By area of the design: the present area it continues, or −1.
std::vector<int> ContinuedBy(const DesignInput& input, const Division& division) {
  std::vector<std::vector<int>> common(division.centre.size(), std::vector<int>(input.office.areas.size()));
  for (size_t i = 0; i < input.present.size(); ++i) {
    if (input.present[i] != -1) {
      ++common[static_cast<size_t>(division.area_of[i])][static_cast<size_t>(input.present[i])];
    }
  }
  return MatchAreas(common, input.continues);
}

v1::DesignedArea AreaOf(const DesignInput& input, const Division& division, const std::string& office,
                        int area, int continued) {
  v1::DesignedArea out;
  if (continued != -1) {
    const AreaOnDay& present = input.office.areas[static_cast<size_t>(continued)];
    out.set_area("offices/" + office + "/areas/" + FormatUuid(present.id));
    out.set_display_name(present.name);
  }
  const int centre = division.centre[static_cast<size_t>(area)];
  out.set_centre(SchoolName(input.office.schools[static_cast<size_t>(centre)].id));
  out.set_centre_name(input.office.schools[static_cast<size_t>(centre)].name);
  for (int i = 0; i < input.problem.schools(); ++i) {
    if (division.area_of[static_cast<size_t>(i)] != area) continue;
    const SchoolToDivide& school = input.office.schools[static_cast<size_t>(i)];
    out.add_schools(SchoolName(school.id));
    out.set_student_count(out.student_count() + school.students);
    out.set_distance(out.distance() + input.problem.Distance(i, centre));
    out.set_farthest(std::max(out.farthest(), input.problem.Distance(i, centre)));
    const bool stays = continued != -1 && input.present[static_cast<size_t>(i)] == continued;
    out.set_arriving(out.arriving() + (stays ? 0 : 1));
  }
  out.set_school_count(out.schools_size());
  return out;
}

// Continued areas in the order of their numbers, new ones after them.
void AddAreas(const DesignInput& input, const Division& division, const std::string& office,
              v1::AreaDesign* out) {
  const std::vector<int> continued = ContinuedBy(input, division);
  std::vector<std::pair<int, int>> order;
  for (int area = 0; area < input.problem.areas; ++area) {
    const int of = continued[static_cast<size_t>(area)];
    order.emplace_back(of == -1 ? static_cast<int>(input.office.areas.size()) : of, area);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [rank, area] : order) {
    *out->add_designed_areas() = AreaOf(input, division, office, area, continued[static_cast<size_t>(area)]);
  }
  for (size_t i = 0; i < input.present.size(); ++i) {
    const int of = continued[static_cast<size_t>(division.area_of[i])];
    if (input.present[i] != -1 && input.present[i] != of) out->set_moved(out->moved() + 1);
  }
}

v1::AreaDesign RecordOf(const DesignInput& input, const Design& design, const std::string& office,
                        const v1::CreateAreaDesignRequest& request) {
  v1::AreaDesign out;
  out.set_name(request.parent() + "/areaDesigns/" + request.request_id());
  out.set_state(v1::DESIGN_PROPOSED);
  *out.mutable_as_of() = request.as_of();
  out.set_area_count(input.problem.areas);
  out.set_school_count(input.problem.schools());
  out.set_seed(design.seed);
  out.set_solver(design.solver);
  out.set_inputs_hash(InputsHash(input.problem));
  out.set_objective(design.cost.total());
  out.set_best_bound(design.bound);
  if (design.bound > 0) {
    out.set_gap_percent(100.0 * static_cast<double>(design.cost.total() - design.bound) /
                        static_cast<double>(design.bound));
  }
  out.set_max_schools(input.problem.max_schools.value_or(0));
  out.set_max_students(input.problem.max_students.value_or(0));
  out.set_weight_school(input.problem.weights.school);
  out.set_weight_student(input.problem.weights.student);
  *out.mutable_proposed() = ScoreOf(input.problem, design.division.area_of, input.problem.areas);
  // A centre that is fixed need not be the best one.
  out.mutable_proposed()->set_distance(design.cost.distance);
  out.mutable_proposed()->set_objective(design.cost.total());
  if (!input.office.areas.empty()) {
    *out.mutable_present() =
        ScoreOf(input.problem, input.present, static_cast<int>(input.office.areas.size()));
  }
  AddAreas(input, design.division, office, &out);
  for (size_t i : input.unlocated) out.add_unlocated_schools(SchoolName(input.office.schools[i].id));
  return out;
}

}  // namespace

absl::StatusOr<lro::Operation> CreateAreaDesign(work::Unit& unit, lro::Operations& operations,
                                                const v1::CreateAreaDesignRequest& request) {
  const std::string office = SlugOf(request.parent());
  const Uuid id = NewUuid(unit.recorded());
  v1::CreateAreaDesignRequest settled = request;
  settled.set_request_id(FormatUuid(id));
  if (settled.seed() == 0) {
    for (size_t i = 8; i < id.bytes.size(); ++i) settled.set_seed(settled.seed() << 8 | id.bytes[i]);
  }
  if (!settled.has_as_of()) {
    ASSIGN_OR_RETURN(Date today, unit.Today(office));
    *settled.mutable_as_of() = ToProto(today);
  }
  return operations.Enqueue(unit, office, kDesignAreas, settled);
}

absl::StatusOr<std::unique_ptr<lro::Message>> DesignAreas(work::Writer& writer, lro::Context& context,
                                                          const v1::CreateAreaDesignRequest& request) {
  const std::string& office = context.office();
  context.Progress(0, 3, "读取学校和责任区", "reading schools and areas");
  DesignInput input;
  RETURN_IF_ERROR(writer.database().Read(context.budget(), [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(input, LoadDesignInput(session, office, FromProto(request.as_of()), request));
    return absl::OkStatus();
  }));
  const auto begin = std::chrono::steady_clock::now();
  const auto solved =
      SolveDesign(input.problem, [&] { return context.Progress(1, 3, "划分责任区", "dividing into areas"); });
  if (!solved.ok()) return AsError(solved.status());
  RETURN_IF_ERROR(VerifyDesign(input.problem, *solved));
  const auto took = std::chrono::steady_clock::now() - begin;
  auto design = std::make_unique<v1::AreaDesign>(RecordOf(input, *solved, office, request));
  design->set_solve_millis(std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  if (!context.Progress(2, 3, "保存方案", "saving the design")) return Error(ErrorReason::CALL_CANCELLED);
  const v1::AreaDesign proposed = *design;
  RETURN_IF_ERROR(
      writer.RunInternal(context.budget(), context.actor(), [&](work::Unit& unit) -> absl::Status {
        *design = proposed;
        // An earlier run of the same operation may have kept it.
        ASSIGN_OR_RETURN(bool kept, resource::Load(unit.db(), Description::Of<v1::AreaDesign>(),
                                                   design->name(), design.get()));
        if (kept) return absl::OkStatus();
        return resource::Insert(unit, Description::Of<v1::AreaDesign>(), design.get(),
                                "area_design.proposed");
      }));
  return design;
}

}  // namespace inspectorate::registry
