#include "services/registry/app/delegation_alerts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/person.h"
#include "common/roster/policy.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "services/registry/app/delegations.h"
#include "services/registry/domain/alerts.h"
#include "services/registry/domain/delegation.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;
using v1::Delegation;

Words WordsOf(const roster::Told& told) { return {.zh = told.zh, .en = told.en}; }

// The schools of an office on a day, by whom or what has them: inspectors, or areas.
using Held = std::map<Uuid, std::set<Uuid>>;

template <class M>
absl::StatusOr<Held> HeldOn(db::Session& session, const std::string& office, Date day,
                            const std::string& (M::*holder)() const) {
  ASSIGN_OR_RETURN(const auto rows,
                   resource::Select<M>(session, "`office` = ? AND " + std::string(resource::kValidOn),
                                       {office, day, day}));
  Held held;
  for (const M& row : rows) held[UuidOf((row.*holder)())].insert(UuidOf(row.school()));
  return held;
}

// Names of the people and areas that the delegations are about.
struct Named {
  std::map<Uuid, std::string> inspectors;
  std::map<Uuid, std::string> areas;
};

absl::StatusOr<Named> NamesIn(db::Session& session, const std::string& office,
                              const std::vector<Delegation>& delegations) {
  std::vector<Uuid> people;
  for (const Delegation& delegation : delegations) {
    people.push_back(UuidOf(delegation.delegate()));
    if (!delegation.delegator().empty()) people.push_back(UuidOf(delegation.delegator()));
  }
  Named named;
  ASSIGN_OR_RETURN(named.inspectors, roster::InspectorNames(session, people));
  ASSIGN_OR_RETURN(const auto areas, resource::Select<v1::Area>(session, "`office` = ?", {office}));
  for (const v1::Area& area : areas) named.areas[UuidOf(area.name())] = area.display_name();
  return named;
}

Words SubjectOf(const Delegation& delegation, Named& named) {
  if (!delegation.area().empty()) {
    const std::string& area = named.areas[UuidOf(delegation.area())];
    return {.zh = "代理" + area + "组长", .en = "acting as the lead of " + area};
  }
  const std::string& delegator = named.inspectors[UuidOf(delegation.delegator())];
  return {.zh = "代理" + delegator, .en = "acting for " + delegator};
}

// At each of the schools; a lead needs standing, and not to be recused.
void JudgeAtSchools(const Delegation& delegation, const OfficeOnDay& known,
                    const roster::InspectorFacts& delegate, const std::set<Uuid>& schools,
                    DelegationAlertFacts* facts) {
  const bool leads = !delegation.area().empty();
  for (const Uuid& school : schools) {
    const auto at = known.schools.find(school);
    if (at == known.schools.end()) continue;
    const auto reasons = leads
                             ? roster::CheckRecusal(delegate, at->second.facts, known.day, known.policy)
                             : roster::CheckEligibility(delegate, at->second.facts, known.day, known.policy);
    facts->schools.push_back({"schools/" + FormatUuid(school), WordsOf(roster::Tell(reasons))});
  }
}

std::set<Uuid> SchoolsOf(const Delegation& delegation, const Held& of_inspectors, const Held& of_areas) {
  const bool leads = !delegation.area().empty();
  const Held& held = leads ? of_areas : of_inspectors;
  const auto found = held.find(UuidOf(leads ? delegation.area() : delegation.delegator()));
  if (found == held.end()) return {};
  if (delegation.school().empty()) return found->second;
  const Uuid only = UuidOf(delegation.school());
  return found->second.contains(only) ? std::set<Uuid>{only} : std::set<Uuid>{};
}

bool IsAboutOneOf(const Delegation& delegation, const std::set<Uuid>* persons) {
  if (persons == nullptr || persons->contains(UuidOf(delegation.delegate()))) return true;
  return !delegation.delegator().empty() && persons->contains(UuidOf(delegation.delegator()));
}

void Show(const Delegation& delegation, const std::string& name, const Alert& alert,
          v1::ListInspectorAlertsResponse* response) {
  v1::InspectorAlert* out = response->add_alerts();
  out->set_kind(static_cast<v1::AlertKind>(alert.kind));
  out->set_inspector(delegation.delegate());
  out->set_display_name(name);
  out->set_school(alert.school);
  out->set_area(delegation.area());
  out->set_delegation(delegation.name());
  if (alert.day) *out->mutable_day() = resource::ToProto(*alert.day);
  out->set_message_zh(alert.zh);
  out->set_message_en(alert.en);
}

absl::StatusOr<std::optional<int>> AlertDays(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const auto days,
                   roster::IfInForce(roster::PolicyInt(session, office, "delegation.alert_days", day)));
  return days ? std::optional<int>(static_cast<int>(*days)) : std::nullopt;
}

}  // namespace

absl::Status AddDelegationAlerts(db::Session& session, const roster::Reach& reach, const OfficeOnDay& known,
                                 const std::set<Uuid>* persons, v1::ListInspectorAlertsResponse* response) {
  const std::string& office = reach.office;
  ASSIGN_OR_RETURN(const auto delegations,
                   resource::Select<Delegation>(session, "`office` = ? AND `valid_to` >= ?",
                                                {office, known.day}, "ORDER BY `valid_to`, `delegation`"));
  if (delegations.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Named named, NamesIn(session, office, delegations));
  ASSIGN_OR_RETURN(
      const Held of_inspectors,
      HeldOn<v1::InspectorAssignment>(session, office, known.day, &v1::InspectorAssignment::inspector));
  ASSIGN_OR_RETURN(const Held of_areas,
                   HeldOn<v1::SchoolAssignment>(session, office, known.day, &v1::SchoolAssignment::area));
  ASSIGN_OR_RETURN(const auto alert_days, AlertDays(session, office, known.day));
  std::vector<DelegationFact> all;
  for (const Delegation& delegation : delegations) all.push_back(FactOf(delegation));
  for (const Delegation& delegation : delegations) {
    const auto delegate = known.inspectors.find(UuidOf(delegation.delegate()));
    if (delegate == known.inspectors.end() || !IsAboutOneOf(delegation, persons)) continue;
    const std::set<Uuid> schools = SchoolsOf(delegation, of_inspectors, of_areas);
    DelegationAlertFacts facts{.subject = SubjectOf(delegation, named),
                               .valid = resource::PeriodOf(delegation),
                               .goes_on = GoesOn(FactOf(delegation), all)};
    facts.against = WordsOf(roster::Tell(roster::CheckStanding(delegate->second, known.day, known.policy)));
    facts.of_nothing = delegation.area().empty() && schools.empty();
    JudgeAtSchools(delegation, known, delegate->second, schools, &facts);
    for (const Alert& alert : DecideDelegationAlerts(facts, known.day, alert_days)) {
      Show(delegation, named.inspectors[UuidOf(delegation.delegate())], alert, response);
    }
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
