#include "common/testing/test_database.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "common/process/ports.h"
#include "common/testing/tcp_server.h"
#include "gtest/gtest.h"

namespace inspectorate::testing {
namespace {

void Require(const absl::Status& status, std::string_view what) {
  if (status.ok()) return;
  std::fprintf(stderr, "test database: %.*s: %s\n", static_cast<int>(what.size()), what.data(),
               status.ToString().c_str());
  std::abort();
}

std::unique_ptr<db::Database> Open(db::Options options) {
  options.pool_size = 1;
  auto database = db::Database::Open(std::move(options));
  Require(database.status(), "open");
  return std::move(database).value();
}

}  // namespace

class TestDatabaseEnvironment : public ::testing::Environment {
 public:
  void TearDown() override { TestDatabase::Instance().reset(); }
};

namespace {

[[maybe_unused]] const auto* const kEnvironment =
    ::testing::AddGlobalTestEnvironment(new TestDatabaseEnvironment);

}  // namespace

std::unique_ptr<TestDatabase>& TestDatabase::Instance() {
  static std::unique_ptr<TestDatabase> instance;
  return instance;
}

TestDatabase& TestDatabase::Get() {
  if (Instance() == nullptr) Instance().reset(new TestDatabase);
  return *Instance();
}

TestDatabase::TestDatabase() {
  const char* mysql = std::getenv(db::kMySqlVariable);
  mysql == nullptr || *mysql == '\0' ? StartMariaDb() : StartMySql();
}

void TestDatabase::StartMariaDb() {
  auto server = db::PrivateServer::Start({.durable = false});
  Require(server.status(), "start");
  server_ = std::move(server).value();
  options_ = {.socket = server_->socket(), .user = "root"};
}

void TestDatabase::StartMySql() {
  certificates_ = std::make_unique<SecretVolume>();
  const int port = process::FreePorts({0}).front();
  std::vector<std::string> arguments = TlsArguments(*certificates_, "IP:127.0.0.1");
  arguments.insert(arguments.end(),
                   {"--skip-networking=0", "--bind-address=127.0.0.1", "--port=" + std::to_string(port)});
  auto server = db::PrivateServer::Start({.durable = false, .arguments = std::move(arguments)});
  Require(server.status(), "start");
  server_ = std::move(server).value();
  options_ = {.host = "127.0.0.1",
              .port = port,
              .user = "tests",
              .password = "a password of the tests",
              .tls_ca = certificates_->Path("ca.pem")};
  const db::Options root{.socket = server_->socket(), .user = "root"};
  Run(root, "CREATE USER tests@'127.0.0.1' IDENTIFIED BY '" + options_.password + "' REQUIRE SSL");
  Run(root, "GRANT ALL PRIVILEGES ON *.* TO tests@'127.0.0.1' WITH GRANT OPTION");
}

db::Options TestDatabase::ServerOptions() const { return options_; }

db::Options TestDatabase::NewSchema(const std::vector<db::Migration>& migrations) {
  db::Options options = ServerOptions();
  options.schema = "t_" + std::to_string(getpid()) + "_" + std::to_string(++schemas_);
  Run(ServerOptions(), "DROP DATABASE IF EXISTS " + options.schema);
  Require(db::Migrate(options, migrations), "migrate");
  return options;
}

void TestDatabase::Run(const db::Options& options, std::string_view sql) const {
  Require(Open(options)->Read({}, [&](db::Session& session) { return session.Execute(sql).status(); }), sql);
}

db::Value TestDatabase::Ask(const db::Options& options, std::string_view sql,
                            const db::Params& params) const {
  db::Value answer;
  Require(Open(options)->Read({},
                              [&](db::Session& session) {
                                const auto rows = session.Query(sql, params);
                                if (rows.ok() && !rows->empty()) answer = rows->at(0, 0);
                                return rows.status();
                              }),
          sql);
  return answer;
}

void TestDatabase::KillSession(uint64_t connection_id) const {
  Run(ServerOptions(), "KILL CONNECTION " + std::to_string(connection_id));
  while (Ask(ServerOptions(), "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE id = ?",
             {connection_id})
             .AsInt() > 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void TestDatabase::Restart() { Require(server_->Restart(), "restart"); }

}  // namespace inspectorate::testing
