// The demo district through the import: on a real database, with the rules and the feed.
#include <gtest/gtest.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/charset.h"
#include "common/csv/csv.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/person.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/app/coverage.h"
#include "services/registry/app/due.h"
#include "services/registry/app/import/roster_import.h"
#include "services/registry/app/offices.h"
#include "services/registry/app/rules.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::Description;
using type::v1::ImportRow;

std::string ReadFile(const std::string& name) {
  const std::string path =
      std::string(std::getenv("INSPECTORATE_SOURCE")) + "/deploy/local/district/zhanhua/" + name + ".csv";
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

const std::vector<std::pair<ImportKind, const char*>> kLists = {
    // Not in the order in which they must be read: the kinds tell.
    {IMPORT_SUPERVISORS, "校级督学"}, {IMPORT_INSPECTOR_ASSIGNMENTS, "督学分工"},
    {IMPORT_RECUSALS, "回避"},        {IMPORT_INSPECTORS, "责任督学"},
    {IMPORT_STAFF, "督导室人员"},     {IMPORT_SCHOOLS, "机构"},
    {IMPORT_AREAS, "责任区"},         {IMPORT_TERMS, "校历"}};

const work::Actor kActor = {
    .subject = "offices/zhanhua/staff/x", .display_name = "示例·测试", .request_id = "", .trace_id = ""};

class ImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened =
        db::Database::Open(testing::TestDatabase::Get().NewSchema(service::AllMigrations(Definition())));
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
    writer_ = std::make_unique<work::Writer>(*database_);
    InUnit([](work::Unit& unit) {
      Office office;
      office.set_name("offices/zhanhua");
      office.set_display_name("示例督导室");
      office.set_level(COUNTY);
      office.set_sandbox(true);
      office.set_jurisdiction("37");
      *office.mutable_sandbox_time() = resource::ToProto(ChinaMidnight(MakeDate(2026, 3, 1)));
      absl::Status status = resource::Insert(unit, Description::Of<Office>(), &office);
      return status.ok() ? SeedOffice(unit, office) : status;
    });
  }

  absl::Status TryInUnit(const work::Writer::Closure& fn) {
    return writer_->RunInternal(db::Budget::Of(std::chrono::seconds(60)), kActor, fn);
  }
  void InUnit(const work::Writer::Closure& fn) {
    const absl::Status status = TryInUnit(fn);
    ASSERT_TRUE(status.ok()) << status;
  }

  static ImportRosterRequest District() {
    ImportRosterRequest request;
    request.set_parent("offices/zhanhua");
    for (const auto& [kind, name] : kLists) Add(request, kind, name, ReadFile(name));
    return request;
  }
  static void Add(ImportRosterRequest& request, ImportKind kind, const std::string& name,
                  std::string content) {
    auto* file = request.add_files();
    file->set_kind(kind);
    file->set_file_name(name);
    file->set_content(std::move(content));
  }

  absl::StatusOr<ImportRosterResponse> TryRun(const ImportRosterRequest& request) {
    return ImportRoster(*writer_, db::Budget::Of(std::chrono::seconds(60)), kActor, request,
                        [](int64_t, int64_t) { return true; });
  }
  ImportRosterResponse Run(const ImportRosterRequest& request) {
    auto response = TryRun(request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : ImportRosterResponse();
  }

  Coverage CoverageOn(Date day) {
    Coverage coverage;
    auto status = database_->Read(db::Budget{}, [&](db::Session& session) {
      auto checked = CheckCoverage(session, "zhanhua", day);
      if (checked.ok()) coverage = *checked;
      return checked.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return coverage;
  }
  int64_t Ask(const std::string& sql) {
    int64_t value = 0;
    auto status = database_->Read(db::Budget{}, [&](db::Session& session) {
      auto rows = session.Query(sql);
      if (rows.ok()) value = rows->at(0, 0).AsInt();
      return rows.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }

  std::unique_ptr<db::Database> database_;
  std::unique_ptr<work::Writer> writer_;
};

std::string Defects(const ImportRosterResponse& response) {
  std::string text;
  for (const auto& row : response.rows()) {
    for (const auto& defect : row.defects()) {
      text += row.file() + ":" + std::to_string(row.line()) + " " + defect.column() + " " + defect.code() +
              " " + defect.message_zh() + "\n";
    }
  }
  return text;
}

TEST_F(ImportTest, TheDistrictIsCoveredWhole) {
  const auto begin = std::chrono::steady_clock::now();
  const ImportRosterResponse response = Run(District());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
  EXPECT_EQ(Defects(response), "");
  EXPECT_FALSE(response.rejected());
  EXPECT_EQ(response.rows_size(), 4 + 10 + 148 + 7 + 63 + 148 + 8 + 154);
  EXPECT_EQ(response.rejected_rows(), 0);

  const Coverage coverage = CoverageOn(MakeDate(2026, 3, 2));
  EXPECT_EQ(coverage.schools(), 52);
  EXPECT_EQ(coverage.kindergartens(), 96);
  EXPECT_EQ(coverage.areas(), 10);
  EXPECT_EQ(coverage.inspectors(), 63);
  EXPECT_EQ(coverage.supervisors(), 122);
  EXPECT_EQ(coverage.covered(), 148);
  EXPECT_EQ(coverage.exceptions_size(), 0) << coverage.ShortDebugString();
  // Every resource is in the feed, and nothing else.
  EXPECT_EQ(response.position(),
            static_cast<uint64_t>(Ask("SELECT COUNT(*) FROM feed_event WHERE office = 'zhanhua'")));
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM inspector WHERE state = 2"), 63);
}

TEST_F(ImportTest, SentAgainItChangesNothing) {
  const uint64_t position = Run(District()).position();
  const ImportRosterResponse again = Run(District());
  for (const auto& row : again.rows()) {
    EXPECT_EQ(row.outcome(), ImportRow::UNCHANGED) << row.ShortDebugString();
  }
  EXPECT_EQ(again.created() + again.updated() + again.rejected_rows(), 0);
  EXPECT_EQ(again.position(), position);
}

TEST_F(ImportTest, ADryRunTellsAllAndWritesNothing) {
  ImportRosterRequest request = District();
  request.set_dry_run(true);
  const int64_t before = Ask("SELECT position FROM feed_head WHERE office = 'zhanhua'");
  const ImportRosterResponse response = Run(request);
  EXPECT_TRUE(response.dry_run());
  EXPECT_EQ(response.rejected_rows(), 0) << Defects(response);
  EXPECT_EQ(response.created(), response.rows_size() - 32);  // 154 rows of supervisors stand for 122 persons
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM school"), 0);
  EXPECT_EQ(Ask("SELECT position FROM feed_head WHERE office = 'zhanhua'"), before);
}

TEST_F(ImportTest, ReadsEveryEncodingAlike) {
  const std::string text = DecodeText(ReadFile("责任区"))->text;
  ImportRosterRequest request;
  request.set_parent("offices/zhanhua");
  Add(request, IMPORT_AREAS, "a", text);
  EXPECT_EQ(Run(request).created(), 10);
  request.mutable_files(0)->set_content("\xEF\xBB\xBF" + text);
  EXPECT_EQ(Run(request).unchanged(), 10);
  request.mutable_files(0)->set_content(*EncodeGb18030(text));
  EXPECT_EQ(Run(request).unchanged(), 10);
}

// The list as a spreadsheet program keeps it: what looks like a number is one, what looks like a day is a
// day.
std::string AsWorkbook(const std::string& content) {
  const auto table = csv::Parse(DecodeText(content)->text);
  const std::string path =
      std::filesystem::temp_directory_path() / ("import-test-" + std::to_string(getpid()) + ".xlsx");
  lxw_workbook* book = workbook_new(path.c_str());
  lxw_worksheet* sheet = workbook_add_worksheet(book, nullptr);
  lxw_format* day_format = workbook_add_format(book);
  format_set_num_format(day_format, "yyyy/m/d");
  for (uint16_t column = 0; column < table->header.size(); ++column) {
    worksheet_write_string(sheet, 0, column, table->header[column].c_str(), nullptr);
    for (uint32_t row = 0; row < table->records.size(); ++row) {
      const std::string& cell = table->records[row].cells[column];
      double number = 0;
      if (const auto day = ParseDate(cell); day.ok()) {
        lxw_datetime date = {
            YearOf(*day), static_cast<int>(MonthOf(*day)), static_cast<int>(DayOf(*day)), 0, 0, 0};
        worksheet_write_datetime(sheet, row + 1, column, &date, day_format);
      } else if (absl::SimpleAtod(cell, &number)) {
        worksheet_write_number(sheet, row + 1, column, number, nullptr);
      } else {
        worksheet_write_string(sheet, row + 1, column, cell.c_str(), nullptr);
      }
    }
  }
  EXPECT_EQ(workbook_close(book), LXW_NO_ERROR);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  std::filesystem::remove(path);
  return bytes.str();
}

TEST_F(ImportTest, WorkbooksGiveTheSameDistrict) {
  ImportRosterRequest request = District();
  for (auto& file : *request.mutable_files()) file.set_content(AsWorkbook(file.content()));
  const ImportRosterResponse response = Run(request);
  EXPECT_EQ(Defects(response), "");
  EXPECT_EQ(response.created(), response.rows_size() - 32);
  EXPECT_EQ(Run(District()).unchanged(), response.rows_size());
}

TEST_F(ImportTest, ACodeThatLostItsDigitsIsRefusedAsSuch) {
  ImportRosterRequest request;
  request.set_parent("offices/zhanhua");
  const std::string csv =
      "机构编号,机构名称,机构类别,机构标识码,统一社会信用代码,学生数,建校日期\n"
      "X1,甲小学,小学,3.716E+09,,100,1984-09-01\n"
      "X2,乙小学,小学,2137990005,1.23716E+17,100,1984-09-01\n"
      "9.1E+20,丙小学,小学,,,100,#N/A\n";
  Add(request, IMPORT_SCHOOLS, "saved as CSV", csv);
  // As numbers, the first is whole and the second is not.
  Add(request, IMPORT_SCHOOLS, "workbook",
      AsWorkbook("机构编号,机构名称,机构类别,机构标识码,统一社会信用代码\n"
                 "X3,丁小学,小学,2137990008,\nX4,戊小学,小学,,123716030001123456\n"));
  request.set_mode(ROW_BY_ROW);
  const ImportRosterResponse response = Run(request);
  std::string codes;
  for (const auto& row : response.rows()) {
    for (const auto& defect : row.defects()) {
      codes += std::to_string(row.line()) + " " + defect.column() + " " + defect.code() + "\n";
    }
  }
  EXPECT_EQ(codes,
            "2 机构标识码 DIGITS_LOST\n3 统一社会信用代码 DIGITS_LOST\n4 机构编号 DIGITS_LOST\n"
            "4 建校日期 FORMULA_ERROR\n3 统一社会信用代码 DIGITS_LOST\n")
      << Defects(response);
  EXPECT_EQ(response.created(), 1);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM school WHERE ident_code = '2137990008'"), 1);
}

TEST_F(ImportTest, AnOldWorkbookIsRefusedWithWhatToDo) {
  ImportRosterRequest request;
  request.set_parent("offices/zhanhua");
  Add(request, IMPORT_SCHOOLS, "x.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1....");
  const absl::Status status = TryRun(request).status();
  EXPECT_EQ(ReasonOf(status), ErrorReason::FILE_UNREADABLE);
  EXPECT_NE(MessageOf(status, "zh-CN").find("另存为 .xlsx"), std::string::npos) << status;
}

// Twenty rows, each with one mistake of its own, among the good ones.
ImportRosterRequest Mistaken() {
  ImportRosterRequest request;
  request.set_parent("offices/zhanhua");
  auto add = [&](ImportKind kind, const char* name, const std::string& content) {
    auto* file = request.add_files();
    file->set_kind(kind);
    file->set_file_name(name);
    file->set_content(content);
  };
  add(IMPORT_AREAS, "areas",
      "责任区编号,责任区名称,生效日期\n1,东区,2022-09-01\n"
      "两,西区,2022-09-01\n"   // no number
      "3,,2022-09-01\n"        // no name
      "4,北区,2022-02-30\n");  // no such day
  add(IMPORT_SCHOOLS, "schools",
      "机构编号,机构名称,机构类别,机构标识码,学生数,寄宿,责任区编号\n"
      "X1,甲小学,小学,2137990002,100,是,1\nX2,乙小学,小学,2137990005,100,否,1\n"
      ",丙小学,小学,2137990008,1,是,1\n"       // no number
      "X4,丁小学,大学,2137990011,1,是,1\n"     // no such kind
      "X5,戊小学,小学,2137990002,1,是,1\n"     // code of X1
      "X6,己小学,小学,99,1,是,1\n"             // code of another shape
      "X7,庚小学,小学,2137990014,许多,是,1\n"  // no number of pupils
      "X8,辛小学,小学,2137990017,1,有,1\n"     // neither yes nor no
      "X9,壬小学,小学,2137990020,1,是,9\n");   // no such area
  add(IMPORT_INSPECTORS, "inspectors",
      "工号,姓名,类别,任职学校编号,届次,聘任文号,聘期起,聘期止,督学证号,证件有效期起,证件有效期止\n"
      "D1,张三,兼职督学,X2,1,文1,2025-09-01,2028-08-31,证1,2025-09-01,2028-08-31\n"
      "D2,李四,专职督学,,1,文1,2025-09-01,2028-08-31,证2,2025-09-01,2028-08-31\n"
      "D3,王五,兼职督学,,4,文1,2025-09-01,2028-08-31,证3,2025-09-01,2028-08-31\n"     // fourth term
      "D4,赵六,兼职督学,,1,文1,2025-09-01,2028-09-01,证4,2025-09-01,2028-08-31\n"     // a day too long
      "D5,钱七,专职督学,X99,1,文1,2025-09-01,2028-08-31,证5,2025-09-01,2028-08-31\n"  // no such school
      "D6,孙八,专职督学,,1,文1,2025-09-01,2028-08-31,证1,2025-09-01,2028-08-31\n"     // certificate of D1
      "D7,,专职督学,,1,文1,2025-09-01,2028-08-31,证7,2025-09-01,2028-08-31\n");       // no name
  add(IMPORT_INSPECTOR_ASSIGNMENTS, "assignments",
      "督学工号,机构编号,职责,起始日期\n"
      "D1,X2,责任督学,2025-09-01\n"  // own school
      "D2,X1,责任督学,2025-08-31\n"  // before the appointment
      "D9,X1,责任督学,2025-09-01\n"  // no such inspector
      "D2,X1,责任督学,2025-09-01\n");
  add(IMPORT_SUPERVISORS, "supervisors",
      "工号,姓名,机构编号,任职起\n"
      "S1,周九,X1,2025-09-01\n"
      "S1,周十,X2,2025-09-01\n"     // another name for the same number
      "S2,吴九,X77,2025-09-01\n");  // no such school
  return request;
}

TEST_F(ImportTest, TwentyMistakesAreTwentyRowsAndNothingIsWritten) {
  const ImportRosterResponse response = Run(Mistaken());
  EXPECT_TRUE(response.rejected());
  EXPECT_EQ(response.rejected_rows(), 20) << Defects(response);
  int defects = 0;
  for (const auto& row : response.rows()) defects += row.defects_size();
  EXPECT_EQ(defects, 20) << Defects(response);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM school") + Ask("SELECT COUNT(*) FROM area"), 0);
}

TEST_F(ImportTest, RowByRowTheGoodOnesAreWritten) {
  ImportRosterRequest request = Mistaken();
  request.set_mode(ROW_BY_ROW);
  const ImportRosterResponse response = Run(request);
  EXPECT_FALSE(response.rejected());
  EXPECT_EQ(response.rejected_rows(), 20) << Defects(response);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM school"), 2);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM inspector"), 2);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM inspector_assignment"), 1);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM supervisor_posting"), 1);
}

TEST_F(ImportTest, ANewResponsibleInspectorSucceedsTheOldOne) {
  ImportRosterRequest request = District();
  Run(request);
  ImportRosterRequest change;
  change.set_parent("offices/zhanhua");
  Add(change, IMPORT_INSPECTOR_ASSIGNMENTS, "change",
      "督学工号,机构编号,职责,起始日期,终止日期,依据文号\nDX001,X001,责任督学,2026-05-01,,示例\n");
  const ImportRosterResponse response = Run(change);
  EXPECT_EQ(Defects(response), "");
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM inspector_assignment a JOIN school s ON s.school = a.school"
                " WHERE s.external_id = 'X001' AND a.valid_to = '2026-04-30'"),
            1);
  EXPECT_EQ(CoverageOn(MakeDate(2026, 4, 30)).covered(), 148);
  EXPECT_EQ(CoverageOn(MakeDate(2026, 5, 1)).covered(), 148);
}

TEST_F(ImportTest, AFileThatIsNoListIsRefusedWhole) {
  ImportRosterRequest request;
  request.set_parent("offices/zhanhua");
  Add(request, IMPORT_SCHOOLS, "x", "a,b\n1,2\n");
  EXPECT_EQ(ReasonOf(TryRun(request).status()), ErrorReason::FILE_UNREADABLE);
}

TEST_F(ImportTest, AStoppedImportWritesNothing) {
  auto stopped = ImportRoster(*writer_, db::Budget::Of(std::chrono::seconds(60)), kActor, District(),
                              [](int64_t done, int64_t) { return done < 20; });
  EXPECT_EQ(ReasonOf(stopped.status()), ErrorReason::CALL_CANCELLED);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM area"), 0);
}

TEST_F(ImportTest, AnOfficeBeginsWithTheRulesOfItsProvince) {
  auto status = database_->Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
    auto value = [&](const char* key, Date day) { return roster::PolicyInt(session, "zhanhua", key, day); };
    EXPECT_EQ(*value("visit.monthly_min", MakeDate(2026, 3, 1)), 1);
    EXPECT_EQ(*value("objection.file_days", MakeDate(2018, 1, 23)), 15);
    EXPECT_EQ(ReasonOf(value("objection.file_days", MakeDate(2018, 1, 22)).status()),
              ErrorReason::POLICY_MISSING);
    EXPECT_EQ(ReasonOf(value("no.such", MakeDate(2026, 3, 1)).status()), ErrorReason::POLICY_MISSING);
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM matter"), 26);
}

// Housekeeping: one office without a clock holds up no other.
TEST_F(ImportTest, WhatIsDueOfOthersIsTakenUp) {
  std::vector<std::string> taken;
  const absl::Status status = TakeUpDue(
      *writer_, db::Budget::Of(std::chrono::seconds(60)),
      [](db::Session&) -> absl::StatusOr<std::vector<Dated>> {
        const Date day = MakeDate(2026, 3, 1);
        return std::vector<Dated>{{.office = "gone", .day = day},
                                  {.office = "zhanhua", .day = day},
                                  {.office = "zhanhua", .day = day + std::chrono::days(1)}};
      },
      [&](const Dated& due) {
        taken.push_back(due.office + " " + FormatDate(due.day));
        return absl::OkStatus();
      });
  EXPECT_EQ(taken, std::vector<std::string>{"zhanhua 2026-03-01"});
  EXPECT_EQ(ReasonOf(status), ErrorReason::COPY_NOT_READY) << "and that it failed is told";
}

}  // namespace
}  // namespace inspectorate::registry
