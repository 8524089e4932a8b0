#include "common/auth/jwt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
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

// What is signed with another key under our name: as dear to check as a good one.
class Impostors {
 public:
  explicit Impostors(const std::string& good)
      : header_(good.substr(0, good.find('.'))), signature_(good.substr(good.rfind('.'))) {}
  std::string Next() {
    return absl::StrCat("Bearer ", header_, ".", Base64Url(json{{"number", ++number_}}.dump()), signature_);
  }

 private:
  const std::string header_;
  const std::string signature_;
  int number_ = 0;
};

// Ten of one host, a hundred of all, thirty of one that is known; within ten seconds.
class JwtLimitsTest : public JwtTest {
 protected:
  void SetUp() override {
    JwtTest::SetUp();
    authenticator_ = JwtAuthenticator::Open({.jwks_file = file_,
                                             .issuer = kIssuer,
                                             .audience = kAudience,
                                             .refresh = std::chrono::hours(1),
                                             .failures_of_a_host = 10,
                                             .failures_of_a_known_host = 30,
                                             .failures = 100,
                                             .failures_within = std::chrono::seconds(10)},
                                            clock_)
                         .value();
    impostors_ = std::make_unique<Impostors>(issuer_->Sign(Claims().dump()).value());
  }
  std::string Good() { return "Bearer " + issuer_->Sign(Claims().dump()).value(); }  // another one each time
  absl::Status Try(const std::string& host, const std::string& authorization) {
    return authenticator_->AuthenticateFrom([&] { return host; }, authorization).status();
  }
  ErrorReason From(const std::string& host, const std::string& authorization) {
    return ReasonOf(Try(host, authorization));
  }
  // How many bad ones are checked before it is said that there were too many.
  int BadOnes(const std::string& host, int most = 1'000) {
    for (int i = 0; i < most; ++i) {
      if (From(host, impostors_->Next()) == ErrorReason::OVERLOADED) return i;
    }
    return most;
  }
  std::unique_ptr<Impostors> impostors_;
};

TEST_F(JwtLimitsTest, ChecksOnlySoManyBadSignaturesOfOneHost) {
  const std::string known = impostors_->Next();
  EXPECT_EQ(From("a", known), ErrorReason::UNAUTHENTICATED_CALLER);
  EXPECT_EQ(BadOnes("a"), 9);
  EXPECT_EQ(From("a", Good()), ErrorReason::OVERLOADED);
  // One that was checked before is known for what it is; others have their own count.
  EXPECT_EQ(From("a", known), ErrorReason::UNAUTHENTICATED_CALLER);
  EXPECT_EQ(From("b", impostors_->Next()), ErrorReason::UNAUTHENTICATED_CALLER);
  // What costs nothing is not counted.
  EXPECT_EQ(From("a", "Bearer x.y.z"), ErrorReason::OVERLOADED);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(From("c", "Bearer x.y.z"), ErrorReason::UNAUTHENTICATED_CALLER);
}

// No window that somebody closes for the rest of it.
TEST_F(JwtLimitsTest, TheCountGoesDownAllTheTime) {
  EXPECT_EQ(BadOnes("a"), 10);
  clock_.now += std::chrono::milliseconds(1'100);
  EXPECT_EQ(BadOnes("a"), 1);
  clock_.now += std::chrono::milliseconds(2'000);
  EXPECT_TRUE(Try("a", Good()).ok());
  clock_.now += std::chrono::seconds(10);
  for (int i = 0; i < 10; ++i) BadOnes(std::to_string(i));
  EXPECT_EQ(From("z", Good()), ErrorReason::OVERLOADED);
  clock_.now += std::chrono::milliseconds(150);
  EXPECT_TRUE(Try("z", Good()).ok());
}

TEST_F(JwtLimitsTest, ChecksOnlySoManyBadSignaturesInAll) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(BadOnes(std::to_string(i)), 10);
  EXPECT_EQ(From("z", impostors_->Next()), ErrorReason::OVERLOADED);
  clock_.now += std::chrono::seconds(10);
  EXPECT_EQ(From("z", impostors_->Next()), ErrorReason::UNAUTHENTICATED_CALLER);
}

TEST_F(JwtLimitsTest, StrangersLockNobodyOutWhereAGoodTokenCameFromLately) {
  EXPECT_TRUE(Try("a", Good()).ok());
  for (int i = 0; i < 10; ++i) BadOnes(std::to_string(i));
  EXPECT_EQ(From("z", Good()), ErrorReason::OVERLOADED);
  EXPECT_TRUE(Try("a", Good()).ok());
  // One of those who share its address has brought many bad ones.
  EXPECT_EQ(BadOnes("a", 15), 15);
  EXPECT_TRUE(Try("a", Good()).ok());
  EXPECT_EQ(BadOnes("a"), 15);
  clock_.now += std::chrono::hours(25);
  EXPECT_EQ(BadOnes("a"), 10);
}

TEST_F(JwtLimitsTest, OnlySignaturesThatDoNotHoldAreCounted) {
  json claims = Claims();
  claims["aud"] = "another";
  for (int i = 0; i < 50; ++i) {
    claims["number"] = i;
    EXPECT_EQ(From("a", "Bearer " + issuer_->Sign(claims.dump()).value()),
              ErrorReason::UNAUTHENTICATED_CALLER);
  }
  EXPECT_TRUE(Try("a", Good()).ok());
  // One that has expired makes nobody known.
  claims = Claims();
  claims["exp"] = 1;
  EXPECT_EQ(From("b", "Bearer " + issuer_->Sign(claims.dump()).value()), ErrorReason::UNAUTHENTICATED_CALLER);
  EXPECT_EQ(BadOnes("b"), 10);
}

TEST_F(JwtLimitsTest, NobodyCountsWhoeverComesFromNowhere) {
  EXPECT_EQ(BadOnes("", 200), 200);
  EXPECT_TRUE(Try("", Good()).ok());
  EXPECT_EQ(BadOnes("a"), 10);
}

TEST_F(JwtLimitsTest, WhatWasGoodStaysGoodWhereAKeyIsOnlyAdded) {
  const std::string good = Good();
  EXPECT_TRUE(Try("a", good).ok());
  const auto other = TokenIssuer::Generate(kIssuer, kAudience).value();
  json keys = json::parse(issuer_->Jwks());
  keys["keys"].push_back(json::parse(other->Jwks()).at("keys").at(0));
  std::ofstream(file_, std::ios::trunc) << keys.dump();
  ASSERT_TRUE(authenticator_->Refresh().ok());
  BadOnes("b");
  EXPECT_EQ(From("b", Good()), ErrorReason::OVERLOADED);
  EXPECT_TRUE(Try("b", good).ok());  // not checked again
  // Without its key it is nothing, and so it is with another key of that name.
  json renamed = json::parse(other->Jwks());
  renamed["keys"].at(0)["kid"] = json::parse(issuer_->Jwks()).at("keys").at(0).at("kid");
  for (const std::string& text : {other->Jwks(), renamed.dump()}) {
    std::ofstream(file_, std::ios::trunc) << text;
    ASSERT_TRUE(authenticator_->Refresh().ok());
    EXPECT_EQ(From("c", good), ErrorReason::UNAUTHENTICATED_CALLER);
    Publish(*issuer_);
    ASSERT_TRUE(authenticator_->Refresh().ok());
    EXPECT_TRUE(Try("c", good).ok());
  }
}

// It is what the keys say that counts, not what they said.
TEST_F(JwtTest, ForgetsWhatItRefusedWhenTheKeysChange) {
  const auto other = TokenIssuer::Generate(kIssuer, kAudience).value();
  json keys = json::parse(issuer_->Jwks());
  const json theirs = json::parse(other->Jwks()).at("keys").at(0);
  json ours_by_their_name = keys.at("keys").at(0);
  ours_by_their_name["kid"] = theirs.at("kid");
  keys["keys"].push_back(ours_by_their_name);
  const auto publish = [&] {
    std::ofstream(file_, std::ios::trunc) << keys.dump();
    ASSERT_TRUE(authenticator_->Refresh().ok());
  };
  publish();
  const std::string token = other->Sign(Claims().dump()).value();
  EXPECT_EQ(Why(token), "signature");
  EXPECT_EQ(Why(token), "signature");
  keys["keys"].at(1) = theirs;
  publish();
  EXPECT_EQ(Why(token), "accepted");
}

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

// The decoder of the library ends the process on some of these.
TEST_F(JwtTest, PaddingAndForeignCharactersAreRefused) {
  const std::string token = issuer_->Sign(Claims().dump()).value();
  EXPECT_EQ(Why(token + "="), "malformed");
  const size_t first = token.find('.');
  for (const char* part :
       {"=", "====", "A==A", "a===", "a===============================", "+/", "a b", "\n", ""}) {
    EXPECT_EQ(Why(part + token.substr(first)), "malformed");
    EXPECT_EQ(Why(token.substr(0, token.rfind('.') + 1) + part), "malformed");
    EXPECT_EQ(Why(token.substr(0, first + 1) + part + token.substr(token.rfind('.'))), "malformed");
  }
  EXPECT_EQ(Why(token + "." + token), "malformed");
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

// A list of revoked or seen tokens would be passed by.
TEST_F(JwtTest, ASignatureIsWrittenInOneWay) {
  const std::string token = issuer_->Sign(Claims().dump()).value();
  const size_t dot = token.rfind('.');
  std::string signature;
  ASSERT_TRUE(Base64UrlDecode(token.substr(dot + 1), &signature));
  ASSERT_EQ(signature.size(), 64U);
  const std::string zero(1, '\0');
  for (const std::string& varied :
       {absl::StrCat(signature, "_"), absl::StrCat(signature, zero), absl::StrCat(signature, zero, zero),
        absl::StrCat(zero, signature.substr(0, 32), zero, signature.substr(32)), signature.substr(0, 63),
        zero}) {
    const std::string forged = absl::StrCat(token.substr(0, dot + 1), Base64Url(varied));
    EXPECT_EQ(Why(forged), "signature") << varied.size();
  }
  EXPECT_EQ(Why(token), "accepted");
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

// A signature is checked once; all that can change afterwards is checked at every use.
TEST_F(JwtTest, ATokenSeenBeforeIsStillHeldToItsTimesAndKeys) {
  const std::string token = issuer_->Sign(Claims().dump()).value();
  EXPECT_EQ(Why(token), "accepted");
  EXPECT_EQ(Why(token.substr(0, token.size() - 2)), "signature") << "nearly the same token is another one";
  const Time begin = clock_.now;
  clock_.now = begin + std::chrono::seconds(599);
  EXPECT_EQ(Why(token), "accepted");
  clock_.now = begin + std::chrono::seconds(600 + 61);
  EXPECT_EQ(Why(token), "expired");
  clock_.now = begin - std::chrono::seconds(61);
  EXPECT_EQ(Why(token), "not valid yet");
  clock_.now = begin;
  EXPECT_EQ(Why(token), "accepted");
  Publish(*TokenIssuer::Generate(kIssuer, kAudience).value());
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(Why(token), "unknown key") << "the key was withdrawn";
}

// An issuer's file is input like any other: odd entries are passed over, whatever is in them.
TEST_F(JwtTest, KeysOfNoUseArePassedOver) {
  json jwks = json::parse(issuer_->Jwks());
  const json good = jwks["keys"][0];
  const std::string token = issuer_->Sign(Claims().dump()).value();
  json odd_point = good, other_use = good, other_algorithm = good;
  odd_point["kid"] = "p";
  odd_point["x"] = good["y"];
  other_use["use"] = "enc";
  other_algorithm["alg"] = "ES384";
  const json small = {
      {"kty", "RSA"}, {"kid", "r"}, {"e", "AQAB"}, {"n", Base64Url(std::string(128, '\xFF'))}};
  const json shared = {{"kty", "oct"}, {"kid", good["kid"]}, {"k", "c2VjcmV0"}};
  jwks["keys"] = {1, "text", nullptr, {{"kid", 5}, {"kty", 7}, {"use", 9}}, odd_point, small, shared, good};
  std::ofstream(file_, std::ios::trunc) << jwks.dump();
  ASSERT_TRUE(authenticator_->Refresh().ok());
  EXPECT_EQ(Why(token), "accepted");
  jwks["keys"] = {odd_point, other_use, other_algorithm, small, shared};
  std::ofstream(file_, std::ios::trunc) << jwks.dump();
  EXPECT_FALSE(authenticator_->Refresh().ok());
}

TEST_F(JwtTest, CriticalExtensionsAreRefused) {
  const std::string token = issuer_->Sign(Claims().dump()).value();
  const json header = {
      {"alg", "ES256"}, {"kid", json::parse(issuer_->Jwks())["keys"][0]["kid"]}, {"crit", {"x"}}};
  EXPECT_EQ(Why(Base64Url(header.dump()) + token.substr(token.find('.'))), "critical extensions");
}

TEST_F(JwtTest, TimesMayHaveFractionsAndAnySize) {
  json claims = Claims();
  claims["exp"] = claims["nbf"].get<double>() + 0.5;
  EXPECT_EQ(WhyClaims(claims), "accepted");
  claims["exp"] = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(WhyClaims(claims), "accepted");
  claims["exp"] = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(WhyClaims(claims), "expired");
  claims["exp"] = "2099-01-01";
  EXPECT_EQ(WhyClaims(claims), "no expiry");
}

TEST_F(JwtTest, TheSchemeIsReadInAnyCase) {
  EXPECT_TRUE(authenticator_->Authenticate("BEARER " + issuer_->Sign(Claims().dump()).value()).ok());
}

TEST_F(JwtTest, KeysAreReadAgainInTheBackground) {
  auto watching = JwtAuthenticator::Open({.jwks_file = file_,
                                          .issuer = kIssuer,
                                          .audience = kAudience,
                                          .refresh = std::chrono::milliseconds(5)},
                                         clock_)
                      .value();
  auto next = TokenIssuer::Generate(kIssuer, kAudience).value();
  Publish(*next);
  const std::string token = "Bearer " + next->Sign(Claims().dump()).value();
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!watching->Authenticate(token).ok() && std::chrono::steady_clock::now() < limit) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_TRUE(watching->Authenticate(token).ok());
}

TEST_F(JwtTest, OnlyWhatCanBeAcceptedIsIssued) {
  const rpc::Principal good{
      .subject = "s", .display_name = "甲", .role = rpc::Role::ROLE_AUDITOR, .office = "a"};
  rpc::Principal broken_name = good, no_such_role = good;
  broken_name.display_name = "\xFF";
  no_such_role.role = static_cast<rpc::Role>(99);
  EXPECT_TRUE(issuer_->Issue(good, std::chrono::minutes(1)).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(issuer_->Issue(broken_name, std::chrono::minutes(1)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(issuer_->Issue(no_such_role, std::chrono::minutes(1)).status()));
}

TEST_F(JwtTest, AnIssuerKeyThatOthersCanReadIsRefused) {
  const std::string file = file_ + ".open";
  std::remove(file.c_str());
  ASSERT_TRUE(TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).ok());
  struct stat info {};
  ASSERT_EQ(::stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  ::chmod(file.c_str(), 0644);
  EXPECT_FALSE(TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).ok());
  std::remove(file.c_str());
}

TEST_F(JwtTest, APublicKeyIsNoIssuerKey) {
  const std::string file = file_ + ".public";
  std::ofstream(file, std::ios::trunc) << json::parse(issuer_->Jwks())["keys"][0].dump();
  ::chmod(file.c_str(), 0600);
  EXPECT_FALSE(TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).ok());
  std::remove(file.c_str());
}

TEST_F(JwtTest, TheIssuerKeyIsKept) {
  const std::string file = file_ + ".key";
  std::remove(file.c_str());
  const std::string jwks = TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).value()->Jwks();
  EXPECT_EQ(TokenIssuer::LoadOrCreate(file, kIssuer, kAudience).value()->Jwks(), jwks);
  EXPECT_EQ(jwks.find("\"d\""), std::string::npos) << "the private part is published";
  std::remove(file.c_str());
}

// Methods without a login are for nobody in particular: nobody holds their role.
TEST(RoleNames, NoTokenNamesThePublic) {
  EXPECT_EQ(RoleFromName("PUBLIC"), rpc::Role::ROLE_UNSPECIFIED);
  EXPECT_EQ(RoleFromName("AUDITOR"), rpc::Role::ROLE_AUDITOR);
}

}  // namespace
}  // namespace inspectorate::auth
