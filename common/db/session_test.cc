// What a session promises, shown on a real server.
#include <limits>

#include "common/base/macros.h"
#include "common/db/connection.h"
#include "common/db/database.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::inspectorate::testing::TestDatabase;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

constexpr char kTable[] =
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, i BIGINT, u BIGINT UNSIGNED, d DECIMAL(30,10), r DOUBLE,"
    " s VARCHAR(200), b VARBINARY(200), l LONGTEXT, dt DATETIME(6), day DATE)"
    " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_ = TestDatabase::Get().NewSchema({{.name = "0001_t", .sql = kTable}});
    options_.pool_size = 2;
    auto database = Database::Open(options_);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = std::move(database).value();
  }

  Value Ask(const std::string& sql, const Params& params = {}) {
    Value answer;
    const absl::Status status = database_->Read({}, [&](Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, session.Query(sql, params));
      if (!rows.empty()) answer = rows.at(0, 0);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return answer;
  }

  absl::StatusOr<uint64_t> Execute(const std::string& sql, const Params& params = {}) {
    absl::StatusOr<uint64_t> count = absl::InternalError("not run");
    database_->Read({}, [&](Session& session) { return (count = session.Execute(sql, params)).status(); })
        .IgnoreError();
    return count;
  }

  Options options_;
  std::unique_ptr<Database> database_;
};

TEST_F(SessionTest, ConnectorForcesRepeatableReadButSessionsAreReadCommitted) {
  const std::string variable = Ask("SELECT VERSION() AS v").AsString().find("MariaDB") != std::string::npos
                                   ? "tx_isolation"
                                   : "transaction_isolation";
  EXPECT_EQ(Ask("SELECT @@session." + variable + " AS level").AsString(), "READ-COMMITTED");
}

TEST_F(SessionTest, ModeZoneAndCollationAreExplicit) {
  EXPECT_THAT(Ask("SELECT @@sql_mode AS m").AsString(), HasSubstr("STRICT_TRANS_TABLES"));
  EXPECT_THAT(Ask("SELECT @@sql_mode AS m").AsString(), HasSubstr("ONLY_FULL_GROUP_BY"));
  EXPECT_EQ(Ask("SELECT @@time_zone AS z").AsString(), "+00:00");
  EXPECT_EQ(Ask("SELECT @@collation_connection AS c").AsString(), "utf8mb4_bin");
}

TEST_F(SessionTest, AnUpdateToTheSameValueCountsTheMatchedRow) {
  ASSERT_TRUE(Execute("INSERT INTO t (id, i) VALUES (?, ?)", {1, 5}).ok());
  EXPECT_EQ(*Execute("UPDATE t SET i = ? WHERE id = ?", {5, 1}), 1u);
  EXPECT_EQ(*Execute("UPDATE t SET i = ? WHERE id = ?", {5, 2}), 0u);
}

TEST_F(SessionTest, EveryTypeRoundTripsExactly) {
  const std::string text = "滨州市沾化区\U0002070E😀'\"\\";
  const std::string bytes("\0\xff\x80'\\\0", 6);
  const std::string large(300000, 'x');  // beyond the connector's long-data threshold
  const Time time = Time(MakeDate(2026, 3, 9)) + std::chrono::hours(23) + std::chrono::microseconds(456);
  const uint64_t huge = 18446744073709551615u;
  const int64_t low = std::numeric_limits<int64_t>::min();
  ASSERT_TRUE(
      Execute("INSERT INTO t (id, i, u, d, r, s, b, l, dt, day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              {1, low, huge, "12345678901234567890.0123456789", 1e-9, text, bytes, large, time,
               MakeDate(2026, 2, 28)})
          .ok());
  EXPECT_EQ(Ask("SELECT i FROM t"), Value(low));
  EXPECT_EQ(Ask("SELECT u FROM t"), Value(huge));
  EXPECT_EQ(Ask("SELECT d FROM t"), Value("12345678901234567890.0123456789"));
  EXPECT_EQ(Ask("SELECT r FROM t"), Value(1e-9));
  EXPECT_EQ(Ask("SELECT s FROM t"), Value(text));
  EXPECT_EQ(Ask("SELECT b FROM t"), Value(bytes));
  EXPECT_EQ(Ask("SELECT l FROM t"), Value(large));
  EXPECT_EQ(Ask("SELECT dt FROM t"), Value(time));
  EXPECT_EQ(Ask("SELECT day FROM t"), Value(MakeDate(2026, 2, 28)));
}

TEST_F(SessionTest, DaysOfEveryCenturyRoundTrip) {
  int id = 0;
  for (const int year : {1, 99, 100, 999, 1000, 1582, 1900, 2026, 9999}) {
    const Date day = MakeDate(year, 12, 31);
    ASSERT_TRUE(Execute("INSERT INTO t (id, s, day, dt) VALUES (?, '', ?, ?)", {++id, day, Time(day)}).ok());
    EXPECT_EQ(Ask("SELECT day FROM t WHERE id = " + std::to_string(id)), Value(day)) << year;
    EXPECT_EQ(Ask("SELECT dt FROM t WHERE id = " + std::to_string(id)).AsTime(), Time(day)) << year;
  }
}

TEST_F(SessionTest, NullAndAZeroFractionRoundTrip) {
  ASSERT_TRUE(
      Execute("INSERT INTO t (id, s, dt) VALUES (?, ?, ?)", {1, nullptr, Time(MakeDate(2026, 3, 9))}).ok());
  EXPECT_TRUE(Ask("SELECT s FROM t").is_null());
  EXPECT_EQ(Ask("SELECT dt FROM t").AsTime(), Time(MakeDate(2026, 3, 9)));
}

TEST_F(SessionTest, ParametersOfAnEarlierRunDoNotLinger) {
  ASSERT_TRUE(Execute("INSERT INTO t (id, i) VALUES (?, ?)", {1, 5}).ok());
  EXPECT_FALSE(Execute("INSERT INTO t (id, i) VALUES (?, ?)", {2}).ok());
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t").AsInt(), 1);
}

TEST_F(SessionTest, MoreStatementsThanTheCacheHoldsStillWork) {
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 100; ++i)
      EXPECT_EQ(Ask("SELECT " + std::to_string(i) + " + ? AS n", {1}).AsInt(), i + 1);
  }
  // The pool has at most two connections with 64 statements each.
  // Not from information_schema, which has it on MariaDB only.
  const absl::Status status = database_->Read({}, [](Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows rows, session.Query("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"));
    EXPECT_LE(std::stoi(rows.at(0, 1).AsString()), 2 * 64 + 2);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(SessionTest, DuplicateKeyIsToldApartAndNamesTheKey) {
  ASSERT_TRUE(Execute("INSERT INTO t (id) VALUES (1)").ok());
  const absl::Status status = Execute("INSERT INTO t (id) VALUES (1)").status();
  EXPECT_EQ(SqlErrorOf(status), SqlError::kDuplicateKey);
  EXPECT_EQ(DuplicateKeyOf(status), "PRIMARY");
}

TEST_F(SessionTest, AStatementIsStoppedWhenTheBudgetEnds) {
  const auto begin = steady_clock::now();
  const absl::Status status = database_->Read(Budget::Of(milliseconds(300)), [](Session& session) {
    return session
        .Query(
            "SELECT COUNT(*) AS n FROM information_schema.tables a, information_schema.columns b,"
            " information_schema.columns c, information_schema.columns d"
            " WHERE CONCAT(b.column_name, c.column_name, d.column_name, a.table_name) = 'x'")
        .status();
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::DEADLINE_SPENT) << status;
  EXPECT_LT(steady_clock::now() - begin, milliseconds(3000));
  EXPECT_EQ(database_->GetStats().broken, 0u);
  EXPECT_EQ(Ask("SELECT 1 AS one").AsInt(), 1);
}

TEST_F(SessionTest, TheLimitCostsNoRoundTripWhenItFits) {
  const auto connection = Connection::Open(options_);
  ASSERT_TRUE(connection.ok()) << connection.status();
  const auto sets = [&] {
    return std::stoi(
        (*connection)->Query("SHOW SESSION STATUS LIKE 'Com_set_option'", {})->at(0, 1).AsString());
  };
  ASSERT_TRUE((*connection)->LimitStatements(milliseconds(10000)).ok());
  const int before = sets();
  ASSERT_TRUE((*connection)->LimitStatements(milliseconds(9000)).ok());
  ASSERT_TRUE((*connection)->LimitStatements(milliseconds(7000)).ok());
  EXPECT_EQ(sets(), before);
  ASSERT_TRUE((*connection)->LimitStatements(milliseconds(1000)).ok());
  EXPECT_EQ(sets(), before + 1);
}

TEST_F(SessionTest, ACancelledCallRunsNoFurtherStatement) {
  bool cancelled = false;
  Budget budget;
  budget.cancelled = [&] { return cancelled; };
  const absl::Status status = database_->Transact(budget, {}, [&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute("INSERT INTO t (id) VALUES (1)").status());
    cancelled = true;
    return tx.Execute("INSERT INTO t (id) VALUES (2)").status();
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::CALL_CANCELLED);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t").AsInt(), 0);
}

TEST_F(SessionTest, ADeadConnectionStaysDeadAndIsNotReconnected) {
  const auto connection = Connection::Open(options_);
  ASSERT_TRUE(connection.ok()) << connection.status();
  const uint64_t id = (*connection)->id();
  TestDatabase::Get().KillSession(id);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(SqlErrorOf((*connection)->Query("SELECT CONNECTION_ID() AS id", {}).status()), SqlError::kLost);
  }
  EXPECT_FALSE((*connection)->usable());
  EXPECT_FALSE((*connection)->Ping());
}

}  // namespace
}  // namespace inspectorate::db
