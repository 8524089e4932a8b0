#include "services/registry/app/trainees.h"

#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;
using v1::AreaMembership;
using v1::Inspector;

// The areas that a person leads on a day. 2: AreaDuty.LEAD.
constexpr char kLed[] =
    "SELECT l.`area` FROM `area_membership` l WHERE l.`office` = ? AND l.`inspector` = ? AND l.`duty` = 2"
    " AND l.`valid_from` <= ? AND (l.`valid_to` IS NULL OR l.`valid_to` >= ?)";
constexpr char kMembers[] =
    "SELECT m.`inspector` FROM `area_membership` m WHERE m.`office` = ?"
    " AND m.`valid_from` <= ? AND (m.`valid_to` IS NULL OR m.`valid_to` >= ?) AND m.`area` IN (";
constexpr char kResponsible[] =
    "SELECT a.`inspector` FROM `inspector_assignment` a JOIN `school_assignment` s ON s.`office` = a.`office`"
    " AND s.`school` = a.`school` WHERE a.`office` = ?"
    " AND a.`valid_from` <= ? AND (a.`valid_to` IS NULL OR a.`valid_to` >= ?)"
    " AND s.`valid_from` <= ? AND (s.`valid_to` IS NULL OR s.`valid_to` >= ?) AND s.`area` IN (";

TraineeFacts FactsOf(const Inspector& inspector, const roster::InspectorFacts& facts) {
  TraineeFacts out;
  if (resource::IsSet(inspector.notice_from())) {
    out.publicised_from = resource::FromProto(inspector.notice_from());
  }
  for (const auto& term : facts.appointments)
    out.terms.push_back(
        {.valid = term.valid, .awaits_induction = term.awaits_duty, .duty_from = term.duty_from});
  out.suspensions = facts.suspensions;
  out.leaves = facts.leaves;
  return out;
}

void AddMembership(const AreaMembership& row, TraineeFacts* facts) {
  facts->memberships.emplace_back(UuidOf(row.area()), resource::PeriodOf(row));
}

}  // namespace

absl::StatusOr<std::map<Uuid, Trainee>> LoadTrainees(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(auto inspectors, resource::Select<Inspector>(session, "`office` = ?", {office}));
  ASSIGN_OR_RETURN(const auto facts, roster::LoadOfficeInspectors(session, office));
  std::map<Uuid, Trainee> trainees;
  for (Inspector& inspector : inspectors) {
    const Uuid id = UuidOf(inspector.name());
    const auto of = facts.find(id);
    if (of == facts.end()) continue;
    TraineeFacts known = FactsOf(inspector, of->second);
    trainees.emplace(id, Trainee{.inspector = std::move(inspector), .facts = std::move(known)});
  }
  ASSIGN_OR_RETURN(const auto memberships,
                   resource::Select<AreaMembership>(session, "`office` = ?", {office}));
  for (const AreaMembership& row : memberships) {
    const auto of = trainees.find(UuidOf(row.inspector()));
    if (of != trainees.end()) AddMembership(row, &of->second.facts);
  }
  return trainees;
}

absl::StatusOr<Trainee> LoadTrainee(db::Session& session, const Inspector& inspector) {
  ASSIGN_OR_RETURN(const auto facts, roster::LoadInspectorFacts(session, UuidOf(inspector.name())));
  Trainee trainee{.inspector = inspector, .facts = FactsOf(inspector, facts)};
  ASSIGN_OR_RETURN(const auto memberships,
                   resource::Select<AreaMembership>(session, "`inspector` = ?", {UuidOf(inspector.name())}));
  for (const AreaMembership& row : memberships) AddMembership(row, &trainee.facts);
  return trainee;
}

query::Condition ReachedPersons(const roster::Reach& reach, std::string_view column) {
  if (reach.whole_office) return {};
  const std::string own = std::string(column) + " = ?";
  if (reach.role == rpc::Role::ROLE_RESPONSIBLE_INSPECTOR) return {own, {reach.person}};
  if (reach.role != rpc::Role::ROLE_AREA_LEAD) return {"1 = 0", {}};
  const std::string in = " OR " + std::string(column) + " IN (";
  const auto& [office, person, day] = std::tie(reach.office, reach.person, reach.day);
  return {own + in + kMembers + kLed + "))" + in + kResponsible + kLed + "))",
          {person, office, day, day, office, person, day, day, office, day, day, day, day, office, person,
           day, day}};
}

}  // namespace inspectorate::registry
