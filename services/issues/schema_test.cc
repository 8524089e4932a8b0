// The tables of the service are what its contract describes.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/uuid.h"
#include "common/db/migrate.h"
#include "common/resource/copy.h"
#include "common/resource/description.h"
#include "common/testing/rows_read.h"
#include "common/testing/test_database.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "services/issues/service.h"
#include "services/issues/store/relapses.h"

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

// What an office had before relapse and escalation were known goes on without either.
TEST(IssuesSchemaTest, AnUpgradeKeepsTheRowsThatAreThere) {
  auto& server = testing::TestDatabase::Get();
  std::vector<db::Migration> before = IssuesDefinition().migrations;
  std::erase_if(before, [](const db::Migration& migration) { return migration.name >= "0033"; });
  ASSERT_LT(before.size(), IssuesDefinition().migrations.size());
  const db::Options schema = server.NewSchema(before);
  server.Run(schema, "INSERT IGNORE INTO issue (office, issue, state) VALUES ('test', UNHEX(MD5('a')), 7)");
  server.Run(schema, "INSERT IGNORE INTO notice (office, notice, state) VALUES ('test', UNHEX(MD5('a')), 1)");
  const absl::Status migrated = db::Migrate(schema, IssuesDefinition().migrations);
  ASSERT_TRUE(migrated.ok()) << migrated;
  EXPECT_EQ(server
                .Ask(schema,
                     "SELECT COUNT(*) FROM issue WHERE state = 7 AND relapse_of IS NULL AND"
                     " escalation_due = 0")
                .AsInt(),
            1);
  EXPECT_EQ(server.Ask(schema, "SELECT report_copies FROM notice").AsInt(), 0);
}

// Otherwise a closing that is under way would be seen by nobody, and see nobody.
TEST(IssuesSchemaTest, WhoLooksForARelapseHoldsTheEarlierIssues) {
  auto& server = testing::TestDatabase::Get();
  const db::Options schema = server.NewSchema(IssuesDefinition().migrations);
  server.Run(schema,
             "INSERT IGNORE INTO issue (office, issue, school, matter, state, found_day) VALUES"
             " ('test', UNHEX(MD5('a')), REPEAT('s', 16), 'B06', 6, '2026-03-02')");
  const auto free = [&] {
    return server.Ask(schema, "SELECT COUNT(*) FROM issue WHERE office = 'test' FOR UPDATE SKIP LOCKED")
        .AsInt();
  };
  EXPECT_EQ(free(), 1);
  store::Subject subject{.office = "test", .school = {}, .matter = "B06"};
  subject.school.bytes.fill('s');
  auto database = db::Database::Open(schema);
  ASSERT_TRUE(database.ok()) << database.status();
  const auto status = (*database)->Transact(db::Budget{}, {}, [&](db::Transaction& tx) -> absl::Status {
    const auto held = store::LockIssuesOf(tx, subject);
    EXPECT_TRUE(held.ok() && held->size() == 1) << held.status();
    EXPECT_EQ(free(), 0);
    return held.status();
  });
  EXPECT_TRUE(status.ok()) << status;
}

// Whoever works on a visit asks for its issues: that must not read all issues that the office ever had.
TEST(IssuesSchemaTest, TheIssuesOfAVisitAreFoundWithoutReadingTheOthers) {
  constexpr int kVisits = 200;
  const db::Options schema = testing::TestDatabase::Get().NewSchema(IssuesDefinition().migrations);
  auto database = db::Database::Open(schema);
  ASSERT_TRUE(database.ok()) << database.status();
  const Uuid space = RandomUuid();
  const auto visit_of = [&](int i) {
    return "offices/test/visits/" + FormatUuid(DerivedUuid(space, "visit" + std::to_string(i % kVisits)));
  };
  const auto status = (*database)->Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
    std::vector<std::unique_ptr<google::protobuf::Message>> issues;
    for (int i = 0; i < 2 * kVisits; ++i) {
      auto issue = std::make_unique<v1::Issue>();
      issue->set_name("offices/test/issues/" + FormatUuid(DerivedUuid(space, std::to_string(i))));
      issue->set_visit(visit_of(i));
      issue->set_ordinal(1 + i / kVisits);
      issues.push_back(std::move(issue));
    }
    const absl::Status put = resource::PutCopies(session, Description::Of<v1::Issue>(), issues);
    if (!put.ok()) return put;
    const uint64_t before = testing::RowsRead(session);
    auto found = session.Query("SELECT `issue` FROM `issue` WHERE `office` = ? AND `visit` = ?",
                               {"test", resource::UuidOf(visit_of(7))});
    if (!found.ok()) return found.status();
    EXPECT_EQ(found->size(), 2u);
    EXPECT_LT(testing::RowsRead(session) - before, kVisits / 4u);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
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
