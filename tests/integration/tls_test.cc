// Services that speak as in a cluster: every connection is TLS, both ends show a certificate, and a service's
// token is worth nothing on a connection of another's.
#include <gtest/gtest.h>

#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/testing/sandbox.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "services/registry/definition.h"
#include "services/visits/definition.h"

namespace inspectorate {
namespace {

using rpc::Role;

TEST(ServicesOverTlsTest, OneFollowsAnotherAndNobodyElseIsTakenForIt) {
  testing::Harness harness({&registry::Definition(), &visits::Definition()}, /*tls=*/true);
  // Returns when visits has applied what the registry says: read from its feed over TLS, with visits' own
  // certificate.
  harness.CreateSandbox("zhanhua", "2026-03-02T01:00:00Z");

  registry::v1::GetOfficeRequest request;
  request.set_name("offices/zhanhua");
  const auto ask = [&](const std::string& subject, std::shared_ptr<const rpc::Tls> tls) {
    const std::string token = harness.TokenOf(
        {.subject = subject, .display_name = subject, .role = Role::ROLE_SERVICE, .office = "-"});
    const auto client = rpc::Client::Connect(
        {.target = harness.target("registry"), .token = [token] { return token; }, .tls = std::move(tls)});
    return client
        ->Call<registry::v1::Office>("inspectorate.registry.v1.Offices.GetOffice", request,
                                     {.max_attempts = 1})
        .status();
  };
  const absl::Status own = ask("services/visits", harness.TlsOf("visits"));
  EXPECT_TRUE(own.ok()) << own;
  // Stolen: the token is real, the connection is another's.
  EXPECT_EQ(ReasonOf(ask("services/visits", harness.TlsOf("issues"))), ErrorReason::UNAUTHENTICATED_CALLER);
  EXPECT_EQ(ReasonOf(ask("services/visits", nullptr)), ErrorReason::PEER_UNAVAILABLE);
}

}  // namespace
}  // namespace inspectorate
