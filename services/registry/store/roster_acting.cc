#include "services/registry/store/roster_acting.h"

#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/acting.h"
#include "common/roster/person.h"

namespace inspectorate::registry {

using resource::UuidOf;

absl::Status ShowActing(db::Session& session, v1::Roster* roster) {
  const Date day = resource::FromProto(roster->as_of());
  const std::string office = resource::SlugOf(roster->area().name());
  ASSIGN_OR_RETURN(const auto lead, roster::ActingLead(session, office, UuidOf(roster->area().name()), day));
  std::vector<Uuid> schools;
  for (const auto& school : roster->schools()) schools.push_back(UuidOf(school.school()));
  ASSIGN_OR_RETURN(const auto deputies, roster::ActingAtSchools(session, office, schools, day));
  std::vector<Uuid> persons;
  if (lead) persons.push_back(lead->delegate);
  for (const auto& [school, who] : deputies) persons.push_back(who.delegate);
  ASSIGN_OR_RETURN(auto names, roster::InspectorNames(session, persons));
  if (lead) {
    roster->set_acting_lead("inspectors/" + FormatUuid(lead->delegate));
    roster->set_acting_lead_name(names[lead->delegate]);
    roster->set_lead_delegation(roster::NameOf(office, *lead));
  }
  for (auto& school : *roster->mutable_schools()) {
    const auto deputy = deputies.find(UuidOf(school.school()));
    if (deputy == deputies.end()) continue;
    school.set_acting("inspectors/" + FormatUuid(deputy->second.delegate));
    school.set_acting_name(names[deputy->second.delegate]);
    school.set_delegation(roster::NameOf(office, deputy->second));
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
