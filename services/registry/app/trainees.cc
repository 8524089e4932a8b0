#include "services/registry/app/trainees.h"

#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/app/led_areas.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;
using v1::AreaMembership;
using v1::Inspector;

constexpr char kMembers[] =
    "SELECT m.`inspector` FROM `area_membership` m WHERE m.`office` = ?"
    " AND m.`valid_from` <= ? AND (m.`valid_to` IS NULL OR m.`valid_to` >= ?) AND ";
constexpr char kResponsible[] =
    "SELECT a.`inspector` FROM `inspector_assignment` a JOIN `school_assignment` s ON s.`office` = a.`office`"
    " AND s.`school` = a.`school` WHERE a.`office` = ?"
    " AND a.`valid_from` <= ? AND (a.`valid_to` IS NULL OR a.`valid_to` >= ?)"
    " AND s.`valid_from` <= ? AND (s.`valid_to` IS NULL OR s.`valid_to` >= ?) AND ";

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
  query::Condition persons{std::string(column) + " = ?", {reach.person}};
  if (reach.role == rpc::Role::ROLE_RESPONSIBLE_INSPECTOR) return persons;
  if (reach.role != rpc::Role::ROLE_AREA_LEAD) return {"1 = 0", {}};
  const auto add = [&](std::string_view select, std::initializer_list<db::Value> params,
                       const query::Condition& led) {
    persons.sql.append(" OR ").append(column).append(" IN (").append(select).append(led.sql).append(")");
    persons.params.insert(persons.params.end(), params);
    persons.params.insert(persons.params.end(), led.params.begin(), led.params.end());
  };
  const Date day = reach.day;
  add(kMembers, {reach.office, day, day}, InLedAreas(reach, day, "m.`area`"));
  add(kResponsible, {reach.office, day, day, day, day}, InLedAreas(reach, day, "s.`area`"));
  return persons;
}

}  // namespace inspectorate::registry
