#include "services/registry/store/roster_effect.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/eligibility_facts.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;

std::vector<Uuid> PersonsIn(const v1::Roster& roster) {
  std::vector<Uuid> persons;
  const auto add = [&persons](const std::string& inspector) {
    if (!inspector.empty()) persons.push_back(UuidOf(inspector));
  };
  add(roster.acting_lead());
  for (const auto& member : roster.inspectors()) add(member.inspector());
  for (const auto& school : roster.schools()) {
    add(school.inspector());
    add(school.acting());
  }
  std::ranges::sort(persons);
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  return persons;
}

// What speaks against somebody; nothing against a person of whom nothing is known.
class Judge {
 public:
  Judge(std::map<Uuid, roster::InspectorFacts> persons, Date day, const roster::EligibilityPolicy& policy)
      : persons_(std::move(persons)), day_(day), policy_(policy) {}

  roster::Told Standing(const std::string& inspector) const {
    const auto person = persons_.find(UuidOf(inspector));
    if (person == persons_.end()) return {};
    return roster::Tell(roster::CheckStanding(person->second, day_, policy_));
  }
  roster::Told At(const v1::RosterSchool& school, const std::string& inspector) const {
    const auto person = persons_.find(UuidOf(inspector));
    if (person == persons_.end()) return {};
    const roster::SchoolFacts at{.id = UuidOf(school.school()), .kind = school.kind()};
    return roster::Tell(roster::CheckEligibility(person->second, at, day_, policy_));
  }

 private:
  std::map<Uuid, roster::InspectorFacts> persons_;
  Date day_;
  roster::EligibilityPolicy policy_;
};

}  // namespace

absl::Status ShowWithoutEffect(db::Session& session, v1::Roster* roster) {
  const Date day = resource::FromProto(roster->as_of());
  ASSIGN_OR_RETURN(const auto policy,
                   roster::FindEligibilityPolicy(session, resource::SlugOf(roster->area().name()), day));
  if (!policy) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto persons, roster::LoadInspectors(session, PersonsIn(*roster)));
  const Judge judge(std::move(persons), day, *policy);
  const roster::Told lead = judge.Standing(roster->acting_lead());
  roster->set_acting_lead_without_effect_zh(lead.zh);
  roster->set_acting_lead_without_effect_en(lead.en);
  for (auto& member : *roster->mutable_inspectors()) {
    const roster::Told told = judge.Standing(member.inspector());
    member.set_without_effect_zh(told.zh);
    member.set_without_effect_en(told.en);
  }
  for (auto& school : *roster->mutable_schools()) {
    const roster::Told responsible = judge.At(school, school.inspector());
    school.set_without_effect_zh(responsible.zh);
    school.set_without_effect_en(responsible.en);
    const roster::Told acting = judge.At(school, school.acting());
    school.set_acting_without_effect_zh(acting.zh);
    school.set_acting_without_effect_en(acting.en);
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
