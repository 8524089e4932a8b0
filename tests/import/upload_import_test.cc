// An import of an upload, by the service as a process: killed in the middle, it goes on where it stopped.
#include <gtest/gtest.h>

#include <thread>

#include "common/base/charset.h"
#include "common/base/hash.h"
#include "common/csv/csv.h"
#include "common/db/database.h"
#include "common/status/error.h"
#include "common/testing/fleet.h"
#include "common/testing/sandbox.h"
#include "tests/import/bulk.h"

namespace inspectorate::import_test {
namespace {

using namespace registry::v1;
using testing::Fleet;
using testing::Replica;

const Replica kRegistry{"registry", 0};

class UploadImportTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto fleet = Fleet::Start({.replicas = {{"visits", 0}, {"issues", 0}, {"reporting", 0}}});
    ASSERT_TRUE(fleet.ok()) << fleet.status();
    fleet_ = fleet->release();
    auto database = db::Database::Open(fleet_->Database("registry"));
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = database->release();
  }
  static void TearDownTestSuite() {
    delete database_;
    delete fleet_;
  }

  void SetUp() override {
    office_ = std::string("office-") + std::to_string(++offices_);
    const absl::Status created =
        testing::CreateSandbox(*fleet_->ClientOf("registry", testing::Operator()), office_);
    ASSERT_TRUE(created.ok()) << created;
    client_ = fleet_->ClientOf("registry", testing::Staff(office_, "示例·办公室"));
  }

  int64_t Ask(const std::string& sql) {
    int64_t value = -1;
    const absl::Status status = database_->Read(db::Budget{}, [&](db::Session& session) {
      auto rows = session.Query(sql, {office_});
      if (rows.ok()) value = rows->at(0, 0).AsInt();
      return rows.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return value;
  }

  ImportRosterResponse Import(const std::string& bytes) {
    const auto upload = Upload(*client_, office_, "机构.csv", bytes);
    EXPECT_TRUE(upload.ok()) << upload.status();
    const auto operation = StartImport(*client_, office_, *upload);
    EXPECT_TRUE(operation.ok()) << operation.status();
    const auto response = Await(*client_, operation->name());
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(ImportRosterResponse());
  }

  static inline Fleet* fleet_ = nullptr;
  static inline db::Database* database_ = nullptr;
  static inline int offices_ = 0;
  std::string office_;
  std::unique_ptr<rpc::Client> client_;
};

constexpr int kSchools = 3000;

// Among good rows: a code of another school, no name, no number, a number twice (the second changes the
// first).
std::string WithMistakes(int first_code) {
  const std::string taken = std::to_string(2'137'000'000 + first_code + 8);
  const std::string own = std::to_string(2'137'000'000 + first_code + 7);
  return SchoolsCsv(kSchools, first_code) + "M1,示例一小,小学,811,121,371601001,某路1号,37.2,117.8,1,否,是," +
         taken +
         ",1990-09-01\n"
         "M2,,小学,811,121,371601001,某路1号,37.2,117.8,1,否,是,,1990-09-01\n"
         ",示例三小,小学,811,121,371601001,某路1号,37.2,117.8,1,否,是,,1990-09-01\n"
         "S000007,改名的小学,小学,811,121,371601001,示例镇教育路8号,37.2035,117.8035,207,否,是," +
         own + ",1967-09-01\n";
}

TEST_F(UploadImportTest, KilledInTheMiddleItGoesOnWithoutADouble) {
  const std::string bytes = WithMistakes(0);
  const auto upload = Upload(*client_, office_, "机构.csv", bytes);
  ASSERT_TRUE(upload.ok()) << upload.status();
  const auto operation = StartImport(*client_, office_, *upload);
  ASSERT_TRUE(operation.ok()) << operation.status();
  int kills = 0;
  for (const int64_t after : {300, 1200}) {
    for (int64_t done = 0; done < after;) {
      done = RowsDone(*client_, operation->name()).value_or(0);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    fleet_->Kill9(kRegistry);
    ++kills;
    const int64_t written = Ask("SELECT COUNT(*) FROM school WHERE office = ?");
    EXPECT_LT(written, kSchools) << "killed too late to show anything";
    ASSERT_TRUE(fleet_->Launch(kRegistry).ok());
    ASSERT_TRUE(fleet_->AwaitServing(kRegistry).ok());
  }
  const auto response = Await(*client_, operation->name());
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(kills, 2);
  EXPECT_EQ(response->total_rows(), kSchools + 4);
  EXPECT_EQ(response->created(), kSchools);
  EXPECT_EQ(response->updated(), 1);
  EXPECT_EQ(response->unchanged(), 0);
  EXPECT_EQ(response->rejected_rows(), 3);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM school WHERE office = ?"), kSchools);
  EXPECT_EQ(Ask("SELECT COUNT(DISTINCT external_id) FROM school WHERE office = ?"), kSchools);
  EXPECT_EQ(
      Ask("SELECT COUNT(*) FROM school_ident_code c JOIN school s ON s.school = c.school WHERE s.office = ?"),
      kSchools);
  // One event of the office, one a row.
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM feed_event WHERE office = ? AND resource_type = 'inspectorate/School'"),
            kSchools + 1);
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM feed_event WHERE office = ?"),
            Ask("SELECT CAST(MAX(position) AS SIGNED) FROM feed_event WHERE office = ?"));
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM import_row WHERE office = ?"), 0);
}

TEST_F(UploadImportTest, TheReportNamesEachDefectByRow) {
  const ImportRosterResponse response = Import(WithMistakes(10'000));
  ASSERT_EQ(response.rows_size(), 3);
  EXPECT_EQ(response.rows(0).line(), kSchools + 2);
  ASSERT_EQ(response.report_files_size(), 2);
  const auto csv = Download(*client_, response.report_files(0));
  ASSERT_TRUE(csv.ok()) << csv.status();
  const auto table = csv::Parse(DecodeText(*csv)->text);
  ASSERT_TRUE(table.ok()) << table.status();
  ASSERT_EQ(table->records.size(), 3u) << *csv;
  EXPECT_EQ(table->records[0].cells[1], std::to_string(kSchools + 2));
  EXPECT_EQ(table->records[0].cells[3], "机构标识码");
  EXPECT_EQ(table->records[0].cells[4], "2137010008");
  EXPECT_EQ(table->records[1].cells[3], "机构名称");
  EXPECT_EQ(table->records[2].cells[3], "机构编号");
  const auto workbook = Download(*client_, response.report_files(1));
  ASSERT_TRUE(workbook.ok()) << workbook.status();
  EXPECT_TRUE(workbook->starts_with("PK"));

  const ImportRosterResponse again = Import(WithMistakes(10'000));
  EXPECT_EQ(again.created(), 0);
  EXPECT_EQ(again.unchanged() + again.updated(), kSchools + 1);
  EXPECT_EQ(again.rejected_rows(), 3);
}

TEST_F(UploadImportTest, AFileIsTakenOnlyWholeAndOnlyFromItsOffice) {
  const std::string bytes = "机构编号,机构名称,机构类别\nX1,甲小学,小学\n";
  BeginUploadRequest begin;
  begin.set_parent("offices/" + office_);
  begin.set_file_name("机构.csv");
  begin.set_size(static_cast<int64_t>(bytes.size()));
  begin.set_sha256(Hex(Sha256(bytes)));
  const auto file = client_->Call<DataFile>("inspectorate.registry.v1.Files.BeginUpload", begin);
  ASSERT_TRUE(file.ok()) << file.status();
  const auto send = [&](rpc::Client& client, int64_t offset, const std::string& content) {
    UploadPieceRequest piece;
    piece.set_name(file->name());
    piece.set_offset(offset);
    piece.set_content(content);
    return client.Call<DataFile>("inspectorate.registry.v1.Files.UploadPiece", piece);
  };
  ASSERT_TRUE(send(*client_, 0, bytes.substr(0, 10)).ok());
  EXPECT_EQ(send(*client_, 0, bytes.substr(0, 10))->received(), 10) << "an answer was lost";
  EXPECT_EQ(ReasonOf(send(*client_, 0, "another").status()), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(send(*client_, 12, "gap").status()), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(send(*client_, 10, bytes).status()), ErrorReason::INVALID_FIELDS) << "too long";
  EXPECT_EQ(ReasonOf(StartImport(*client_, office_, file->name()).status()), ErrorReason::INVALID_FIELDS);
  std::string other = bytes.substr(10);
  other.back() = 'x';
  EXPECT_EQ(ReasonOf(send(*client_, 10, other).status()), ErrorReason::ATTACHMENT_CORRUPT);
  EXPECT_FALSE(client_
                   ->Call<FilePiece>("inspectorate.registry.v1.Files.DownloadPiece",
                                     [&] {
                                       DownloadPieceRequest request;
                                       request.set_name(file->name());
                                       return request;
                                     }())
                   .ok());
  const auto theirs = fleet_->ClientOf("registry", testing::Staff("office-1", "示例·别人"));
  EXPECT_EQ(ReasonOf(send(*theirs, 10, bytes.substr(10)).status()), ErrorReason::PERMISSION_MISSING);
  EXPECT_TRUE(send(*client_, 10, bytes.substr(10))->complete());
  if (office_ != "office-1") {
    EXPECT_FALSE(StartImport(*theirs, "office-1", file->name()).ok());
  }
  const auto whole = Download(*client_, *file);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(*whole, bytes);
  const auto operation = StartImport(*client_, office_, file->name());
  ASSERT_TRUE(operation.ok()) << operation.status();
  EXPECT_EQ(Await(*client_, operation->name())->created(), 1);
}

TEST_F(UploadImportTest, AnUploadThatIsNoListIsRefusedBeforeAnythingIsWritten) {
  const auto upload = Upload(*client_, office_, "机构.csv",
                             SchoolsCsv(200, 20'000) + "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n");
  ASSERT_TRUE(upload.ok());
  const auto operation = StartImport(*client_, office_, *upload);
  ASSERT_TRUE(operation.ok());
  const auto response = Await(*client_, operation->name());
  EXPECT_EQ(ReasonOf(response.status()), ErrorReason::FILE_UNREADABLE) << response.status();
  EXPECT_EQ(Ask("SELECT COUNT(*) FROM school WHERE office = ?"), 0);
}

}  // namespace
}  // namespace inspectorate::import_test
