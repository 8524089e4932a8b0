#include "common/csv/csv.h"

#include <gtest/gtest.h>

namespace inspectorate::csv {
namespace {

TEST(Csv, KeepsQuotesCommasAndLineBreaksAndCountsLines) {
  auto table = Parse("编号, 名称 \r\n1,\"甲,\"\"乙\"\"\"\r\n\r\n2,\"两\n行\"\r\n3\r\n");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->header, (std::vector<std::string>{"编号", "名称"}));
  ASSERT_EQ(table->records.size(), 3u);
  EXPECT_EQ(table->records[0].line, 2);
  EXPECT_EQ(table->records[0].cells[1], "甲,\"乙\"");
  EXPECT_EQ(table->records[1].line, 4);
  EXPECT_EQ(table->records[1].cells[1], "两\n行");
  EXPECT_EQ(table->records[2].line, 6);
  EXPECT_EQ(table->records[2].cells[1], "");
  EXPECT_EQ(table->Column("名称"), 1);
  EXPECT_EQ(table->Column("无"), -1);
}

TEST(Csv, ReadsALastLineWithoutEnd) {
  auto table = Parse("a,b\n1,2");
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(table->records.at(0).cells, (std::vector<std::string>{"1", "2"}));
}

TEST(Csv, SkipsNotesOnlyWhereAsked) {
  ASSERT_EQ(Parse("# note, with comma\na\n# again\n1\n", {.notes = true})->records.size(), 1u);
  EXPECT_EQ(Parse("# note\na\n")->header.at(0), "# note");
}

TEST(Csv, RefusesWhatCannotBeRead) {
  for (const char* text : {"", "a,b\n\"1,2\n", "a,b\n1,2,3\n", "a,a\n1,2\n", "a\n1\"2\n"}) {
    EXPECT_EQ(Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(Parse("a,b\n1,2\n1,2,3\n").status().message(), "line 3: more cells than columns");
}

}  // namespace
}  // namespace inspectorate::csv
