// Files as offices send them: UTF-8, with or without a byte order mark, or the national encoding GB18030 (of
// which GB2312 and GBK are parts) that spreadsheet programs on Chinese systems write.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace inspectorate {

enum class Charset { kUtf8, kGb18030 };

struct DecodedText {
  std::string text;  // UTF-8, no byte order mark
  Charset charset = Charset::kUtf8;
};

// Bytes that are well-formed UTF-8 are taken as such, all others as GB18030. INVALID_ARGUMENT naming the byte
// offset at which they are neither. A text with a byte order mark is only ever UTF-8.
absl::StatusOr<DecodedText> DecodeText(std::string_view bytes);

// The inverse, for files that must open in such programs; `text` is UTF-8.
absl::StatusOr<std::string> EncodeGb18030(std::string_view text);

}  // namespace inspectorate
