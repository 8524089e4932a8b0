// The tables of the service are what its contract describes.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "common/resource/description.h"
#include "common/testing/test_database.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "services/issues/service.h"

namespace inspectorate::issues {
namespace {

using resource::Description;

// Column → type and nullability, as the server tells them.
std::map<std::string, std::string> ColumnsOf(const db::Options& schema, const std::string& table) {
  std::map<std::string, std::string> columns;
  auto database = db::Database::Open(schema);
  EXPECT_TRUE(database.ok()) << database.status();
  auto status = (*database)->Read(db::Budget{}, [&](db::Session& session) {
    auto rows = session.Query(
        "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable FROM "
        "information_schema.COLUMNS "
        "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
        {table});
    if (!rows.ok()) return rows.status();
    for (size_t i = 0; i < rows->size(); ++i) {
      columns[rows->at(i, "name").AsString()] =
          rows->at(i, "type").AsString() +
          (rows->at(i, "nullable").AsString() == "YES" ? " null" : " not null");
    }
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return columns;
}

TEST(IssuesSchemaTest, IsWhatTheContractDescribes) {
  auto& server = testing::TestDatabase::Get();
  const db::Options migrated = server.NewSchema(IssuesDefinition().migrations);
  const db::Options described = server.NewSchema();
  for (const auto* message :
       {v1::Issue::descriptor(), v1::Notice::descriptor(), v1::Attachment::descriptor()}) {
    const Description& description = Description::Of(message);
    server.Run(described, description.Ddl());
    const auto columns = ColumnsOf(migrated, description.table());
    EXPECT_FALSE(columns.empty()) << description.table();
    EXPECT_EQ(columns, ColumnsOf(described, description.table())) << description.table();
  }
}

TEST(IssuesContractTest, NoMethodDeletes) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* file : {"issue", "notice", "attachment"}) {
    const auto* contract = pool->FindFileByName("inspectorate/issues/v1/" + std::string(file) + ".proto");
    ASSERT_NE(contract, nullptr);
    for (int s = 0; s < contract->service_count(); ++s) {
      for (int m = 0; m < contract->service(s)->method_count(); ++m) {
        const std::string& name = contract->service(s)->method(m)->name();
        EXPECT_FALSE(name.starts_with("Delete") || name.starts_with("Remove") || name.starts_with("Purge"))
            << name;
      }
    }
  }
}

}  // namespace
}  // namespace inspectorate::issues
