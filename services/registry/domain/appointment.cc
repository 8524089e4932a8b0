#include "services/registry/domain/appointment.h"

#include <algorithm>
#include <chrono>

namespace inspectorate::registry {

Date LatestEnd(Date from, int years) {
  const std::chrono::year_month_day begin{from};
  const auto later = begin + std::chrono::years(years);
  // 29 February has no corresponding day in most years: the term runs to the end of the month.
  if (!later.ok()) return Date(later.year() / later.month() / std::chrono::last);
  return Date(later) - std::chrono::days(1);
}

TermVerdict CheckTerm(bool part_time, int term_index, const Period& valid, const TermPolicy& policy) {
  if (!part_time) return TermVerdict::kAllowed;
  if (policy.max_terms > 0 && term_index > policy.max_terms) return TermVerdict::kTooMany;
  if (!valid.to || *valid.to > LatestEnd(valid.from, policy.term_years)) return TermVerdict::kTooLong;
  return TermVerdict::kAllowed;
}

Standing StandingAfter(Standing current, const std::vector<Period>& appointments, Date today) {
  if (current == Standing::kSuspended) return current;
  if (appointments.empty()) return Standing::kCandidate;
  const bool any = std::any_of(appointments.begin(), appointments.end(),
                               [&](const Period& period) { return !period.to || *period.to >= today; });
  return any ? Standing::kOnDuty : Standing::kEnded;
}

}  // namespace inspectorate::registry
