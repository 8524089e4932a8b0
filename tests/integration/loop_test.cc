// The whole loop of the demo district through the four services, each on its own schema, over real sockets:
// what `deploy/local/demo` shows, as a test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "common/testing/harness.h"
#include "services/cli/demo/demo.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"

namespace inspectorate {
namespace {

using ::testing::HasSubstr;

TEST(LoopTest, TheDemoDistrictClosesItsLoop) {
  testing::Harness harness({&registry::Definition(), &visits::Definition(), &issues::IssuesDefinition(),
                            &reporting::ReportingDefinition()});
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  ASSERT_NE(source, nullptr);
  demo::DemoOptions options;
  for (const char* service : {"registry", "visits", "issues", "reporting"}) {
    options.endpoints[service] = harness.target(service);
  }
  options.issuer = harness.BorrowIssuer();
  options.district = std::string(source) + "/deploy/local/district/zhanhua";
  options.out = ::testing::TempDir() + "/loop-report";
  options.progress = false;
  std::ostringstream out;
  absl::Status status = demo::RunDemo(std::move(options), out);
  EXPECT_TRUE(status.ok()) << status;
  const std::string text = out.str();
  for (const char* figure :
       {"          63  责任督学", "          10  督学责任区", "          52  中小学", "          96  幼儿园",
        "         148  机构合计", "         122  校级督学", "         126  督导人次",
        "     126/148  当月督导覆盖", "          22  未督导机构", "     124/124  经回头看销号的问题"}) {
    EXPECT_THAT(text, HasSubstr(figure));
  }
  std::cout << text;
}

}  // namespace
}  // namespace inspectorate
