#include "services/issues/domain/numbering.h"

#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

TEST(DocumentNumberTest, FollowsTheStandard) {
  EXPECT_EQ(*FormatDocumentNumber("沾教督改", 2026, 37), "沾教督改〔2026〕37号");
  EXPECT_EQ(*FormatDocumentNumber("鲁政教督委", 2022, 1), "鲁政教督委〔2022〕1号");
  EXPECT_EQ(*FormatDocumentNumber("沾教督改", 2026, 1000), "沾教督改〔2026〕1000号");
}

TEST(DocumentNumberTest, RefusesWhatTheStandardDoesNotKnow) {
  const auto refused = [](std::string_view prefix, int year, uint32_t serial) {
    const auto number = FormatDocumentNumber(prefix, year, serial);
    const auto details = RefusalOf(number.status());
    return details.has_value() && details->reason == reason::kDocumentNumberInvalid;
  };
  EXPECT_TRUE(refused("", 2026, 1));
  EXPECT_TRUE(refused("沾教督改", 2026, 0));
  EXPECT_TRUE(refused("沾教督改", 26, 1));
  EXPECT_TRUE(refused("沾教督改", 10000, 1));
  EXPECT_TRUE(refused("沾教督改第", 2026, 1));
  EXPECT_TRUE(refused("沾教督改〔2026〕", 2026, 1));
  EXPECT_TRUE(refused("沾教督改\uFF08", 2026, 1));
  EXPECT_TRUE(refused("沾教 督改", 2026, 1));
}

}  // namespace
}  // namespace inspectorate::issues
