#include "common/db/migrate.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "common/base/macros.h"
#include "common/db/failpoint.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::inspectorate::testing::TestDatabase;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

std::vector<Migration> Two() {
  return {{.name = "0001_init",
           .sql = "CREATE TABLE a (id INT PRIMARY KEY);\nINSERT INTO a (id)\n  VALUES (1);\n"},
          {.name = "0002_more", .sql = "ALTER TABLE a ADD COLUMN v INT;\nCREATE INDEX by_v ON a (v);\n"}};
}

class MigrateTest : public ::testing::Test {
 protected:
  void TearDown() override { SetFailpoint({}); }

  absl::Status Check(const std::vector<Migration>& migrations) {
    auto database = Database::Open(options_);
    if (!database.ok()) return database.status();
    return (*database)->Read({}, [&](Session& session) { return CheckSchema(session, migrations); });
  }

  TestDatabase& server_ = TestDatabase::Get();
  Options options_ = server_.NewSchema();
};

TEST_F(MigrateTest, EmbeddedFilesBecomeMigrationsInOrder) {
  EXPECT_THAT(MigrationsFrom({{"0002_b/up.sql", "B"}, {"0001_a/up.sql", "A"}}),
              ElementsAre(Field(&Migration::name, "0001_a"), Field(&Migration::name, "0002_b")));
}

TEST_F(MigrateTest, AppliesOnceAndAgainChangesNothing) {
  ASSERT_TRUE(Migrate(options_, Two()).ok());
  EXPECT_TRUE(Migrate(options_, Two()).ok());
  EXPECT_EQ(server_.Ask(options_, "SELECT COUNT(*) AS n FROM a").AsInt(), 1);
  EXPECT_TRUE(Check(Two()).ok());
}

TEST_F(MigrateTest, TheSchemaIsUtf8mb4Bin) {
  EXPECT_EQ(
      server_
          .Ask(options_,
               "SELECT DEFAULT_COLLATION_NAME AS c FROM information_schema.schemata WHERE schema_name = ?",
               {options_.schema})
          .AsString(),
      "utf8mb4_bin");
}

TEST_F(MigrateTest, KilledAtAnyStepItResumesToTheSameSchema) {
  constexpr int kHits = 2 * 4;  // before and after each of the four steps
  for (int fatal = 1; fatal <= kHits; ++fatal) {
    SCOPED_TRACE(fatal);
    options_ = server_.NewSchema();
    int hits = 0;
    SetFailpoint([&](std::string_view point, uint64_t id) {
      if (point == kMigrationStep && ++hits == fatal) server_.KillSession(id);
      return false;
    });
    EXPECT_EQ(SqlErrorOf(Migrate(options_, Two())), SqlError::kLost);
    SetFailpoint({});
    EXPECT_FALSE(Check(Two()).ok());
    const absl::Status resumed = Migrate(options_, Two());
    EXPECT_TRUE(resumed.ok()) << resumed;
    EXPECT_TRUE(Check(Two()).ok());
    EXPECT_EQ(server_.Ask(options_, "SELECT COUNT(*) AS n FROM a WHERE v IS NULL").AsInt(), 1);
  }
}

// Otherwise one long transaction and a migration that waits for it would stop every caller of the table.
TEST_F(MigrateTest, AStepThatMustWaitLetsOthersPass) {
  ASSERT_TRUE(Migrate(options_, {Two()[0]}).ok());
  const auto database = Database::Open(options_);
  ASSERT_TRUE(database.ok()) << database.status();
  std::atomic<bool> held = false;
  std::thread holder([&] {
    const absl::Status status = (*database)->Transact({}, {}, [&](Transaction& tx) -> absl::Status {
      RETURN_IF_ERROR(tx.Query("SELECT id FROM a").status());
      held = true;
      std::this_thread::sleep_for(std::chrono::seconds(7));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  });
  while (!held) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  std::atomic<bool> migrated = false;
  std::thread migration([&] {
    const absl::Status status = Migrate(options_, Two());
    EXPECT_TRUE(status.ok()) << status;
    migrated = true;
  });
  std::chrono::steady_clock::duration longest{};
  while (!migrated) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(server_.Ask(options_, "SELECT COUNT(*) AS n FROM a").AsInt(), 1);
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  migration.join();
  holder.join();
  EXPECT_LT(longest, std::chrono::seconds(4));
  EXPECT_TRUE(Check(Two()).ok());
}

TEST_F(MigrateTest, AStepThatFailsForAnotherReasonStopsTheMigration) {
  // Not resumed: a table that somebody else made is an error, not work already done.
  server_.Run(options_, "CREATE TABLE a (other INT)");
  EXPECT_THAT(Migrate(options_, Two()).ToString(), HasSubstr("1050"));
}

TEST_F(MigrateTest, AChangedMigrationIsRefused) {
  ASSERT_TRUE(Migrate(options_, Two()).ok());
  std::vector<Migration> changed = Two();
  changed[0].sql += "-- one more remark\n";
  EXPECT_THAT(Migrate(options_, changed).ToString(), HasSubstr("changed"));
  EXPECT_THAT(Check(changed).ToString(), HasSubstr("changed"));
}

TEST_F(MigrateTest, ABuildServesASchemaOneMigrationAheadButNotTwoAndNotBehind) {
  std::vector<Migration> ahead = Two();
  ASSERT_TRUE(Migrate(options_, ahead).ok());
  std::vector<Migration> build = {ahead[0]};
  EXPECT_TRUE(Check(build).ok());
  ahead.push_back({.name = "0003_table", .sql = "CREATE TABLE b (id INT PRIMARY KEY);\n"});
  EXPECT_FALSE(Check(ahead).ok());
  ASSERT_TRUE(Migrate(options_, ahead).ok());
  EXPECT_FALSE(Check(build).ok());
}

TEST_F(MigrateTest, NamesWithoutANumberOrOutOfOrderAreRefused) {
  EXPECT_FALSE(Migrate(options_, {{.name = "init", .sql = "SELECT 1"}}).ok());
  EXPECT_FALSE(Migrate(options_, {Two()[1], Two()[0]}).ok());
}

}  // namespace
}  // namespace inspectorate::db
