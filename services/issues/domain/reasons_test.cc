#include "services/issues/domain/reasons.h"

#include <gtest/gtest.h>

#include <string>

#include "inspectorate/type/v1/errors.pb.h"

namespace inspectorate::issues {
namespace {

TEST(ReasonsTest, EveryOneIsInTheCatalogue) {
  for (std::string_view name : reason::kAll) {
    type::v1::ErrorReason parsed;
    EXPECT_TRUE(type::v1::ErrorReason_Parse(std::string(name), &parsed)) << name;
  }
}

}  // namespace
}  // namespace inspectorate::issues
