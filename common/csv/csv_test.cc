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

TEST(Csv, APieceMayEndAnywhere) {
  const std::string text = "# note\n编号,名称\r\n1,\"甲,\"\"乙\"\"\"\r\n\r\n2,\"两\n行\"\n# more\n3\n";
  const auto whole = Parse(text, {.notes = true});
  ASSERT_TRUE(whole.ok()) << whole.status();
  for (size_t size = 1; size < text.size(); ++size) {
    std::vector<Record> records;
    Parser parser(
        [&](Record record) {
          records.push_back(std::move(record));
          return absl::OkStatus();
        },
        {.notes = true});
    for (size_t at = 0; at < text.size(); at += size) ASSERT_TRUE(parser.Add(text.substr(at, size)).ok());
    ASSERT_TRUE(parser.End().ok());
    EXPECT_EQ(parser.header(), whole->header);
    ASSERT_EQ(records.size(), whole->records.size());
    for (size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(records[i].cells, whole->records[i].cells);
      EXPECT_EQ(records[i].line, whole->records[i].line);
    }
  }
}

TEST(Csv, WhoeverTakesARecordMayEndTheReading) {
  int taken = 0;
  Parser parser(
      [&](const Record&) { return ++taken == 2 ? absl::CancelledError("enough") : absl::OkStatus(); });
  EXPECT_EQ(parser.Add("a\n1\n2\n3\n4\n").code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(parser.End().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(taken, 2);
}

TEST(Csv, SkipsNotesOnlyWhereAsked) {
  ASSERT_EQ(Parse("# note, with comma\na\n# again\n1\n", {.notes = true})->records.size(), 1u);
  EXPECT_EQ(Parse("# note\na\n")->header.at(0), "# note");
}

TEST(Csv, RefusesWhatCannotBeRead) {
  for (const char* text : {"", "a,b\n\"1,2\n", "a,b\n1,2,3\n", "a,a\n1,2\n", "a\n1\"2\n"}) {
    EXPECT_EQ(Parse(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_EQ(Parse("a,b\n1,2\n1,2,3\n").status().message(),
            "第3行的单元格多于表头的列 / line 3: more cells than columns");
}

// A small file must not ask for much memory.
TEST(Csv, TooManyColumnsAndTooLongRecordsAreRefused) {
  std::string header = "a";
  for (size_t i = 1; i < kMostColumns; ++i) header += ",";
  EXPECT_TRUE(Parse(header + "\n1\n").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Parse(header + ",\n1\n").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Parse(std::string(4 << 20, ',') + "\n").status()));
  EXPECT_TRUE(Parse("a\n" + std::string(kMostRecordBytes - 2, 'x') + "\n").ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Parse("a\n\"" + std::string(kMostRecordBytes, 'x') + "\"\n").status()));
}

}  // namespace
}  // namespace inspectorate::csv
