// A database server of our own, as a child process on a unix socket: for tests and for the one-machine
// launcher. A MariaDB, or the MySQL that the environment names.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/private/server_kind.h"

namespace inspectorate::db {

// The variable that names the directory of a MySQL (tests/databases/mysql/obtain) to use instead of MariaDB.
inline constexpr char kMySqlVariable[] = "INSPECTORATE_MYSQL";
// For PrivateServerOptions::mysql_root: MariaDB, whatever the environment says.
inline constexpr char kInstalledMariaDb[] = "-";

struct PrivateServerOptions {
  // Kept at the end, and initialised when it does not exist. Empty: a temporary one, copied from a template
  // in the user's cache and removed at the end.
  std::string data_dir{};
  // Empty: a short path in a directory that only this user can enter. At most 99 bytes.
  std::string socket{};
  int buffer_pool_mib = 16;
  int max_connections = 64;
  // False: a COMMIT survives a crash of the server but not of the machine. Only for tests.
  bool durable = true;
  std::chrono::seconds start_timeout{60};
  // A MySQL's directory. Empty: the one that INSPECTORATE_MYSQL names; if that is not set, MariaDB.
  std::string mysql_root{};
  // Whose server it is when root starts it: Galera's state transfer does not work as root.
  std::string user = "root";
  // More server options, such as "--innodb-lock-wait-timeout=1".
  std::vector<std::string> arguments{};
};

// Only root over the socket, without a password: the directory of the socket (mode 0700) is the guard. Stops
// with its parent, cleanly if the data directory is kept: start it on a thread that lives as long as the
// process, since that is what Linux takes for the parent. Not thread-safe.
class PrivateServer {
 public:
  // Returns when the server answers.
  static absl::StatusOr<std::unique_ptr<PrivateServer>> Start(PrivateServerOptions options);
  ~PrivateServer();
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;

  const std::string& socket() const { return options_.socket; }
  const std::string& data_dir() const { return options_.data_dir; }
  std::string log_path() const { return options_.data_dir + "/server.log"; }
  bool is_mysql() const { return kind_.name == "mysql"; }
  pid_t pid() const { return pid_; }  // -1 when stopped
  // Does the child still run? Reaps it if not.
  bool Running();

  // SIGTERM, then SIGKILL if it does not end within `patience`.
  void Stop(std::chrono::seconds patience = std::chrono::seconds(30));
  // SIGKILL, as a crash would.
  void Kill9();
  // Starts again on the same data (recovering if it was killed).
  absl::Status Restart();
  // Replaces PrivateServerOptions::arguments from the next start on.
  void SetArguments(std::vector<std::string> arguments) { options_.arguments = std::move(arguments); }

 private:
  PrivateServer(PrivateServerOptions options, ServerKind kind)
      : options_(std::move(options)), kind_(std::move(kind)) {}
  absl::Status MakeDirectories();
  absl::Status GiveToUser() const;
  absl::Status Launch();
  absl::Status AwaitReady();
  std::vector<std::string> CommandLine() const;

  PrivateServerOptions options_;
  const ServerKind kind_;
  std::string run_dir_;  // ours to remove: the socket, and the data if temporary
  int run_lock_ = -1;    // held while we live, so that others can tell what was left behind
  bool temporary_ = false;
  pid_t pid_ = -1;
};

}  // namespace inspectorate::db
