#include "services/registry/app/divisions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "common/resource/description.h"

namespace inspectorate::registry {
namespace {

std::string CodeOn(const std::string& code, Date day) {
  const v1::Division* found = FindDivisionOn("divisions/" + code, day);
  return found == nullptr ? "" : found->name().substr(10);
}

constexpr Date kEver = std::chrono::year{1990} / 1 / 1;
constexpr Date kNow = std::chrono::year{2026} / 3 / 1;

TEST(Divisions, AreTheWholeCountryDownToCounties) {
  std::map<std::string, int> levels;
  for (const auto& division : Divisions()) ++levels[division.level()];
  EXPECT_EQ(levels["province"], 34);
  EXPECT_EQ(levels["city"], 333);
  EXPECT_EQ(levels["county"], 2977);
  EXPECT_EQ(DivisionsBelow("", kNow).size(), 34u);
  // 市辖区 and 直辖 rows of the statistics are no divisions: their counties stand below the province.
  EXPECT_EQ(FindDivision("divisions/110100"), nullptr);
  EXPECT_EQ(FindDivision("divisions/110101")->parent(), "divisions/110000");
  EXPECT_EQ(FindDivision("divisions/429004")->parent(), "divisions/420000");
}

TEST(Divisions, EveryParentAndSuccessorIsThereAndOfAHigherLevel) {
  const std::map<std::string, int> rank = {{"province", 1}, {"city", 2}, {"county", 3}, {"town", 4}};
  std::set<std::string> seen;
  for (const auto& division : Divisions()) {
    SCOPED_TRACE(division.name());
    EXPECT_TRUE(seen.insert(division.name()).second);
    EXPECT_EQ(FindDivision(division.name()), &division);
    EXPECT_FALSE(division.display_name().empty());
    if (division.level() == "province") {
      EXPECT_EQ(division.parent(), "");
    } else {
      const v1::Division* parent = FindDivision(division.parent());
      ASSERT_NE(parent, nullptr);
      EXPECT_LT(rank.at(parent->level()), rank.at(division.level()));
      // The digits say the same.
      const size_t digits = parent->level() == "province" ? 2 : parent->level() == "city" ? 4 : 6;
      EXPECT_EQ(division.name().substr(10, digits), parent->name().substr(10, digits));
    }
    if (!division.successor().empty()) {
      const v1::Division* successor = FindDivision("divisions/" + division.successor());
      ASSERT_NE(successor, nullptr);
      EXPECT_EQ(resource::FromProto(successor->valid_from()),
                resource::FromProto(division.valid_to()) + std::chrono::days(1));
    }
  }
}

TEST(Divisions, AFormerCodeIsResolvedOnTheDay) {
  const Date approved = MakeDate(2014, 9, 9);
  for (const char* code : {"371624", "371603"}) {
    EXPECT_EQ(CodeOn(code, kEver), "371624") << code;
    EXPECT_EQ(CodeOn(code, approved - std::chrono::days(1)), "371624") << code;
    EXPECT_EQ(CodeOn(code, approved), "371603") << code;
    EXPECT_EQ(CodeOn(code, kNow), "371603") << code;
  }
  EXPECT_EQ(CodeOn("371626", MakeDate(2018, 7, 1)), "371626");
  EXPECT_EQ(CodeOn("371626", MakeDate(2018, 7, 2)), "371681");
  EXPECT_EQ(CodeOn("371681", MakeDate(2018, 7, 1)), "371626");
  EXPECT_EQ(CodeOn("371600", kEver), "371600");
  EXPECT_EQ(CodeOn("999999", kNow), "");
  // A town whose earlier code was not traced is not made up.
  EXPECT_EQ(CodeOn("371603001", kEver), "");
}

TEST(Divisions, LyingBelowGoesThroughAllLevels) {
  EXPECT_TRUE(LiesBelow("371603", "371600"));
  EXPECT_TRUE(LiesBelow("371603", "370000"));
  EXPECT_TRUE(LiesBelow("371624", "371600"));
  EXPECT_TRUE(LiesBelow("371603001", "370000"));
  EXPECT_FALSE(LiesBelow("371603", "371603"));
  EXPECT_FALSE(LiesBelow("371600", "371603"));
  EXPECT_FALSE(LiesBelow("371603", "370100"));
  EXPECT_FALSE(LiesBelow("000000", "370000"));
}

}  // namespace
}  // namespace inspectorate::registry
