#include "common/auth/permissions.h"

#include <algorithm>

#include "common/auth/testdata/careless.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::auth {
namespace {

using google::protobuf::ServiceDescriptor;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ServiceDescriptor& Operations() {
  return *type::v1::GetOperationRequest::descriptor()->file()->FindServiceByName("Operations");
}

const ServiceDescriptor& Careless() {
  return *testdata::Nothing::descriptor()->file()->FindServiceByName("Careless");
}

TEST(Permissions, FindsTheLinkedServices) {
  const std::vector<const ServiceDescriptor*> services = LinkedServices();
  EXPECT_NE(std::ranges::find(services, &Operations()), services.end());
  EXPECT_TRUE(std::ranges::is_sorted(services, {}, &ServiceDescriptor::full_name));
}

TEST(Permissions, ListsMethodsWithTheirAccess) {
  const std::vector<Permission> permissions = Permissions({&Operations()});
  ASSERT_EQ(permissions.size(), 3U);
  EXPECT_EQ(permissions[2].method, "inspectorate.type.v1.Operations.CancelOperation");
  EXPECT_EQ(permissions[2].permission, "operations.cancel");
  EXPECT_THAT(permissions[2].roles,
              ElementsAre(type::v1::ROLE_DISTRICT_OFFICE, type::v1::ROLE_SYSTEM_INTEGRATOR,
                          type::v1::ROLE_PLATFORM_OPERATOR));
  EXPECT_EQ(permissions[2].scope, type::v1::SCOPE_OFFICE);
  EXPECT_EQ(permissions[2].work, type::v1::WORK_WRITE);
}

TEST(Permissions, NamesEveryMethodThatSaysItsAccessBadly) {
  const std::string prefix = "inspectorate.auth.testdata.Careless.";
  EXPECT_THAT(AccessMistakes({&Careless()}),
              ElementsAre(prefix + "Bare: no access option", prefix + "Nameless: no permission name",
                          prefix + "Boundless: no scope", prefix + "Forbidden: no role",
                          prefix + "Vague: an unspecified role", prefix + "Twice: a role comes twice",
                          prefix + "Idle: no worker pool",
                          prefix + "Stream: streams, and only streams, are WORK_STREAM",
                          prefix + "NoStream: streams, and only streams, are WORK_STREAM",
                          prefix + "PublicToo: public, but not a read for everybody alone",
                          prefix + "PublicWrite: public, but not a read for everybody alone",
                          prefix + "PublicOffice: public, but not a read for everybody alone"));
  EXPECT_THAT(AccessMistakes({&Operations()}), IsEmpty());
}

TEST(Permissions, TheMatrixHasARowAMethodAndAColumnARole) {
  const std::string matrix = PermissionMatrix(Permissions({&Operations()}));
  EXPECT_EQ(std::ranges::count(matrix, '\n'), 5);
  EXPECT_THAT(matrix, HasSubstr("| Method | Permission | Scope | PLATFORM_OPERATOR | DISTRICT_OFFICE |"));
  EXPECT_THAT(
      matrix,
      HasSubstr("| inspectorate.type.v1.Operations.CancelOperation | operations.cancel | OFFICE | ✓ | ✓ "
                "| | | | | ✓ | | | |\n"));
}

}  // namespace
}  // namespace inspectorate::auth
