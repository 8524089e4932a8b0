#include "common/base/macros.h"

#include <gtest/gtest.h>

#include <memory>

namespace inspectorate {
namespace {

absl::StatusOr<std::unique_ptr<int>> Make(bool works) {
  if (!works) return absl::NotFoundError("none");
  return std::make_unique<int>(7);
}

absl::Status Check(bool works) { return works ? absl::OkStatus() : absl::AbortedError("no"); }

absl::StatusOr<int> Chain(bool check, bool make) {
  RETURN_IF_ERROR(Check(check));
  ASSIGN_OR_RETURN(const std::unique_ptr<int> made, Make(make));
  return *made;
}

TEST(StatusMacros, PassValuesOnAndErrorsUp) {
  EXPECT_EQ(*Chain(true, true), 7);
  EXPECT_EQ(Chain(false, true).status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(Chain(true, false).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace inspectorate
