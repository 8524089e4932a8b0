// A real database for the tests of one binary.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/db/database.h"
#include "common/db/migrate.h"
#include "common/db/private/private_server.h"
#include "common/testing/certificates.h"

namespace inspectorate::testing {

// The server starts at first use and ends with the test program. A MariaDB is reached over its socket; a
// MySQL (INSPECTORATE_MYSQL) as in production: over TCP with verified TLS, by a user of
// caching_sha2_password. Failures abort the program: without its database no test means anything.
class TestDatabase {
 public:
  static TestDatabase& Get();

  // A fresh, empty schema with `migrations` applied.
  db::Options NewSchema(const std::vector<db::Migration>& migrations = {});
  // The server, without a schema.
  db::Options ServerOptions() const;

  // Runs one statement on a connection of its own, in `options`' schema.
  void Run(const db::Options& options, std::string_view sql) const;
  // The first cell of a query, as a whole.
  db::Value Ask(const db::Options& options, std::string_view sql, const db::Params& params = {}) const;
  // KILL CONNECTION, and waits until the session is gone.
  void KillSession(uint64_t connection_id) const;

  void Kill9() { server_->Kill9(); }
  void Restart();

 private:
  friend class TestDatabaseEnvironment;
  TestDatabase();
  static std::unique_ptr<TestDatabase>& Instance();

  void StartMariaDb();
  void StartMySql();

  std::unique_ptr<SecretVolume> certificates_;
  std::unique_ptr<db::PrivateServer> server_;
  db::Options options_;
  int schemas_ = 0;
};

}  // namespace inspectorate::testing
