#include "services/registry/domain/list_remarks.h"

#include <gtest/gtest.h>

namespace inspectorate::registry {
namespace {

std::string CodesOf(const SchoolLine& line, const std::optional<Position>& centre = {}) {
  std::string codes;
  for (const ListRemark& remark : RemarksOn(line, centre)) codes += (codes.empty() ? "" : " ") + remark.code;
  return codes;
}
std::string OfPhone(const std::string& phone) {
  return CodesOf({.name = "甲小学", .address = {}, .phone = phone});
}

TEST(ListRemarks, Telephones) {
  for (const char* good : {"020-12345678", "0543-5551001", "02082831431", "020-36893369-208",
                           "02085634310-208", "020－37365822", "13800000000", ""}) {
    EXPECT_EQ(OfPhone(good), "") << good;
  }
  EXPECT_EQ(OfPhone("2087875207"), "PHONE_LOST_ZERO");
  EXPECT_EQ(OfPhone("36033016"), "PHONE_NO_AREA_CODE");
  EXPECT_EQ(OfPhone("02082831431-02082831431"), "PHONE_SEVERAL");
  EXPECT_EQ(OfPhone("22629223-020–22629223"), "PHONE_SEVERAL");
  EXPECT_EQ(OfPhone("020-282828188"), "PHONE_FORM");
  EXPECT_EQ(OfPhone("无"), "PHONE_FORM");
}

TEST(ListRemarks, NamesAndAddresses) {
  EXPECT_EQ(CodesOf({.name = "白云区９５幼儿园", .kindergarten = true, .address = "某路1号", .phone = {}}),
            "FULL_WIDTH");
  EXPECT_EQ(CodesOf({.name = "某医院", .kindergarten = true, .address = {}, .phone = {}}),
            "NAME_NOT_OF_KIND");
  EXPECT_EQ(CodesOf({.name = "某托儿所", .kindergarten = true, .address = {}, .phone = {}}), "");
  EXPECT_EQ(CodesOf({.name = "某医院", .address = "", .phone = {}}), "ADDRESS_MISSING");
  EXPECT_EQ(CodesOf({.name = "某小学", .address = "茂名南路175号/皋兰路20号", .phone = {}}),
            "ADDRESS_SEVERAL");
  EXPECT_EQ(CodesOf({.name = "某小学", .address = "广园路（大院内）", .phone = {}}), "");
}

TEST(ListRemarks, PositionsFarFromTheOthers) {
  std::vector<Position> positions(9, Position{.latitude = 31.2, .longitude = 121.4});
  EXPECT_FALSE(CentreOf(positions).has_value());
  positions.push_back({.latitude = 26.57, .longitude = 106.72});
  positions.push_back({});
  const auto centre = CentreOf(positions);
  ASSERT_TRUE(centre.has_value());
  EXPECT_DOUBLE_EQ(centre->latitude, 31.2);
  const SchoolLine far = {.name = "某小学", .address = {}, .phone = {}, .position = {26.57, 106.72}};
  EXPECT_EQ(CodesOf(far, centre), "POSITION_FAR");
  EXPECT_EQ(CodesOf(far), "");
  EXPECT_EQ(CodesOf({.name = "某小学", .address = {}, .phone = {}}, centre), "");
}

}  // namespace
}  // namespace inspectorate::registry
