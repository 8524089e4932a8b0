#include "common/db/set_locks.h"

#include <gtest/gtest.h>

namespace inspectorate::db {
namespace {

Touched Touching(std::string_view sql, const Params& params = {}) { return {Statement::Of(sql), params}; }

constexpr char kUpdate[] = "UPDATE t SET v = ? WHERE office = ? AND id = ?";
constexpr char kLock[] = "SELECT v FROM t WHERE office = ? AND id = ? FOR UPDATE";
constexpr char kRead[] = "SELECT v FROM t WHERE office = ? AND id = ?";

TEST(SetLocksTest, ALockHoldsOffLocksAndWritesOfTheSameRowOnly) {
  SetLocks locks;
  ASSERT_TRUE(locks.Take(1, Touching(kLock, {"a", 1})));
  EXPECT_FALSE(locks.Take(2, Touching(kLock, {"a", 1})));
  EXPECT_FALSE(locks.Take(2, Touching(kUpdate, {0, "a", 1})));
  EXPECT_TRUE(locks.Take(2, Touching(kRead, {"a", 1})));
  EXPECT_TRUE(locks.Take(2, Touching(kLock, {"a", 2})));
  EXPECT_TRUE(locks.Take(1, Touching(kUpdate, {0, "a", 1})));
}

TEST(SetLocksTest, AWriteHoldsOffReadsToo) {
  SetLocks locks;
  ASSERT_TRUE(locks.Take(1, Touching(kUpdate, {0, "a", 1})));
  EXPECT_FALSE(locks.Take(2, Touching(kRead, {"a", 1})));
  EXPECT_TRUE(locks.Take(2, Touching(kRead, {"a", 2})));
  EXPECT_FALSE(locks.Take(2, Touching("SELECT COUNT(*) FROM t")));
  EXPECT_FALSE(locks.Take(2, Touching("SELECT u.x FROM u JOIN t ON t.id = u.id WHERE u.y = ?", {1})));
  EXPECT_TRUE(locks.Take(2, Touching("SELECT u.x FROM u JOIN w ON w.id = u.id WHERE u.y = ?", {1})));
}

TEST(SetLocksTest, RowsGivenByOtherColumnsMayBeTheSame) {
  SetLocks locks;
  ASSERT_TRUE(locks.Take(1, Touching(kUpdate, {0, "a", 1})));
  EXPECT_FALSE(locks.Take(2, Touching("SELECT id FROM t WHERE v = ? FOR UPDATE", {7})));
  EXPECT_FALSE(locks.Take(2, Touching("SELECT id FROM t WHERE office = ? AND v = ?", {"a", 7})));
  EXPECT_TRUE(locks.Take(2, Touching("SELECT id FROM t WHERE office = ? AND v = ?", {"b", 7})));
  EXPECT_FALSE(locks.Take(2, Touching("DELETE FROM t WHERE v < ?", {7})));
}

TEST(SetLocksTest, AnUpdateThatMovesARowIsMetUnderItsNewValue) {
  SetLocks locks;
  ASSERT_TRUE(locks.Take(1, Touching("UPDATE t SET state = ? WHERE office = ? AND state = ?", {2, "a", 1})));
  EXPECT_FALSE(locks.Take(2, Touching("SELECT id FROM t WHERE office = ? AND state = ?", {"a", 2})));
}

TEST(SetLocksTest, AnInsertIsARowOfItsValues) {
  SetLocks locks;
  ASSERT_TRUE(locks.Take(1, Touching("INSERT INTO t (office, id, v) VALUES (?, ?, ?)", {"a", 1, 7})));
  EXPECT_TRUE(locks.Take(2, Touching("INSERT INTO t (office, id, v) VALUES (?, ?, ?)", {"a", 2, 7})));
  EXPECT_FALSE(locks.Take(3, Touching("SELECT id FROM t WHERE office = ? AND v = ?", {"a", 7})));
  EXPECT_TRUE(locks.Take(3, Touching("SELECT id FROM t WHERE office = ? AND v = ?", {"a", 8})));
  EXPECT_FALSE(locks.Take(3, Touching("INSERT INTO t (id) VALUES (?) ON DUPLICATE KEY UPDATE v = 1", {9})));
}

TEST(SetLocksTest, WhatIsNotUnderstoodWaitsForAllAndHoldsOffAll) {
  SetLocks locks;
  ASSERT_TRUE(locks.Take(1, Touching(kLock, {"a", 1})));
  EXPECT_FALSE(locks.Take(2, Touching("REPLACE INTO w (id) VALUES (?)", {1})));
  locks.Release(1);
  EXPECT_TRUE(locks.Take(2, Touching("REPLACE INTO w (id) VALUES (?)", {1})));
  EXPECT_FALSE(locks.Take(1, Touching(kRead, {"a", 1})));
  locks.Release(2);
  EXPECT_TRUE(locks.Take(1, Touching(kUpdate, {0, "a", 1})));
}

}  // namespace
}  // namespace inspectorate::db
