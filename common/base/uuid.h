// UUIDs: version 7 for new records (inserts stay local in the index), version 5 where an id must follow from
// what it stands for.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/time.h"

namespace inspectorate {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;  // NOLINT(modernize-use-nullptr): 0 of <=>
  // The 16 bytes, as BINARY(16) stores them.
  std::string Raw() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

// A new time-ordered id (RFC 9562 version 7). Thread-safe.
Uuid NewUuid(Time now);
// A new random id (version 4), for request ids.
Uuid RandomUuid();
// Deterministic id (version 5, SHA-1) of `name` within `space`.
Uuid DerivedUuid(const Uuid& space, std::string_view name);

// "0190b0a2-…", lower case.
std::string FormatUuid(const Uuid& id);
// Accepts upper and lower case with hyphens, nothing else.
std::optional<Uuid> ParseUuid(std::string_view text);
// From 16 raw bytes.
std::optional<Uuid> UuidFromRaw(std::string_view raw);

}  // namespace inspectorate
