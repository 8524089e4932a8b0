// Four eyes, by identity and not by role (design section 9; domain R62; product 3.7): the same person in
// another capacity is still the same person.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "services/issues/domain/actor.h"
#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

struct AcceptanceFacts {
  Actor acceptor;
  Severity severity = Severity::kUnset;
  std::vector<std::string> rectifiers;           // persons who acted for the school in any round; never empty
  std::vector<std::string> lookback_inspectors;  // of the look-back that passed; never empty
  std::string notice_issuer;                     // never empty for an issue with a notice
};

// May this person accept the rectification (验收销号)? Office or area lead; not a rectifier; neither employed
// by the school nor its supervisor nor recused from it; not on the look-back; for serious issues and above
// not the notice's issuer. ACTOR_NOT_ENTITLED for the wrong capacity, SECOND_PERSON_REQUIRED for the wrong
// person; INTERNAL when the facts lack a person that must be compared: unknown never counts as different.
absl::Status CanAccept(const AcceptanceFacts& facts);

struct DispositionApprovalFacts {
  Actor approver;
  std::string proposer;                // never empty
  std::vector<std::string> earlier{};  // who approved it before; nobody counts twice
};

// May this person approve a proposed waiver, transfer, merge or voiding? Office; not the proposer; not one
// who has approved it already; neither employed by the school nor its supervisor nor recused from it. Errors
// as above.
absl::Status CanApproveDisposition(const DispositionApprovalFacts& facts);

}  // namespace inspectorate::issues
