#include "common/auth/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/hash.h"
#include "common/status/error.h"

namespace inspectorate::auth {
namespace {

using nlohmann::json;

constexpr char kIssuer[] = "https://issuer.example";
constexpr char kAudience[] = "inspectorate";

class FixedClock : public Clock {
 public:
  Time Now() const override { return now; }
  Time now = ParseTime("2026-03-09T01:00:00Z").value();
};

class JwtTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = ::testing::TempDir() + "jwks-" + std::to_string(::getpid()) + ".json";
    issuer_ = TokenIssuer::Generate(kIssuer, kAudience).value();
    Publish(*issuer_);
    authenticator_ =
        JwtAuthenticator::Open(
            {.jwks_file = file_, .issuer = kIssuer, .audience = kAudience, .refresh = std::chrono::hours(1)},
            clock_)
            .value();
  }
  void TearDown() override { std::remove(file_.c_str()); }

  void Publish(const TokenIssuer& issuer) { std::ofstream(file_, std::ios::trunc) << issuer.Jwks(); }

  json Claims() const {
    const int64_t now = std::chrono::floor<std::chrono::seconds>(clock_.now).time_since_epoch().count();
    return {{"iss", kIssuer}, {"aud", kAudience},          {"sub", "offices/zhanhua/staff/1"},
            {"name", "示例"}, {"role", "DISTRICT_OFFICE"}, {"office", "zhanhua"},
            {"nbf", now},     {"exp", now + 600}};
  }
  std::string Why(const std::string& token) {
    auto principal = authenticator_->Authenticate("Bearer " + token);
    if (principal.ok()) return "accepted";
    EXPECT_EQ(ReasonOf(principal.status()), ErrorReason::UNAUTHENTICATED_CALLER);
    EXPECT_EQ(std::string(principal.status().message()).find(token.substr(0, 20)), std::string::npos)
        << "the token is in the error";
    return MetadataOf(principal.status())["why"];
  }
  std::string WhyClaims(const json& claims) { return Why(issuer_->Sign(claims.dump()).value()); }

  FixedClock clock_;
  std::string file_;
  std::unique_ptr<TokenIssuer> issuer_;
  std::shared_ptr<JwtAuthenticator> authenticator_;
};

TEST_F(JwtTest, AValidTokenMakesAPrincipal) {
  const rpc::Principal wanted{.subject = "inspectors/7",
                              .display_name = "示例·甲",
                              .role = rpc::Role::ROLE_AREA_LEAD,
                              .office = "zhanhua"};
  const std::string token = issuer_->Issue(wanted, std::chrono::minutes(5), clock_.now).value();
  auto principal = authenticator_->Authenticate("Bearer " + token);
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ(principal->subject, wanted.subject);
  EXPECT_EQ(principal->display_name, wanted.display_name);
  EXPECT_EQ(principal->role, wanted.role);
  EXPECT_EQ(principal->office, wanted.office);
}

TEST_F(JwtTest, NoTokenIsRefused) {
  EXPECT_FALSE(authenticator_->Authenticate("").ok());
  EXPECT_FALSE(authenticator_->Authenticate("Basic eA==").ok());
  EXPECT_EQ(Why("x.y.z"), "malformed");
  EXPECT_EQ(Why(std::string(9000, 'a')), "token too large");
}

TEST_F(JwtTest, ClaimsMustFit) {
  EXPECT_EQ(WhyClaims(Claims()), "accepted");
  auto with = [&](const char* claim, json value) {
    json claims = Claims();
    claims[claim] = std::move(value);
    return WhyClaims(claims);
  };
  auto without = [&](const char* claim) {
    json claims = Claims();
    claims.erase(claim);
    return WhyClaims(claims);
  };
  const int64_t now = Claims()["nbf"];
  EXPECT_EQ(with("exp", now - 60), "expired");
  EXPECT_EQ(with("exp", now - 59), "accepted") << "a minute of skew";
  EXPECT_EQ(without("exp"), "no expiry");
  EXPECT_EQ(with("nbf", now + 61), "not valid yet");
  EXPECT_EQ(with("nbf", now + 60), "accepted");
  EXPECT_EQ(with("iss", "https://other.example"), "issuer");
  EXPECT_EQ(with("aud", "other"), "audience");
  EXPECT_EQ(with("aud", json::array({"other", kAudience})), "accepted");
  EXPECT_EQ(with("role", "KING"), "role");
  EXPECT_EQ(with("office", "-"), "office") << "office staff cannot stand outside all offices";
  EXPECT_EQ(with("office", "a/b"), "office");
  EXPECT_EQ(without("sub"), "subject");
}

TEST_F(JwtTest, AnotherKeyIsRefused) {
  auto other = TokenIssuer::Generate(kIssuer, kAudience).value();
  EXPECT_EQ(Why(other->Sign(Claims().dump()).value()), "unknown key");
}

TEST_F(JwtTest, ATamperedPayloadIsRefused) {
  const std::string token = issuer_->Sign(Claims().dump()).value();
  json changed = Claims();
  changed["role"] = "PLATFORM_OPERATOR";
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  EXPECT_EQ(Why(token.substr(0, first + 1) + Base64Url(changed.dump()) + token.substr(second)), "signature");
}

// The algorithm belongs to the key, not to the token: neither `none` nor a MAC made with the public key
// passes.
TEST_F(JwtTest, TheTokenDoesNotChooseTheAlgorithm) {
  const json jwks = json::parse(issuer_->Jwks());
  const std::string kid = jwks["keys"][0]["kid"];
  auto header = [&](const char* algorithm) {
    return Base64Url(json{{"alg", algorithm}, {"kid", kid}}.dump());
  };
  const std::string payload = Base64Url(Claims().dump());
  EXPECT_NE(Why(header("none") + "." + payload + "."), "accepted");
  const std::string signing = header("HS256") + "." + payload;
  EXPECT_EQ(Why(signing + "." + Base64Url(HmacSha256(jwks["keys"][0].dump(), signing))), "algorithm");
}

TEST_F(JwtTest, KeysChangeByReplacingTheFile) {
  auto next = TokenIssuer::Generate(kIssuer, kAudience).value();
  const std::string token = next->Sign(Claims().dump()).value();
  EXPECT_EQ(Why(token), "unknown key");
  Publish(*next);
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(Why(token), "accepted");
  EXPECT_EQ(WhyClaims(Claims()), "unknown key") << "the old key is gone";
  std::ofstream(file_, std::ios::trunc) << "no keys at all";
  EXPECT_FALSE(authenticator_->Refresh().ok());
  EXPECT_EQ(Why(token), "accepted") << "what was known holds while the file is broken";
}

TEST_F(JwtTest, TheIssuerKeyIsKept) {
  const std::string file = file_ + ".key";
  std::remove(file.c_str());
  const std::string jwks = TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).value()->Jwks();
  EXPECT_EQ(TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).value()->Jwks(), jwks);
  EXPECT_EQ(jwks.find("\"d\""), std::string::npos) << "the private part is published";
  std::remove(file.c_str());
}

}  // namespace
}  // namespace inspectorate::auth
