// The registry's own migrations, after the platform's and the roster's.
#pragma once

#include <vector>

#include "common/db/migrate.h"

namespace inspectorate::registry {

std::vector<db::Migration> Migrations();

}  // namespace inspectorate::registry
