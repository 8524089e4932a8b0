#include "services/registry/domain/delegation.h"

#include <algorithm>

#include "services/registry/domain/period.h"

namespace inspectorate::registry {
namespace {

using P = DelegationProblem;

const Uuid kNone{};

bool OneSubject(const DelegationFact& fact) {
  const bool of_area = fact.area != kNone, of_inspector = fact.delegator != kNone;
  return of_area != of_inspector && (fact.school == kNone || of_inspector);
}

bool SameSubject(const DelegationFact& a, const DelegationFact& b) {
  if (a.area != kNone || b.area != kNone) return a.area == b.area;
  return a.delegator == b.delegator && (a.school == kNone || b.school == kNone || a.school == b.school);
}

// Whoever hands over all their schools is away, and acts for nobody meanwhile.
bool Away(const DelegationFact& fact, const Uuid& inspector) {
  return inspector != kNone && fact.delegator == inspector && fact.school == kNone;
}

bool Chained(const DelegationFact& a, const DelegationFact& b) {
  return Away(a, b.delegate) || Away(b, a.delegate);
}

}  // namespace

std::optional<DelegationVerdict> CheckDelegation(const DelegationFact& wanted,
                                                 const std::vector<DelegationFact>& others,
                                                 const std::vector<Period>& led, int64_t max_days) {
  if (!OneSubject(wanted)) return DelegationVerdict{P::kSubject};
  if (!wanted.valid.to || (*wanted.valid.to - wanted.valid.from).count() >= max_days) {
    return DelegationVerdict{P::kTooLong};
  }
  const bool leads =
      std::ranges::any_of(led, [&](const Period& days) { return Overlap(days, wanted.valid); });
  if (leads || wanted.delegate == wanted.delegator) return DelegationVerdict{P::kSelf};
  for (size_t i = 0; i < others.size(); ++i) {
    if (others[i].id == wanted.id || !Overlap(others[i].valid, wanted.valid)) continue;
    if (SameSubject(others[i], wanted)) return DelegationVerdict{P::kTwice, i};
    if (Chained(others[i], wanted)) return DelegationVerdict{P::kChain, i};
  }
  return std::nullopt;
}

bool IsAbout(const DelegationFact& delegation, const SchoolHolders& at, const Period& days) {
  if (!Overlap(delegation.valid, days)) return false;
  if (delegation.school != kNone && delegation.school != at.school) return false;
  const bool of_area = delegation.area != kNone;
  const Uuid& subject = of_area ? delegation.area : delegation.delegator;
  // Three periods of which each two meet have a day in common.
  return std::ranges::any_of(of_area ? at.areas : at.inspectors, [&](const HeldBy& held) {
    return held.who == subject && Overlap(held.valid, delegation.valid) && Overlap(held.valid, days);
  });
}

bool GoesOn(const DelegationFact& delegation, const std::vector<DelegationFact>& others) {
  if (!delegation.valid.to) return true;
  const Date next = *delegation.valid.to + std::chrono::days(1);
  return std::ranges::any_of(others, [&](const DelegationFact& other) {
    const bool all_of_it = other.school == kNone || other.school == delegation.school;
    return other.area == delegation.area && other.delegator == delegation.delegator && all_of_it &&
           other.valid.Contains(next);
  });
}

}  // namespace inspectorate::registry
