#include "common/roster/roster.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "common/resource/description.h"
#include "common/testing/test_database.h"

namespace inspectorate::roster {
namespace {

using resource::Description;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The type as the servers spell it: "int(11)" on one is "int" on the other.
std::string Normal(std::string type) {
  type = Lower(std::move(type));
  for (const char* integer : {"tinyint", "smallint", "bigint", "int"}) {
    const std::string prefix = std::string(integer) + "(";
    if (type.starts_with(prefix)) {
      type = integer + type.substr(type.find(')') + 1);
      break;
    }
  }
  return type;
}

// Column → "type null|not null", from the statement that a migration should hold.
std::map<std::string, std::string> Wanted(const Description& description) {
  std::map<std::string, std::string> columns;
  const std::string ddl = description.Ddl();
  size_t at = 0;
  while ((at = ddl.find("\n  `", at)) != std::string::npos) {
    const size_t name_end = ddl.find('`', at + 4);
    const size_t line_end = ddl.find(",\n", name_end);
    std::string rest = Lower(ddl.substr(name_end + 2, line_end - name_end - 2));
    columns[ddl.substr(at + 4, name_end - at - 4)] = rest;
    at = line_end;
  }
  return columns;
}

TEST(RosterTables, AreWhatTheContractDescribes) {
  auto& server = testing::TestDatabase::Get();
  const db::Options schema = server.NewSchema(Migrations());
  auto database = db::Database::Open(schema);
  ASSERT_TRUE(database.ok()) << database.status();
  for (const auto* message : Resources()) {
    const Description& description = Description::Of(message);
    std::map<std::string, std::string> found;
    auto status = (*database)->Read(db::Budget{}, [&](db::Session& session) {
      auto rows = session.Query(
          "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable FROM "
          "information_schema.COLUMNS "
          "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
          {description.table()});
      if (!rows.ok()) return rows.status();
      for (size_t i = 0; i < rows->size(); ++i) {
        found[rows->at(i, "name").AsString()] =
            Normal(rows->at(i, "type").AsString()) +
            (rows->at(i, "nullable").AsString() == "YES" ? " null" : " not null");
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(found, Wanted(description)) << description.table();
  }
}

TEST(RosterTables, HoldEveryResourceOfTheRegistry) {
  // Every resource of the contract but the divisions: those that ship are a file, the offices' are towns.
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* file :
       {"office", "school", "school_change", "area", "inspector", "policy", "town", "training"}) {
    const auto* contract = pool->FindFileByName("inspectorate/registry/v1/" + std::string(file) + ".proto");
    ASSERT_NE(contract, nullptr);
    for (int i = 0; i < contract->message_type_count(); ++i) {
      const auto* message = contract->message_type(i);
      if (message->FindFieldByName("revision") == nullptr) continue;
      EXPECT_NE(std::find(Resources().begin(), Resources().end(), message), Resources().end())
          << message->name();
    }
  }
}

}  // namespace
}  // namespace inspectorate::roster
