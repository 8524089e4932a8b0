#include "common/service/own_token.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "common/auth/jwt.h"
#include "common/obs/log.h"

namespace inspectorate::service {
namespace {

using namespace std::chrono_literals;

constexpr char kAudience[] = "inspectorate";

class OwnTokenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    obs::SetLogSink([this](std::string_view line) { log_ += line; });
    std::ofstream(keys_) << issuer_->Jwks();
    authenticator_ =
        auth::JwtAuthenticator::Open({.jwks_file = keys_, .issuer = "https://issuer", .audience = kAudience})
            .value();
  }
  void TearDown() override {
    obs::SetLogSink({});
    std::remove(keys_.c_str());
  }

  static std::string TokenOf(const auth::TokenIssuer& issuer, std::chrono::seconds lifetime) {
    return issuer
        .Issue({.subject = "services/visits",
                .display_name = "visits",
                .role = rpc::Role::ROLE_SERVICE,
                .office = "-"},
               lifetime)
        .value();
  }
  // What an operator's monitoring reads.
  double SecondsLeft() const {
    const std::string name = "inspectorate_token_seconds_left{service=\"visits\"} ", text = metrics_.Text();
    const size_t at = text.find("\n" + name);
    return at == std::string::npos ? -1 : std::stod(text.substr(at + 1 + name.size()));
  }

  const std::string keys_ = ::testing::TempDir() + "own-token-" + std::to_string(::getpid()) + ".json";
  const std::unique_ptr<auth::TokenIssuer> issuer_ =
      auth::TokenIssuer::Generate("https://issuer", kAudience).value();
  std::shared_ptr<auth::JwtAuthenticator> authenticator_;
  obs::Metrics metrics_;
  std::string token_, log_;
  OwnToken Own() {
    return OwnToken({.service = "visits",
                     .token = [this] { return token_; },
                     .authenticator = *authenticator_,
                     .metrics = metrics_});
  }
};

TEST_F(OwnTokenTest, CountsDownWhatIsLeft) {
  OwnToken own = Own();
  token_ = TokenOf(*issuer_, 90min);
  own.Look();
  EXPECT_NEAR(SecondsLeft(), 5400, 60);
  EXPECT_EQ(log_, "");
}

TEST_F(OwnTokenTest, OneThatPeersRefuseHasNothingLeftAndIsSaidOnce) {
  OwnToken own = Own();
  const auto stranger = auth::TokenIssuer::Generate("https://elsewhere", kAudience).value();
  token_ = TokenOf(*stranger, 90min);
  own.Look();
  own.Look();
  EXPECT_EQ(SecondsLeft(), 0);
  EXPECT_EQ(log_.find("own_token_refused"), log_.rfind("own_token_refused")) << log_;
  EXPECT_NE(log_.find("own_token_refused"), std::string::npos) << log_;
  EXPECT_EQ(log_.find(token_), std::string::npos) << "the token is in the log";

  token_ = TokenOf(*issuer_, 90min);
  own.Look();
  EXPECT_GT(SecondsLeft(), 5000) << "replaced, without a restart";
}

TEST_F(OwnTokenTest, WhatIsNoTokenHasNothingLeft) {
  OwnToken own = Own();
  for (const char* token : {"", "x", "a.b.c", "..", "e30.e30.e30"}) {
    token_ = token;
    own.Look();
    EXPECT_EQ(SecondsLeft(), 0) << token;
    EXPECT_EQ(ExpiryOf(token), Time()) << token;
  }
}

}  // namespace
}  // namespace inspectorate::service
