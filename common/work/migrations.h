// The migrations of what every service's schema holds: feed, checkpoints, idempotency, operations.
#pragma once

#include <vector>

#include "common/db/migrate.h"

namespace inspectorate::work {

std::vector<db::Migration> PlatformMigrations();

}  // namespace inspectorate::work
