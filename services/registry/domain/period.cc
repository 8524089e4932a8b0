#include "services/registry/domain/period.h"

#include <algorithm>
#include <chrono>

namespace inspectorate::registry {

bool Overlap(const Period& a, const Period& b) {
  return (!a.to || b.from <= *a.to) && (!b.to || a.from <= *b.to);
}

bool Within(const Period& part, const Period& whole) {
  return whole.from <= part.from && (!whole.to || (part.to && *part.to <= *whole.to));
}

bool HasBegun(const Period& period, Date today) { return period.from <= today; }

std::vector<Period> Without(const Period& whole, std::vector<Period> taken) {
  constexpr std::chrono::days kOne{1};
  std::ranges::sort(taken, {}, &Period::from);
  std::vector<Period> rest;
  Date next = whole.from;
  for (const Period& period : taken) {
    if (period.to && *period.to < next) continue;
    if (whole.to && period.from > *whole.to) break;
    if (period.from > next) rest.push_back({.from = next, .to = period.from - kOne});
    if (!period.to) return rest;
    next = *period.to + kOne;
  }
  if (!whole.to || next <= *whole.to) rest.push_back({.from = next, .to = whole.to});
  return rest;
}

// The count grows only on days on which one begins.
int64_t MostAtOnce(const std::vector<Period>& periods, const Period& within) {
  const auto on = [&](Date day) {
    return std::count_if(periods.begin(), periods.end(), [&](const Period& p) { return p.Contains(day); });
  };
  int64_t most = on(within.from);
  for (const Period& period : periods) {
    if (within.Contains(period.from)) most = std::max<int64_t>(most, on(period.from));
  }
  return most;
}

Succession Succeed(const std::vector<Period>& chain, const Period& wanted) {
  for (size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].from == wanted.from) return {.kind = Succession::Kind::kCorrect, .index = i};
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    if (chain[i].Contains(wanted.from)) return {.kind = Succession::Kind::kSucceed, .index = i};
  }
  return {};
}

}  // namespace inspectorate::registry
