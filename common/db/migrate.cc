#include "common/db/migrate.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <thread>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/db/connection.h"
#include "common/db/failpoint.h"
#include "common/db/migration_steps.h"
#include "common/db/nodes.h"
#include "common/db/sql_error.h"

namespace inspectorate::db {
namespace {

constexpr char kCreateTable[] =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version INT UNSIGNED NOT NULL,"
    " name VARCHAR(190) NOT NULL,"
    " checksum CHAR(64) NOT NULL,"
    " step INT UNSIGNED NOT NULL,"
    " finished TINYINT(1) NOT NULL,"
    " applied_at DATETIME(6) NOT NULL,"
    " PRIMARY KEY (version)"
    ") ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
constexpr char kSelectAll[] =
    "SELECT version, name, checksum, step, finished FROM schema_migrations ORDER BY version";
constexpr char kBegin[] =
    "INSERT INTO schema_migrations (version, name, checksum, step, finished, applied_at)"
    " VALUES (?, ?, ?, 0, 0, UTC_TIMESTAMP(6))";
constexpr char kStep[] =
    "UPDATE schema_migrations SET step = ?, finished = ?, applied_at = UTC_TIMESTAMP(6) WHERE version = ?";
constexpr int kLockSeconds = 60;
constexpr char kWaitBriefly[] = "SET SESSION lock_wait_timeout = 1";  // seconds, the least there is
constexpr std::chrono::milliseconds kLetPass{500};
constexpr std::chrono::minutes kStepPatience{10};
constexpr std::chrono::seconds kConnectLimit{30};

struct Applied {
  std::string name;
  std::string checksum;
  uint64_t step = 0;
  bool finished = false;
};

// "0001_init" is version 1.
absl::StatusOr<uint64_t> VersionOf(const Migration& migration) {
  uint64_t version = 0;
  const char* end = migration.name.data() + migration.name.size();
  const auto [rest, error] = std::from_chars(migration.name.data(), end, version);
  if (error != std::errc() || rest == end || *rest != '_' || version == 0) {
    return absl::InvalidArgumentError("migration " + migration.name + " is not named NNNN_what");
  }
  return version;
}

std::string ChecksumOf(const Migration& migration) { return Hex(Sha256(migration.sql)); }

std::map<uint64_t, Applied> AppliedFrom(const Rows& rows) {
  std::map<uint64_t, Applied> applied;
  for (size_t i = 0; i < rows.size(); ++i) {
    applied[rows.at(i, "version").AsUint()] = {.name = rows.at(i, "name").AsString(),
                                               .checksum = rows.at(i, "checksum").AsString(),
                                               .step = rows.at(i, "step").AsUint(),
                                               .finished = rows.at(i, "finished").AsBool()};
  }
  return applied;
}

absl::Status CheckUnchanged(const Migration& migration, const Applied& applied) {
  if (applied.checksum == ChecksumOf(migration)) return absl::OkStatus();
  return absl::FailedPreconditionError("migration " + migration.name +
                                       " was changed after it was applied; write a new one instead");
}

// What a definition statement answers when it has run already.
bool SaysAlreadyDone(const absl::Status& status) {
  switch (SqlCodeOf(status)) {
    case 1050:  // table exists
    case 1051:  // unknown table, at DROP
    case 1060:  // column exists
    case 1061:  // key exists
    case 1091:  // no such column or key, at DROP
    case 1826:  // MySQL: foreign key exists
    case 3822:  // MySQL: check constraint exists
      return true;
    case 1005:  // MariaDB: foreign key exists, as the engine's error 121
      return SqlDetailOf(status).find("121") != std::string::npos;
    default:
      return false;
  }
}

// A step that writes rows and its record commit together. A definition statement commits by itself, so a
// crash may fall between it and its record: the step at which a migration resumes may find its work done.
absl::Status TryStep(Connection& connection, const std::string& sql, bool resumed, const Params& record) {
  RETURN_IF_ERROR(connection.Run("START TRANSACTION"));
  HitFailpoint(kMigrationStep, connection.id());
  if (absl::Status status = connection.Run(sql); !status.ok() && !(resumed && SaysAlreadyDone(status))) {
    return status;
  }
  HitFailpoint(kMigrationStep, connection.id());
  RETURN_IF_ERROR(connection.Execute(kStep, record).status());
  return connection.Run("COMMIT");
}

// A definition statement waits for everybody who uses the table, and whoever comes after waits for it. Two
// transactions, of which one waits so and the other for a row of the first, wait for each other, and no
// server sees it: calls would stand still until their time is over. So it waits for a moment only, lets the
// others pass and comes again; the services go on meanwhile.
absl::Status ApplyStep(Connection& connection, const std::string& sql, bool resumed, const Params& record) {
  const auto until = std::chrono::steady_clock::now() + kStepPatience;
  for (;;) {
    absl::Status status = TryStep(connection, sql, resumed, record);
    if (SqlErrorOf(status) != SqlError::kLockWait || std::chrono::steady_clock::now() >= until) return status;
    RETURN_IF_ERROR(connection.Run("ROLLBACK"));
    std::this_thread::sleep_for(kLetPass);
  }
}

absl::Status Apply(Connection& connection, const Migration& migration, uint64_t version,
                   const Applied* applied) {
  if (applied != nullptr) {
    RETURN_IF_ERROR(CheckUnchanged(migration, *applied));
    if (applied->finished) return absl::OkStatus();
  } else {
    RETURN_IF_ERROR(connection.Execute(kBegin, {version, migration.name, ChecksumOf(migration)}).status());
  }
  const std::vector<std::string> steps = StepsOf(migration.sql);
  const uint64_t done = applied != nullptr ? applied->step : 0;
  for (uint64_t step = done; step < steps.size(); ++step) {
    const bool resumed = applied != nullptr && step == done;
    const Params record = {step + 1, step + 1 == steps.size(), version};
    RETURN_IF_ERROR(ApplyStep(connection, steps[step], resumed, record));
  }
  if (done >= steps.size()) return connection.Execute(kStep, {done, true, version}).status();
  return absl::OkStatus();
}

absl::Status ApplyAll(Connection& connection, const std::vector<Migration>& migrations) {
  RETURN_IF_ERROR(connection.Run(kCreateTable));
  ASSIGN_OR_RETURN(const Rows rows, connection.Query(kSelectAll, {}));
  const std::map<uint64_t, Applied> applied = AppliedFrom(rows);
  uint64_t previous = 0;
  for (const Migration& migration : migrations) {
    ASSIGN_OR_RETURN(const uint64_t version, VersionOf(migration));
    if (version <= previous) {
      return absl::InvalidArgumentError("migration " + migration.name + " is out of order");
    }
    previous = version;
    const auto found = applied.find(version);
    RETURN_IF_ERROR(Apply(connection, migration, version, found != applied.end() ? &found->second : nullptr));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Connection>> ConnectionTo(const Options& options) {
  if (options.socket.empty()) RETURN_IF_ERROR(AddressesFrom(options.host, options.port).status());
  ASSIGN_OR_RETURN(Nodes::Opened opened,
                   Nodes(options).Connect(std::chrono::steady_clock::now() + kConnectLimit));
  return std::move(opened.connection);
}

absl::Status CreateSchema(Options server, const std::string& schema) {
  if (schema.empty() ||
      schema.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos) {
    return absl::InvalidArgumentError("a schema is named with lower-case letters, digits and _");
  }
  server.schema.clear();
  ASSIGN_OR_RETURN(const auto connection, ConnectionTo(server));
  return connection->Run("CREATE DATABASE IF NOT EXISTS `" + schema +
                         "` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
}

}  // namespace

std::vector<Migration> MigrationsFrom(
    const std::vector<std::pair<std::string_view, std::string_view>>& embedded) {
  std::vector<Migration> migrations;
  for (const auto& [path, text] : embedded) {
    migrations.push_back({std::string(path.substr(0, path.find('/'))), std::string(text)});
  }
  std::ranges::sort(migrations, {}, &Migration::name);
  return migrations;
}

absl::Status Migrate(const Options& ddl, const std::vector<Migration>& migrations) {
  Options options = ddl;
  options.read_timeout = std::chrono::hours(1);  // a table may be long
  RETURN_IF_ERROR(CreateSchema(options, options.schema));
  ASSIGN_OR_RETURN(const auto connection, ConnectionTo(options));
  // The lock dies with the session, so it and the DDL share one: who loses it cannot go on.
  ASSIGN_OR_RETURN(const Rows lock, connection->Query("SELECT GET_LOCK(?, ?) AS locked",
                                                      {"migrate." + ddl.schema.substr(0, 50), kLockSeconds}));
  if (!lock.at(0, "locked").AsBool()) return absl::UnavailableError("another migration is running");
  RETURN_IF_ERROR(connection->Run(kWaitBriefly));
  return ApplyAll(*connection, migrations);
}

absl::Status CheckSchema(Session& session, const std::vector<Migration>& migrations) {
  ASSIGN_OR_RETURN(const Rows rows, session.Query(kSelectAll));
  std::map<uint64_t, Applied> applied = AppliedFrom(rows);
  for (const Migration& migration : migrations) {
    ASSIGN_OR_RETURN(const uint64_t version, VersionOf(migration));
    const auto found = applied.find(version);
    if (found == applied.end() || !found->second.finished) {
      return absl::FailedPreconditionError("migration " + migration.name + " is not applied");
    }
    RETURN_IF_ERROR(CheckUnchanged(migration, found->second));
    applied.erase(found);
  }
  if (applied.size() > 1) {
    return absl::FailedPreconditionError("the schema is more than one migration ahead of this build");
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::db
