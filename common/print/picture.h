// Pictures made ready for print: upright, no larger than needed, without what a camera wrote beside them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace inspectorate::print {

struct Picture {
  std::string jpeg;  // no metadata: neither place nor time
  int width = 0;     // pixels
  int height = 0;
};

// INVALID_ARGUMENT for bytes that do not open as this type (`image/jpeg`, `image/png`). Turned as its
// orientation says; scaled so that neither side is above `most_pixels`. The caller has looked at the size
// that the first bytes state: they are decoded whole.
absl::StatusOr<Picture> DecodePicture(std::string_view bytes, std::string_view media_type, int most_pixels);

}  // namespace inspectorate::print
