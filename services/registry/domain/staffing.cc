#include "services/registry/domain/staffing.h"

#include <algorithm>
#include <chrono>
#include <set>

namespace inspectorate::registry {

// The count falls only on days after which one has ended.
std::optional<Date> FirstBelow(const std::vector<Period>& periods, const Period& within, int64_t floor) {
  std::set<Date> days = {within.from};
  for (const Period& period : periods) {
    if (!period.to) continue;
    const Date after = *period.to + std::chrono::days(1);
    if (within.Contains(after)) days.insert(after);
  }
  const auto below = [&](Date day) {
    return std::ranges::count_if(periods, [&](const Period& p) { return p.Contains(day); }) < floor;
  };
  const auto first = std::ranges::find_if(days, below);
  return first == days.end() ? std::nullopt : std::optional<Date>(*first);
}

}  // namespace inspectorate::registry
