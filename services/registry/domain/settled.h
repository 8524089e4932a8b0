// Days that are settled: what the roster said of them is never changed afterwards.
#pragma once

#include <optional>

#include "common/base/period.h"

namespace inspectorate::registry {

// The days of `period` that lie before `bound`; none: nothing.
std::optional<Period> SettledPart(const Period& period, Date bound);

// Does replacing `before` by `after` (nothing: recorded anew, or withdrawn) leave the days before `bound` as
// they were? `same_content`: they say the same of each day on which both hold.
bool LeavesSettledDays(const std::optional<Period>& before, const std::optional<Period>& after,
                       bool same_content, Date bound);

}  // namespace inspectorate::registry
