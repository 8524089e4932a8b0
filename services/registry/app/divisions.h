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

// The division that has, on `day`, the place of the one of that name: itself while its code is in force, else
// what it was before or what took its place. Null when there is none.
const v1::Division* FindDivisionOn(std::string_view name, Date day);

// Children of `parent` (empty: the provinces), only those in force on `day` where it is given.
std::vector<const v1::Division*> DivisionsBelow(std::string_view parent, std::optional<Date> day);

// Does the division of `code` lie in that of `above`, at any depth? Not in itself. By codes, "371603".
bool LiesBelow(std::string_view code, std::string_view above);

}  // namespace inspectorate::registry
