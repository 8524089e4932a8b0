#include <limits>

#include "common/base/hash.h"
#include "common/query/query.h"
#include "common/query/token_size.h"
#include "common/status/error.h"
#include "gtest/gtest.h"

namespace inspectorate::query {
namespace {

const std::vector<db::Value>& Keys() {
  static const auto& keys = *new std::vector<db::Value>{db::Value(),
                                                        db::Value(-5),
                                                        db::Value(std::numeric_limits<uint64_t>::max()),
                                                        db::Value(0.25),
                                                        db::Value(std::string("督导\0室", 10)),
                                                        db::Value(""),
                                                        db::Value(*ParseTime("1969-12-31T23:59:59.999999Z")),
                                                        db::Value(MakeDate(1950, 2, 3))};
  return keys;
}

bool IsRefused(const absl::StatusOr<std::vector<db::Value>>& read) {
  return ReasonOf(read.status()) == ErrorReason::PAGE_TOKEN_INVALID;
}

TEST(PageTokens, GiveBackTheKeysOfEveryKind) {
  const PageTokens tokens("key");
  const auto read = tokens.Read(tokens.Make("query", Keys()), "query");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, Keys());
  EXPECT_TRUE(tokens.Read(tokens.Make("query", {}), "query")->empty());
}

// Exactly: one byte less fits.
TEST(PageTokens, TheLongestThatFitsIsRead) {
  const PageTokens tokens("key");
  size_t longest = 0;
  for (size_t bytes = 1; bytes < 2000; ++bytes) {
    const std::string token = tokens.Make("query", {db::Value(std::string(bytes, 'x')), db::Value()});
    EXPECT_EQ(tokens.Read(token, "query").ok(), token.size() <= kMaxPageTokenBytes) << bytes;
    if (!PageTokensFit({bytes, 0})) continue;
    longest = bytes;
    EXPECT_LE(token.size(), kMaxPageTokenBytes);
  }
  EXPECT_EQ(longest, kMaxPageTokenBytes / 4 * 3 - 33 - 2 * 9);
  EXPECT_FALSE(PageTokensFit(std::vector<size_t>(33, 8))) << "more keys than a token may have";
}

TEST(PageTokens, AreBoundToTheirQueryAndKey) {
  const PageTokens tokens("key");
  const std::string token = tokens.Make("query", Keys());
  EXPECT_TRUE(IsRefused(tokens.Read(token, "other query")));
  EXPECT_TRUE(IsRefused(tokens.Read(token, "quer")));
  EXPECT_TRUE(IsRefused(PageTokens("other key").Read(token, "query")));
}

TEST(PageTokens, AnyFlippedBitIsNoticed) {
  const PageTokens tokens("key");
  std::string raw;
  ASSERT_TRUE(Base64UrlDecode(tokens.Make("query", Keys()), &raw));
  for (size_t bit = 0; bit < raw.size() * 8; ++bit) {
    std::string flipped = raw;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_TRUE(IsRefused(tokens.Read(Base64Url(flipped), "query"))) << bit;
  }
}

TEST(PageTokens, AnyCutOrForeignTextIsRefused) {
  const PageTokens tokens("key");
  const std::string token = tokens.Make("query", Keys());
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_TRUE(IsRefused(tokens.Read(token.substr(0, size), "query"))) << size;
  }
  EXPECT_TRUE(IsRefused(tokens.Read(token + "A", "query")));
  EXPECT_TRUE(IsRefused(tokens.Read(token + "=", "query")));
  EXPECT_TRUE(IsRefused(tokens.Read("not a token!", "query")));
  EXPECT_TRUE(IsRefused(tokens.Read(std::string(100'000, 'A'), "query")));
}

}  // namespace
}  // namespace inspectorate::query
