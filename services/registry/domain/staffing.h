// Does an area keep its inspectors, on each of the days that a departure leaves?
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "common/base/period.h"

namespace inspectorate::registry {

// The first day of `within` on which fewer than `floor` of `periods` hold; nothing: there is none.
std::optional<Date> FirstBelow(const std::vector<Period>& periods, const Period& within, int64_t floor);

}  // namespace inspectorate::registry
