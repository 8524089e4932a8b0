#include "services/registry/app/area_design_problem.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/policy.h"
#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

// The middle of what is added to it.
struct Middle {
  double latitude = 0;
  double longitude = 0;
  int count = 0;

  void Add(const Position& position) {
    latitude += position.latitude;
    longitude += position.longitude;
    ++count;
  }
  Position At() const { return {latitude / count, longitude / count}; }
};

// Where a school is not located, the middle of its town's schools stands for it, else that of all.
std::vector<Position> PositionsOf(const OfficeToDivide& office, std::vector<size_t>* unlocated) {
  std::map<std::string, Middle> towns;
  Middle all;
  for (const SchoolToDivide& school : office.schools) {
    if (!school.position.known()) continue;
    towns[school.town].Add(school.position);
    all.Add(school.position);
  }
  std::vector<Position> positions;
  for (size_t i = 0; i < office.schools.size(); ++i) {
    const SchoolToDivide& school = office.schools[i];
    positions.push_back(school.position);
    if (school.position.known()) continue;
    unlocated->push_back(i);
    const auto town = towns.find(school.town);
    if (town != towns.end()) {
      positions.back() = town->second.At();
    } else if (all.count > 0) {
      positions.back() = all.At();
    }
  }
  return positions;
}

void FillDistances(const std::vector<Position>& positions, DesignProblem* problem) {
  problem->distance.reserve(positions.size() * positions.size());
  for (const Position& from : positions) {
    for (const Position& to : positions) {
      problem->distance.push_back(std::llround(DistanceBetween(from, to).value_or(0)));
    }
  }
}

class Names {
 public:
  explicit Names(const OfficeToDivide& office) {
    for (size_t i = 0; i < office.schools.size(); ++i) schools_[office.schools[i].id] = static_cast<int>(i);
    for (size_t i = 0; i < office.areas.size(); ++i) areas_[office.areas[i].id] = static_cast<int>(i);
  }
  absl::StatusOr<int> School(const std::string& name) const { return Find(schools_, name); }
  absl::StatusOr<int> Area(const std::string& name) const { return Find(areas_, name); }
  int AreaOr(const Uuid& id, int otherwise) const {
    const auto found = areas_.find(id);
    return found == areas_.end() ? otherwise : found->second;
  }

 private:
  static absl::StatusOr<int> Find(const std::map<Uuid, int>& ids, const std::string& name) {
    const auto found = ids.find(resource::UuidOf(name));
    if (found == ids.end()) return NotFound(name);
    return found->second;
  }
  std::map<Uuid, int> schools_;
  std::map<Uuid, int> areas_;
};

// Areas that something is fixed in come first, in the order in which the request names them.
absl::Status FillFixed(const v1::CreateAreaDesignRequest& request, const Names& names, DesignInput* input) {
  DesignProblem& problem = input->problem;
  std::map<int, int> slot_of;  // by present area
  int slots = 0;
  for (const v1::FixedSchool& fixed : request.fixed()) {
    ASSIGN_OR_RETURN(int school, names.School(fixed.school()));
    int slot = slots;
    if (!fixed.area().empty()) {
      ASSIGN_OR_RETURN(int area, names.Area(fixed.area()));
      slot = slot_of.try_emplace(area, slots).first->second;
      if (slot == slots && slot < problem.areas) input->continues[static_cast<size_t>(slot)] = area;
    }
    slots = std::max(slots, slot + 1);
    if (slots > problem.areas) {
      return Error(ErrorReason::DESIGN_INFEASIBLE,
                   {{"why", "固定的学校多于" + std::to_string(problem.areas) +
                                "个区 (more areas are fixed than asked for)"}});
    }
    int& member = problem.member_of[static_cast<size_t>(school)];
    int& centre = problem.centre_of[static_cast<size_t>(slot)];
    const bool is_centre = fixed.centre() || fixed.area().empty();
    if ((member != -1 && member != slot) || (is_centre && centre != -1 && centre != school)) {
      return Error(ErrorReason::DESIGN_INFEASIBLE, {{"why", fixed.school() + " 固定在两处 (fixed twice)"}});
    }
    member = slot;
    if (is_centre) centre = school;
  }
  return absl::OkStatus();
}

absl::Status FillRules(db::Session& session, const std::string& office, Date day,
                       const v1::CreateAreaDesignRequest& request, DesignProblem* problem) {
  ASSIGN_OR_RETURN(roster::Policy policy, roster::LoadPolicy(session, office, day));
  ASSIGN_OR_RETURN(problem->weights.school, policy.Int("area_design.weight.school"));
  ASSIGN_OR_RETURN(problem->weights.student, policy.Int("area_design.weight.student"));
  problem->max_schools = request.max_schools();
  if (request.max_schools() == 0) {
    ASSIGN_OR_RETURN(problem->max_schools, policy.Int("area.max_schools"));
  }
  if (request.max_students() > 0) problem->max_students = request.max_students();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DesignInput> LoadDesignInput(db::Session& session, const std::string& office, Date day,
                                            const v1::CreateAreaDesignRequest& request) {
  DesignInput input;
  ASSIGN_OR_RETURN(input.office, LoadOfficeToDivide(session, office, day));
  // Time grows faster than their number (docs/area_design.md): an office says how long it wants to wait.
  ASSIGN_OR_RETURN(const int64_t most, roster::PolicyInt(session, office, "area_design.max_schools", day));
  if (std::cmp_greater(input.office.schools.size(), most)) {
    return Error(ErrorReason::DESIGN_INFEASIBLE,
                 {{"why", "学校(园)多于" + std::to_string(most) +
                              "所,见规则 area_design.max_schools (more institutions than that rule says)"}});
  }
  DesignProblem& problem = input.problem;
  problem.seed = request.seed();
  problem.areas =
      request.area_count() > 0 ? request.area_count() : static_cast<int>(input.office.areas.size());
  problem.member_of.assign(input.office.schools.size(), -1);
  problem.centre_of.assign(static_cast<size_t>(problem.areas), -1);
  input.continues = problem.centre_of;
  const Names names(input.office);
  for (const SchoolToDivide& school : input.office.schools) {
    problem.students.push_back(school.students);
    input.present.push_back(names.AreaOr(school.area, -1));
  }
  FillDistances(PositionsOf(input.office, &input.unlocated), &problem);
  RETURN_IF_ERROR(FillFixed(request, names, &input));
  for (const v1::SchoolPair& pair : request.apart()) {
    ASSIGN_OR_RETURN(int school, names.School(pair.school()));
    ASSIGN_OR_RETURN(int other, names.School(pair.other()));
    problem.apart.emplace_back(school, other);
  }
  RETURN_IF_ERROR(FillRules(session, office, day, request, &problem));
  return input;
}

std::string InputsHash(const DesignProblem& problem) {
  std::string text;
  const auto add = [&](int64_t number) { text += std::to_string(number) + ' '; };
  const auto add_all = [&](const auto& numbers) {
    add(static_cast<int64_t>(numbers.size()));
    for (const auto number : numbers) add(number);
  };
  add(problem.areas);
  add_all(problem.students);
  add_all(problem.distance);
  add_all(problem.member_of);
  add_all(problem.centre_of);
  add(static_cast<int64_t>(problem.apart.size()));
  for (const auto& [a, b] : problem.apart) {
    add(a);
    add(b);
  }
  add(problem.max_schools.value_or(0));
  add(problem.max_students.value_or(0));
  add(problem.weights.school);
  add(problem.weights.student);
  add(static_cast<int64_t>(problem.seed));
  return Hex(Sha256(text));
}

}  // namespace inspectorate::registry
