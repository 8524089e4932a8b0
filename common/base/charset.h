// Files as offices send them: UTF-8, with or without a byte order mark, or the national encoding GB18030 (of
// which GB2312 and GBK are parts) that spreadsheet programs on Chinese systems write.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
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

// The same for a file that comes in pieces: all of it once through a sniffer, then again through a decoder.
class CharsetSniffer {
 public:
  void Add(std::string_view piece);
  // INVALID_ARGUMENT when a file with a byte order mark is not UTF-8.
  absl::StatusOr<Charset> End() const;

 private:
  std::string rest_;  // a character that the next piece may complete
  uint64_t seen_ = 0;
  bool marked_ = false;
  bool utf8_ = true;
};

class PieceDecoder {
 public:
  explicit PieceDecoder(Charset charset) : charset_(charset) {}
  // UTF-8 without a byte order mark; the last character may wait for the next piece. INVALID_ARGUMENT naming
  // the byte offset.
  absl::StatusOr<std::string> Add(std::string_view piece);
  // INVALID_ARGUMENT when a character is not complete.
  absl::Status End() const;

 private:
  const Charset charset_;
  std::string rest_;
  uint64_t seen_ = 0;  // bytes before `rest_`
  bool begun_ = false;
};

// The inverse, for files that must open in such programs; `text` is UTF-8.
absl::StatusOr<std::string> EncodeGb18030(std::string_view text);

}  // namespace inspectorate
