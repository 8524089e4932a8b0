#include "common/sheet/xlsx.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/sheet/list_book.h"
#include "common/sheet/zip_for_tests.h"

namespace inspectorate::sheet {
namespace {

using Cells = std::vector<std::string>;

std::string Sheet(const std::string& rows) {
  return "<worksheet><sheetData>" + rows + "</sheetData></worksheet>";
}
std::string Inline(const char* text) {
  return std::string("<c t=\"inlineStr\"><is><t>") + text + "</t></is></c>";
}

// What a program writes, rather than what we think it writes.
class Written {
 public:
  Written() : path_(std::filesystem::temp_directory_path() / ("xlsx-test-" + std::to_string(getpid()))) {
    book_ = workbook_new(path_.c_str());
  }
  ~Written() { std::filesystem::remove(path_); }
  lxw_workbook* book() { return book_; }
  std::string Close() {
    EXPECT_EQ(workbook_close(book_), LXW_NO_ERROR);
    std::ifstream file(path_, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return bytes.str();
  }

 private:
  std::string path_;
  lxw_workbook* book_;
};

TEST(Xlsx, CodesAndDaysSurviveTheSpreadsheetProgram) {
  Written written;
  lxw_worksheet* hidden = workbook_add_worksheet(written.book(), "说明");
  lxw_worksheet* sheet = workbook_add_worksheet(written.book(), "机构");
  worksheet_write_string(hidden, 0, 0, "not this one", nullptr);
  worksheet_activate(sheet);
  worksheet_hide(hidden);
  lxw_format* day = workbook_add_format(written.book());
  format_set_num_format(day, "yyyy\"年\"m\"月\"d\"日\"");
  lxw_format* time = workbook_add_format(written.book());
  format_set_num_format(time, "yyyy-mm-dd hh:mm");
  lxw_format* builtin = workbook_add_format(written.book());
  format_set_num_format_index(builtin, 14);
  uint16_t column = 0;
  for (const char* name :
       {"编号", "标识码", "信用代码", "日期", "时刻", "日", "纬度", "寄宿", "公式", "名称"}) {
    worksheet_write_string(sheet, 0, column++, name, nullptr);
  }
  worksheet_write_string(sheet, 2, 0, " 007 ", nullptr);
  worksheet_write_number(sheet, 2, 1, 3716030001, nullptr);
  worksheet_write_number(sheet, 2, 2, 123716030001123000.0, nullptr);
  lxw_datetime date = {2026, 3, 9, 0, 0, 0};
  worksheet_write_datetime(sheet, 2, 3, &date, day);
  lxw_datetime moment = {1984, 9, 1, 8, 30, 0};
  worksheet_write_datetime(sheet, 2, 4, &moment, time);
  worksheet_write_number(sheet, 2, 5, 46090, builtin);
  worksheet_write_number(sheet, 2, 6, 37.70947, nullptr);
  worksheet_write_boolean(sheet, 2, 7, 1, nullptr);
  worksheet_write_formula_num(sheet, 2, 8, "=1+1", nullptr, 2);
  worksheet_write_string(sheet, 2, 9, "滨州市<第一>小学 & 幼儿园", nullptr);
  const auto table = ParseXlsx(written.Close());
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->header.size(), 10u);
  EXPECT_TRUE(table->day_numbers);
  ASSERT_EQ(table->records.size(), 1u);
  EXPECT_EQ(table->records[0].line, 3);
  EXPECT_EQ(table->records[0].cells,
            (Cells{"007", "3716030001", "1.23716030001123E+17", "2026-03-09", "1984-09-01 08:30",
                   "2026-03-09", "37.70947", "是", "2", "滨州市<第一>小学 & 幼儿园"}));
}

TEST(Xlsx, NumbersAreWrittenWithTheirDigits) {
  EXPECT_EQ(NumberText("3716030001"), "3716030001");
  EXPECT_EQ(NumberText("3.716030001E9"), "3716030001");
  EXPECT_EQ(NumberText("371603000112345"), "371603000112345");
  EXPECT_EQ(NumberText("3716030001123456"), "3.71603000112346E+15");
  EXPECT_EQ(NumberText("3.71603E+17"), "3.71603E+17");
  EXPECT_EQ(NumberText("1E300"), "1E+300");
  EXPECT_EQ(NumberText("-0.1"), "-0.1");
  EXPECT_EQ(NumberText("121.46891000000001"), "121.46891");
}

TEST(Xlsx, KnowsFormatsThatShowDays) {
  for (const char* code :
       {"yyyy-mm-dd", "m/d/yy", "yyyy\"年\"m\"月\"d\"日\"", "[$-804]yyyy/m/d;@", "mmm-yy", "d-mmm"}) {
    EXPECT_TRUE(IsDateFormat(code)) << code;
  }
  for (const char* code :
       {"General", "0.00", "#,##0", "[Red]0", "0\"days\"", "h:mm", "[h]:mm:ss", "0.00E+00", "@"}) {
    EXPECT_FALSE(IsDateFormat(code)) << code;
  }
}

TEST(Xlsx, DaysOfBothCalendars) {
  const std::string styles =
      "<styleSheet><cellStyleXfs><xf numFmtId=\"0\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf "
      "numFmtId=\"14\"/>"
      "</cellXfs></styleSheet>";
  const std::string book =
      "<workbook xmlns:r=\"r\"><workbookPr date1904=\"1\"/><sheets><sheet "
      "r:id=\"rId1\"/></sheets></workbook>";
  const std::string sheet = Sheet("<row>" + Inline("d") + Inline("e") +
                                  "</row><row><c s=\"1\"><v>44628</v></c><c><v>44628</v></c></row>");
  EXPECT_EQ(ParseXlsx(Zip(BookOf(sheet, "", styles, book)))->records.at(0).cells,
            (Cells{"2026-03-09", "44628"}));
  EXPECT_EQ(ParseXlsx(Zip(BookOf(sheet, "", styles)))->records.at(0).cells, (Cells{"2022-03-08", "44628"}));
}

TEST(Xlsx, TextsOfSeveralRunsAndOtherPrefixes) {
  const std::string texts =
      "<x:sst "
      "xmlns:x=\"u\"><x:si><x:r><x:t>滨</x:t></x:r><x:r><x:t>州</x:t></x:r><x:rPh><x:t>Bin</x:t></x:rPh></"
      "x:si>"
      "</x:sst>";
  const std::string sheet =
      "<x:worksheet xmlns:x=\"u\"><x:sheetData><x:row r=\"2\"><x:c r=\"A2\" "
      "t=\"s\"><x:v>0</x:v></x:c></x:row>"
      "<x:row r=\"5\"><x:c r=\"A5\" t=\"e\"><x:v>#N/A</x:v></x:c></x:row></x:sheetData></x:worksheet>";
  const auto table = ParseXlsx(Zip(BookOf(sheet, texts)));
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->header, Cells{"滨州"});
  EXPECT_EQ(table->records.at(0).line, 5);
  EXPECT_EQ(table->records.at(0).cells, Cells{"#N/A"});
}

void ExpectRefused(const std::string& bytes, const std::string& why, const Limits& limits = {}) {
  const auto table = ParseXlsx(bytes, limits);
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(table.status().message()).find(why), std::string::npos) << table.status();
}

TEST(Xlsx, RefusesWhatIsNoWorkbook) {
  ExpectRefused("PK\x03\x04", "已损坏");
  ExpectRefused(Zip({{"a", "b"}}), "_rels/.rels");
  ExpectRefused(Zip(BookOf("<worksheet><sheetData><row>")), "已损坏");
  ExpectRefused(Zip(BookOf(Sheet(""))), "是空的");
  ExpectRefused(Zip(BookOf(Sheet("<row><c t=\"s\"><v>7</v></c></row>"))), "a cell's text");
  ExpectRefused(Zip(BookOf(Sheet("<row r=\"2\"/><row r=\"2\"/>"))), "out of order");
  ExpectRefused(Zip(BookOf(Sheet("<row><c><v>1<row>" + Inline("a") + "</row></v></c></row>"))),
                "a row within");
  ExpectRefused(Zip(BookOf(Sheet("<row><c>" + Inline("a") + "</c></row>"))), "a cell outside");
  ExpectRefused(Zip(BookOf(Sheet(Inline("a")))), "a cell outside");
  ExpectRefused(
      Zip(BookOf(Sheet("<row>" + Inline("a") + "</row><row>" + Inline("1") + Inline("2") + "</row>"))),
      "第2行");
  std::string broken = Zip(BookOf(Sheet("<row>" + Inline("a") + "</row>")), /*packed=*/false);
  broken[broken.find("<row>") + 1] = 'R';  // the check sum tells
  ExpectRefused(broken, "已损坏");
  EXPECT_TRUE(LooksLikeOldWorkbook("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1..."));
}

TEST(Xlsx, WhatUnpacksToMoreThanItMayIsNotUnpacked) {
  const std::string row = "<row>" + Inline("a") + "</row>";
  // A hundred megabytes of spaces are half a megabyte packed.
  const std::string bomb = Zip(BookOf(Sheet(row + std::string(100 << 20, ' '))));
  EXPECT_LT(bomb.size(), 500'000u);
  ExpectRefused(bomb, "过大");
  ExpectRefused(Zip(BookOf(Sheet("<row>" + Inline("a") + "</row>" + std::string(1000, ' ')))), "过大",
                {.unpacked = 900});
  std::string texts = "<sst>";
  for (int i = 0; i < 1000; ++i) texts += "<si><t>a long text that is shared</t></si>";
  ExpectRefused(Zip(BookOf(Sheet(row), texts + "</sst>")), "过大", {.shared_text = 10'000});
}

TEST(Xlsx, NothingGrowsWithoutBound) {
  const std::string row = "<row>" + Inline("a") + "</row>";
  ExpectRefused(Zip(BookOf(Sheet("<row r=\"1048577\">" + Inline("a") + "</row>"))), "行数超过");
  ExpectRefused(Zip(BookOf(Sheet("<row><c r=\"XFD1\"><v>1</v></c></row>"))), "256列");
  ExpectRefused(Zip(BookOf(Sheet("<row><c><v>" + std::string(200'000, '1') + "</v></c></row>"))), "too long");
  ExpectRefused(Zip(BookOf(Sheet("<row a=\"" + std::string(2 << 20, 'x') + "\"/>"))), "tag is too long");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  ExpectRefused(Zip(BookOf(Sheet(deep))), "too deeply");
  const std::string laughs =
      "<!DOCTYPE lolz [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><worksheet>&b;</worksheet>";
  ExpectRefused(Zip(BookOf(laughs)), "document type");
}

TEST(Xlsx, WhoeverTakesARecordMayEndTheReading) {
  std::vector<std::string> header;
  const absl::Status status =
      ReadXlsx(Zip(BookOf(Sheet("<row>" + Inline("a") + "</row><row>" + Inline("1") + "</row>"))), {},
               &header, [](const csv::Record&) { return absl::CancelledError("enough"); });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(header, Cells{"a"});
}

// A pod's /tmp is small and in memory; a list that fills it must end with a word of advice, not with half a
// workbook.
TEST(ListBook, LeavesRoomForThePackedWorkbook) {
  constexpr uintmax_t kMiB = 1 << 20;
  EXPECT_TRUE(IsRoomLeft(128 * kMiB, 128 * kMiB));
  EXPECT_TRUE(IsRoomLeft(128 * kMiB, 33 * kMiB));
  EXPECT_FALSE(IsRoomLeft(128 * kMiB, 30 * kMiB));
  EXPECT_FALSE(IsRoomLeft(128 * kMiB, 0));
  EXPECT_FALSE(IsRoomLeft(4 * kMiB, 4 * kMiB));
  EXPECT_TRUE(IsRoomLeft(100 * kMiB, 200 * kMiB)) << "somebody else has gone";
}

}  // namespace
}  // namespace inspectorate::sheet
