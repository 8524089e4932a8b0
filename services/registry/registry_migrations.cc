#include "services/registry/registry_migrations.h"

#include "registry_sql.h"

namespace inspectorate::registry {

std::vector<db::Migration> Migrations() { return db::MigrationsFrom(registry_sql); }

}  // namespace inspectorate::registry
