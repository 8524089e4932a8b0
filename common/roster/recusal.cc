#include "common/roster/recusal.h"

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/eligibility_facts.h"
#include "common/status/error.h"

namespace inspectorate::roster {

absl::Status CheckNotRecused(db::Session& session, const rpc::Call& call, const std::string& office,
                             const Uuid& school, const ActDays& days) {
  const rpc::Principal& caller = call.principal();
  if (caller.role != rpc::Role::ROLE_AREA_LEAD && caller.role != rpc::Role::ROLE_RESPONSIBLE_INSPECTOR) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const InspectorFacts person,
                   LoadRecusalFacts(session, {resource::UuidOf(caller.subject)}));
  ASSIGN_OR_RETURN(const EligibilityPolicy policy, LoadEligibilityPolicy(session, office, days.acted));
  const auto reasons =
      CheckRecusedFromAct(person, {.id = school, .kind = 0}, days.acted, days.recorded, policy);
  if (reasons.empty()) return absl::OkStatus();
  return Error(
      ErrorReason::RECUSAL_CONFLICT,
      {{"inspector", caller.subject}, {"school", "schools/" + FormatUuid(school)}, {"why", TextOf(reasons)}});
}

}  // namespace inspectorate::roster
