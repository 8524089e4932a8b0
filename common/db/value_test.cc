#include "common/db/value.h"

#include <limits>

#include "common/db/sql_text.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

TEST(ValueTest, NullReadsAsZeroEmptyAndEpoch) {
  const Value null;
  EXPECT_TRUE(null.is_null());
  EXPECT_EQ(null.AsInt(), 0);
  EXPECT_EQ(null.AsString(), "");
  EXPECT_EQ(null.AsUuid(), Uuid{});
  EXPECT_EQ(null.AsTime(), Time{});
}

TEST(ValueTest, NumbersNeverWrap) {
  EXPECT_EQ(Value(std::numeric_limits<uint64_t>::max()).AsInt(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Value(-1).AsUint(), 0u);
  EXPECT_EQ(Value("18446744073709551615").AsUint(), std::numeric_limits<uint64_t>::max());
  EXPECT_DOUBLE_EQ(Value("12.50").AsDouble(), 12.5);
}

TEST(ValueTest, ReadingANumberAsTextIsABug) { EXPECT_DEATH(Value(1).AsString(), "read as text"); }

TEST(ValueTest, IdsAreSixteenBytes) {
  Uuid id;
  id.bytes[0] = 1;
  EXPECT_EQ(Value(id).AsUuid(), id);
  EXPECT_DEATH(Value("short").AsUuid(), "BINARY");
}

TEST(SqlTextTest, InstantsRoundTripWithMicroseconds) {
  const Time t = Time(MakeDate(2026, 3, 9)) + std::chrono::hours(1) + std::chrono::microseconds(456);
  EXPECT_EQ(SqlTime(t), "2026-03-09 01:00:00.000456");
  EXPECT_EQ(ParseSqlTime(SqlTime(t)), t);
  const Time before_epoch = Time(MakeDate(1969, 12, 31)) + std::chrono::microseconds(1);
  EXPECT_EQ(ParseSqlTime(SqlTime(before_epoch)), before_epoch);
}

TEST(SqlTextTest, FractionMayBeShortOrMissing) {
  const Time t = Time(MakeDate(2026, 3, 9)) + std::chrono::hours(1);
  EXPECT_EQ(ParseSqlTime("2026-03-09 01:00:00"), t);
  EXPECT_EQ(ParseSqlTime("2026-03-09 01:00:00.5"), t + std::chrono::milliseconds(500));
  EXPECT_EQ(ParseSqlTime("2026-03-09"), Time(MakeDate(2026, 3, 9)));
}

TEST(SqlTextTest, WhatIsNoDateIsNotGuessed) {
  for (const char* text :
       {"", "0000-00-00", "2026-02-30", "2026-03-09T01:00:00", "2026-03-09 01:00", "2026-3-9",
        "2026-03-09 01:00:00.", "2026-03-09 01:00:00.1234567", "2026-03-09 01:00:00Z"}) {
    EXPECT_FALSE(ParseSqlTime(text).has_value()) << text;
  }
}

TEST(RowsTest, CellsAreFoundByColumnName) {
  const Rows rows({"a", "b"}, {1, "x", 2, "y"});
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.at(1, "a").AsInt(), 2);
  EXPECT_EQ(rows.at(0, "b").AsString(), "x");
  EXPECT_FALSE(rows.has("c"));
  EXPECT_DEATH(rows.at(0, "c"), "no such column");
}

}  // namespace
}  // namespace inspectorate::db
