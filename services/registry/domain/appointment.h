// Appointments of inspectors and the standing that follows from them.
#pragma once

#include <vector>

#include "services/registry/domain/period.h"

namespace inspectorate::registry {

// What the office's policy says of part-time inspectors (教育督导条例 第六条: three years, at most three
// consecutive terms). Full-time inspectors are appointed without such limits.
struct TermPolicy {
  int term_years;
  int max_terms;  // 0: no limit, as wherever inspector.max_terms is read
};

enum class TermVerdict { kAllowed, kTooLong, kTooMany };

// `term_index` counts consecutive terms from 1; a term of n years ends at the latest on the day before the
// corresponding day n years later.
TermVerdict CheckTerm(bool part_time, int term_index, const Period& valid, const TermPolicy& policy);
// The last day a term that begins on `from` may have.
Date LatestEnd(Date from, int years);

// Numbers of inspectorate.registry.v1.InspectorState.
enum class Standing { kCandidate = 1, kOnDuty = 2, kSuspended = 3, kEnded = 4 };

// Follows from the appointments alone; a suspension is lifted by decision, never by a new appointment.
Standing StandingAfter(Standing current, const std::vector<Period>& appointments, Date today);

}  // namespace inspectorate::registry
