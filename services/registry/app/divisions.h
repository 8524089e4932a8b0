// Administrative divisions: reference data that ships with the platform (data/divisions.csv).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::registry {

// All of them, by code. Aborts at first use if the shipped file is broken: a build error in effect.
const std::vector<v1::Division>& Divisions();

// Null when there is none of that name, "divisions/371603".
const v1::Division* FindDivision(std::string_view name);

// Children of `parent` (empty: the provinces), only those in force on `day` where it is given.
std::vector<const v1::Division*> DivisionsBelow(std::string_view parent, std::optional<Date> day);

}  // namespace inspectorate::registry
