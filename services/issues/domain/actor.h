// Who acts on an issue.
#pragma once

#include <string>
#include <vector>

#include "common/roster/eligibility.h"

namespace inspectorate::issues {

// The capacity in which somebody acts; a person may hold several, one act is done in one.
enum class ActorKind {
  kInspector,  // responsible inspector (责任督学)
  kAreaLead,   // lead of a responsibility area; an inspector too
  kOffice,     // staff of the inspection office (督导室)
  kSchool,     // the school, through its school-based supervisor (校级督学)
  kSystem,     // the platform itself: what follows from the feed or from a date
};

inline constexpr ActorKind kAllActorKinds[] = {ActorKind::kInspector, ActorKind::kAreaLead,
                                               ActorKind::kOffice, ActorKind::kSchool, ActorKind::kSystem};

struct Actor {
  ActorKind kind = ActorKind::kSystem;
  // The person's id, the same whatever the capacity: identity rules compare it. Empty for kSystem only.
  std::string person{};
  // Both at the date of the act, from the dated copies of the registry.
  bool employed_by_school = false;    // by the school the issue concerns
  bool supervisor_of_school = false;  // school-based supervisor there
  // Why the person, in whatever capacity, is recused from that school as an inspector.
  std::vector<roster::EligibilityReason> recusals{};
};

}  // namespace inspectorate::issues
