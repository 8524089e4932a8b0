// Bearer tokens: JWT by an OIDC issuer, verified against its JWKS (cjose). The platform never sees a
// password.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/rpc/server.h"

namespace inspectorate::auth {

struct JwtOptions {
  // JWKS of the issuer. Read again when it changes; while it cannot be read, the keys known so far hold.
  std::string jwks_file;
  std::string issuer;
  std::string audience;
  std::chrono::seconds skew{60};
  std::chrono::milliseconds refresh{1000};
  // A signature that does not hold costs as much to check as one that does, some 100 us, and anybody may send
  // one. So many may fail within `failures_within`, of one host and of all strangers (a tenth of a core);
  // further unknown tokens are answered OVERLOADED until as much time has passed as those failures count for.
  // A host that has brought a good token lately, as a gateway or an office does, has a count of its own.
  int failures_of_a_host = 50;
  int failures_of_a_known_host = 1000;
  int failures = 5000;
  std::chrono::seconds failures_within{5};
};

// Claims that make a principal: `sub`, `name`, `role` ("DISTRICT_OFFICE"), `office` (slug). Only ES256 and
// RS256 are accepted, only keys the JWKS names by `kid`, only tokens up to 8 KiB.
class JwtAuthenticator : public rpc::Authenticator {
 public:
  static absl::StatusOr<std::shared_ptr<JwtAuthenticator>> Open(JwtOptions options,
                                                                const Clock& clock = SystemClock());
  ~JwtAuthenticator() override;
  // UNAUTHENTICATED_CALLER with a short reason; the token is never part of it.
  absl::StatusOr<rpc::Principal> Authenticate(std::string_view authorization) const override;
  // OVERLOADED as well.
  absl::StatusOr<rpc::Principal> AuthenticateFrom(const std::function<std::string()>& host,
                                                  std::string_view authorization) const override;
  // Reads the keys again now; what the refresher does.
  absl::Status Refresh();

 private:
  struct State;
  // Null: nobody's attempts are counted.
  absl::StatusOr<rpc::Principal> Check(const std::function<std::string()>* host,
                                       std::string_view authorization) const;
  explicit JwtAuthenticator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The local issuer's key: signs tokens for one machine, its services and its sandbox offices.
class TokenIssuer {
 public:
  // A new ES256 key with a random key id.
  static absl::StatusOr<std::unique_ptr<TokenIssuer>> Generate(std::string issuer, std::string audience);
  // The private JWK in `file`, which others cannot read; made (mode 0600) when there is none.
  static absl::StatusOr<std::unique_ptr<TokenIssuer>> LoadOrCreate(const std::string& file,
                                                                   std::string issuer, std::string audience);
  ~TokenIssuer();
  // Public keys, as a JWKS document.
  std::string Jwks() const;
  // INVALID_ARGUMENT for a role without a name and for text that is not UTF-8.
  absl::StatusOr<std::string> Issue(const rpc::Principal& principal, std::chrono::seconds lifetime,
                                    Time now = SystemClock().Now()) const;
  // Signs any claims; for tests of tokens that must be refused.
  absl::StatusOr<std::string> Sign(const std::string& claims_json) const;

 private:
  struct State;
  explicit TokenIssuer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// "DISTRICT_OFFICE" and back.
std::string RoleName(rpc::Role role);
rpc::Role RoleFromName(std::string_view name);

}  // namespace inspectorate::auth
