// What the first bytes of a photograph say: its format and size, before anything decodes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inspectorate::registry {

struct PhotoFormat {
  std::string_view media_type;
  int width = 0;  // pixels
  int height = 0;
};

// Nothing for bytes that begin neither as JPEG nor as PNG, or that say no size. Never reads beyond them.
std::optional<PhotoFormat> PhotoFormatOf(std::string_view bytes);

// Pixels of a side.
inline constexpr int kLeastPixels = 200;
inline constexpr int kMostPixels = 8000;
// Of all: a picture is unpacked whole, four bytes a pixel, whatever its file's size.
inline constexpr int64_t kMostArea = 25'000'000;
// Empty when it can be used; else what is wrong, in words.
std::string_view PhotoMistake(const std::optional<PhotoFormat>& format);

}  // namespace inspectorate::registry
