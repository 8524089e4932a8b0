#include "services/registry/store/roster_acting.h"

#include <map>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/acting.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/person.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;

// The deputies at the schools of the roster alone.
std::map<Uuid, roster::Acting> AtSchoolsOf(const v1::Roster& roster,
                                           const std::map<Uuid, roster::Acting>& office) {
  std::map<Uuid, roster::Acting> deputies;
  for (const auto& school : roster.schools()) {
    const auto deputy = office.find(UuidOf(school.school()));
    if (deputy != office.end()) deputies.insert(*deputy);
  }
  return deputies;
}

}  // namespace

absl::Status ShowActing(db::Session& session, v1::Roster* roster) {
  const Date day = resource::FromProto(roster->as_of());
  const std::string office = resource::SlugOf(roster->area().name());
  ASSIGN_OR_RETURN(const auto leads, roster::ActingLeads(session, office, day));
  const auto lead = leads.find(UuidOf(roster->area().name()));
  ASSIGN_OR_RETURN(const auto of_office, roster::ActingAtSchools(session, office, day));
  const std::map<Uuid, roster::Acting> deputies = AtSchoolsOf(*roster, of_office);
  std::vector<Uuid> persons;
  if (lead != leads.end()) persons.push_back(lead->second.delegate);
  for (const auto& [school, who] : deputies) persons.push_back(who.delegate);
  if (persons.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto names, roster::InspectorNames(session, persons));
  ASSIGN_OR_RETURN(const auto facts, roster::LoadInspectors(session, persons));
  ASSIGN_OR_RETURN(const auto policy, roster::LoadEligibilityPolicy(session, office, day));
  if (lead != leads.end() && roster::CheckStanding(facts.at(lead->second.delegate), day, policy).empty()) {
    roster->set_acting_lead("inspectors/" + FormatUuid(lead->second.delegate));
    roster->set_acting_lead_name(names[lead->second.delegate]);
    roster->set_lead_delegation(roster::NameOf(office, lead->second));
  }
  for (auto& school : *roster->mutable_schools()) {
    const auto deputy = deputies.find(UuidOf(school.school()));
    if (deputy == deputies.end()) continue;
    const Uuid& delegate = deputy->second.delegate;
    const roster::SchoolFacts at{.id = UuidOf(school.school()), .kind = school.kind()};
    if (!roster::CheckEligibility(facts.at(delegate), at, day, policy).empty()) continue;
    school.set_acting("inspectors/" + FormatUuid(delegate));
    school.set_acting_name(names[delegate]);
    school.set_delegation(roster::NameOf(office, deputy->second));
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
