#include "services/issues/domain/refusal.h"

#include <gtest/gtest.h>

#include "google/rpc/code.pb.h"
#include "inspectorate/type/v1/errors.pb.h"

namespace inspectorate::issues {
namespace {

TEST(RefusalTest, EveryReasonIsInTheCatalogueWithTheSameCode) {
  for (int i = 0; i <= static_cast<int>(Refusal::kDocumentNumberInvalid); ++i) {
    const auto refusal = static_cast<Refusal>(i);
    const std::string name(ReasonName(refusal));
    type::v1::ErrorReason reason;
    ASSERT_TRUE(type::v1::ErrorReason_Parse(name, &reason)) << name;
    const auto& option = type::v1::ErrorReason_descriptor()->FindValueByNumber(reason)->options();
    google::rpc::Code code;
    ASSERT_TRUE(google::rpc::Code_Parse(option.GetExtension(type::v1::error).code(), &code)) << name;
    EXPECT_EQ(Refuse(refusal).raw_code(), static_cast<int>(code)) << name;
  }
}

TEST(RefusalTest, CarriesItsVariables) {
  const auto details = RefusalOf(Refuse(Refusal::kGroundsRequired, {{"why", "理由"}, {"rule", ""}}));
  ASSERT_TRUE(details.has_value());
  EXPECT_EQ(details->refusal, Refusal::kGroundsRequired);
  EXPECT_EQ(details->variables, (std::map<std::string, std::string>{{"why", "理由"}, {"rule", ""}}));
}

TEST(RefusalTest, OtherStatusesAreNoRefusals) {
  EXPECT_FALSE(RefusalOf(absl::OkStatus()).has_value());
  EXPECT_FALSE(RefusalOf(absl::InternalError("LOOKBACK_REQUIRED")).has_value());
}

}  // namespace
}  // namespace inspectorate::issues
