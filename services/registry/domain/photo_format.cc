#include "services/registry/domain/photo_format.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace inspectorate::registry {
namespace {

uint32_t Byte(std::string_view bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }
uint32_t Number16(std::string_view bytes, size_t at) { return Byte(bytes, at) << 8 | Byte(bytes, at + 1); }
uint32_t Number32(std::string_view bytes, size_t at) {
  return Number16(bytes, at) << 16 | Number16(bytes, at + 2);
}

constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n";
constexpr std::string_view kJpeg = "\xff\xd8\xff";

// The first chunk of a PNG is IHDR: length, type, width, height.
std::optional<PhotoFormat> Png(std::string_view bytes) {
  if (bytes.size() < 24 || bytes.substr(12, 4) != "IHDR") return std::nullopt;
  const uint32_t width = std::min(Number32(bytes, 16), uint32_t{1} << 30);
  const uint32_t height = std::min(Number32(bytes, 20), uint32_t{1} << 30);
  return PhotoFormat{"image/png", static_cast<int>(width), static_cast<int>(height)};
}

// A frame header, SOF0 to SOF15 without the three numbers that mean something else.
bool IsFrame(uint32_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

std::optional<PhotoFormat> Jpeg(std::string_view bytes) {
  size_t at = 2;
  while (at + 9 <= bytes.size() && Byte(bytes, at) == 0xff) {
    const uint32_t marker = Byte(bytes, at + 1);
    if (marker == 0xff) {  // fill
      ++at;
      continue;
    }
    if (IsFrame(marker)) {
      return PhotoFormat{"image/jpeg", static_cast<int>(Number16(bytes, at + 7)),
                         static_cast<int>(Number16(bytes, at + 5))};
    }
    if (marker == 0xda || marker == 0xd9) return std::nullopt;  // the picture itself, without a frame
    const uint32_t length = Number16(bytes, at + 2);
    if (length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PhotoFormat> PhotoFormatOf(std::string_view bytes) {
  if (bytes.starts_with(kPng)) return Png(bytes);
  if (bytes.starts_with(kJpeg)) return Jpeg(bytes);
  return std::nullopt;
}

std::string_view PhotoMistake(const std::optional<PhotoFormat>& format) {
  if (!format) return "须为JPEG或PNG照片 (neither JPEG nor PNG)";
  const auto [least, most] = std::minmax(format->width, format->height);
  if (least < kLeastPixels) return "每边不少于200像素 (fewer than 200 pixels a side)";
  if (most > kMostPixels) return "每边不超过8000像素 (more than 8 000 pixels a side)";
  if (int64_t{least} * most > kMostArea) return "不超过2500万像素 (more than 25 million pixels)";
  return {};
}

}  // namespace inspectorate::registry
