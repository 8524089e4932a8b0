// Cuts a migration into its steps. Internal to common/db.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inspectorate::db {

// A step ends at a line that ends in `;` (so no text literal may have such a line). Lines that begin with
// `--` are comments and belong to no step.
std::vector<std::string> StepsOf(std::string_view sql);

}  // namespace inspectorate::db
