#include "services/registry/domain/town.h"

#include <algorithm>

namespace inspectorate::registry {
namespace {

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// What a list says of one code about a day.
struct Told {
  std::optional<size_t> on;      // holds on it
  std::optional<size_t> before;  // the last that has ended by then
  bool later = false;            // one begins afterwards
};

Told Tell(const std::vector<TownLink>& links, std::string_view code, Date day) {
  Told told;
  for (size_t i = 0; i < links.size(); ++i) {
    const TownLink& link = links[i];
    if (link.code != code) continue;
    if (link.valid.Contains(day)) {
      told.on = i;
    } else if (link.valid.from > day) {
      told.later = true;
    } else if (!told.before || *links[*told.before].valid.to < *link.valid.to) {
      told.before = i;
    }
  }
  return told;
}

// What became the town of that code; the one in force on the day where several were joined.
const TownLink* FormerOf(const std::vector<TownLink>& links, std::string_view code, Date day) {
  const TownLink* former = nullptr;
  for (const TownLink& link : links) {
    if (link.successor == code && (former == nullptr || link.valid.Contains(day))) former = &link;
  }
  return former;
}

}  // namespace

TownCode ParseTownCode(std::string_view text) {
  if (!IsDigits(text) || (text.size() != 9 && text.size() != 12)) return {"", TownCodeFault::kDigits};
  if (text.size() == 12 && !text.ends_with("000")) return {"", TownCodeFault::kVillage};
  return {std::string(text.substr(0, 9)), TownCodeFault::kNone};
}

TownClass ClassOf(std::string_view town_code) {
  switch (town_code.size() > 6 ? town_code[6] : ' ') {
    case '0':
      return TownClass::kSubdistrict;
    case '1':
      return TownClass::kTown;
    case '2':
    case '3':
      return TownClass::kTownship;
    case '4':
    case '5':
      return TownClass::kSimilar;
    default:
      return TownClass::kUnknown;
  }
}

std::optional<size_t> TownOn(const std::vector<TownLink>& links, std::string_view code, Date day) {
  std::string at(code);
  // Each step goes on in one direction of time; the bound is for a ring, or a gap between two, in the list.
  for (size_t steps = 0; steps <= links.size(); ++steps) {
    const Told told = Tell(links, at, day);
    if (told.on) return told.on;
    if (told.before) {
      at = links[*told.before].successor;
    } else if (const TownLink* former = told.later ? FormerOf(links, at, day) : nullptr) {
      at = former->code;
    } else {
      return std::nullopt;
    }
    if (at.empty()) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace inspectorate::registry
