#include "services/visits/domain/comprehensive.h"

#include <algorithm>

namespace inspectorate::visits {

ComprehensiveStanding StandingOn(Date day, std::optional<Date> last, const CycleRules& rules) {
  ComprehensiveStanding standing;
  if (!last) return standing;
  standing.next_from = AddMonths(*last, rules.min_months);
  // An office whose longest cycle is shorter than its shortest still has a day on which both are kept.
  if (rules.max_months > 0) {
    standing.next_by = std::max(*standing.next_from, AddMonths(*last, rules.max_months));
  }
  if (day < *standing.next_from) {
    standing.state = ComprehensiveState::kNotYet;
  } else if (standing.next_by && day > *standing.next_by) {
    standing.state = ComprehensiveState::kOverdue;
  } else {
    standing.state = ComprehensiveState::kDue;
  }
  return standing;
}

}  // namespace inspectorate::visits
