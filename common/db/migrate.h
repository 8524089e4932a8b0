// Schema migrations: embedded, numbered, checksummed, resumable; run by the `migrate` command under a DDL
// user, only checked by `serve` (design 4.8).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "common/db/database.h"

namespace inspectorate::db {

// One migration: its number and name ("0001_init") and its SQL, statements separated by a line that is `;` or
// ends in `;`. Each statement is one step; steps already applied are skipped after a crash.
struct Migration {
  std::string name;
  std::string sql;
};

// From inspectorate_embed: entries {"0001_init/up.sql", text}. Sorted by name.
std::vector<Migration> MigrationsFrom(
    const std::vector<std::pair<std::string_view, std::string_view>>& embedded);

// Creates the schema if missing and applies what is not yet applied. Refuses a changed checksum.
absl::Status Migrate(const Options& ddl, const std::vector<Migration>& migrations);

// Is the schema at a version this build can serve: all of `migrations`, or at most one unknown newer one?
absl::Status CheckSchema(Session& session, const std::vector<Migration>& migrations);

}  // namespace inspectorate::db
