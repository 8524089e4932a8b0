#include "common/work/migrations.h"

#include <algorithm>

#include "platform_migrations.h"

namespace inspectorate::work {

std::vector<db::Migration> PlatformMigrations() { return db::MigrationsFrom(platform_migrations); }

std::vector<db::Migration> WithPlatform(std::initializer_list<std::vector<db::Migration>> lists) {
  std::vector<db::Migration> all = PlatformMigrations();
  for (const auto& more : lists) all.insert(all.end(), more.begin(), more.end());
  std::ranges::sort(all, {}, &db::Migration::name);
  return all;
}

}  // namespace inspectorate::work
