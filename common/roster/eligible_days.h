// On which days of a period may an inspector act at a school? The rules of eligibility.h, by the day.
#pragma once

#include <vector>

#include "common/base/period.h"
#include "common/roster/eligibility.h"

namespace inspectorate::roster {

// The values of an office's rules from a day on, until the next ones.
struct DatedEligibilityPolicy {
  Date from;
  EligibilityPolicy policy;
};

// The values in force on the day, of policies in their order; null before the first.
const EligibilityPolicy* PolicyOn(const std::vector<DatedEligibilityPolicy>& policies, Date day);

// Does leave count? Who is away for some days stays responsible, and does not act.
enum class OnLeave { kCounts, kPasses };

// The days of `within` on which nothing stands against acting at the school, as periods in their order with a
// day at least between two of them. `policies` in their order; where none is in force yet, nobody has decided
// what would stand against it, and nothing does.
std::vector<Period> EligibleDays(const InspectorFacts& inspector, const SchoolFacts& school,
                                 const Period& within, const std::vector<DatedEligibilityPolicy>& policies,
                                 OnLeave leave);

}  // namespace inspectorate::roster
