#include "common/validate/lint.h"

#include "common/validate/testdata/sample.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::validate {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

const google::protobuf::ServiceDescriptor& Service(const char* name) {
  const auto* found = testdata::Careless::descriptor()->file()->FindServiceByName(name);
  EXPECT_NE(found, nullptr);
  return *found;
}

TEST(Lint, NamesEveryFieldWithoutARuleAndEveryRuleThatCannotBeKept) {
  const std::string prefix = "inspectorate.validate.testdata.Careless.";
  EXPECT_THAT(
      UnruledFields(Service("CarelessThings")),
      ElementsAre(prefix + "bare: neither a rule nor `unchecked`",
                  prefix + "empty: neither a rule nor `unchecked`", StartsWith(prefix + "broken: pattern: "),
                  prefix + "homeless: no linked contract has inspectorate/Nothing",
                  prefix + "crossed: the bounds cross", prefix + "worded: a rule for text",
                  prefix + "numbered: a rule for numbers", prefix + "coloured: a rule for enums",
                  prefix + "listed: a rule for lists and bytes",
                  "inspectorate.validate.testdata.CarelessPart.inner: neither a rule nor `unchecked`"));
}

TEST(Lint, IsSilentAboutAContractInOrder) {
  EXPECT_THAT(UnruledFields(Service("Things")), IsEmpty());
  EXPECT_THAT(UnruledFields(*type::v1::GetOperationRequest::descriptor()->file()), IsEmpty());
}

}  // namespace
}  // namespace inspectorate::validate
