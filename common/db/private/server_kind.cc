#include "common/db/private/server_kind.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace inspectorate::db {
namespace {

constexpr char kMariaDbFiles[] = "/usr/share/mysql";

absl::StatusOr<ServerKind> MariaDb() {
  ServerKind kind{.name = "mariadb"};
  for (const char* path : {"/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/local/sbin/mariadbd"}) {
    if (kind.binary.empty() && access(path, X_OK) == 0) kind.binary = path;
  }
  if (kind.binary.empty()) {
    return absl::FailedPreconditionError("mariadbd is not installed (package mariadb-server-core)");
  }
  kind.program = {kind.binary, "--no-defaults", std::string("--lc-messages-dir=") + kMariaDbFiles};
  kind.storage = {"--innodb-data-file-path=ibdata1:4M:autoextend", "--innodb-autoextend-increment=1",
                  "--innodb-log-file-size=8M", "--innodb-undo-tablespaces=0"};
  kind.initialising = {"--bootstrap", "--max-allowed-packet=8M", "--default-storage-engine=Aria"};
  kind.running = {"--innodb-temp-data-file-path=ibtmp1:2M:autoextend", "--key-buffer-size=0",
                  "--aria-pagecache-buffer-size=1M", "--query-cache-type=0"};
  for (const char* name :
       {"mysql_system_tables.sql", "mysql_performance_tables.sql", "mysql_system_tables_data.sql"}) {
    kind.system_tables.push_back(std::string(kMariaDbFiles) + "/" + name);
  }
  return kind;
}

// A newer Debian's loader runs its program with its own libraries: neither a chroot nor root is needed.
absl::StatusOr<ServerKind> MySql(const std::string& root) {
  ServerKind kind{.name = "mysql", .binary = root + "/usr/sbin/mysqld"};
  struct Machine {
    const char* libraries;
    const char* loader;
  };
  for (const Machine& machine : {Machine{"x86_64-linux-gnu", "ld-linux-x86-64.so.2"},
                                 Machine{"aarch64-linux-gnu", "ld-linux-aarch64.so.1"}}) {
    const std::string libraries = root + "/usr/lib/" + machine.libraries;
    const std::string loader = libraries + "/" + machine.loader;
    if (access(loader.c_str(), X_OK) == 0) kind.program = {loader, "--library-path", libraries, kind.binary};
  }
  if (kind.program.empty() || access(kind.binary.c_str(), R_OK) != 0) {
    return absl::FailedPreconditionError("there is no MySQL in " + root +
                                         " (tests/databases/mysql/obtain unpacks one)");
  }
  const std::string share = root + "/usr/share/mysql";
  for (const std::string& option :
       {std::string("--no-defaults"), "--basedir=" + root + "/usr", "--lc-messages-dir=" + share,
        "--character-sets-dir=" + share + "/charsets", "--plugin-dir=" + root + "/usr/lib/mysql/plugin",
        std::string("--secure-file-priv=NULL"), std::string("--mysqlx=OFF")}) {
    kind.program.push_back(option);
  }
  kind.storage = {"--innodb-data-file-path=ibdata1:5M:autoextend", "--innodb-autoextend-increment=1",
                  "--innodb-redo-log-capacity=32M"};
  kind.initialising = {"--initialize-insecure"};
  return kind;
}

}  // namespace

absl::StatusOr<ServerKind> KindOf(const std::string& mysql_root) {
  return mysql_root.empty() ? MariaDb() : MySql(mysql_root);
}

// The server's own tables, then nobody but root over the socket.
absl::StatusOr<std::string> BootstrapSql(const ServerKind& kind) {
  if (kind.system_tables.empty()) return std::string();
  std::stringstream sql;
  sql << "USE mysql;\nSET @auth_root_socket=NULL;\n";
  for (const std::string& path : kind.system_tables) {
    std::ifstream part(path);
    if (!part) return absl::FailedPreconditionError(path + " is missing");
    sql << part.rdbuf();
  }
  sql << "\nDELETE FROM mysql.global_priv WHERE Host <> 'localhost' OR User = '';\n";
  return sql.str();
}

}  // namespace inspectorate::db
