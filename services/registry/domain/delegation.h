// Who may act for whom, and how long (代理, decision record 0038). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/period.h"
#include "common/base/uuid.h"

namespace inspectorate::registry {

// Zero: none. Either of an area, or of an inspector and perhaps one school.
struct DelegationFact {
  Uuid id{};
  Uuid delegate{};
  Uuid area{};
  Uuid delegator{};
  Uuid school{};
  Period valid;
};

enum class DelegationProblem {
  kSubject,  // neither area nor inspector, or both; a school without the inspector
  kTooLong,
  kSelf,   // for oneself: also the lead of the area
  kTwice,  // another one acts there already
  kChain,  // for somebody who acts for another, or by somebody for whom another acts
};

struct DelegationVerdict {
  DelegationProblem problem;
  std::optional<size_t> with = {};  // of `others`
};

// What speaks against `wanted` beside the others of the office; nothing: it may stand. `led`: when the
// delegate leads that area anyway.
std::optional<DelegationVerdict> CheckDelegation(const DelegationFact& wanted,
                                                 const std::vector<DelegationFact>& others,
                                                 const std::vector<Period>& led, int64_t max_days);

// Who has a school and to which areas it belongs, with the days.
struct HeldBy {
  Uuid who;
  Period valid;
};
struct SchoolHolders {
  Uuid school;
  std::vector<HeldBy> inspectors;
  std::vector<HeldBy> areas;
};

// Does the delegation take in the school on one of `days`?
bool IsAbout(const DelegationFact& delegation, const SchoolHolders& at, const Period& days);

// Does another of the office's delegations take over all of it on the day after its last one?
bool GoesOn(const DelegationFact& delegation, const std::vector<DelegationFact>& others);

}  // namespace inspectorate::registry
