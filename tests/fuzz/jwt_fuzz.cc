// Bearer tokens against a real key. Nothing is accepted that OpenSSL alone would not call signed by that key,
// nor claims that an own reading does not find valid. Input: a byte for the mode, then
//   'a' the whole authorization header      'c' claims, which are signed here
//   't' a compact token                     'h' a token's header, signed here over good claims
//   'm' edits of a good token's parts: which part, place, length removed, bytes put in
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokens.h"

namespace inspectorate::fuzz {
namespace {

using nlohmann::json;

const auth::JwtAuthenticator& Authenticator() {
  static const auto& authenticator = *new std::shared_ptr<auth::JwtAuthenticator>([] {
    static MemoryFile& file = *new MemoryFile;
    file.Write(Jwks());
    return auth::JwtAuthenticator::Open({.jwks_file = file.path(),
                                         .issuer = kIssuer,
                                         .audience = kAudience,
                                         .refresh = std::chrono::hours(1000)},
                                        FixedClock())
        .value();
  }());
  return *authenticator;
}

std::string TextOf(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool IsForUs(const json& claims) {
  const auto audience = claims.find("aud");
  if (audience == claims.end()) return false;
  if (audience->is_array()) return std::ranges::find(*audience, json(kAudience)) != audience->end();
  return *audience == kAudience;
}

void CheckHeader(const json& header) {
  FUZZ_CHECK(header.is_object() && TextOf(header, "alg") == "ES256" && TextOf(header, "kid") == kKeyId);
  FUZZ_CHECK(!header.contains("crit"));
}

void CheckClaims(const json& claims, const rpc::Principal& principal) {
  FUZZ_CHECK(claims.is_object() && TextOf(claims, "iss") == kIssuer && IsForUs(claims));
  const auto now = static_cast<double>(FixedNow());
  FUZZ_CHECK(claims.contains("exp") && claims["exp"].is_number() && claims["exp"].get<double>() > now - 60);
  FUZZ_CHECK(!claims.contains("nbf") ||
             (claims["nbf"].is_number() && claims["nbf"].get<double>() <= now + 60));
  FUZZ_CHECK(principal.subject == TextOf(claims, "sub") && !principal.subject.empty());
  FUZZ_CHECK(principal.role != rpc::Role::ROLE_UNSPECIFIED);
  FUZZ_CHECK(auth::RoleName(principal.role) == TextOf(claims, "role"));
  FUZZ_CHECK(principal.office == TextOf(claims, "office"));
  const bool outside =
      principal.role == rpc::Role::ROLE_SERVICE || principal.role == rpc::Role::ROLE_PLATFORM_OPERATOR;
  FUZZ_CHECK(IsId(IdKind::kSlug, principal.office) || (outside && principal.office == "-"));
  // Subject and name go into rows, logs and answers.
  FUZZ_CHECK(principal.subject.size() <= 200 && IsValidUtf8(principal.subject) &&
             IsValidUtf8(principal.display_name));
}

void CheckAccepted(std::string_view token, const rpc::Principal& principal) {
  FUZZ_CHECK(token.size() <= 8 * 1024);
  FUZZ_CHECK(IsSigned(token));
  Input parts(token);
  std::string header;
  std::string payload;
  FUZZ_CHECK(Base64UrlDecode(parts.Until('.'), &header) && Base64UrlDecode(parts.Until('.'), &payload));
  CheckHeader(json::parse(header));
  CheckClaims(json::parse(payload), principal);
}

// Whether it was accepted.
bool CheckAuthorization(std::string_view authorization) {
  const auto principal = Authenticator().Authenticate(authorization);
  if (!principal.ok()) {
    CheckRefusal(principal.status(), ErrorReason::UNAUTHENTICATED_CALLER);
    FUZZ_CHECK(principal.status().message().size() < 100);
    return false;
  }
  CheckAccepted(authorization.substr(std::string_view("Bearer ").size()), *principal);
  return true;
}

bool CheckToken(const std::string& token) { return CheckAuthorization("Bearer " + token); }

// Parts of a good token, changed in place: nothing but the token itself, or another signature of the same
// text, may pass.
void CheckForged(Input& input) {
  static const std::string& good = *new std::string(SignCompact(GoodHeader(), GoodClaims()));
  Input token(good);
  std::string parts[3];
  for (std::string& part : parts) FUZZ_CHECK(Base64UrlDecode(token.Until('.'), &part));
  std::string& part = parts[input.Below(3)];
  const size_t place = input.Below(part.size() + 1);
  part.replace(place, input.Below(8), input.Rest());
  const std::string forged = Base64Url(parts[0]) + "." + Base64Url(parts[1]) + "." + Base64Url(parts[2]);
  const bool accepted = CheckToken(forged);
  FUZZ_CHECK(accepted == (forged == good));
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate::fuzz;
  Input input(data, size);
  switch (input.Byte()) {
    case 'c':
      CheckToken(SignCompact(GoodHeader(), input.Rest()));
      break;
    case 'h':
      CheckToken(SignCompact(input.Rest(), GoodClaims()));
      break;
    case 'm':
      CheckForged(input);
      break;
    case 't':
      CheckToken(std::string(input.Rest()));
      break;
    default:
      CheckAuthorization(input.Rest());
  }
  return 0;
}
