#include "services/reporting/app/report.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/base/macros.h"
#include "common/testing/test_database.h"
#include "services/reporting/testing/small_district.h"

namespace inspectorate::reporting {
namespace {

// Three schools: one visited with a problem closed after look-back, one missed, one without a plan.
ReportData ReportOf(SmallDistrict& district);
ReportData MakeReport() {
  SmallDistrict district(3, 1, 1, 3);
  auto held = district.PlanVisit(1, 1, 5);
  district.Hold(&held);
  auto missed = district.PlanVisit(2, 2, 9);
  district.Miss(&missed, "暴雪停课");
  auto issue = district.Find(held, 1, "K01", issues::v1::GENERAL, "围栏松动");
  const Date april = MakeDate(2026, 4, 10);
  district.CloseAfterLookBack(&issue, april, april, april, april);
  return ReportOf(district);
}

// Of March, as it stood at the end of May.
ReportData ReportOf(SmallDistrict& district) {
  Scope scope{.office = "test",
              .from = MakeDate(2026, 3, 1),
              .to = MakeDate(2026, 3, 31),
              .cut_off = MakeDate(2026, 5, 31)};
  scope.reach.whole_office = true;
  ReportData report;
  auto status = district.database().Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(report, LoadReport(session, scope, {}));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return report;
}

TEST(ReportTest, SaysTheFiguresAndWhatTheyHide) {
  const std::string text = RenderText(MakeReport());
  for (const char* part : {"示例督导室2026年3月督导工作月报",
                           "督导1人次（1校次），反馈问题1个，整改1/1 = 100.0 %，其中经回头看销号1个",
                           "覆盖率1/3 = 33.3 %；未督导2所", "未进行：暴雪停课", "当月没有安排督导",
                           "2026年5月31日", "当月进行0校次、0人次；上述反馈问题至统计截止已回头看1个"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
}

TEST(ReportTest, ThePartsOfTheClosedAddUp) {
  SmallDistrict district(3, 1, 1, 3);
  auto held = district.PlanVisit(1, 1, 5);
  district.Hold(&held);
  auto cured = district.Find(held, 1, "K01", issues::v1::MINOR, "插座无盖");
  district.CloseOnTheSpot(&cured);
  EXPECT_NE(RenderText(ReportOf(district)).find("整改1/1 = 100.0 %，其中经回头看销号0个、现场整改销号1个"),
            std::string::npos);
}

TEST(ReportTest, AMonthWithNothingInItSaysSoInsteadOfDividingByZero) {
  ReportData report = MakeReport();
  report.schools.clear();
  report.problems.clear();
  report.breakdown.clear();
  for (Figure& figure : report.figures) {
    figure.numerator = 0;
    if (figure.denominator) figure.denominator = 0;
    figure.text = figure.denominator ? "0/0 = –" : "0";
  }
  const std::string text = RenderText(report);
  EXPECT_NE(text.find("当月没有应督导的学校（园）"), std::string::npos) << text;
  EXPECT_NE(text.find("反馈问题0个。"), std::string::npos) << text;
  EXPECT_EQ(text.find("名单见后"), std::string::npos) << text;
}

TEST(ReportTest, LongNamesAreWholeAndColumnsStandApart) {
  ReportData report = MakeReport();
  report.schools[1].school_name = "ASPIRE EAST PALO ALTO PHOENIX ACADEMY AND SCHOOL";
  report.schools[1].inspector_name = "Maria-Magdalena Featherstonehaugh";
  const std::string text = RenderText(report);
  EXPECT_NE(text.find("ASPIRE EAST PALO ALTO PHOENIX ACADEMY AND SCHOOL  "), std::string::npos) << text;
  EXPECT_NE(text.find("Maria-Magdalena Featherstonehaugh  "), std::string::npos) << text;
}

TEST(ReportTest, SchoolsOfOneNameAreToldApartByTheirNumbers) {
  SmallDistrict district(3, 1, 1, 3);
  district.Rename(2, "示例幼儿园1");
  const std::string text = RenderText(ReportOf(district));
  EXPECT_NE(text.find("示例幼儿园1（" + district.NumberOf(1) + "）"), std::string::npos) << text;
  EXPECT_NE(text.find("示例幼儿园1（" + district.NumberOf(2) + "）"), std::string::npos) << text;
}

TEST(ReportTest, JsonNamesTheMissingSchools) {
  const auto json = nlohmann::json::parse(RenderJson(MakeReport()));
  ASSERT_EQ(json["missing"].size(), 2u);
  EXPECT_EQ(json["missing"][0]["name"], "示例小学2");
  EXPECT_EQ(json["problems"][0]["state"], "CLOSED");
  EXPECT_EQ(json["problems"][0]["looked_back"], true);
}

TEST(ReportTest, TheWorkbookIsAWholeArchive) {
  const auto book = RenderWorkbook(MakeReport());
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_EQ(book->substr(0, 4), "PK\x03\x04");
  EXPECT_NE(book->find("xl/worksheets/sheet4.xml"), std::string::npos);
  EXPECT_NE(book->find("PK\x05\x06"), std::string::npos);
}

// One part of a workbook, as its reader's program sees it.
std::string PartOf(const std::string& book, const std::string& part) {
  const auto folder = std::filesystem::path(::testing::TempDir()) / "workbook";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "book.xlsx", std::ios::binary) << book;
  const std::string command = "cd '" + folder.string() + "' && cmake -E tar xf book.xlsx";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream file(folder / part);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST(ReportTest, InTheWorkbookNumbersStandBesideTheFirstLineAndShortRowsAreOneLineHigh) {
  const auto book = RenderWorkbook(MakeReport());
  ASSERT_TRUE(book.ok()) << book.status();
  const std::string styles = PartOf(*book, "xl/styles.xml");
  int top = 0;
  for (size_t at = 0; (at = styles.find("vertical=\"top\"", at)) != std::string::npos; ++at) ++top;
  EXPECT_EQ(top, 4) << "texts, counts, percentages and ratios";
  const std::string problems = PartOf(*book, "xl/worksheets/sheet3.xml");
  EXPECT_NE(problems.find("<row r=\"2\""), std::string::npos);
  EXPECT_EQ(problems.find("customHeight"), std::string::npos);
}

}  // namespace
}  // namespace inspectorate::reporting
