#include "services/registry/domain/town.h"

#include <gtest/gtest.h>

namespace inspectorate::registry {
namespace {

TEST(TownCodes, HaveNineDigitsOrTwelveThatEndInZeros) {
  EXPECT_EQ(ParseTownCode("371602001").code, "371602001");
  EXPECT_EQ(ParseTownCode("371602001000").code, "371602001");
  EXPECT_EQ(ParseTownCode("371602001005").fault, TownCodeFault::kVillage);
  for (const char* wrong :
       {"", "371602", "37160200", "3716020010", "37160200a", "37160200１", "3716020010000"}) {
    EXPECT_EQ(ParseTownCode(wrong).fault, TownCodeFault::kDigits) << wrong;
  }
}

TEST(TownCodes, TellTheirKind) {
  EXPECT_EQ(ClassOf("371603001"), TownClass::kSubdistrict);
  EXPECT_EQ(ClassOf("371603101"), TownClass::kTown);
  EXPECT_EQ(ClassOf("371603203"), TownClass::kTownship);
  EXPECT_EQ(ClassOf("371603301"), TownClass::kTownship);
  EXPECT_EQ(ClassOf("371603400"), TownClass::kSimilar);
  EXPECT_EQ(ClassOf("371603900"), TownClass::kUnknown);
}

TEST(TownOn, FollowsTheListInBothDirections) {
  const Date change = MakeDate(2014, 9, 9), rename = MakeDate(2020, 1, 1), merger = MakeDate(2024, 7, 1);
  constexpr std::chrono::days kDay{1};
  const std::vector<TownLink> links = {
      {"371624101", "371603101", {Date::min(), change - kDay}},
      {"371603101", "", {change, rename - kDay}},           // renamed on 2020-01-01
      {"371603101", "371603001", {rename, merger - kDay}},  // joined with a street
      {"371603001", "", {Date::min(), std::nullopt}},
      {"371603009", "371603010", {change, rename - kDay}},  // its successor begins a month too late
      {"371603010", "", {rename + std::chrono::days(31), std::nullopt}}};
  const auto on = [&](const char* code, Date day) { return TownOn(links, code, day); };
  for (const char* code : {"371624101", "371603101"}) {
    EXPECT_EQ(on(code, change - kDay), 0u) << code;
    EXPECT_EQ(on(code, change), 1u) << code;
    EXPECT_EQ(on(code, rename), 2u) << code;
    EXPECT_EQ(on(code, merger), 3u) << code;
  }
  EXPECT_EQ(on("371603001", change), 3u);
  EXPECT_EQ(on("371603009", rename), std::nullopt);
  EXPECT_EQ(on("371603010", rename), std::nullopt);
  EXPECT_EQ(on("371603010", change), 4u);
  EXPECT_EQ(on("371603999", change), std::nullopt);
  EXPECT_EQ(on("371603009", Date::min()), std::nullopt);
}

TEST(TownOn, EndsInARing) {
  const std::vector<TownLink> ring = {{"371603101", "371603102", {Date::min(), MakeDate(2019, 12, 31)}},
                                      {"371603102", "371603101", {Date::min(), MakeDate(2019, 12, 31)}}};
  EXPECT_EQ(TownOn(ring, "371603101", MakeDate(2020, 1, 1)), std::nullopt);
}

}  // namespace
}  // namespace inspectorate::registry
