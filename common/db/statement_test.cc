#include "common/db/statement.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using Kind = Statement::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> GivenBy(const Statement& statement) {
  std::vector<std::string> names;
  for (const GivenColumn& column : statement.given())
    names.push_back(column.name + "=" + std::to_string(column.parameter));
  return names;
}

TEST(StatementTest, ReadByKeyMergesOnTheLastKey) {
  const Statement s("SELECT `office`, `revision` FROM `issue` WHERE `office` = ? AND `issue` = ?");
  EXPECT_EQ(s.kind(), Kind::kRead);
  EXPECT_EQ(s.table(), "issue");
  EXPECT_THAT(GivenBy(s), ElementsAre("issue=1", "office=0"));
  ASSERT_TRUE(s.merges());
  EXPECT_EQ(s.key_parameter(), 1u);
  EXPECT_EQ(s.Merged(2),
            "SELECT `office`, `revision`, `issue` AS `set_key` FROM `issue` WHERE `office` = ? AND "
            "`issue` IN (?, ?)");
}

TEST(StatementTest, LockingReadKeepsItsTail) {
  const Statement s("SELECT a FROM t WHERE id = ? FOR UPDATE");
  EXPECT_EQ(s.kind(), Kind::kLockingRead);
  EXPECT_EQ(s.Merged(1), "SELECT a, id AS `set_key` FROM t WHERE id IN (?) FOR UPDATE");
}

TEST(StatementTest, FurtherConditionsAndOrderStay) {
  const Statement s(
      "SELECT body FROM feed_event WHERE office = ? AND resource = ? AND position > ? ORDER BY position");
  ASSERT_TRUE(s.merges());
  EXPECT_EQ(s.Merged(2),
            "SELECT body, resource AS `set_key` FROM feed_event WHERE office = ? AND resource IN (?, ?) AND "
            "position > ? ORDER BY position");
}

TEST(StatementTest, NotHoldsOneConditionOnly) {
  const Statement s("SELECT a FROM t WHERE b = ? AND c NOT IN (4, 5) AND d IS NOT NULL");
  EXPECT_THAT(GivenBy(s), ElementsAre("b=0"));
  EXPECT_EQ(s.Merged(1),
            "SELECT a, b AS `set_key` FROM t WHERE b IN (?) AND c NOT IN (4, 5) AND d IS NOT NULL");
}

TEST(StatementTest, JoinsMergeButNoOneTableIsTheirs) {
  const Statement s("SELECT m.duty FROM member m JOIN person p ON p.id = m.id WHERE m.office = ?");
  EXPECT_EQ(s.kind(), Kind::kRead);
  EXPECT_EQ(s.table(), "");
  EXPECT_THAT(s.names(), Contains("member"));
  EXPECT_THAT(s.names(), Contains("person"));
  EXPECT_TRUE(s.merges());
}

TEST(StatementTest, WhatWouldMeanSomethingElseDoesNotMerge) {
  for (const char* sql :
       {"SELECT COUNT(*) FROM t WHERE a = ?", "SELECT a FROM t WHERE a = ? LIMIT 1",
        "SELECT DISTINCT a FROM t WHERE a = ?", "SELECT a FROM t WHERE a = ? OR b = ?",
        "SELECT a FROM t WHERE a = ? GROUP BY a", "SELECT a FROM t WHERE c BETWEEN ? AND a = ?",
        "SELECT a FROM t WHERE NOT a = ?", "SELECT a FROM t WHERE a = ? + 1",
        "SELECT a FROM t WHERE a + b = ?", "SELECT a FROM t WHERE f(a = ?)",
        "SELECT a FROM t WHERE a = ? UNION SELECT b FROM u WHERE b = ?", "SELECT ? FROM t WHERE a = ?",
        "SELECT (a) FROM t WHERE a = ?", "SELECT a FROM t WHERE a <=> ?", "SELECT a FROM t",
        "WITH x AS (SELECT a FROM t WHERE a = ?) SELECT a FROM x WHERE a = ?"}) {
    EXPECT_FALSE(Statement(sql).merges()) << sql;
  }
}

TEST(StatementTest, AConditionUnderOrGivesNoRow) {
  EXPECT_THAT(GivenBy(Statement("SELECT a FROM t WHERE a = ? OR b = ?")), IsEmpty());
  EXPECT_THAT(GivenBy(Statement("SELECT a FROM t WHERE (a = ? OR b = ?) AND c = ?")), ElementsAre("c=2"));
}

TEST(StatementTest, InsertIsGivenByItsRow) {
  const Statement s("INSERT INTO t (id, kind, v) VALUES (?, 7, ?)");
  EXPECT_EQ(s.kind(), Kind::kInsert);
  EXPECT_THAT(GivenBy(s), ElementsAre("id=0", "v=1"));
  EXPECT_EQ(s.Merged(2), "INSERT INTO t (id, kind, v) VALUES (?, 7, ?), (?, 7, ?)");
}

TEST(StatementTest, AnInsertThatMayMeetARowIsGivenByItsOwnAndRunsByItself) {
  const Statement s("INSERT IGNORE INTO t (id, kind, v) VALUES (?, 7, ?)");
  EXPECT_EQ(s.kind(), Kind::kWrite);
  EXPECT_EQ(s.table(), "t");
  EXPECT_THAT(GivenBy(s), ElementsAre("id=0", "v=1"));
  EXPECT_FALSE(s.merges());
}

TEST(StatementTest, OtherInsertsTouchTheirWholeTable) {
  for (const char* sql :
       {"INSERT INTO t (id, v) VALUES (?, 1) ON DUPLICATE KEY UPDATE v = v + 1",
        "INSERT INTO t (id, v) VALUES (?, UNHEX(?))", "INSERT INTO t (id, v) VALUES (?, 1), (?, 2)"}) {
    const Statement s(sql);
    EXPECT_EQ(s.kind(), Kind::kWrite) << sql;
    EXPECT_EQ(s.table(), "t") << sql;
    EXPECT_THAT(GivenBy(s), IsEmpty()) << sql;
    EXPECT_FALSE(s.merges()) << sql;
  }
}

TEST(StatementTest, UpdateIsNotGivenByWhatItSets) {
  const Statement s("UPDATE `t` SET `state` = ?, `revision` = ? WHERE `id` = ? AND `revision` = ?");
  EXPECT_EQ(s.kind(), Kind::kWrite);
  EXPECT_THAT(GivenBy(s), ElementsAre("id=2"));
}

TEST(StatementTest, WhatIsNotUnderstoodTouchesAnything) {
  for (const char* sql :
       {"SELECT a FROM t, u WHERE t.id = u.id FOR UPDATE", "REPLACE INTO t (id) VALUES (?)",
        "UPDATE t JOIN u ON t.id = u.id SET t.v = 1", "SELECT GET_LOCK(?, 1)",
        "INSERT INTO t (id) SELECT id FROM u", "SELECT a FROM t WHERE b = \"x\"", "SHOW TABLES",
        "SELECT a INTO @x FROM t", "SELECT a FROM t /* WHERE */ WHERE a = ?"}) {
    const Statement s(sql);
    EXPECT_TRUE(s.kind() == Kind::kOther || s.kind() == Kind::kWrite) << sql;
    EXPECT_FALSE(s.merges()) << sql;
  }
}

TEST(StatementTest, ComparesAsTheServerDoes) {
  EXPECT_EQ(Comparable(Value("a ")), Comparable(Value("a")));
  EXPECT_NE(Comparable(Value("a")), Comparable(Value("A")));
  EXPECT_EQ(Comparable(Value(7)), Comparable(Value(uint64_t{7})));
  EXPECT_EQ(Comparable(Value(MakeDate(2026, 3, 9))), Comparable(Value(Time(MakeDate(2026, 3, 9)))));
  EXPECT_NE(Comparable(Value()), Comparable(Value("")));
}

}  // namespace
}  // namespace inspectorate::db
