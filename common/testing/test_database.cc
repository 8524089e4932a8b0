#include "common/testing/test_database.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

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
  if (const char* socket = std::getenv("INSPECTORATE_TEST_DATABASE_SOCKET"); socket != nullptr) {
    socket_ = socket;
    return;
  }
  auto server = db::PrivateMariaDb::Start({.durable = false});
  Require(server.status(), "start");
  server_ = std::move(server).value();
  socket_ = server_->socket();
}

db::Options TestDatabase::ServerOptions() const { return {.socket = socket_, .user = "root"}; }

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
