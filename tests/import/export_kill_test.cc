// An export by the service as a process: killed in the middle, it ends once and whole, and nobody sees a
// half.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <thread>

#include "common/base/charset.h"
#include "common/base/hash.h"
#include "common/base/uuid.h"
#include "common/csv/csv.h"
#include "common/db/database.h"
#include "common/testing/fleet.h"
#include "common/testing/sandbox.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "tests/import/bulk.h"

namespace inspectorate::import_test {
namespace {

using namespace registry::v1;
using google::longrunning::Operation;
using testing::Fleet;
using testing::Replica;

const Replica kRegistry{"registry", 0};
constexpr char kOffice[] = "killed";
constexpr int kSchools = 4000;

TEST(ExportKillTest, KilledInTheMiddleItEndsOnceAndWhole) {
  const auto fleet = Fleet::Start({.replicas = {{"visits", 0}, {"issues", 0}, {"reporting", 0}}});
  ASSERT_TRUE(fleet.ok()) << fleet.status();
  const auto database = db::Database::Open((*fleet)->Database("registry"));
  ASSERT_TRUE(database.ok()) << database.status();
  const auto ask_text = [&](const std::string& sql) {
    std::string text;
    const absl::Status status = (*database)->Read(db::Budget{}, [&](db::Session& session) {
      auto rows = session.Query(sql, {kOffice});
      if (rows.ok() && !rows->empty()) text = rows->at(0, 0).AsString();
      return rows.status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return text;
  };
  const auto count = [&](const std::string& what) {
    return std::stoi(ask_text("SELECT CAST(COUNT(*) AS CHAR) FROM " + what));
  };
  const absl::Status created =
      testing::CreateSandbox(*(*fleet)->ClientOf("registry", testing::Operator()), kOffice);
  ASSERT_TRUE(created.ok()) << created;
  const auto client = (*fleet)->ClientOf("registry", testing::Staff(kOffice, "示例·办公室"));
  const auto upload = Upload(*client, kOffice, "上传.csv", SchoolsCsv(kSchools));
  ASSERT_TRUE(upload.ok()) << upload.status();
  const auto import = StartImport(*client, kOffice, *upload);
  ASSERT_TRUE(import.ok()) << import.status();
  ASSERT_TRUE(Await(*client, import->name()).ok());

  ExportRosterRequest request;
  request.set_parent(std::string("offices/") + kOffice);
  request.set_request_id(FormatUuid(RandomUuid()));
  const auto operation = client->Call<Operation>("inspectorate.registry.v1.Exports.ExportRoster", request);
  ASSERT_TRUE(operation.ok()) << operation.status();
  const std::string half = "data_file WHERE office = ? AND complete = 0";
  const std::string whole = "data_file WHERE office = ? AND complete = 1 AND file_name <> '上传.csv'";
  const std::string attempt = "SELECT HEX(attempt) FROM export_run WHERE office = ?";
  std::string before;
  for (int kills = 0; kills < 2; ++kills) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
    // The files of the run before are there until the next one begins.
    while (std::chrono::steady_clock::now() < deadline) {
      if (ask_text(attempt) != before && count(half) > 3) break;
    }
    before = ask_text(attempt);
    (*fleet)->Kill9(kRegistry);
    EXPECT_GT(count(half), 0) << "killed too late to show anything";
    EXPECT_EQ(count(whole), 0);
    ASSERT_TRUE((*fleet)->Launch(kRegistry).ok());
    ASSERT_TRUE((*fleet)->AwaitServing(kRegistry).ok());
  }
  const auto done = AwaitDone(*client, operation->name());
  ASSERT_TRUE(done.ok()) << done.status();
  ExportRosterResponse response;
  ASSERT_TRUE(done->response().UnpackTo(&response));
  EXPECT_EQ(count(half), 0);
  EXPECT_EQ(count(whole), response.files_size());
  std::map<std::string, std::string> files;
  for (const DataFile& file : response.files()) {
    EXPECT_TRUE(file.complete());
    const auto bytes = Download(*client, file);
    ASSERT_TRUE(bytes.ok()) << file.file_name() << ": " << bytes.status();
    files[file.file_name()] = *bytes;
  }
  for (const auto& list : response.manifest().lists()) {
    EXPECT_EQ(Hex(Sha256(files.at(list.file().file_name()))), list.file().sha256());
    if (list.kind() != IMPORT_SCHOOLS) continue;
    EXPECT_EQ(list.rows(), kSchools);
    const auto table = csv::Parse(DecodeText(files.at(list.file().file_name()))->text);
    ASSERT_TRUE(table.ok()) << table.status();
    EXPECT_EQ(table->records.size(), static_cast<size_t>(kSchools));
  }
  // No piece is left of the runs that were killed.
  EXPECT_EQ(count("(SELECT DISTINCT file FROM data_file_piece WHERE office = ?) p"),
            response.files_size() + 1);
}

}  // namespace
}  // namespace inspectorate::import_test
