// Tables that ship with the registry, embedded in the program.
#pragma once

#include <string_view>

#include "common/csv/csv.h"

namespace inspectorate::registry {

// "divisions.csv". Aborts on a file that is missing or broken: that is a bug of the build, not data.
csv::Table Shipped(std::string_view file);

}  // namespace inspectorate::registry
