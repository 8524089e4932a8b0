#include "common/db/migration_steps.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::db {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MigrationStepsTest, AStepEndsAtALineThatEndsInASemicolon) {
  EXPECT_THAT(StepsOf("CREATE TABLE a (\n  x INT\n);\n\nINSERT INTO a VALUES (1);  \n"),
              ElementsAre("CREATE TABLE a (\n  x INT\n)", "INSERT INTO a VALUES (1)"));
  EXPECT_THAT(StepsOf("CREATE TABLE a (x INT)\n;\nDROP TABLE a"),
              ElementsAre("CREATE TABLE a (x INT)", "DROP TABLE a"));
}

TEST(MigrationStepsTest, SemicolonsInsideALineAndCommentsDoNotSplit) {
  EXPECT_THAT(StepsOf("-- first; this;\nSELECT 'a;b'\n  -- not the end;\nFROM t;\n"),
              ElementsAre("SELECT 'a;b'\nFROM t"));
}

TEST(MigrationStepsTest, CommentsAloneAreNoStep) { EXPECT_THAT(StepsOf("-- nothing\n\n;\n"), IsEmpty()); }

}  // namespace
}  // namespace inspectorate::db
