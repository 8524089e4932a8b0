// Calls side by side: to each it must be as if it ran by itself.
#include "common/db/set.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <random>
#include <thread>

#include "common/base/macros.h"
#include "common/db/connection.h"
#include "common/db/failpoint.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::inspectorate::testing::TestDatabase;
using std::chrono::milliseconds;

constexpr int kRows = 64;
constexpr char kTables[] = R"(
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT NOT NULL) ENGINE=InnoDB
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE named (office VARCHAR(20) NOT NULL, name VARCHAR(20) NOT NULL, v INT NOT NULL,
  PRIMARY KEY (office, name)) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE versioned (office VARCHAR(20) NOT NULL, name VARCHAR(20) NOT NULL, revision BIGINT NOT NULL,
  v VARCHAR(20) NULL, PRIMARY KEY (office, name), UNIQUE KEY one_v (v)) ENGINE=InnoDB
  DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
CREATE TABLE requests (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
)";

class SetTest : public ::testing::Test {
 protected:
  using Work = std::function<absl::Status(Transaction&)>;

  void SetUp() override {
    options_ = server_.NewSchema({{.name = "0001_tables", .sql = kTables}});
    options_.pool_size = 6;
    database_ = *Database::Open(options_);
    Must(database_->Transact({}, {}, [](Transaction& tx) -> absl::Status {
      for (int i = 0; i < kRows; ++i) {
        RETURN_IF_ERROR(tx.Execute("INSERT INTO t (id, v) VALUES (?, 0)", {i}).status());
      }
      return absl::OkStatus();
    }));
  }
  void TearDown() override { SetFailpoint({}); }

  static void Must(const absl::Status& status) { ASSERT_TRUE(status.ok()) << status; }

  // Each work in a transaction of its own, all in one set.
  std::vector<absl::Status> Transact(const std::vector<Work>& works,
                                     const std::vector<Budget>& budgets = {}) {
    std::vector<absl::Status> answers(works.size(), absl::UnknownError("never answered"));
    std::vector<std::function<void()>> calls;
    for (size_t i = 0; i < works.size(); ++i) {
      calls.push_back([&, i] {
        const Budget budget = budgets.empty() ? Budget() : budgets[i];
        answers[i] = database_->Transact(budget, {}, works[i], /*resolve=*/true);
      });
    }
    report_ = RunTogether(calls);
    return answers;
  }

  std::vector<absl::Status> Read(size_t count, const std::function<absl::Status(Session&, int)>& work) {
    std::vector<absl::Status> answers(count, absl::UnknownError("never answered"));
    std::vector<std::function<void()>> calls;
    for (size_t i = 0; i < count; ++i) {
      calls.push_back([&, i] {
        answers[i] =
            database_->Read({}, [&, i](Session& session) { return work(session, static_cast<int>(i)); });
      });
    }
    report_ = RunTogether(calls);
    return answers;
  }

  static void AllOk(const std::vector<absl::Status>& answers) {
    for (const absl::Status& answer : answers) EXPECT_TRUE(answer.ok()) << answer;
  }
  int64_t Ask(const std::string& sql) { return server_.Ask(options_, sql).AsInt(); }
  // Of the server; asking for it is a statement itself.
  int64_t Counter(const std::string& name) {
    int64_t value = 0;
    Must(database_->Read({}, [&](Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(Rows rows, session.Query("SHOW GLOBAL STATUS LIKE '" + name + "'"));
      value = std::stoll(rows.at(0, 1).AsString());
      return absl::OkStatus();
    }));
    return value;
  }
  static absl::StatusOr<int64_t> ValueOf(Session& session, int id, bool lock = true) {
    ASSIGN_OR_RETURN(Rows rows, session.Query(lock ? "SELECT v FROM t WHERE id = ? FOR UPDATE"
                                                   : "SELECT v FROM t WHERE id = ?",
                                              {id}));
    return rows.empty() ? -1 : rows.at(0, "v").AsInt();
  }
  static absl::Status SetValue(Session& session, int id, int64_t v) {
    return session.Execute("UPDATE t SET v = ? WHERE id = ?", {v, id}).status();
  }
  static absl::Status Increment(Session& session, int id) {
    ASSIGN_OR_RETURN(int64_t v, ValueOf(session, id));
    return SetValue(session, id, v + 1);
  }
  // As a unit of work does it: the row of the request first, and what it finds there decides.
  static Work Once(int request, Work work) {
    return [request, work = std::move(work)](Transaction& tx) -> absl::Status {
      const absl::Status first = tx.Execute("INSERT INTO requests (id) VALUES (?)", {request}).status();
      if (SqlErrorOf(first) == SqlError::kDuplicateKey) return absl::OkStatus();
      RETURN_IF_ERROR(first);
      return work(tx);
    };
  }

  TestDatabase& server_ = TestDatabase::Get();
  Options options_;
  std::unique_ptr<Database> database_;
  TogetherReport report_;
};

TEST_F(SetTest, ReadsByKeyAreOneStatementAndEachGetsItsOwnRows) {
  Must(database_->Transact({}, {}, [](Transaction& tx) -> absl::Status {
    for (int i = 0; i < kRows; ++i) RETURN_IF_ERROR(SetValue(tx, i, i * 10));
    return absl::OkStatus();
  }));
  const int64_t before = Counter("Com_stmt_execute");
  std::vector<int64_t> seen(50);
  AllOk(Read(50, [&](Session& session, int i) -> absl::Status {
    // The last ten ask for a row that is not there, the first three for the same.
    const int id = i < 3 ? 0 : i < 40 ? i : i + 1000;
    ASSIGN_OR_RETURN(seen[static_cast<size_t>(i)], ValueOf(session, id, false));
    return absl::OkStatus();
  }));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i < 3 ? 0 : i < 40 ? i * 10 : -1) << i;
  EXPECT_LE(Counter("Com_stmt_execute") - before, 3);  // one of them is the counter's own
}

TEST_F(SetTest, EqualReadsAreOneStatement) {
  const int64_t before = Counter("Com_stmt_execute");
  AllOk(Read(20, [&](Session& session, int) -> absl::Status {
    ASSIGN_OR_RETURN(Rows rows, session.Query("SELECT COUNT(*) AS n FROM t WHERE v >= ?", {0}));
    EXPECT_EQ(rows.at(0, "n").AsInt(), kRows);
    return absl::OkStatus();
  }));
  EXPECT_LE(Counter("Com_stmt_execute") - before, 3);
}

TEST_F(SetTest, KeysThatTheServerTakesForOneFindTheirRowsAllTheSame) {
  Must(database_->Transact({}, {}, [](Transaction& tx) -> absl::Status {
    return tx.Execute("INSERT INTO named (office, name, v) VALUES ('o', 'x', 7), ('o', '', 8)").status();
  }));
  const std::vector<Value> names = {"x", "x ", "", " ", "X", Value()};
  std::vector<int64_t> seen(names.size(), -1);
  AllOk(Read(names.size(), [&](Session& session, int i) -> absl::Status {
    ASSIGN_OR_RETURN(Rows rows, session.Query("SELECT v FROM named WHERE office = ? AND name = ?",
                                              {"o", names[static_cast<size_t>(i)]}));
    if (!rows.empty()) seen[static_cast<size_t>(i)] = rows.at(0, "v").AsInt();
    return absl::OkStatus();
  }));
  EXPECT_THAT(seen, ::testing::ElementsAre(7, 7, 8, 8, -1, -1));
}

TEST_F(SetTest, TransactionsShareOneCommit) {
  const int64_t before = Counter("Com_commit");
  std::vector<Work> works;
  for (int i = 0; i < 32; ++i) works.push_back([i](Transaction& tx) { return Increment(tx, i); });
  AllOk(Transact(works));
  EXPECT_EQ(Counter("Com_commit") - before, 1);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 32);
}

TEST_F(SetTest, InsertsAreFewStatementsAndADuplicateIsItsOwn) {
  const int64_t before = Counter("Com_stmt_execute");
  std::vector<Work> works;
  for (int i = 0; i < 32; ++i) {
    works.push_back([i](Transaction& tx) {
      return tx.Execute("INSERT INTO t (id, v) VALUES (?, 1)", {100 + i}).status();
    });
  }
  AllOk(Transact(works));
  EXPECT_LE(Counter("Com_stmt_execute") - before, 3);
  works.push_back(
      [](Transaction& tx) { return tx.Execute("INSERT INTO t (id, v) VALUES (?, 1)", {200}).status(); });
  std::vector<absl::Status> answers = Transact(works);
  for (int i = 0; i < 32; ++i)
    EXPECT_EQ(SqlErrorOf(answers[static_cast<size_t>(i)]), SqlError::kDuplicateKey);
  EXPECT_TRUE(answers[32].ok());
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM t WHERE id >= 100"), 33);
  EXPECT_EQ(report_.run_again, 0);
}

TEST_F(SetTest, UpdatesByRevisionAreTwoStatementsAndAStaleOneMatchesNothing) {
  Must(database_->Transact({}, {}, [](Transaction& tx) -> absl::Status {
    for (int i = 0; i < 20; ++i) {
      RETURN_IF_ERROR(tx.Execute("INSERT INTO versioned (office, name, revision, v) VALUES (?, ?, 1, NULL)",
                                 {i % 2 == 0 ? "a" : "b", std::to_string(i)})
                          .status());
    }
    return absl::OkStatus();
  }));
  const RowUpdate row("versioned", {"office", "name"}, {"revision", "v"}, "revision");
  std::vector<uint64_t> matched(22, 9);
  const auto update = [&](int i, int64_t expected) {
    return [&, i, expected](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(matched[static_cast<size_t>(i)],
                       tx.Update(row, {expected + 1, i == 3 ? Value() : Value("x" + std::to_string(i)),
                                       i % 2 == 0 ? "a" : "b", std::to_string(i), expected}));
      return absl::OkStatus();
    };
  };
  std::vector<Work> works;
  // The sixth has another revision, the last two are not there.
  for (int i = 0; i < 22; ++i) works.push_back(update(i, i == 5 ? 7 : 1));
  const int64_t before = Counter("Com_stmt_execute");
  AllOk(Transact(works));
  EXPECT_LE(Counter("Com_stmt_execute") - before, 8);  // two, three for those that failed, and the counter
  for (int i = 0; i < 22; ++i) EXPECT_EQ(matched[static_cast<size_t>(i)], i == 5 || i >= 20 ? 0u : 1u) << i;
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM versioned WHERE revision = 2 AND v = CONCAT('x', name)"), 18);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM versioned WHERE v IS NULL"), 2);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM versioned"), 20);
}

TEST_F(SetTest, AnUpdateThatMeetsAnothersUniqueKeyIsItsOwnFailure) {
  Must(database_->Transact({}, {}, [](Transaction& tx) -> absl::Status {
    return tx
        .Execute(
            "INSERT INTO versioned (office, name, revision, v) VALUES ('a', '1', 1, 'p'),"
            " ('a', '2', 1, 'q'), ('a', '3', 1, 'r')")
        .status();
  }));
  const RowUpdate row("versioned", {"office", "name"}, {"revision", "v"}, "revision");
  const auto update = [&](const char* name, const char* v) {
    return [&, name, v](Transaction& tx) { return tx.Update(row, {2, v, "a", name, 1}).status(); };
  };
  const auto answers = Transact({update("1", "q"), update("3", "s")});
  EXPECT_EQ(SqlErrorOf(answers[0]), SqlError::kDuplicateKey);
  EXPECT_TRUE(answers[1].ok()) << answers[1];
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM versioned WHERE (name = '1' AND v = 'p') OR (name = '2' AND v = 'q')"
                " OR (name = '3' AND v = 's' AND revision = 2)"),
            3);
}

TEST_F(SetTest, AHotRowIsTakenInTurns) {
  std::vector<int64_t> seen;
  std::vector<Work> works;
  for (int i = 0; i < 40; ++i) {
    works.push_back([&](Transaction& tx) -> absl::Status {
      ASSIGN_OR_RETURN(int64_t v, ValueOf(tx, 5));
      RETURN_IF_ERROR(tx.Query("SELECT COUNT(*) AS n FROM named").status());  // time for the others
      seen.push_back(v);
      return SetValue(tx, 5, v + 1);
    });
  }
  AllOk(Transact(works));
  EXPECT_EQ(Ask("SELECT v FROM t WHERE id = 5"), 40);
  std::vector<int64_t> in_turns(40);
  std::iota(in_turns.begin(), in_turns.end(), 0);
  EXPECT_EQ(seen, in_turns);
  EXPECT_EQ(report_.run_again, 0);
}

TEST_F(SetTest, NobodySeesWhatAnotherHasHalfDone) {
  int64_t sum = -1;
  int64_t one = -1;
  AllOk(Transact({[](Transaction& tx) -> absl::Status {
                    RETURN_IF_ERROR(SetValue(tx, 1, 50));
                    RETURN_IF_ERROR(SetValue(tx, 1, 5));
                    return SetValue(tx, 2, 5);
                  },
                  [&](Transaction& tx) -> absl::Status {
                    RETURN_IF_ERROR(tx.Query("SELECT COUNT(*) AS n FROM named").status());
                    ASSIGN_OR_RETURN(Rows rows, tx.Query("SELECT SUM(v) AS s FROM t"));
                    sum = rows.at(0, "s").AsInt();
                    return absl::OkStatus();
                  },
                  [&](Transaction& tx) -> absl::Status {
                    RETURN_IF_ERROR(tx.Query("SELECT COUNT(*) AS n FROM named").status());
                    ASSIGN_OR_RETURN(one, ValueOf(tx, 1, /*lock=*/false));
                    return absl::OkStatus();
                  }}));
  EXPECT_TRUE(sum == 0 || sum == 10) << sum;
  EXPECT_TRUE(one == 0 || one == 5) << one;
}

TEST_F(SetTest, ACycleIsBroken) {
  const auto both = [](int first, int second) {
    return [=](Transaction& tx) -> absl::Status {
      RETURN_IF_ERROR(Increment(tx, first));
      return Increment(tx, second);
    };
  };
  AllOk(Transact({both(1, 2), both(2, 1)}));
  EXPECT_EQ(Ask("SELECT v FROM t WHERE id = 1"), 2);
  EXPECT_EQ(Ask("SELECT v FROM t WHERE id = 2"), 2);
}

TEST_F(SetTest, AFailureBeforeAnyWriteCostsTheOthersNothing) {
  std::vector<Work> works;
  for (int i = 0; i < 8; ++i) works.push_back([i](Transaction& tx) { return Increment(tx, i); });
  works.push_back([](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(ValueOf(tx, 20).status());
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}});
  });
  const auto answers = Transact(works);
  AllOk({answers.begin(), answers.end() - 1});
  EXPECT_EQ(ReasonOf(answers.back()), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(report_.run_again, 0);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 8);
}

TEST_F(SetTest, AFailureAfterAWriteLeavesNothingAndHurtsNobody) {
  std::vector<Work> works;
  int runs = 0;
  for (int i = 0; i < 8; ++i) works.push_back([i](Transaction& tx) { return Increment(tx, i); });
  works.push_back([&](Transaction& tx) -> absl::Status {
    ++runs;
    RETURN_IF_ERROR(SetValue(tx, 20, 99));
    return Error(ErrorReason::ETAG_MISMATCH, {{"resource", "x"}});
  });
  const auto answers = Transact(works);
  AllOk({answers.begin(), answers.end() - 1});
  EXPECT_EQ(ReasonOf(answers.back()), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(report_.alone, 1);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 8);
  EXPECT_EQ(Ask("SELECT v FROM t WHERE id = 20"), 0);
}

TEST_F(SetTest, WhatReadsTheWriteOfOneThatFailsIsRunAgain) {
  int64_t seen = -1;
  const auto answers = Transact({[](Transaction& tx) -> absl::Status {
                                   RETURN_IF_ERROR(Increment(tx, 1));
                                   return absl::InternalError("no");
                                 },
                                 [&](Transaction& tx) -> absl::Status {
                                   ASSIGN_OR_RETURN(seen, ValueOf(tx, 1));
                                   return SetValue(tx, 2, seen + 1);
                                 }});
  EXPECT_FALSE(answers[0].ok());
  EXPECT_TRUE(answers[1].ok());
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(Ask("SELECT v FROM t WHERE id = 2"), 1);
}

TEST_F(SetTest, ALostReplyOfCommitIsResolvedByEachForItself) {
  SetFailpoint([done = false](std::string_view at, uint64_t) mutable {
    return at == kAfterCommitBeforeReply && !std::exchange(done, true);
  });
  std::vector<Work> works;
  for (int i = 0; i < 16; ++i) works.push_back(Once(i, [i](Transaction& tx) { return Increment(tx, i); }));
  AllOk(Transact(works));
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM t WHERE v = 1"), 16);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM t WHERE v > 1"), 0);
  EXPECT_EQ(report_.alone, 16);
}

TEST_F(SetTest, ALostReplyOfCommitIsUnknownToThoseWhoCannotAsk) {
  std::atomic<int> left = 100;
  SetFailpoint([&](std::string_view at, uint64_t) { return at == kAfterCommitBeforeReply && --left > 0; });
  std::vector<absl::Status> answers(2);
  std::vector<std::function<void()>> calls;
  for (size_t i = 0; i < 2; ++i) {
    calls.push_back([&, i] {
      answers[i] = database_->Transact(
          {}, {.max_attempts = 1}, [i](Transaction& tx) { return Increment(tx, static_cast<int>(i)); },
          false);
    });
  }
  RunTogether(calls);
  for (const absl::Status& answer : answers) EXPECT_TRUE(IsOutcomeUnknown(answer)) << answer;
}

TEST_F(SetTest, ASessionKilledBeforeCommitAcknowledgesNobodyAndAllRunAgain) {
  SetFailpoint([&, done = false](std::string_view at, uint64_t id) mutable {
    if (at == kBeforeCommit && !std::exchange(done, true)) server_.KillSession(id);
    return false;
  });
  std::vector<Work> works;
  for (int i = 0; i < 16; ++i) works.push_back(Once(i, [i](Transaction& tx) { return Increment(tx, i); }));
  AllOk(Transact(works));
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM t WHERE v = 1"), 16);
}

TEST_F(SetTest, ASessionKilledInTheMiddleRunsAgain) {
  bool killed = false;
  std::vector<Work> works;
  for (int i = 0; i < 8; ++i) works.push_back([i](Transaction& tx) { return Increment(tx, i); });
  works.push_back([&](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Increment(tx, 20));
    if (!std::exchange(killed, true)) {
      ASSIGN_OR_RETURN(Rows id, tx.Query("SELECT CONNECTION_ID() AS id"));
      server_.KillSession(id.at(0, "id").AsUint());
    }
    return Increment(tx, 21);
  });
  AllOk(Transact(works));
  EXPECT_GE(report_.run_again, 1);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 10);
}

TEST_F(SetTest, ReadsMeetADeadConnection) {
  AllOk(Read(4, [](Session& session, int i) { return ValueOf(session, i, false).status(); }));
  Must(database_->Read({}, [&](Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(Rows id, session.Query("SELECT CONNECTION_ID() AS id"));
    server_.KillSession(id.at(0, "id").AsUint());
    return absl::OkStatus();
  }));
  AllOk(Read(4, [](Session& session, int i) { return ValueOf(session, i, false).status(); }));
}

TEST_F(SetTest, TheDeadlineOfOneIsNotTheOthers) {
  std::vector<Work> works;
  std::vector<Budget> budgets;
  for (int i = 0; i < 8; ++i) {
    works.push_back([i](Transaction& tx) { return Increment(tx, i); });
    budgets.push_back(Budget::Of(milliseconds(20'000)));
  }
  works.push_back([](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(Increment(tx, 20));
    return tx.Query("SELECT SLEEP(5) AS s").status();
  });
  budgets.push_back(Budget::Of(milliseconds(400)));
  const auto answers = Transact(works, budgets);
  AllOk({answers.begin(), answers.end() - 1});
  EXPECT_EQ(ReasonOf(answers.back()), ErrorReason::DEADLINE_SPENT) << answers.back();
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 8);
}

// Reads of a table that is shut by somebody else: only the one who has no time left goes.
TEST_F(SetTest, ASharedReadThatRanOutOfSomebodysTimeRunsAgainForTheOthers) {
  for (const bool equal : {true, false}) {
    SCOPED_TRACE(equal ? "equal reads" : "reads by key");
    std::atomic<bool> shut = false;
    std::atomic<bool> out_of_time = false;
    std::thread somebody([&] {
      const auto connection = Connection::Open(options_);
      Must(connection.status());
      Must((*connection)->Run("LOCK TABLES t WRITE"));
      shut = true;
      // The others' statement is given up once, and is on its way again.
      while (!out_of_time) std::this_thread::sleep_for(milliseconds(5));
      Must((*connection)->Run("UNLOCK TABLES"));
    });
    while (!shut) std::this_thread::sleep_for(milliseconds(5));
    std::vector<absl::Status> answers(5);
    std::vector<int64_t> seen(5, -1);
    std::vector<std::function<void()>> calls;
    for (size_t i = 0; i < answers.size(); ++i) {
      calls.push_back([&, i] {
        const Budget budget = Budget::Of(i == 0 ? milliseconds(300) : milliseconds(60'000));
        answers[i] = database_->Read(budget, [&](Session& session) -> absl::Status {
          const auto value = ValueOf(session, equal ? 7 : static_cast<int>(i), /*lock=*/false);
          if (i == 0) out_of_time = true;
          RETURN_IF_ERROR(value.status());
          seen[i] = *value;
          return absl::OkStatus();
        });
      });
    }
    RunTogether(calls);
    somebody.join();
    EXPECT_EQ(ReasonOf(answers[0]), ErrorReason::DEADLINE_SPENT) << answers[0];
    AllOk({answers.begin() + 1, answers.end()});
    EXPECT_THAT(seen, ::testing::ElementsAre(-1, 0, 0, 0, 0));
  }
}

TEST_F(SetTest, WhoWaitsForTheRowOfAnotherWaitsNoLongerThanTheirTime) {
  bool holder_ended = false;
  std::optional<bool> told_before_the_end;
  const auto answers = Transact({[&](Transaction& tx) -> absl::Status {
                                   RETURN_IF_ERROR(Increment(tx, 1));
                                   for (int i = 0; i < 3; ++i)
                                     RETURN_IF_ERROR(tx.Query("SELECT SLEEP(0.4) AS s").status());
                                   holder_ended = true;
                                   return absl::OkStatus();
                                 },
                                 [&](Transaction& tx) -> absl::Status {
                                   const absl::Status status = Increment(tx, 1);
                                   told_before_the_end = !holder_ended;
                                   return status;
                                 }},
                                {Budget::Of(milliseconds(60'000)), Budget::Of(milliseconds(300))});
  EXPECT_TRUE(answers[0].ok()) << answers[0];
  EXPECT_EQ(ReasonOf(answers[1]), ErrorReason::DEADLINE_SPENT) << answers[1];
  EXPECT_EQ(told_before_the_end, true);
  EXPECT_EQ(Ask("SELECT v FROM t WHERE id = 1"), 1);
  EXPECT_EQ(report_.run_again, 0);
}

TEST_F(SetTest, WhoLeavesLeavesNothing) {
  bool gone = false;
  Budget leaving;
  leaving.cancelled = [&] { return gone; };
  const auto answers = Transact({[](Transaction& tx) { return Increment(tx, 1); },
                                 [&](Transaction& tx) -> absl::Status {
                                   RETURN_IF_ERROR(Increment(tx, 2));
                                   gone = true;
                                   return Increment(tx, 3);
                                 }},
                                {Budget(), leaving});
  EXPECT_TRUE(answers[0].ok());
  EXPECT_EQ(ReasonOf(answers[1]), ErrorReason::CALL_CANCELLED);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 1);
}

TEST_F(SetTest, AClosureThatIgnoresTheEndOfTheRoundIsNotHeard) {
  bool broken = false;
  const auto answers = Transact({[&](Transaction& tx) -> absl::Status {
                                   RETURN_IF_ERROR(Increment(tx, 1));
                                   if (!std::exchange(broken, true)) return absl::InternalError("first time");
                                   return absl::OkStatus();
                                 },
                                 [](Transaction& tx) -> absl::Status {
                                   Increment(tx, 2).IgnoreError();
                                   Increment(tx, 3).IgnoreError();
                                   return absl::OkStatus();
                                 }});
  AllOk(answers);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 3);
}

TEST_F(SetTest, JointStepsSeeAllInTheOrderOfTheirEnds) {
  std::vector<std::string> steps;
  std::vector<int> order;
  const auto work = [&](int id, bool slow) {
    return [&, id, slow](Transaction& tx) -> absl::Status {
      int entry = id;
      RETURN_IF_ERROR(tx.Jointly(Joint::kFirst, &entry, [&](Session&, const std::vector<void*>& entries) {
        steps.push_back("first " + std::to_string(entries.size()));
        return absl::OkStatus();
      }));
      if (slow) RETURN_IF_ERROR(Increment(tx, 9));
      RETURN_IF_ERROR(Increment(tx, 1));
      return tx.Jointly(Joint::kLast, &entry, [&](Session& session, const std::vector<void*>& entries) {
        steps.push_back("last " + std::to_string(entries.size()));
        for (void* each : entries) order.push_back(*static_cast<int*>(each));
        return session.Execute("INSERT INTO t (id, v) VALUES (?, 0)", {1000}).status();
      });
    };
  };
  AllOk(Transact({work(0, true), work(1, false), work(2, false)}));
  EXPECT_THAT(steps, ::testing::ElementsAre("first 3", "last 3"));
  EXPECT_THAT(order, ::testing::ElementsAre(1, 2, 0));
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM t WHERE id = 1000"), 1);
}

TEST_F(SetTest, SetsOfSeveralThreadsOnTheSameRows) {
  std::vector<std::thread> threads;
  std::atomic<int> ok = 0;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&, thread] {
      std::minstd_rand random(static_cast<unsigned>(thread) + 1);
      for (int round = 0; round < 6; ++round) {
        std::vector<std::function<void()>> calls;
        for (int i = 0; i < 12; ++i) {
          const int a = static_cast<int>(random() % 6);
          const int b = static_cast<int>(random() % 6);
          calls.push_back([&, a, b] {
            const absl::Status status = database_->Transact(
                {}, {.max_attempts = 20},
                [&](Transaction& tx) -> absl::Status {
                  RETURN_IF_ERROR(Increment(tx, a));
                  return Increment(tx, b);
                },
                false);
            EXPECT_TRUE(status.ok()) << status;
            ok += status.ok();
          });
        }
        RunTogether(calls);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ok, 3 * 6 * 12);
  EXPECT_EQ(Ask("SELECT SUM(v) FROM t"), 2 * ok);
}

// Random transactions over few rows: what each has read and written must be what it would have in one order,
// one after the other: that in which their closures ended.
struct Trace {
  struct Step {
    char what;  // 'l'ocking read, 'r'ead of all, 'w'rite
    int id;
    int64_t value;
  };
  std::vector<Step> steps;
  uint64_t ended = 0;
  bool stands = false;
};

TEST_F(SetTest, RandomMixesAreAsIfOneAfterTheOther) {
  constexpr int kFew = 6;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Must(database_->Transact({}, {},
                             [](Transaction& tx) { return tx.Execute("UPDATE t SET v = 0").status(); }));
    std::mt19937 random(seed);
    const int count = 2 + static_cast<int>(random() % 14);
    std::vector<Trace> traces(static_cast<size_t>(count));
    std::vector<Work> works;
    uint64_t clock = 0;
    for (int m = 0; m < count; ++m) {
      std::vector<std::pair<char, int>> program;
      for (size_t n = 1 + random() % 5; n > 0; --n) {
        program.emplace_back("lllrw"[random() % 5], static_cast<int>(random() % kFew));
      }
      const bool fails = random() % 6 == 0;
      works.push_back([&, m, program, fails](Transaction& tx) -> absl::Status {
        Trace& trace = traces[static_cast<size_t>(m)];
        trace = {};
        std::map<int, int64_t> held;
        for (const auto& [what, id] : program) {
          if (what == 'r') {
            ASSIGN_OR_RETURN(Rows rows, tx.Query("SELECT SUM(v) AS s FROM t"));
            trace.steps.push_back({'r', 0, rows.at(0, "s").AsInt()});
          } else {
            ASSIGN_OR_RETURN(held[id], ValueOf(tx, id));
            trace.steps.push_back({'l', id, held[id]});
            if (what == 'w') {
              const int64_t next = held[id] * 3 + m + 1;
              RETURN_IF_ERROR(SetValue(tx, id, next));
              trace.steps.push_back({'w', id, next});
            }
          }
        }
        if (fails) return absl::InternalError("meant to");
        trace.ended = ++clock;
        return absl::OkStatus();
      });
    }
    const auto answers = Transact(works);
    std::vector<Trace*> serial;
    for (size_t m = 0; m < traces.size(); ++m) {
      ASSERT_TRUE(answers[m].ok() || answers[m].code() == absl::StatusCode::kInternal) << answers[m];
      if (answers[m].ok()) serial.push_back(&traces[m]);
    }
    std::sort(serial.begin(), serial.end(),
              [](const Trace* a, const Trace* b) { return a->ended < b->ended; });
    std::map<int, int64_t> model;
    std::vector<int64_t> sums = {0};  // after each
    for (const Trace* trace : serial) {
      for (const Trace::Step& step : trace->steps) {
        if (step.what == 'l') {
          EXPECT_EQ(step.value, model[step.id]);
        }
        if (step.what == 'w') model[step.id] = step.value;
      }
      int64_t sum = 0;
      for (const auto& [id, v] : model) sum += v;
      sums.push_back(sum);
    }
    for (const Trace* trace : serial) {
      int64_t own = 0;  // what it had written itself by then, roughly: only checked for those who had not
      for (const Trace::Step& step : trace->steps) {
        if (step.what == 'w') own = 1;
        if (step.what == 'r' && own == 0) {
          EXPECT_THAT(sums, ::testing::Contains(step.value));
        }
      }
    }
    for (int id = 0; id < kFew; ++id) {
      EXPECT_EQ(Ask("SELECT v FROM t WHERE id = " + std::to_string(id)), model[id]) << id;
    }
  }
}

}  // namespace
}  // namespace inspectorate::db
