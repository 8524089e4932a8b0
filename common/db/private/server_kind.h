// What differs between a private MariaDB and a private MySQL. Internal to common/db/private.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace inspectorate::db {

struct ServerKind {
  std::string name{};                       // "mariadb", "mysql"
  std::string binary{};                     // the file that tells one build from another
  std::vector<std::string> program{};       // how it is started, before all options
  std::vector<std::string> storage{};       // the same when a data directory is made and whenever it is used
  std::vector<std::string> initialising{};  // options that make a data directory
  std::vector<std::string> running{};       // options of a server that serves
  // Files with the server's own tables, which initialising reads; empty: it knows them.
  std::vector<std::string> system_tables{};
};

// The MySQL unpacked in `mysql_root` (tests/databases/mysql/obtain), or the installed MariaDB if that is
// empty.
absl::StatusOr<ServerKind> KindOf(const std::string& mysql_root);

// The text that initialising reads; empty when it reads none.
absl::StatusOr<std::string> BootstrapSql(const ServerKind& kind);

}  // namespace inspectorate::db
