#include "common/base/hash.h"

#include <gtest/gtest.h>

#include <string>

namespace inspectorate {
namespace {

TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, MatchesRfc4231) {
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      Hex(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Base64Url, RoundTripsEveryLength) {
  std::string raw;
  for (int i = 0; i < 300; ++i) {
    std::string back;
    ASSERT_TRUE(Base64UrlDecode(Base64Url(raw), &back)) << i;
    ASSERT_EQ(back, raw);
    raw += static_cast<char>(i * 37);
  }
  EXPECT_EQ(Base64Url("f"), "Zg");
  EXPECT_EQ(Base64Url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64Url("\xfb\xff"), "-_8");
}

TEST(Base64Url, RefusesOtherAlphabetsPaddingAndSecondForms) {
  std::string raw;
  for (const char* text : {"Zg==", "Zm9v+", "Zm/v", "Z", "Zh", "Zm9", " Zg"}) {
    EXPECT_FALSE(Base64UrlDecode(text, &raw)) << text;
  }
}

TEST(EqualsConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(EqualsConstantTime("secret", "secret"));
  EXPECT_FALSE(EqualsConstantTime("secret", "secreT"));
  EXPECT_FALSE(EqualsConstantTime("secret", "secret "));
  EXPECT_TRUE(EqualsConstantTime("", ""));
}

}  // namespace
}  // namespace inspectorate
