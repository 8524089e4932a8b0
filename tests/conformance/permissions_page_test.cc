// docs/permissions.md says what the contract says. With INSPECTORATE_UPDATE set, the page is written instead:
// tests/conformance/update_permissions.
#include "tests/conformance/permissions_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/conformance/rpcs.h"

namespace inspectorate::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string File() {
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  return std::string(source == nullptr ? "." : source) + "/docs/permissions.md";
}

TEST(PermissionsPage, IsThatOfTheContract) {
  if (std::getenv("INSPECTORATE_UPDATE") != nullptr)
    std::ofstream(File(), std::ios::trunc) << PermissionsPage();
  std::ifstream file(File());
  const std::string page(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(page, PermissionsPage()) << "run tests/conformance/update_permissions and read what has changed";
}

TEST(PermissionsPage, NamesEveryRoleAndMethod) {
  const std::string page = PermissionsPage();
  EXPECT_THAT(page, Not(HasSubstr("ROLE_"))) << "give the role its terms in kTerms";
  EXPECT_THAT(page, Not(HasSubstr("?")));
  for (const Rpc& rpc : AllRpcs()) EXPECT_THAT(page, HasSubstr("| " + rpc.method->name() + " |"));
}

}  // namespace
}  // namespace inspectorate::conformance
