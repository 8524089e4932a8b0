#include "common/base/charset.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/text.h"

namespace inspectorate {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class Converter {
 public:
  Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (valid()) iconv_close(handle_);
  }

  // Fails with the offset of the first byte that cannot be converted. With `rest` a character that is not
  // complete at the end is no failure: it goes there.
  absl::StatusOr<std::string> Convert(std::string_view bytes, std::string* rest = nullptr) {
    if (!valid()) return absl::UnimplementedError("this system's iconv does not know GB18030");
    std::string out;
    std::array<char, 4096> buffer;
    // iconv takes a pointer to non-const input by a historical accident; it does not write to it.
    char* in = const_cast<char*>(bytes.data());
    size_t left = bytes.size();
    while (left > 0) {
      char* to = buffer.data();
      size_t room = buffer.size();
      const size_t result = iconv(handle_, &in, &left, &to, &room);
      const int error = errno;
      out.append(buffer.data(), buffer.size() - room);
      if (result == static_cast<size_t>(-1) && error == EINVAL && rest != nullptr) {
        *rest = bytes.substr(bytes.size() - left);
        return out;
      }
      if (result == static_cast<size_t>(-1) && error != E2BIG) {
        return absl::InvalidArgumentError(absl::StrCat("byte ", bytes.size() - left));
      }
    }
    return out;
  }

 private:
  // NOLINTNEXTLINE(performance-no-int-to-ptr): what POSIX gives for no conversion
  bool valid() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  iconv_t handle_;
};

// All of them: a file put together from others may begin with several.
std::string_view WithoutMarks(std::string_view text) {
  while (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

}  // namespace

absl::StatusOr<DecodedText> DecodeText(std::string_view bytes) {
  const std::string_view body = WithoutMarks(bytes);
  const size_t broken = FindInvalidUtf8(body);
  if (broken == std::string_view::npos) return DecodedText{std::string(body), Charset::kUtf8};
  if (const size_t marks = bytes.size() - body.size(); marks > 0) {
    return absl::InvalidArgumentError(absl::StrCat("not UTF-8 at byte ", broken + marks));
  }
  absl::StatusOr<std::string> text = Converter("UTF-8", "GB18030").Convert(bytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not UTF-8 at byte ", broken, " and not GB18030 at ", text.status().message()));
  }
  // GB18030 has a form of the byte order mark too.
  return DecodedText{std::string(WithoutMarks(*text)), Charset::kGb18030};
}

void CharsetSniffer::Add(std::string_view piece) {
  if (!utf8_) return;
  rest_ += piece;
  if (seen_ == 0) marked_ = rest_.starts_with(kByteOrderMark);
  const size_t broken = FindInvalidUtf8(rest_);
  const size_t done = std::min(broken, rest_.size());
  utf8_ = rest_.size() - done < 4;  // fewer may be a character whose end is still to come
  seen_ += done;
  rest_.erase(0, done);
}

absl::StatusOr<Charset> CharsetSniffer::End() const {
  if (utf8_ && rest_.empty()) return Charset::kUtf8;
  if (marked_) return absl::InvalidArgumentError(absl::StrCat("not UTF-8 at byte ", seen_));
  return Charset::kGb18030;
}

absl::StatusOr<std::string> PieceDecoder::Add(std::string_view piece) {
  rest_ += piece;
  std::string text;
  const std::string bytes = std::exchange(rest_, {});
  if (charset_ == Charset::kUtf8) {
    const size_t done = std::min(FindInvalidUtf8(bytes), bytes.size());
    if (bytes.size() - done >= 4) return absl::InvalidArgumentError(absl::StrCat("byte ", seen_ + done));
    text = bytes.substr(0, done);
    rest_ = bytes.substr(done);
  } else {
    absl::StatusOr<std::string> converted = Converter("UTF-8", "GB18030").Convert(bytes, &rest_);
    if (!converted.ok()) return converted.status();
    text = *std::move(converted);
  }
  seen_ += bytes.size() - rest_.size();
  if (begun_) return text;
  const std::string_view body = WithoutMarks(text);
  begun_ = !body.empty();
  return std::string(body);
}

absl::Status PieceDecoder::End() const {
  return rest_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrCat("byte ", seen_));
}

absl::StatusOr<std::string> EncodeGb18030(std::string_view text) {
  absl::StatusOr<std::string> bytes = Converter("GB18030", "UTF-8").Convert(text);
  if (!bytes.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("no GB18030 form at ", bytes.status().message()));
  }
  return bytes;
}

}  // namespace inspectorate
