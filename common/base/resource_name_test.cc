#include "common/base/resource_name.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace inspectorate {
namespace {

constexpr char kUuid[] = "0190b0a2-7c1e-7f00-8000-0123456789ab";
constexpr char kFinding[] = "offices/{office}/visits/{visit}/findings/{finding}";

TEST(ResourceName, GivesTheIdsOfANameInOrder) {
  const auto parts = ParseName(kFinding, std::string("offices/zhanhua/visits/") + kUuid + "/findings/12");
  ASSERT_TRUE(parts.has_value());
  EXPECT_THAT(*parts, testing::ElementsAre(NamePart{"office", "zhanhua"}, NamePart{"visit", kUuid},
                                           NamePart{"finding", "12"}));
}

TEST(ResourceName, RefusesAnotherShape) {
  EXPECT_FALSE(ParseName("offices/{office}", "").has_value());
  EXPECT_FALSE(ParseName("offices/{office}", "offices").has_value());
  EXPECT_FALSE(ParseName("offices/{office}", "offices/").has_value());
  EXPECT_FALSE(ParseName("offices/{office}", "/offices/zhanhua").has_value());
  EXPECT_FALSE(ParseName("offices/{office}", "offices/zhanhua/").has_value());
  EXPECT_FALSE(ParseName("offices/{office}", "office/zhanhua").has_value());
  EXPECT_FALSE(ParseName("schools/{school}", "offices/zhanhua").has_value());
}

TEST(ResourceName, TheFormOfAnIdFollowsFromItsVariable) {
  EXPECT_TRUE(IsId(IdKindOf("office"), "zhan-hua2"));
  EXPECT_FALSE(IsId(IdKindOf("office"), "Zhanhua"));
  EXPECT_FALSE(IsId(IdKindOf("office"), "2zhanhua"));
  EXPECT_TRUE(IsId(IdKindOf("office"), std::string(63, 'a')));
  EXPECT_FALSE(IsId(IdKindOf("office"), std::string(64, 'a')));
  EXPECT_TRUE(IsId(IdKindOf("matter"), "B01"));
  EXPECT_TRUE(IsId(IdKindOf("division"), "371603"));
  EXPECT_FALSE(IsId(IdKindOf("metric"), "I1/2"));
  EXPECT_FALSE(IsId(IdKindOf("metric"), "指标"));
  EXPECT_FALSE(IsId(IdKindOf("matter"), "-"));
  EXPECT_TRUE(IsId(IdKindOf("finding"), "2147483647"));
  EXPECT_FALSE(IsId(IdKindOf("finding"), "2147483648"));
  EXPECT_FALSE(IsId(IdKindOf("finding"), "0"));
  EXPECT_FALSE(IsId(IdKindOf("item"), "01"));
  EXPECT_TRUE(IsId(IdKindOf("school"), kUuid));
  EXPECT_FALSE(IsId(IdKindOf("school"), "zhanhua"));
}

TEST(ResourceName, AcceptsTheWildcardOnlyWhereAllowed) {
  EXPECT_FALSE(ParseName("offices/{office}", "offices/-").has_value());
  EXPECT_TRUE(ParseName("offices/{office}", "offices/-", /*wildcard=*/true).has_value());
  EXPECT_FALSE(ParseName("offices/{office}", "-/zhanhua", /*wildcard=*/true).has_value());
}

TEST(ResourceName, FormattingIsTheInverseOfParsing) {
  const std::string name = std::string("offices/zhanhua/visits/") + kUuid + "/findings/3";
  EXPECT_EQ(FormatName(kFinding, {"zhanhua", kUuid, "3"}), name);
  EXPECT_EQ(FormatName(kFinding, {"zhanhua", kUuid}), std::nullopt);
  EXPECT_EQ(FormatName(kFinding, {"zhanhua", kUuid, "3", "4"}), std::nullopt);
  EXPECT_EQ(FormatName(kFinding, {"zhanhua/visits", kUuid, "3"}), std::nullopt);
  EXPECT_THAT(VariablesOf(kFinding), testing::ElementsAre("office", "visit", "finding"));
}

}  // namespace
}  // namespace inspectorate
