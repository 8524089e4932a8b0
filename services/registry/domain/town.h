// Codes of towns (GB/T 10114 below GB/T 2260), and which town had the place of another on a day.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/period.h"

namespace inspectorate::registry {

enum class TownCodeFault : std::uint8_t { kNone, kDigits, kVillage };

// A code as lists write it: nine digits, or the twelve of the statistics, of which the last three are 0 for a
// town and name a village otherwise.
struct TownCode {
  std::string code;  // nine digits
  TownCodeFault fault = TownCodeFault::kNone;
};
TownCode ParseTownCode(std::string_view text);

inline std::string_view CountyOf(std::string_view town_code) { return town_code.substr(0, 6); }

// What the seventh digit says: 0 subdistrict, 1 town, 2 and 3 township, 4 and 5 a unit like a township.
enum class TownClass : std::uint8_t { kUnknown, kSubdistrict, kTown, kTownship, kSimilar };
TownClass ClassOf(std::string_view town_code);

// A town in a period. Without a first day `valid` begins with Date::min().
struct TownLink {
  std::string code;
  std::string successor;
  Period valid;
};

// The link that has, on `day`, the place of the town of that code: its own, else what it was before or what
// took its place. Nothing where the list does not say.
std::optional<size_t> TownOn(const std::vector<TownLink>& links, std::string_view code, Date day);

}  // namespace inspectorate::registry
