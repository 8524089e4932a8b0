// A filter means the same as SQL and on a message, and pages put together are the whole: shown on a real
// server with random filters over random rows.
#include <algorithm>
#include <random>
#include <set>

#include "common/base/macros.h"
#include "common/query/query.h"
#include "common/query/testdata/sample_fields.h"
#include "common/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::query {
namespace {

using inspectorate::testing::TestDatabase;
using testdata::Sample;
using testdata::SampleFields;

constexpr unsigned kSeed = 20260309;
constexpr int kRows = 300;
constexpr int kFilters = 400;

constexpr char kTable[] =
    "CREATE TABLE sample (id INT NOT NULL PRIMARY KEY, title VARCHAR(200) NOT NULL, number BIGINT NOT NULL,"
    " urgent TINYINT NOT NULL, shade INT NOT NULL, create_time DATETIME(6), due DATE, school BINARY(16),"
    " rank_ INT, large BIGINT UNSIGNED NOT NULL, remark VARCHAR(200), seal_count INT)"
    " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

class Generator {
 public:
  int Below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool OneIn(int n) { return Below(n) == 0; }

  std::string Text() {
    static const char* const kTexts[] = {"",   "a", "A", "a ",   "a  b", "a\t", "督导", "督导室",
                                         "督", "é", "e", "100%", "_",    "b\\", "'\""};
    return kTexts[Below(std::size(kTexts))];
  }
  std::string School() { return "schools/0190b0a2-7c1e-7f00-8000-00000000000" + std::to_string(Below(4)); }
  std::string TimeText() {
    return "2026-03-0" + std::to_string(1 + Below(3)) + (OneIn(2) ? "T00:00:00Z" : "T08:00:00.000001+08:00");
  }
  std::string DateText() { return "2026-03-0" + std::to_string(1 + Below(4)); }

  Sample Row() {
    Sample row;
    row.set_title(Text());
    row.set_number(Below(5) - 2);
    row.set_urgent(OneIn(2));
    row.set_shade(static_cast<testdata::Shade>(Below(3)));
    if (!OneIn(4)) {
      const auto micros = ParseTime(TimeText())->time_since_epoch().count();
      row.mutable_create_time()->set_seconds(micros / 1'000'000);
      row.mutable_create_time()->set_nanos(static_cast<int>(micros % 1'000'000) * 1000);
    }
    if (!OneIn(4)) {
      row.mutable_due()->set_year(2026);
      row.mutable_due()->set_month(3);
      row.mutable_due()->set_day(1 + Below(4));
    }
    if (!OneIn(4)) row.set_school(School());
    if (!OneIn(4)) row.set_rank(Below(3));
    row.set_large(OneIn(3) ? 18'446'744'073'709'551'615U : static_cast<uint64_t>(Below(3)));
    if (!OneIn(3)) row.set_remark(Text());
    if (!OneIn(4)) row.mutable_seal()->set_count(Below(3));
    return row;
  }

  std::string Expression(int depth) {
    const int shape = depth == 0 ? 0 : Below(5);
    switch (shape) {
      case 1:
        return Expression(depth - 1) + " AND " + Expression(depth - 1);
      case 2:
        return Expression(depth - 1) + " OR " + Expression(depth - 1);
      case 3:
        return "NOT (" + Expression(depth - 1) + ")";
      case 4:
        return "(" + Expression(depth - 1) + ") " + Expression(depth - 1);
      default:
        return Comparison();
    }
  }

 private:
  std::string Comparison() {
    const Field& field = SampleFields()[static_cast<size_t>(Below(static_cast<int>(SampleFields().size())))];
    if (OneIn(8)) return field.path + ":*";
    switch (field.kind) {
      case Field::Kind::kString:
        return field.path + AnyOperator(/*contains=*/true) + Quoted(Text());
      case Field::Kind::kInt:
        return field.path + AnyOperator() + std::to_string(Below(5) - 2);
      case Field::Kind::kBool:
        return field.path + Equality() + (OneIn(2) ? "true" : "false");
      case Field::Kind::kEnum:
        return field.path + Equality() + (OneIn(2) ? "LIGHT" : "DARK");
      case Field::Kind::kTime:
        return field.path + AnyOperator() + TimeText();
      case Field::Kind::kDate:
        return field.path + AnyOperator() + DateText();
      case Field::Kind::kReference:
        return field.path + Equality() + (OneIn(4) ? "\"\"" : School());
    }
    return "";
  }
  std::string Equality() { return OneIn(2) ? " = " : " != "; }
  std::string AnyOperator(bool contains = false) {
    static const char* const kOperators[] = {" = ", " != ", " < ", " <= ", " > ", " >= ", ":"};
    return kOperators[Below(contains ? 7 : 6)];
  }
  static std::string Quoted(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return quoted + '"';
  }

  std::mt19937 random_{kSeed};
};

db::Value OrNull(bool present, db::Value value) { return present ? value : db::Value(); }

db::Params ColumnsOf(int id, const Sample& row) {
  const auto school = row.school().empty() ? db::Value() : *testdata::SchoolId(row.school());
  const Time time(std::chrono::seconds(row.create_time().seconds()) +
                  std::chrono::microseconds(row.create_time().nanos() / 1000));
  const Date due = row.has_due() ? MakeDate(row.due().year(), static_cast<unsigned>(row.due().month()),
                                            static_cast<unsigned>(row.due().day()))
                                 : Date();
  return {db::Value(id),
          db::Value(row.title()),
          db::Value(static_cast<int64_t>(row.number())),
          db::Value(row.urgent()),
          db::Value(static_cast<int>(row.shade())),
          OrNull(row.has_create_time(), db::Value(time)),
          OrNull(row.has_due(), db::Value(due)),
          school,
          OrNull(row.has_rank(), db::Value(row.rank())),
          db::Value(static_cast<uint64_t>(row.large())),
          OrNull(row.has_remark(), db::Value(row.remark())),
          OrNull(row.has_seal(), db::Value(row.seal().count()))};
}

class QuerySqlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database =
        db::Database::Open(TestDatabase::Get().NewSchema({{.name = "0001_sample", .sql = kTable}}));
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    for (int id = 0; id < kRows; ++id) rows_.push_back(random_.Row());
    const absl::Status status = database_->Transact(
        db::Budget::Of(std::chrono::seconds(30)), {}, [&](db::Transaction& tx) -> absl::Status {
          for (int id = 0; id < kRows; ++id) {
            RETURN_IF_ERROR(tx.Execute("INSERT INTO sample VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                       ColumnsOf(id, rows_[static_cast<size_t>(id)]))
                                .status());
          }
          return absl::OkStatus();
        });
    ASSERT_TRUE(status.ok()) << status;
  }

  db::Rows Select(const std::string& sql, const db::Params& params) {
    db::Rows rows;
    const absl::Status status = database_->Read({}, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(rows, session.Query(sql, params));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << sql << ": " << status;
    return rows;
  }

  std::set<int> Selected(const Condition& condition) {
    const db::Rows rows = Select("SELECT id FROM sample WHERE " + condition.sql, condition.params);
    std::set<int> ids;
    for (size_t i = 0; i < rows.size(); ++i) ids.insert(static_cast<int>(rows.at(i, 0).AsInt()));
    return ids;
  }

  Generator random_;
  std::vector<Sample> rows_;
  std::unique_ptr<db::Database> database_;
};

TEST_F(QuerySqlTest, FiltersMeanTheSameInSqlAndOnMessages) {
  size_t selected = 0;
  for (int i = 0; i < kFilters; ++i) {
    const std::string text = random_.Expression(3);
    const auto filter = Filter::Parse(text, SampleFields());
    ASSERT_TRUE(filter.ok()) << text << ": " << filter.status();
    std::set<int> matching;
    for (int id = 0; id < kRows; ++id) {
      if (filter->Matches(rows_[static_cast<size_t>(id)])) matching.insert(id);
    }
    EXPECT_EQ(Selected(filter->ToSql()), matching) << "seed " << kSeed << ": " << text;
    selected += matching.size();
  }
  EXPECT_GT(selected, kFilters * kRows / 10U) << "the filters select too little to show anything";
}

TEST_F(QuerySqlTest, PagesInAnyOrderAreTogetherTheWhole) {
  const PageTokens tokens("key");
  for (const char* text :
       {"title desc, rank", "rank desc, due", "create_time, remark desc", "school desc, large", ""}) {
    std::vector<Order> order = *ParseOrder(text, SampleFields());
    order.push_back({.path = "id", .column = "`id`", .kind = Field::Kind::kInt});
    std::string columns, order_by;
    for (const Order& entry : order) {
      columns += (columns.empty() ? "" : ", ") + entry.column;
      order_by += (order_by.empty() ? "" : ", ") + entry.column + (entry.descending ? " DESC" : "");
    }
    const std::string select = "SELECT " + columns + " FROM sample";
    const db::Rows whole = Select(select + " ORDER BY " + order_by, {});
    std::vector<int64_t> expected, walked;
    for (size_t i = 0; i < whole.size(); ++i) expected.push_back(whole.at(i, "id").AsInt());
    std::vector<db::Value> last;
    while (walked.size() <= kRows) {
      const Condition after = last.empty() ? Condition{"1 = 1", {}} : After(order, last);
      const db::Rows page =
          Select(select + " WHERE " + after.sql + " ORDER BY " + order_by + " LIMIT 7", after.params);
      if (page.empty()) break;
      for (size_t i = 0; i < page.size(); ++i) walked.push_back(page.at(i, "id").AsInt());
      last.clear();
      for (size_t i = 0; i < order.size(); ++i) last.push_back(page.at(page.size() - 1, i));
      last = *tokens.Read(tokens.Make(text, last), text);
    }
    EXPECT_EQ(walked, expected) << text;
  }
}

}  // namespace
}  // namespace inspectorate::query
