#include "services/registry/domain/settled.h"

#include <algorithm>

namespace inspectorate::registry {

std::optional<Period> SettledPart(const Period& period, Date bound) {
  if (period.from >= bound) return std::nullopt;
  const Date last = bound - std::chrono::days(1);
  return Period{.from = period.from, .to = period.to ? std::min(*period.to, last) : last};
}

bool LeavesSettledDays(const std::optional<Period>& before, const std::optional<Period>& after,
                       bool same_content, Date bound) {
  const auto was = before ? SettledPart(*before, bound) : std::nullopt;
  const auto is = after ? SettledPart(*after, bound) : std::nullopt;
  return was == is && (!was || same_content);
}

}  // namespace inspectorate::registry
