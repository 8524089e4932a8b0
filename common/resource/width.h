// How long the values of a column may be.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::resource {

// Of a slug, or a code in a name.
inline constexpr uint32_t kSlugChars = 63;

// Of a text: what its rule says, or what suffices for texts that only the services write.
inline uint32_t MaxChars(const FieldDescriptor& field) {
  const auto& rules = field.options().GetExtension(type::v1::rules);
  return rules.max_len() > 0 ? rules.max_len() : 255;
}

inline size_t MaxBytes(const Column& column) {
  constexpr size_t kBytesOfAChar = 4;  // utf8mb4
  constexpr size_t kNumber = 8;        // so do times and dates
  switch (column.kind) {
    case Column::Kind::kText:
      return MaxChars(*column.field) * kBytesOfAChar;
    case Column::Kind::kSlugReference:
      return kSlugChars;
    case Column::Kind::kUuidReference:
      return sizeof(Uuid);
    default:
      return kNumber;
  }
}

}  // namespace inspectorate::resource
