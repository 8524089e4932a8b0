// An office's list of towns: taken from the published codes, carried on from year to year, used by schools,
// and known to whoever follows the registry.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "common/csv/csv.h"
#include "common/resource/table.h"
#include "common/sheet/list_book.h"
#include "common/sheet/xlsx.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "services/registry/app/divisions.h"
#include "services/registry/definition.h"
#include "services/visits/definition.h"
#include "tests/import/bulk.h"

namespace inspectorate::import_test {
namespace {

using namespace registry::v1;
using google::longrunning::Operation;
using resource::ToProto;
using testing::Harness;

std::string DataFolder() {
  if (const char* given = std::getenv("INSPECTORATE_DATA")) return given;
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/../shared/data";
}

// code → name of the towns whose code begins so, as published; empty where the data is absent.
std::map<std::string, std::string> Published(const std::string& prefix) {
  std::ifstream in(DataFolder() + "/cn-admin-divisions/streets.csv", std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  std::map<std::string, std::string> towns;
  if (!in.good()) return towns;
  const auto table = csv::Parse(bytes.str());
  EXPECT_TRUE(table.ok()) << table.status();
  for (const csv::Record& record : table.value_or(csv::Table()).records) {
    if (record.cells[0].starts_with(prefix)) towns[record.cells[0]] = record.cells[1];
  }
  return towns;
}

std::string Csv(const std::map<std::string, std::string>& towns) {
  std::string list = "区划代码,名称\n";
  for (const auto& [code, name] : towns) list.append(code).append(",").append(name).append("\n");
  return list;
}

class TownsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&registry::Definition(), &visits::Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    office_ = NewOffice("371602", COUNTY, /*sandbox=*/true);
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  }

  static std::string NewOffice(const std::string& division, OfficeLevel level, bool sandbox) {
    std::string slug = "office-" + std::to_string(++offices_);
    CreateOfficeRequest request;
    request.set_office_id(slug);
    request.mutable_office()->set_display_name("示例督导室");
    request.mutable_office()->set_level(level);
    request.mutable_office()->set_sandbox(sandbox);
    request.mutable_office()->set_jurisdiction("37");
    if (!division.empty()) request.mutable_office()->add_division_codes()->set_code(division);
    const auto created = harness_->ClientOf("registry", Harness::Operator())
                             ->Call<Office>("inspectorate.registry.v1.Offices.CreateOffice", request);
    EXPECT_TRUE(created.ok()) << created.status();
    if (sandbox) harness_->SetClock(slug, "2026-03-02T01:00:00Z");
    return slug;
  }

  template <class Response, class Request>
  static absl::StatusOr<Response> Call(rpc::Client& client, const std::string& method,
                                       const Request& request) {
    return client.Call<Response>("inspectorate.registry.v1." + method, request);
  }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    auto response = Call<Response>(*staff_, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.value_or(Response());
  }

  ImportRosterRequest Asked(const std::string& content, ImportKind kind = IMPORT_DIVISIONS) const {
    ImportRosterRequest request;
    request.set_parent("offices/" + office_);
    ImportFile* file = request.add_files();
    file->set_kind(kind);
    file->set_file_name("行政区划.csv");
    file->set_content(content);
    return request;
  }
  ImportRosterResponse Run(const ImportRosterRequest& request) {
    const auto operation = Must<Operation>("Imports.ImportRoster", request);
    const auto response = Await(*staff_, operation.name());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(ImportRosterResponse());
  }
  ImportRosterResponse Import(const std::string& content, ImportMode mode = ALL_OR_NOTHING) {
    ImportRosterRequest request = Asked(content);
    request.set_mode(mode);
    return Run(request);
  }
  static std::string Told(const ImportRosterResponse& response, bool remarks = false) {
    std::string text;
    for (const auto& row : response.rows()) {
      for (const auto& defect : remarks ? row.remarks() : row.defects()) {
        EXPECT_FALSE(defect.message_zh().empty());
        EXPECT_FALSE(defect.message_en().empty());
        text += std::to_string(row.line()) + " " + defect.column() + " " + defect.code() + "\n";
      }
    }
    return text;
  }

  std::map<std::string, std::string> Listed(const std::string& filter = "") {
    ListTownsRequest list;
    list.set_parent("offices/" + office_);
    list.set_filter(filter);
    list.set_page_size(1000);
    std::map<std::string, std::string> towns;
    const auto listed = Must<ListTownsResponse>("Towns.ListTowns", list);
    for (const Town& town : listed.towns()) towns[town.code()] = town.display_name();
    return towns;
  }
  static std::map<std::string, std::string> Below(rpc::Client& client, const std::string& parent,
                                                  std::optional<Date> day = {}) {
    ListDivisionsRequest list;
    list.set_parent("divisions/" + parent);
    list.set_page_size(1000);
    if (day) *list.mutable_as_of() = ToProto(*day);
    std::map<std::string, std::string> found;
    const auto listed = Call<ListDivisionsResponse>(client, "Divisions.ListDivisions", list);
    EXPECT_TRUE(listed.ok()) << listed.status();
    for (const Division& division : listed->divisions()) {
      found[division.name().substr(10)] = division.display_name();
    }
    return found;
  }
  static std::string Resolved(rpc::Client& client, const std::string& code, std::optional<Date> day = {}) {
    GetDivisionRequest get;
    get.set_name("divisions/" + code);
    if (day) *get.mutable_as_of() = ToProto(*day);
    const auto division = Call<Division>(client, "Divisions.GetDivision", get);
    return division.ok() ? division->name().substr(10) + " " + division->display_name() : "";
  }

  absl::StatusOr<School> NewSchool(const std::string& number, const std::string& town) {
    CreateSchoolRequest request;
    request.mutable_school()->set_office("offices/" + office_);
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_kind(PRIMARY);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_town(town);
    return Call<School>(*staff_, "Schools.CreateSchool", request);
  }

  static inline Harness* harness_ = nullptr;
  static inline int offices_ = 0;
  std::string office_;
  std::unique_ptr<rpc::Client> staff_;
};

TEST_F(TownsTest, TheTownsOfARealCountyAreTakenInAndUsed) {
  const auto published = Published("371602");
  if (published.empty()) GTEST_SKIP() << "no cn-admin-divisions in " << DataFolder();
  ImportRosterRequest dry = Asked(Csv(published));
  dry.set_dry_run(true);
  EXPECT_EQ(Run(dry).created(), static_cast<int>(published.size()));
  EXPECT_TRUE(Listed().empty());
  EXPECT_TRUE(Below(*staff_, "371602").empty());

  const auto imported = Import(Csv(published));
  ASSERT_EQ(Told(imported), "");
  EXPECT_EQ(imported.created(), static_cast<int>(published.size()));
  EXPECT_EQ(Listed(), published);
  EXPECT_EQ(Below(*staff_, "371602"), published);
  const auto [code, name] = *published.begin();
  EXPECT_EQ(Resolved(*staff_, code), code + " " + name);
  EXPECT_EQ(Import(Csv(published)).unchanged(), static_cast<int>(published.size()));

  // A workbook in which another program wrote the codes as numbers of twelve digits.
  sheet::ListBook book("Sheet1", {"区划代码", "名称"});
  for (const auto& [of, called] : published) ASSERT_TRUE(book.Add({of + "000", called}).ok());
  std::string bytes;
  ASSERT_TRUE(book.Close([&](std::string_view piece) {
                    bytes += piece;
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(Import(bytes).unchanged(), static_cast<int>(published.size()));
  // Uploaded, row by row.
  const auto upload = Upload(*staff_, office_, "行政区划.csv", Csv(published));
  ASSERT_TRUE(upload.ok()) << upload.status();
  ImportRosterRequest pieces = Asked("");
  pieces.mutable_files(0)->clear_content();
  pieces.mutable_files(0)->set_upload(*upload);
  pieces.set_mode(ROW_BY_ROW);
  EXPECT_EQ(Run(pieces).unchanged(), static_cast<int>(published.size()));

  // At once a town of schools, in filters, and known to the services that follow.
  ASSERT_TRUE(NewSchool("0001", code).ok());
  const auto stranger = NewSchool("0002", "371602999");
  EXPECT_EQ(ReasonOf(stranger.status()), ErrorReason::INVALID_FIELDS);
  ListSchoolsRequest schools;
  schools.set_filter("office = \"offices/" + office_ + "\" AND town = \"" + code + "\"");
  EXPECT_EQ(Must<ListSchoolsResponse>("Schools.ListSchools", schools).schools_size(), 1);
  harness_->Settle(office_);
  auto copy = db::Database::Open(harness_->database("visits"));
  ASSERT_TRUE(copy.ok());
  ASSERT_TRUE((*copy)
                  ->Read(db::Budget{},
                         [&](db::Session& session) -> absl::Status {
                           const auto rows = resource::Select<Town>(session, "`office` = ?", {office_});
                           EXPECT_EQ(rows->size(), published.size());
                           return rows.status();
                         })
                  .ok());
}

TEST_F(TownsTest, EveryPublishedTownLiesInADivisionThatShips) {
  const auto published = Published("");
  if (published.empty()) GTEST_SKIP() << "no cn-admin-divisions in " << DataFolder();
  std::set<std::string> missing;
  for (const auto& [code, name] : published) {
    if (registry::FindDivision("divisions/" + code.substr(0, 6)) == nullptr)
      missing.insert(code.substr(0, 6));
  }
  EXPECT_EQ(missing, std::set<std::string>());
  EXPECT_GT(published.size(), 40'000u);
}

// The office of a whole city, and of a city without counties.
TEST_F(TownsTest, AnOfficeAboveListsTheTownsOfItsCounties) {
  const auto published = Published("3716");
  if (published.empty()) GTEST_SKIP() << "no cn-admin-divisions in " << DataFolder();
  office_ = NewOffice("371600", CITY, /*sandbox=*/true);
  staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  EXPECT_EQ(Told(Import(Csv(published))), "");
  EXPECT_EQ(Listed(), published);
  office_ = NewOffice("441900", CITY, /*sandbox=*/true);
  staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  const auto dongguan = Published("441900");
  EXPECT_EQ(Told(Import(Csv(dongguan))), "");
  EXPECT_EQ(Below(*staff_, "441900"), dongguan);
}

TEST_F(TownsTest, EachDefectIsToldAtItsRowAndColumn) {
  const std::string list =
      "区划代码,名称,类别,所属区划代码,起始日期,终止日期,接替代码,曾用代码\n"
      "371602001,甲街道,,,,,,\n"                      // 2: right
      "37160200,乙,,,,,,\n"                           // 3: eight digits
      "371602001005,丙社区,,,,,,\n"                   // 4: a village
      "3.71602E+11,丁,,,,,,\n"                        // 5: lost its digits
      "371603001,戊街道,,,,,,\n"                      // 6: another county's
      "371602001,己街道,,,,,,\n"                      // 7: a second time
      "371602101,,,,,,,\n"                            // 8: no name
      "371602102,庚镇,,,2020-01-01,2019-12-31,,\n"    // 9: ends before it begins
      "371602103,辛镇,,,2010-01-01,2019-12-31,,\n"    // 10: right
      "371602103,辛镇街,,,2015-01-01,2018-12-31,,\n"  // 11: overlaps with the one before
      "371602104,壬镇,,,,2019-12-31,371602199,\n"     // 12: nobody knows its successor
      "371602105,癸镇,,,,2009-12-31,371602103,\n"     // 13: right: succeeded by line 10
      "371602106,子镇,,,,2024-12-31,371602103,\n"     // 14: its successor has ended before
      "371602107,丑镇,,371603,,,,\n"                  // 15: of no such county
      "371602108,寅镇,庄,,,,,\n"                      // 16: no such kind
      "371602109,卯镇,,,,,371602001,\n"               // 17: has a successor and goes on
      "371602110,辰镇,,,2020-01-01,,,371602198\n";    // 18: nobody knows what it was
  const std::string defects =
      "3 区划代码 INVALID_FIELDS\n4 区划代码 NO_TOWN\n5 区划代码 DIGITS_LOST\n6 区划代码 NOT_IN_OFFICE\n"
      "7 区划代码 DUPLICATE_ROW\n8 名称 INVALID_FIELDS\n9 终止日期 PERIOD_INVALID\n"
      "11 起始日期 PERIOD_OVERLAP\n12 接替代码 SUCCESSOR_UNKNOWN\n14 接替代码 SUCCESSOR_NOT_IN_FORCE\n"
      "15 所属区划代码 INVALID_FIELDS\n16 类别 INVALID_FIELDS\n17 终止日期 INVALID_FIELDS\n"
      "18 曾用代码 FORMER_UNKNOWN\n";
  const auto nothing = Import(list);
  EXPECT_TRUE(nothing.rejected());
  EXPECT_EQ(Told(nothing), defects);
  EXPECT_TRUE(Listed().empty());
  const auto taken = Import(list, ROW_BY_ROW);
  EXPECT_EQ(Told(taken), defects);
  EXPECT_EQ(taken.created(), 3);
  EXPECT_EQ(Listed().size(), 3u);
  // Without a division of its own an office lists nobody's towns.
  office_ = NewOffice("", COUNTY, /*sandbox=*/true);
  staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  EXPECT_EQ(Told(Import("区划代码,名称\n371602001,甲街道\n")), "2 区划代码 NOT_IN_OFFICE\n");
}

TEST_F(TownsTest, TownsEndAndGoOnLikeCounties) {
  ASSERT_EQ(Told(Import("区划代码,名称\n371602101,甲镇\n371602102,乙镇\n371602001,丙街道\n")), "");
  ASSERT_TRUE(NewSchool("0001", "371602101").ok());
  // 乙镇 is renamed under its code; 甲镇 becomes 甲街道 with a new one; the list is sent with what is new
  // alone.
  const std::string change =
      "区划代码,名称,起始日期,曾用代码\n371602102,新乙镇,2020-01-01,\n371602002,甲街道,2024-07-01,"
      "371602101\n";
  const auto changed = Import(change);
  ASSERT_EQ(Told(changed), "");
  EXPECT_EQ(changed.created(), 2);
  // Whoever ends a town is told that schools are still there.
  EXPECT_EQ(Told(changed, true), "3 区划代码 TOWN_IN_USE\n");
  const Date old_day = MakeDate(2019, 12, 31), between = MakeDate(2024, 6, 30), since = MakeDate(2024, 7, 1);
  EXPECT_EQ(Resolved(*staff_, "371602102", old_day), "371602102 乙镇");
  EXPECT_EQ(Resolved(*staff_, "371602102", between), "371602102 新乙镇");
  for (const char* code : {"371602101", "371602002"}) {
    EXPECT_EQ(Resolved(*staff_, code, between), "371602101 甲镇") << code;
    EXPECT_EQ(Resolved(*staff_, code, since), "371602002 甲街道") << code;
  }
  EXPECT_EQ(Resolved(*staff_, "371602101"), "371602101 甲镇");  // the code as it is named, as of a county
  EXPECT_TRUE(Below(*staff_, "371602", between).contains("371602101"));
  EXPECT_FALSE(Below(*staff_, "371602", since).contains("371602101"));
  EXPECT_EQ(Import(change).unchanged(), 2);
  // The first list, without days, speaks of the present ones and leaves ends alone.
  EXPECT_EQ(Import("区划代码,名称\n371602101,甲镇\n371602102,新乙镇\n").unchanged(), 2);

  // What a list leaves out stays; a school keeps its town; nobody enters a town that has ended.
  ListSchoolsRequest schools;
  schools.set_filter("office = \"offices/" + office_ + "\" AND town = \"371602101\"");
  EXPECT_EQ(Must<ListSchoolsResponse>("Schools.ListSchools", schools).schools_size(), 1);
  EXPECT_EQ(Listed().size(), 4u);
  EXPECT_EQ(ReasonOf(NewSchool("0002", "371602101").status()), ErrorReason::INVALID_FIELDS);
  EXPECT_TRUE(NewSchool("0003", "371602002").ok());
  ImportRosterRequest roster =
      Asked("机构编号,机构名称,机构类别,乡镇代码\n0004,示例四小,小学,371602101\n", IMPORT_SCHOOLS);
  EXPECT_EQ(Told(Run(roster)), "2 乡镇代码 INVALID_FIELDS\n");
  EXPECT_EQ(Told(Import("区划代码,名称,终止日期\n371602002,甲街道,2026-12-31\n371602001,丙街道,2026-12-31\n"),
                 true),
            "2 区划代码 TOWN_IN_USE\n");
}

TEST_F(TownsTest, ATownThatShipsMayBeCarriedOn) {
  office_ = NewOffice("371603", COUNTY, /*sandbox=*/true);
  staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  const size_t shipped = Below(*staff_, "371603").size();
  EXPECT_EQ(shipped, 12u);
  ASSERT_EQ(Told(Import("区划代码,名称,起始日期,曾用代码\n371603003,下河街道,2026-01-01,371603203\n")), "");
  EXPECT_EQ(Resolved(*staff_, "371603203", MakeDate(2026, 1, 1)), "371603003 下河街道");
  EXPECT_EQ(Resolved(*staff_, "371603003", MakeDate(2025, 12, 31)), "371603203 下河乡");
  EXPECT_EQ(Below(*staff_, "371603", MakeDate(2026, 1, 1)).size(), shipped);
  // The towns of the county that it was before are its own too.
  EXPECT_EQ(Told(Import("区划代码,名称,终止日期,接替代码\n371624101,下洼镇,2014-09-08,371603101\n")), "");
  EXPECT_EQ(Resolved(*staff_, "371624101", MakeDate(2026, 1, 1)), "371603101 下洼镇");
}

// Each office keeps its own list (decision record 0033).
TEST_F(TownsTest, AListIsItsOfficesOwn) {
  ASSERT_EQ(Told(Import("区划代码,名称\n371602001,练习街道\n")), "");
  const std::string county = NewOffice("371602", COUNTY, /*sandbox=*/false);
  const std::string city = NewOffice("371600", CITY, /*sandbox=*/false);
  UpdateOfficeRequest below;
  below.mutable_office()->set_name("offices/" + county);
  below.mutable_office()->set_parent_office("offices/" + city);
  below.mutable_update_mask()->add_paths("parent_office");
  ASSERT_TRUE(
      Call<Office>(*harness_->ClientOf("registry", Harness::Operator()), "Offices.UpdateOffice", below).ok());
  const auto of_county = harness_->ClientOf("registry", Harness::Staff(county));
  const auto of_city = harness_->ClientOf("registry", Harness::Staff(city));
  // What a practice office invents is seen by nobody else.
  EXPECT_EQ(Resolved(*of_county, "371602001"), "");
  EXPECT_EQ(Resolved(*staff_, "371602001"), "371602001 练习街道");

  const auto import = [&](rpc::Client& client, const std::string& office, const std::string& name) {
    ImportRosterRequest request = Asked("区划代码,名称\n371602001," + name + "\n");
    request.set_parent("offices/" + office);
    const auto operation = Call<Operation>(client, "Imports.ImportRoster", request);
    if (!operation.ok()) return ReasonOf(operation.status());
    const auto done = Await(client, operation->name());
    EXPECT_TRUE(done.ok() && Told(*done).empty()) << done.status();
    return ErrorReason::ERROR_REASON_UNSPECIFIED;
  };
  EXPECT_EQ(import(*of_city, city, "市名册街道"), ErrorReason::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(Resolved(*of_county, "371602001"), "371602001 市名册街道");
  EXPECT_EQ(import(*of_county, county, "县名册街道"), ErrorReason::ERROR_REASON_UNSPECIFIED);
  // The nearest tells everybody; each office hears its own list.
  const auto elsewhere = harness_->ClientOf("registry", Harness::Staff(NewOffice("371603", COUNTY, false)));
  EXPECT_EQ(Resolved(*elsewhere, "371602001"), "371602001 县名册街道");
  EXPECT_EQ(Resolved(*of_city, "371602001"), "371602001 市名册街道");
  // The office above reads the list of one below and does not write it; no other writes or reads it.
  EXPECT_EQ(import(*of_city, county, "丁"), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(import(*elsewhere, county, "丁"), ErrorReason::PERMISSION_MISSING);
  const auto reader = harness_->ClientOf(
      "registry", Harness::Person("offices/" + county + "/readers/1", rpc::Role::ROLE_BUREAU_READER, county));
  EXPECT_EQ(import(*reader, county, "丁"), ErrorReason::PERMISSION_MISSING);
  ListTownsRequest list;
  list.set_parent("offices/" + county);
  EXPECT_EQ(Call<ListTownsResponse>(*of_city, "Towns.ListTowns", list)->towns_size(), 1);
  EXPECT_EQ(ReasonOf(Call<ListTownsResponse>(*elsewhere, "Towns.ListTowns", list).status()),
            ErrorReason::PERMISSION_MISSING);
}

}  // namespace
}  // namespace inspectorate::import_test
