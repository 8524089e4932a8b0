#include "common/query/query.h"
#include "common/query/testdata/sample_fields.h"
#include "common/status/error.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate::query {
namespace {

using testdata::SampleFields;

std::string Mistake(std::string_view text) {
  const auto order = ParseOrder(text, SampleFields());
  if (order.ok()) return "accepted";
  EXPECT_EQ(ReasonOf(order.status()), ErrorReason::ORDER_INVALID);
  return MetadataOf(order.status())["why"];
}

TEST(Order, ReadsFieldsAndDirections) {
  const auto order = ParseOrder(" create_time desc ,title asc,number", SampleFields());
  ASSERT_TRUE(order.ok());
  ASSERT_EQ(order->size(), 3U);
  EXPECT_EQ((*order)[0].column, "`create_time`");
  EXPECT_TRUE((*order)[0].descending);
  EXPECT_FALSE((*order)[1].descending);
  EXPECT_EQ((*order)[2].path, "number");
  EXPECT_TRUE(ParseOrder("  ", SampleFields())->empty());
}

TEST(Order, NamesWhatIsWrong) {
  EXPECT_EQ(Mistake("colour"), "unknown field colour");
  EXPECT_EQ(Mistake("title down"), "title is followed by neither asc nor desc");
  EXPECT_EQ(Mistake("title desc number"), "a comma is missing after title");
  EXPECT_EQ(Mistake("title,"), "a field is missing");
  EXPECT_EQ(Mistake("title,number,title desc"), "title comes twice");
  EXPECT_EQ(Mistake("title" + std::string(200, ' ')), "longer than 200 bytes");
}

TEST(Order, TheConditionAfterAKeyFollowsEachDirection) {
  auto order = *ParseOrder("title desc, number", SampleFields());
  Condition after = After(order, {db::Value("b"), db::Value(3)});
  EXPECT_EQ(after.sql, "((`title` < ? OR `title` IS NULL) OR (`title` = ? AND (`number` > ?)))");
  EXPECT_THAT(after.params, testing::ElementsAre(db::Value("b"), db::Value("b"), db::Value(3)));
  after = After(order, {db::Value(), db::Value()});
  EXPECT_EQ(after.sql, "(1 = 0 OR (`title` IS NULL AND (`number` IS NOT NULL)))");
  EXPECT_EQ(After({}, {}).sql, "");
}

TEST(PageSize, HasADefaultAndALimit) {
  EXPECT_EQ(*PageSize(0), 50);
  EXPECT_EQ(*PageSize(7), 7);
  EXPECT_EQ(*PageSize(1000), 1000);
  EXPECT_EQ(*PageSize(1001), 1000);
  const auto negative = PageSize(-1);
  EXPECT_EQ(ReasonOf(negative.status()), ErrorReason::INVALID_FIELDS);
  ASSERT_EQ(ViolationsOf(negative.status()).size(), 1U);
  EXPECT_EQ(ViolationsOf(negative.status())[0].field, "page_size");
}

}  // namespace
}  // namespace inspectorate::query
