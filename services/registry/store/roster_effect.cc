#include "services/registry/store/roster_effect.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/eligibility_facts.h"
#include "common/status/error.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;

std::vector<Uuid> PersonsIn(const v1::Roster& roster) {
  std::vector<Uuid> persons;
  for (const auto& member : roster.inspectors()) persons.push_back(UuidOf(member.inspector()));
  for (const auto& school : roster.schools()) {
    if (!school.inspector().empty()) persons.push_back(UuidOf(school.inspector()));
  }
  std::ranges::sort(persons);
  persons.erase(std::unique(persons.begin(), persons.end()), persons.end());
  return persons;
}

template <class M>
void Show(const std::vector<roster::EligibilityReason>& reasons, M* shown) {
  const auto in = [&](std::string roster::EligibilityReason::*language, const char* between) {
    return absl::StrJoin(reasons, between,
                         [language](std::string* text, const auto& reason) { *text += reason.*language; });
  };
  shown->set_without_effect_zh(in(&roster::EligibilityReason::zh, "；"));
  shown->set_without_effect_en(in(&roster::EligibilityReason::en, "; "));
}

}  // namespace

absl::Status ShowWithoutEffect(db::Session& session, v1::Roster* roster) {
  const Date day = resource::FromProto(roster->as_of());
  const auto policy = roster::LoadEligibilityPolicy(session, resource::SlugOf(roster->area().name()), day);
  if (ReasonOf(policy.status()) == ErrorReason::POLICY_MISSING) return absl::OkStatus();
  RETURN_IF_ERROR(policy.status());
  ASSIGN_OR_RETURN(const auto persons, roster::LoadInspectors(session, PersonsIn(*roster)));
  for (auto& member : *roster->mutable_inspectors()) {
    const auto person = persons.find(UuidOf(member.inspector()));
    if (person != persons.end()) Show(roster::CheckStanding(person->second, day, *policy), &member);
  }
  for (auto& school : *roster->mutable_schools()) {
    const auto person = persons.find(UuidOf(school.inspector()));
    if (person == persons.end()) continue;
    const roster::SchoolFacts at{.id = UuidOf(school.school()), .kind = school.kind()};
    Show(roster::CheckEligibility(person->second, at, day, *policy), &school);
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
