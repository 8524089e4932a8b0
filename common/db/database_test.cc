// The traps of the connector and the servers, each shown on a real one.
#include "common/db/database.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>

#include <atomic>
#include <thread>

#include "common/base/macros.h"
#include "common/db/failpoint.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::inspectorate::testing::TestDatabase;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char kTables[] = R"(
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE requests (id VARCHAR(36) NOT NULL PRIMARY KEY) ENGINE=InnoDB
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO t (id, v) VALUES (1, 0), (2, 0);
)";

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    options_ = server_.NewSchema({{.name = "0001_tables", .sql = kTables}});
    options_.pool_size = 4;
    Reopen();
  }
  void TearDown() override { SetFailpoint({}); }

  std::unique_ptr<Database> Open(int pool_size) const {
    Options options = options_;
    options.pool_size = pool_size;
    auto database = Database::Open(options);
    EXPECT_TRUE(database.ok()) << database.status();
    return std::move(database).value();
  }
  void Reopen() { database_ = Open(options_.pool_size); }

  // Leaves that many idle connections in the pool.
  void Warm(int connections) {
    const absl::Status status = database_->Read({}, [&](Session&) {
      if (connections > 1) Warm(connections - 1);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
  }

  int64_t Ask(const std::string& sql) { return server_.Ask(options_, sql).AsInt(); }

  absl::Status Insert(int id, bool resolve = false, int attempts = 5) {
    return database_->Transact(
        {}, {.max_attempts = attempts},
        [&](Transaction& tx) {
          ++runs_;
          return tx.Execute("INSERT INTO t (id, v) VALUES (?, 1)", {id}).status();
        },
        resolve);
  }

  // As a unit of work does it: the row of the request first, and what it finds there decides.
  absl::Status InsertOnce(int id, bool resolve) {
    return database_->Transact(
        {}, {},
        [&](Transaction& tx) -> absl::Status {
          ++runs_;
          const absl::Status first = tx.Execute("INSERT INTO requests (id) VALUES ('r1')").status();
          if (SqlErrorOf(first) == SqlError::kDuplicateKey) return absl::OkStatus();
          RETURN_IF_ERROR(first);
          return tx.Execute("INSERT INTO t (id, v) VALUES (?, 1)", {id}).status();
        },
        resolve);
  }

  // Kills the session of the first transaction that reaches `point`.
  void KillOnceAt(std::string_view point) {
    SetFailpoint([this, point, done = false](std::string_view at, uint64_t id) mutable {
      if (at == point && !std::exchange(done, true)) server_.KillSession(id);
      return false;
    });
  }

  // The COMMIT of the first transaction succeeds, but nobody hears of it.
  void LoseFirstReply() {
    SetFailpoint([done = false](std::string_view at, uint64_t) mutable {
      return at == kAfterCommitBeforeReply && !std::exchange(done, true);
    });
  }

  TestDatabase& server_ = TestDatabase::Get();
  Options options_;
  std::unique_ptr<Database> database_;
  std::atomic<int> runs_{0};
};

// Why the connector's own methods are banned. If this fails, the connector was mended.
TEST_F(DatabaseTest, ConnectorsCommitReturnsNormallyOnAKilledSessionAndTheRowIsLost) {
  sql::ConnectOptionsMap map;
  map["hostName"] =
      sql::SQLString(options_.socket.empty() ? "tcp://127.0.0.1:" + std::to_string(options_.port)
                                             : "unix://" + options_.socket);
  if (!options_.tls_ca.empty()) map["sslCA"] = sql::SQLString(options_.tls_ca);
  map["userName"] = sql::SQLString(options_.user);
  map["password"] = sql::SQLString(options_.password);
  map["schema"] = sql::SQLString(options_.schema);
  const std::unique_ptr<sql::Connection> connection(get_driver_instance()->connect(map));
  connection->setAutoCommit(false);
  const std::unique_ptr<sql::Statement> statement(connection->createStatement());
  statement->execute("INSERT INTO t (id, v) VALUES (10, 1)");
  const std::unique_ptr<sql::ResultSet> id(statement->executeQuery("SELECT CONNECTION_ID()"));
  ASSERT_TRUE(id->next());
  server_.KillSession(id->getUInt64(1));
  EXPECT_NO_THROW(connection->commit());
  EXPECT_NO_THROW(connection->rollback());
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 0);
}

TEST_F(DatabaseTest, ASessionKilledRightBeforeCommitIsNeverAcknowledged) {
  KillOnceAt(kBeforeCommit);
  const absl::Status status = Insert(10);
  EXPECT_TRUE(IsOutcomeUnknown(status)) << status;
  EXPECT_EQ(SqlErrorOf(status), SqlError::kLost);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 0);
  EXPECT_EQ(database_->GetStats().outcome_unknown, 1u);
}

TEST_F(DatabaseTest, ASessionKilledRightBeforeCommitIsRunAgainWhereTheClosureResolves) {
  KillOnceAt(kBeforeCommit);
  EXPECT_TRUE(InsertOnce(10, /*resolve=*/true).ok());
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 1);
}

TEST_F(DatabaseTest, ALostReplyOfCommitIsResolvedByTheRowOfTheRequest) {
  LoseFirstReply();
  EXPECT_TRUE(InsertOnce(10, /*resolve=*/true).ok());
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 1);
}

TEST_F(DatabaseTest, ALostReplyOfCommitIsAThirdOutcomeWithoutResolution) {
  LoseFirstReply();
  EXPECT_TRUE(IsOutcomeUnknown(Insert(10)));
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 1);
}

TEST_F(DatabaseTest, AnUnknownOutcomeStaysUnknownWhenTheDatabaseDoesNotComeBack) {
  SetFailpoint([](std::string_view at, uint64_t) { return at == kAfterCommitBeforeReply; });
  const absl::Status status = InsertOnce(10, /*resolve=*/true);
  EXPECT_TRUE(IsOutcomeUnknown(status)) << status;
}

TEST_F(DatabaseTest, ASessionLostBeforeCommitIsRunAgain) {
  bool killed = false;
  const absl::Status status = database_->Transact({}, {}, [&](Transaction& tx) -> absl::Status {
    ++runs_;
    ASSIGN_OR_RETURN(const Rows id, tx.Query("SELECT CONNECTION_ID() AS id"));
    if (!std::exchange(killed, true)) server_.KillSession(id.at(0, "id").AsUint());
    return tx.Execute("INSERT INTO t (id, v) VALUES (10, 1)").status();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(database_->GetStats().broken, 1u);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 1);
}

TEST_F(DatabaseTest, AfterALockWaitNothingOfTheTransactionPersistsEvenIfTheClosureIgnoresIt) {
  const std::unique_ptr<Database> holders = Open(1);
  const std::unique_ptr<Database> waiters = Open(1);
  const absl::Status outer = holders->Transact({}, {}, [&](Transaction& holder) -> absl::Status {
    RETURN_IF_ERROR(holder.Execute("UPDATE t SET v = 5 WHERE id = 1").status());
    const absl::Status inner = waiters->Transact(
        Budget::Of(milliseconds(4000)), {.max_attempts = 1}, [](Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(tx.Execute("INSERT INTO t (id, v) VALUES (10, 1)").status());
          EXPECT_EQ(SqlErrorOf(tx.Execute("UPDATE t SET v = 6 WHERE id = 1").status()), SqlError::kLockWait);
          EXPECT_FALSE(tx.Execute("INSERT INTO t (id, v) VALUES (11, 1)").ok());
          return absl::OkStatus();
        });
    EXPECT_EQ(ReasonOf(inner), ErrorReason::TRANSACTION_CONFLICT) << inner;
    return absl::OkStatus();
  });
  EXPECT_TRUE(outer.ok()) << outer;
  // The same session begins its next transaction, which would commit a half that was left open.
  EXPECT_TRUE(waiters->Transact({}, {}, [](Transaction&) { return absl::OkStatus(); }).ok());
  EXPECT_EQ(waiters->GetStats().created, 1u);
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id IN (10, 11)"), 0);
}

TEST_F(DatabaseTest, ADeadlockRunsTheWholeClosureAgain) {
  std::atomic<int> arrived{0};
  const auto add = [&](int first, int second) {
    return database_->Transact({}, {}, [&, first, second](Transaction& tx) -> absl::Status {
      ++runs_;
      RETURN_IF_ERROR(tx.Execute("UPDATE t SET v = v + 1 WHERE id = ?", {first}).status());
      // Both hold their first row before either asks for its second.
      ++arrived;
      while (arrived < 2) std::this_thread::sleep_for(milliseconds(1));
      return tx.Execute("UPDATE t SET v = v + 1 WHERE id = ?", {second}).status();
    });
  };
  absl::Status other;
  std::thread thread([&] { other = add(2, 1); });
  const absl::Status status = add(1, 2);
  thread.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(other.ok()) << other;
  EXPECT_GE(runs_, 3);
  EXPECT_EQ(Ask("SELECT SUM(v) AS n FROM t"), 4);
}

TEST_F(DatabaseTest, AnErrorOfTheClosureRollsBackAndIsNotRepeated) {
  const absl::Status status = database_->Transact({}, {}, [&](Transaction& tx) -> absl::Status {
    ++runs_;
    RETURN_IF_ERROR(tx.Execute("INSERT INTO t (id, v) VALUES (10, 1)").status());
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}});
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(database_->GetStats().idle, 1);
  EXPECT_TRUE(Insert(11).ok());
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 0);
}

TEST_F(DatabaseTest, AReadCommittedTransactionSeesWhatOthersCommitBetweenItsStatements) {
  const absl::Status status = database_->Transact({}, {}, [&](Transaction& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows before, tx.Query("SELECT v FROM t WHERE id = 1"));
    server_.Run(options_, "UPDATE t SET v = 7 WHERE id = 1");
    ASSIGN_OR_RETURN(const Rows after, tx.Query("SELECT v FROM t WHERE id = 1"));
    EXPECT_EQ(before.at(0, "v").AsInt(), 0);
    EXPECT_EQ(after.at(0, "v").AsInt(), 7);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

// A release's migration, while a state is digested or a list exported.
TEST_F(DatabaseTest, ASnapshotWhoseTableIsAlteredMeanwhileIsTakenAnew) {
  int rows = 0;
  const absl::Status status =
      database_->Transact({}, {.read_only = true}, [&](Transaction& snapshot) -> absl::Status {
        if (++runs_ == 1) server_.Run(options_, "ALTER TABLE t ADD COLUMN w INT NOT NULL DEFAULT 0, FORCE");
        ASSIGN_OR_RETURN(const Rows found, snapshot.Query("SELECT v FROM t WHERE id = 1"));
        rows = static_cast<int>(found.size());
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(runs_, 2);
  EXPECT_EQ(rows, 1);
}

TEST_F(DatabaseTest, AReadOnlyTransactionThatWritesIsABugAndLeavesThePoolAlone) {
  const absl::Status status = database_->Transact({}, {.read_only = true}, [&](Transaction& tx) {
    ++runs_;
    return tx.Execute("INSERT INTO t (id, v) VALUES (10, 1)").status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(runs_, 1);
}

TEST_F(DatabaseTest, AServerThatBecameReadOnlyEmptiesThePool) {
  server_.Run(options_, "CREATE USER IF NOT EXISTS app@'%'");
  server_.Run(options_, "GRANT SELECT, INSERT, UPDATE, DELETE ON " + options_.schema + ".* TO app@'%'");
  options_.user = "app";
  options_.password.clear();
  Reopen();
  Warm(3);
  ASSERT_EQ(database_->GetStats().idle, 3);
  server_.Run(server_.ServerOptions(), "SET GLOBAL read_only = ON");
  const absl::Status status = Insert(11, /*resolve=*/false, /*attempts=*/1);
  server_.Run(server_.ServerOptions(), "SET GLOBAL read_only = OFF");
  EXPECT_EQ(ReasonOf(status), ErrorReason::DATABASE_UNAVAILABLE) << status;
  EXPECT_EQ(SqlErrorOf(status), SqlError::kReadOnly);
  EXPECT_EQ(database_->GetStats().idle, 0);
  EXPECT_TRUE(Insert(11).ok());
  EXPECT_EQ(database_->GetStats().created, 4u);
}

TEST_F(DatabaseTest, ABrokenConnectionDoesNotGoBackToThePool) {
  const absl::Status status = database_->Read({}, [&](Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows id, session.Query("SELECT CONNECTION_ID() AS id"));
    server_.KillSession(id.at(0, "id").AsUint());
    return session.Query("SELECT 1 AS one").status();
  });
  EXPECT_EQ(ReasonOf(status), ErrorReason::DATABASE_UNAVAILABLE) << status;
  EXPECT_EQ(database_->GetStats().idle, 0);
  EXPECT_EQ(database_->GetStats().broken, 1u);
}

TEST_F(DatabaseTest, AReadAfterARestartOfTheServerDoesNotFail) {
  ASSERT_TRUE(Insert(10).ok());
  Warm(3);
  server_.Kill9();
  server_.Restart();
  const absl::Status status =
      database_->Read({}, [](Session& session) { return session.Query("SELECT id FROM t").status(); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM t WHERE id = 10"), 1);
}

TEST_F(DatabaseTest, WhileTheServerIsDownCallersLearnItAndHealthSaysSo) {
  server_.Kill9();
  EXPECT_EQ(ReasonOf(Insert(10)), ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_FALSE(database_->Healthy());
  server_.Restart();
  EXPECT_TRUE(database_->Healthy());
  EXPECT_TRUE(Insert(10).ok());
}

TEST_F(DatabaseTest, AFullPoolSaysOverloadedOrThatTheDeadlineIsSpent) {
  options_.pool_size = 1;
  options_.lease_wait = milliseconds(50);
  Reopen();
  const auto nothing = [](Session&) { return absl::OkStatus(); };
  const absl::Status status = database_->Read({}, [&](Session&) {
    EXPECT_EQ(ReasonOf(database_->Read({}, nothing)), ErrorReason::OVERLOADED);
    EXPECT_EQ(ReasonOf(database_->Read(Budget::Of(milliseconds(10)), nothing)), ErrorReason::DEADLINE_SPENT);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(database_->Read({}, nothing).ok());
}

// Why the feed has its positions from a locked row.
TEST_F(DatabaseTest, AutoIncrementIsNotTheOrderOfCommits) {
  server_.Run(options_, "CREATE TABLE events (id BIGINT AUTO_INCREMENT PRIMARY KEY, w INT)");
  const auto append = [](Transaction& tx, int w) {
    return tx.Execute("INSERT INTO events (w) VALUES (?)", {w}).status();
  };
  const absl::Status status = database_->Transact({}, {}, [&](Transaction& slow) -> absl::Status {
    RETURN_IF_ERROR(append(slow, 1));
    RETURN_IF_ERROR(database_->Transact({}, {}, [&](Transaction& fast) { return append(fast, 2); }));
    // A reader has come to 2 and will never look for 1.
    EXPECT_EQ(Ask("SELECT MAX(id) AS n FROM events"), 2);
    EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM events"), 1);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(DatabaseTest, ALockedCounterRowIsTheOrderOfCommitsWithoutGaps) {
  server_.Run(options_, "CREATE TABLE head (id INT PRIMARY KEY, v BIGINT NOT NULL)");
  server_.Run(options_, "CREATE TABLE events (id BIGINT PRIMARY KEY, w INT NOT NULL)");
  server_.Run(options_, "INSERT INTO head (id, v) VALUES (1, 0)");
  const auto append = [&](int w, bool fail) {
    return database_->Transact({}, {}, [&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows head, tx.Query("SELECT v FROM head WHERE id = 1 FOR UPDATE"));
      const int64_t next = head.at(0, "v").AsInt() + 1;
      RETURN_IF_ERROR(tx.Execute("INSERT INTO events (id, w) VALUES (?, ?)", {next, w}).status());
      RETURN_IF_ERROR(tx.Execute("UPDATE head SET v = ? WHERE id = 1", {next}).status());
      return fail ? absl::AbortedError("on purpose") : absl::OkStatus();
    });
  };
  std::vector<std::thread> writers;
  writers.reserve(4);
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 25; ++i) append(w, i % 5 == 0).IgnoreError();
    });
  }
  // Whenever it looks, a reader sees every position up to the highest.
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Ask("SELECT COALESCE(MAX(id), 0) - COUNT(*) AS gap FROM events"), 0);
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(Ask("SELECT COUNT(*) AS n FROM events"), 80);
  EXPECT_EQ(Ask("SELECT MAX(id) AS n FROM events"), 80);
}

}  // namespace
}  // namespace inspectorate::db
