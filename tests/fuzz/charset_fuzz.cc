// Files in UTF-8 or GB18030. What is decoded is UTF-8 without a byte order mark, and the way back gives the
// file.
#include <string>

#include "common/base/charset.h"
#include "common/base/text.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

void CheckDecoded(std::string_view bytes, const DecodedText& decoded) {
  FUZZ_CHECK(IsValidUtf8(decoded.text));
  FUZZ_CHECK(decoded.text.size() <= 3 * bytes.size());
  FUZZ_CHECK(!decoded.text.starts_with(kMark));
  if (decoded.charset == Charset::kUtf8) {
    FUZZ_CHECK(bytes.ends_with(decoded.text));
    bytes.remove_suffix(decoded.text.size());
    while (bytes.starts_with(kMark)) bytes.remove_prefix(kMark.size());
    FUZZ_CHECK(bytes.empty());
    return;
  }
  FUZZ_CHECK(!IsValidUtf8(bytes));
}

// A text goes through GB18030 unharmed, unless its bytes happen to be UTF-8 too, or to begin as a marked text
// does (锘 and a character from 靠 on): those cannot be told apart.
void CheckEncoded(std::string_view text) {
  const auto bytes = EncodeGb18030(text);
  FUZZ_CHECK(bytes.ok());
  if (IsValidUtf8(*bytes) || bytes->starts_with(kMark)) return;
  const auto decoded = DecodeText(*bytes);
  FUZZ_CHECK(decoded.ok() && decoded->charset == Charset::kGb18030);
  FUZZ_CHECK(decoded->text == text);
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  const std::string_view bytes = Input(data, size).Rest();
  const auto decoded = DecodeText(bytes);
  if (decoded.ok()) {
    CheckDecoded(bytes, *decoded);
    CheckEncoded(decoded->text);
  } else {
    FUZZ_CHECK(absl::IsInvalidArgument(decoded.status()));
    FUZZ_CHECK(!IsValidUtf8(bytes));
  }
  return 0;
}
