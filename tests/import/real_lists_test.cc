// Real lists of two cities, messy as they are: mapped to the columns of a list and imported, dry and row by
// row. What the report says of them is compared with a count of its own, by other means.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "common/csv/csv.h"
#include "common/testing/harness.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "services/registry/definition.h"
#include "tests/import/bulk.h"

namespace inspectorate::import_test {
namespace {

using namespace registry::v1;

std::string DataFolder() {
  if (const char* given = std::getenv("INSPECTORATE_DATA")) return given;
  return std::string(std::getenv("INSPECTORATE_SOURCE")) + "/../shared/data";
}

std::string Quoted(const std::string& text) {
  return '"' + std::regex_replace(text, std::regex("\""), "\"\"") + '"';
}

// The list of a city as it is published, by its own columns.
class City {
 public:
  explicit City(const std::string& file) {
    std::ifstream in(DataFolder() + "/" + file, std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    there_ = in.good();
    if (there_) table_ = *csv::Parse(bytes.str());
  }
  bool there() const { return there_; }
  const std::vector<csv::Record>& rows() const { return table_.records; }
  std::string At(const csv::Record& record, const char* column) const {
    return record.cells.at(static_cast<size_t>(table_.Column(column)));
  }
  std::multiset<std::string> All(const char* column) const {
    std::multiset<std::string> all;
    for (const csv::Record& record : rows()) all.insert(At(record, column));
    return all;
  }

 private:
  bool there_ = false;
  csv::Table table_;
};

class RealListsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    harness_ = std::make_unique<testing::Harness>(std::vector{&registry::Definition()});
    harness_->CreateSandbox("city", "2026-03-02T01:00:00Z");
    client_ = harness_->ClientOf("registry", testing::Harness::Staff("city"));
  }

  ImportRosterResponse Import(const std::string& list, ImportMode mode, bool dry_run) {
    ImportRosterRequest request;
    request.set_parent("offices/city");
    request.set_mode(mode);
    request.set_dry_run(dry_run);
    ImportFile* file = request.add_files();
    file->set_kind(IMPORT_SCHOOLS);
    file->set_file_name("机构.csv");
    file->set_content(list);
    const auto operation = client_->Call<google::longrunning::Operation>(
        "inspectorate.registry.v1.Imports.ImportRoster", request);
    EXPECT_TRUE(operation.ok()) << operation.status();
    const auto response = Await(*client_, operation->name());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(ImportRosterResponse());
  }

  // To look at the report as the person who gets it: INSPECTORATE_REPORT_TO names a folder for it.
  void Keep(const ImportRosterResponse& response) {
    for (const DataFile& file : response.report_files()) {
      const auto bytes = Download(*client_, file);
      ASSERT_TRUE(bytes.ok()) << bytes.status();
      const char* folder = std::getenv("INSPECTORATE_REPORT_TO");
      if (folder != nullptr)
        std::ofstream(std::string(folder) + "/" + file.file_name(), std::ios::binary) << *bytes;
    }
  }

  // How many rows the report tells of, by code.
  static std::map<std::string, int> Told(const ImportRosterResponse& response) {
    std::map<std::string, int> told;
    for (const auto& row : response.rows()) {
      std::set<std::string> codes;
      for (const auto& defect : row.defects()) codes.insert("!" + defect.code());
      for (const auto& remark : row.remarks()) codes.insert(remark.code());
      for (const std::string& code : codes) ++told[code];
    }
    return told;
  }

  std::unique_ptr<testing::Harness> harness_;
  std::unique_ptr<rpc::Client> client_;
};

int CountRows(const City& city, const std::function<bool(const csv::Record&)>& is) {
  return static_cast<int>(std::count_if(city.rows().begin(), city.rows().end(), is));
}

// Rows beyond the first of those with one name.
int Repeated(const City& city) {
  const auto names = city.All("name");
  return static_cast<int>(names.size() - std::set<std::string>(names.begin(), names.end()).size());
}

TEST_F(RealListsTest, KindergartensOfGuangzhou) {
  const City city("cn-kindergartens-guangzhou/kindergartens.csv");
  if (!city.there()) GTEST_SKIP() << "skipped: no cn-kindergartens-guangzhou (set INSPECTORATE_DATA)";
  std::string list = "机构编号,机构名称,机构类别,详细地址,办公电话\n";
  for (const csv::Record& record : city.rows()) {
    list += city.At(record, "id") + "," + Quoted(city.At(record, "name")) + ",幼儿园," +
            Quoted(city.At(record, "address")) + "," + Quoted(city.At(record, "phone")) + "\n";
  }
  const auto phone = [&](const char* form) {
    return CountRows(city, [&, pattern = std::regex(form)](const csv::Record& record) {
      return std::regex_match(city.At(record, "phone"), pattern);
    });
  };
  std::map<std::string, int> expected = {
      {"ADDRESS_MISSING",
       CountRows(city, [&](const auto& record) { return city.At(record, "address").empty(); })},
      {"PHONE_LOST_ZERO", phone("[2-9][0-9]{9}")},
      {"PHONE_NO_AREA_CODE", phone("[0-9]{7,8}")},
      {"SAME_NAME", Repeated(city)},
      {"NAME_NOT_OF_KIND", CountRows(city,
                                     [&](const auto& record) {
                                       const std::string name = city.At(record, "name");
                                       return name.find("幼") == std::string::npos &&
                                              name.find("托") == std::string::npos;
                                     })},
      {"PHONE_SEVERAL", phone("[0-9]{8,11}[^0-9].*[0-9]{8,11}")},
      {"PHONE_FORM", phone("0[0-9]{2}-[0-9]{9}")},
      {"FULL_WIDTH", CountRows(city, [&](const auto& record) {
         static const std::regex kWide("\xEF\xBC[\x90-\x99\xA1-\xBA]|\xEF\xBD[\x81-\x9A]");
         return std::regex_search(city.At(record, "name") + city.At(record, "address"), kWide);
       })}};
  EXPECT_EQ(city.rows().size(), 1688u);
  EXPECT_EQ(expected["ADDRESS_MISSING"], 91);
  EXPECT_EQ(expected["PHONE_LOST_ZERO"], 134);
  EXPECT_EQ(expected["SAME_NAME"], 7);
  EXPECT_EQ(expected["NAME_NOT_OF_KIND"], 3);
  EXPECT_EQ(expected["FULL_WIDTH"], 4);
  EXPECT_EQ(expected["PHONE_SEVERAL"], 3);

  const ImportRosterResponse dry = Import(list, ALL_OR_NOTHING, /*dry_run=*/true);
  EXPECT_EQ(dry.created(), 1688);
  EXPECT_EQ(dry.rejected_rows(), 0);
  EXPECT_EQ(Told(dry), expected);
  const ImportRosterResponse response = Import(list, ROW_BY_ROW, /*dry_run=*/false);
  EXPECT_EQ(response.created(), 1688);
  EXPECT_EQ(Told(response), expected);
  ASSERT_EQ(response.report_files_size(), 2);
  Keep(response);
  EXPECT_EQ(Import(list, ROW_BY_ROW, false).unchanged(), 1688);
}

TEST_F(RealListsTest, SchoolsOfShanghai) {
  const City city("cn-schools-shanghai/schools.csv");
  if (!city.there()) GTEST_SKIP() << "skipped: no cn-schools-shanghai (set INSPECTORATE_DATA)";
  std::string list = "机构编号,机构名称,机构类别,详细地址,纬度,经度\n";
  for (const csv::Record& record : city.rows()) {
    list += city.At(record, "id") + "," + Quoted(city.At(record, "name")) + "," +
            city.At(record, "schooltype_name") + "," + Quoted(city.At(record, "address")) + "," +
            city.At(record, "latitude") + "," + city.At(record, "longitude") + "\n";
  }
  const std::map<std::string, int> expected = {
      {"SAME_NAME", Repeated(city)},
      {"POSITION_FAR", CountRows(city,
                                 [&](const auto& record) {
                                   return std::abs(std::stod(city.At(record, "latitude")) - 31.2) > 1.5;
                                 })},
      {"ADDRESS_SEVERAL", CountRows(city, [&](const auto& record) {
         return city.At(record, "address").find('/') != std::string::npos;
       })}};
  EXPECT_EQ(expected,
            (std::map<std::string, int>{{"SAME_NAME", 2}, {"POSITION_FAR", 1}, {"ADDRESS_SEVERAL", 2}}));
  const ImportRosterResponse dry = Import(list, ALL_OR_NOTHING, /*dry_run=*/true);
  EXPECT_EQ(dry.rejected_rows(), 0);
  EXPECT_EQ(Told(dry), expected);
  for (const auto& row : dry.rows()) {
    for (const auto& remark : row.remarks()) {
      if (remark.code() != "POSITION_FAR") continue;
      EXPECT_EQ(city.At(city.rows().at(static_cast<size_t>(row.line() - 2)), "id"), "30");
    }
  }
  const ImportRosterResponse response = Import(list, ROW_BY_ROW, false);
  EXPECT_EQ(response.created(), 63);
  EXPECT_EQ(Told(response), expected);
}

// The list where one cannot be taken: a kind that does not exist, a number twice with another name.
TEST_F(RealListsTest, WhatCannotBeTakenIsToldByRow) {
  const City city("cn-schools-shanghai/schools.csv");
  if (!city.there()) GTEST_SKIP() << "skipped: no cn-schools-shanghai (set INSPECTORATE_DATA)";
  // As somebody maps it in a hurry: the column of the kind is the number of the kind.
  std::string list = "机构编号,机构名称,机构类别\n";
  for (const csv::Record& record : city.rows()) {
    list += city.At(record, "id") + "," + Quoted(city.At(record, "name")) + "," +
            city.At(record, "schooltype_id") + "\n";
  }
  const ImportRosterResponse response = Import(list, ALL_OR_NOTHING, false);
  EXPECT_TRUE(response.rejected());
  EXPECT_EQ(response.rejected_rows(), 63);
  for (const auto& row : response.rows()) {
    ASSERT_GE(row.defects_size(), 1);
    EXPECT_EQ(row.defects(0).column(), "机构类别");
  }
}

}  // namespace
}  // namespace inspectorate::import_test
