#include "services/visits/store/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <utility>

#include "common/resource/description.h"
#include "common/testing/test_database.h"

namespace inspectorate::visits {
namespace {

using resource::Description;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

// The type as both servers spell it: "int(11)" on one is "int" on the other.
std::string Normal(std::string type) {
  type = Lower(std::move(type));
  for (const char* integer : {"tinyint", "smallint", "bigint", "int"}) {
    if (!type.starts_with(std::string(integer) + "(")) continue;
    return integer + type.substr(type.find(')') + 1);
  }
  return type;
}

// Column → "type null|not null", from the statement that the migration should hold.
std::map<std::string, std::string> Wanted(const Description& description) {
  std::map<std::string, std::string> columns;
  const std::string ddl = description.Ddl();
  for (size_t at = ddl.find("\n  `"); at != std::string::npos; at = ddl.find("\n  `", at + 1)) {
    const size_t name_end = ddl.find('`', at + 4);
    columns[ddl.substr(at + 4, name_end - at - 4)] =
        Lower(ddl.substr(name_end + 2, ddl.find(",\n", name_end) - name_end - 2));
  }
  return columns;
}

TEST(VisitsSchema, HasTheTablesThatTheContractDescribes) {
  const db::Options schema = testing::TestDatabase::Get().NewSchema(Migrations());
  auto database = db::Database::Open(schema);
  ASSERT_TRUE(database.ok()) << database.status();
  for (const auto* message : Resources()) {
    const Description& description = Description::Of(message);
    std::map<std::string, std::string> found;
    auto status = (*database)->Read(db::Budget{}, [&](db::Session& session) {
      auto rows = session.Query(
          "SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, IS_NULLABLE AS nullable"
          " FROM information_schema.COLUMNS"
          " WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
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

}  // namespace
}  // namespace inspectorate::visits
