#include "tests/conformance/credentials.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/auth/jwt.h"
#include "common/base/hash.h"

namespace inspectorate::conformance {
namespace {

using nlohmann::json;

// The three parts of a token.
struct Parts {
  json header, claims;
  std::string signature;
};

Parts Split(const std::string& token) {
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  std::string header, claims;
  Base64UrlDecode(token.substr(0, first), &header);
  Base64UrlDecode(token.substr(first + 1, second - first - 1), &claims);
  return {json::parse(header), json::parse(claims), token.substr(second + 1)};
}

std::string Join(const json& header, const json& claims, const std::string& signature) {
  return Base64Url(header.dump()) + "." + Base64Url(claims.dump()) + "." + signature;
}

std::string SignedWithSecret(const json& header, const json& claims, const std::string& secret) {
  const std::string text = Base64Url(header.dump()) + "." + Base64Url(claims.dump());
  return text + "." + Base64Url(HmacSha256(secret, text));
}

// Another key under the name of ours.
std::unique_ptr<auth::TokenIssuer> Impostor(const std::string& kid) {
  const std::string file = ::testing::TempDir() + "conformance-impostor-" + kid + ".jwk";
  auth::TokenIssuer::LoadOrCreate(file, "inspectorate-test", "inspectorate").value();
  std::ifstream in(file);
  json key = json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  in.close();
  key["kid"] = kid;
  std::ofstream(file, std::ios::trunc) << key.dump();
  auto impostor = auth::TokenIssuer::LoadOrCreate(file, "inspectorate-test", "inspectorate").value();
  std::remove(file.c_str());
  return impostor;
}

}  // namespace

std::vector<BadCredential> BadCredentials(World& world, const Principal& principal) {
  const auto& issuer = world.harness().issuer();
  const std::string good = issuer.Issue(principal, std::chrono::hours(1)).value();
  const Parts parts = Split(good);
  const std::string kid = parts.header.at("kid");
  const json public_key = json::parse(issuer.Jwks()).at("keys").at(0);
  const int64_t now = parts.claims.at("iat");

  std::vector<BadCredential> bad = {{"no token", ""},
                                    {"an empty token", "Bearer "},
                                    {"another scheme", "Basic " + good},
                                    {"no scheme", good},
                                    {"no token at all", "Bearer x.y.z"},
                                    {"too large", "Bearer " + std::string(9000, 'a')}};
  const auto add = [&](const std::string& how, const std::string& token) {
    bad.push_back({how, "Bearer " + token});
  };
  const auto claim = [&](const std::string& how, const char* name, const json& value) {
    json claims = parts.claims;
    claims[name] = value;
    add(how, issuer.Sign(claims.dump()).value());
  };
  claim("expired", "exp", now - 3600);
  claim("not valid yet", "nbf", now + 3600);
  claim("another issuer", "iss", "https://elsewhere.example");
  claim("another audience", "aud", "elsewhere");
  claim("a role that is none", "role", "ROOT");
  claim("the zero role", "role", "UNSPECIFIED");
  claim("no subject", "sub", "");
  claim("no slug for an office", "office", "offices/home");
  json forever = parts.claims;
  forever.erase("exp");
  add("no expiry", issuer.Sign(forever.dump()).value());

  const auto algorithm = [&](const char* name) {
    json header = parts.header;
    header["alg"] = name;
    return header;
  };
  add("algorithm none", Join(algorithm("none"), parts.claims, ""));
  add("algorithm none, signed", Join(algorithm("none"), parts.claims, parts.signature));
  add("HS256 with the public key", SignedWithSecret(algorithm("HS256"), parts.claims, public_key.dump()));
  add("HS256 with the key set", SignedWithSecret(algorithm("HS256"), parts.claims, issuer.Jwks()));
  add("HS256 with nothing", SignedWithSecret(algorithm("HS256"), parts.claims, ""));
  add("another algorithm's name", Join(algorithm("RS256"), parts.claims, parts.signature));
  add("an unknown key", auth::TokenIssuer::Generate("inspectorate-test", "inspectorate")
                            .value()
                            ->Issue(principal, std::chrono::hours(1))
                            .value());
  add("another key under our name", Impostor(kid)->Issue(principal, std::chrono::hours(1)).value());
  json nameless = parts.header;
  nameless.erase("kid");
  add("no key id", Join(nameless, parts.claims, parts.signature));
  json promoted = parts.claims;
  promoted["role"] = "PLATFORM_OPERATOR";
  promoted["office"] = "-";
  promoted["sub"] = "operators/somebody-else";
  add("claims changed after signing", Join(parts.header, promoted, parts.signature));
  add("no signature", Join(parts.header, parts.claims, ""));
  json critical = parts.header;
  critical["crit"] = json::array({"exp"});
  add("critical extensions", Join(critical, parts.claims, parts.signature));
  return bad;
}

}  // namespace inspectorate::conformance
