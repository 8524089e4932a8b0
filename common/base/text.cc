#include "common/base/text.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace inspectorate {
namespace {

struct Decoded {
  char32_t code_point;
  size_t length;  // 0: not well-formed
};

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// Decodes the character at the front of a text that is not empty.
Decoded DecodeFront(std::string_view text) {
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {0, 0};
  char32_t code_point = lead & (0x7F >> length);
  for (char c : text.substr(1, length - 1)) {
    if (!IsContinuation(c)) return {0, 0};
    code_point = code_point << 6 | (static_cast<uint8_t>(c) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kSmallest[length] || code_point > 0x10FFFF || surrogate) return {0, 0};
  return {code_point, length};
}

// As DecodeFront, but steps over a broken byte as one replacement character.
Decoded NextCharacter(std::string_view text) {
  const Decoded decoded = DecodeFront(text);
  return decoded.length == 0 ? Decoded{0xFFFD, 1} : decoded;
}

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode East Asian Width classes W and F, as coarse blocks.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                           {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},  {0xAC00, 0xD7A3},
                           {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6},
                           {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kZeroWidth[] = {{0x0000, 0x001F}, {0x007F, 0x009F}, {0x0300, 0x036F}, {0x200B, 0x200F},
                                {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}};

template <size_t N>
bool InAny(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](Range r) { return c >= r.first && c <= r.last; });
}

size_t WidthOf(char32_t c) {
  if (InAny(kZeroWidth, c)) return 0;
  return InAny(kWide, c) ? 2 : 1;
}

}  // namespace

size_t FindInvalidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const Decoded decoded = DecodeFront(text.substr(i));
    if (decoded.length == 0) return i;
    i += decoded.length;
  }
  return std::string_view::npos;
}

bool IsValidUtf8(std::string_view text) { return FindInvalidUtf8(text) == std::string_view::npos; }

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(NextCharacter(text).length);
  return count;
}

size_t DisplayWidth(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    const Decoded next = NextCharacter(text);
    width += WidthOf(next.code_point);
    text.remove_prefix(next.length);
  }
  return width;
}

std::string_view PrefixBytes(std::string_view text, size_t limit) {
  if (text.size() <= limit) return text;
  size_t end = limit;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

std::string_view PrefixCharacters(std::string_view text, size_t limit) {
  size_t end = 0;
  for (size_t count = 0; count < limit && end < text.size(); ++count)
    end += NextCharacter(text.substr(end)).length;
  return text.substr(0, end);
}

std::string TruncateToWidth(std::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  size_t end = 0;
  size_t width = 0;
  while (end < text.size()) {
    const Decoded next = NextCharacter(text.substr(end));
    if (width + WidthOf(next.code_point) > columns - 1) break;
    width += WidthOf(next.code_point);
    end += next.length;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string PadToWidth(std::string_view text, size_t columns) {
  std::string cell = TruncateToWidth(text, columns);
  cell.append(columns - DisplayWidth(cell), ' ');
  return cell;
}

}  // namespace inspectorate
