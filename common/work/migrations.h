// The migrations of what every service's schema holds: feed, checkpoints, idempotency, operations.
#pragma once

#include <initializer_list>
#include <vector>

#include "common/db/migrate.h"

namespace inspectorate::work {

std::vector<db::Migration> PlatformMigrations();

// Those and the lists, by number: a list may go on behind where another one has begun.
std::vector<db::Migration> WithPlatform(std::initializer_list<std::vector<db::Migration>> lists);

}  // namespace inspectorate::work
