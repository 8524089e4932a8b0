// Page tokens: nothing but what Make gave is read, and all of it is. Input: a byte for the mode, then the
// token as it stands ('t'), a body that is signed here ('s': what the holder of the key could make), or keys
// ('k').
#include <string>
#include <vector>

#include "common/base/hash.h"
#include "common/query/query.h"
#include "common/query/token_size.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

using query::PageTokens;
using Keys = std::vector<db::Value>;

constexpr char kKey[] = "key";
constexpr char kQuery[] = "query";

const PageTokens& Tokens() {
  static const PageTokens& tokens = *new PageTokens(kKey);
  return tokens;
}

// What is read is written in one way only.
void CheckRead(const std::string& token) {
  const auto keys = Tokens().Read(token, kQuery);
  if (!keys.ok()) {
    CheckRefusal(keys.status(), ErrorReason::PAGE_TOKEN_INVALID);
    return;
  }
  FUZZ_CHECK(Tokens().Make(kQuery, *keys) == token);
  FUZZ_CHECK(!Tokens().Read(token, "other query").ok());
}

std::string Signed(std::string_view body) {
  std::string text = "page-token";
  const uint64_t length = sizeof(kQuery) - 1;
  for (int shift = 56; shift >= 0; shift -= 8) text += static_cast<char>(length >> shift & 0xFF);
  text.append(kQuery).append(body);
  return Base64Url(std::string(body) + HmacSha256(kKey, text));
}

db::Value ValueFrom(Input& input) {
  switch (input.Below(6)) {
    case 0:
      return {};
    case 1:
      return db::Value(static_cast<int64_t>(input.Number()));
    case 2:
      return db::Value(input.Number());
    case 3:
      return db::Value(input.Take(input.Byte()));
    case 4:
      return db::Value(Time(std::chrono::microseconds(static_cast<int64_t>(input.Number()))));
    default:
      return db::Value(Date(std::chrono::days(static_cast<int>(input.Number()))));
  }
}

void CheckMade(Input& input) {
  const size_t place = input.Below(4096);
  const auto flip = static_cast<char>(1 << input.Below(8));
  Keys keys;
  while (!input.AtEnd() && keys.size() < 12) keys.push_back(ValueFrom(input));
  std::string token = Tokens().Make(kQuery, keys);
  if (token.size() > query::kMaxPageTokenBytes) return;
  const auto read = Tokens().Read(token, kQuery);
  FUZZ_CHECK(read.ok() && *read == keys);
  token[place % token.size()] = static_cast<char>(token[place % token.size()] ^ flip);
  FUZZ_CHECK(!Tokens().Read(token, kQuery).ok());
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate::fuzz;
  Input input(data, size);
  switch (input.Byte()) {
    case 's':
      CheckRead(Signed(input.Rest()));
      break;
    case 'k':
      CheckMade(input);
      break;
    default:
      CheckRead(std::string(input.Rest()));
  }
  return 0;
}
