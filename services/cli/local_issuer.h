// Tokens of the local issuer, for the people of sandbox offices on one machine (docs/decisions). There is no
// service: whoever may read the issuer's key file may sign, and this code signs only for offices whose clock
// is a toy.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/auth/jwt.h"
#include "services/cli/environment.h"
#include "services/cli/session.h"

namespace inspectorate::cli {

class LocalIssuer {
 public:
  // NOT_FOUND-like error where this machine has no issuer key.
  static absl::StatusOr<std::unique_ptr<LocalIssuer>> Open(const Environment& environment);

  // The platform's operator of this machine: creates offices, sees no case.
  static rpc::Principal Operator();

  // The person who answers to a name or work number in the office, in the role asked for or the one they
  // hold: staff, supervisor, responsible inspector, area lead. The office must be a sandbox: it is asked, not
  // assumed. In an office without any staff, `role` DISTRICT_OFFICE names its first person.
  absl::StatusOr<rpc::Principal> Find(const std::string& office, const std::string& who, rpc::Role role);

  absl::StatusOr<std::string> Sign(const rpc::Principal& principal) const;
  absl::StatusOr<Login> LogIn(const rpc::Principal& principal) const;

 private:
  LocalIssuer(Environment environment, std::unique_ptr<auth::TokenIssuer> issuer);
  absl::Status CheckSandbox(const std::string& office);

  const Environment environment_;
  const std::unique_ptr<auth::TokenIssuer> issuer_;
};

}  // namespace inspectorate::cli
