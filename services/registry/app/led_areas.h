// Which areas a lead has: their own, and those that they lead for another.
#pragma once

#include <string_view>

#include "common/base/time.h"
#include "common/query/query.h"
#include "common/roster/scope.h"

namespace inspectorate::registry {

// As a condition on a column of areas: those that the person of the reach leads on `day`, and those that they
// lead for another today.
query::Condition InLedAreas(const roster::Reach& reach, Date day, std::string_view column);

}  // namespace inspectorate::registry
