#include "common/work/migrations.h"

#include "platform_migrations.h"

namespace inspectorate::work {

std::vector<db::Migration> PlatformMigrations() { return db::MigrationsFrom(platform_migrations); }

}  // namespace inspectorate::work
