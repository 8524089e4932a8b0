#include "common/db/sql_error.h"

#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Make(int code, const std::string& text = "text") {
  return StatusOf({.code = code, .state = "HY000", .text = text}, "SELECT a FROM t WHERE b = ?");
}

TEST(SqlErrorTest, NumbersOfBothServersAreOneClass) {
  EXPECT_EQ(SqlErrorOf(Make(4025)), SqlErrorOf(Make(3819)));
  EXPECT_EQ(SqlErrorOf(Make(1969)), SqlErrorOf(Make(3024)));
  EXPECT_EQ(SqlErrorOf(Make(1205)), SqlErrorOf(Make(3572)));
  EXPECT_EQ(SqlErrorOf(Make(1927)), SqlErrorOf(Make(4031)));
}

TEST(SqlErrorTest, CallersSeeReasonsOfTheCatalogue) {
  EXPECT_EQ(ReasonOf(Make(1213)), ErrorReason::TRANSACTION_CONFLICT);
  EXPECT_EQ(ReasonOf(Make(2006)), ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(Make(1290)), ErrorReason::DATABASE_UNAVAILABLE);
  EXPECT_EQ(ReasonOf(Make(3024)), ErrorReason::DEADLINE_SPENT);
  EXPECT_EQ(SqlErrorOf(absl::InternalError("x")), SqlError::kNone);
}

TEST(SqlErrorTest, EveryWayToLoseAConnectionIsOneClass) {
  for (const int code : {1047, 1053, 1180, 1317, 1927, 2002, 2003, 2005, 2006, 2012, 2013, 2026, 2027, 2055,
                         4031, 5013, 5014}) {
    EXPECT_EQ(SqlErrorOf(Make(code)), SqlError::kLost) << code;
  }
}

TEST(SqlErrorTest, OnlyErrorsOfALivingSessionKeepTheConnection) {
  for (const int code : {1062, 1213, 1205, 1451, 1969, 3024, 1146, 1406}) {
    EXPECT_TRUE(KeepsConnection({.code = code})) << code;
  }
  for (const int code : {0,    2002, 2003, 2006, 2013, 2014, 2030, 2055, 2057, 2026, 4031,
                         1927, 1053, 1047, 1180, 1290, 1792, 1836, 1040, 1317, 5013, 5020}) {
    EXPECT_FALSE(KeepsConnection({.code = code})) << code;
  }
}

TEST(SqlErrorTest, DuplicateKeyNamesTheIndexOnBothServersAndHidesTheValue) {
  const absl::Status maria = Make(1062, "Duplicate entry '张三' for key 'by_name'");
  const absl::Status mysql = Make(1062, "Duplicate entry '张三' for key 'people.by_name'");
  EXPECT_EQ(DuplicateKeyOf(maria), "by_name");
  EXPECT_EQ(DuplicateKeyOf(mysql), "by_name");
  EXPECT_EQ(SqlErrorOf(maria), SqlError::kDuplicateKey);
  EXPECT_THAT(maria.ToString(), Not(HasSubstr("张三")));
}

TEST(SqlErrorTest, ValuesAreMasked) {
  const absl::Status status =
      Make(1366, "Incorrect string value: '\\xF0\\x9F' for column `s`.`t`.`name` at row 1");
  EXPECT_THAT(status.ToString(), Not(HasSubstr("xF0")));
  EXPECT_THAT(SqlDetailOf(status), HasSubstr("name"));
}

TEST(SqlErrorTest, UnknownOutcomeIsLostAndSaysSo) {
  const absl::Status status = OutcomeUnknown(Make(2013));
  EXPECT_TRUE(IsOutcomeUnknown(status));
  EXPECT_EQ(SqlErrorOf(status), SqlError::kLost);
  EXPECT_FALSE(IsOutcomeUnknown(Make(2013)));
}

}  // namespace
}  // namespace inspectorate::db
