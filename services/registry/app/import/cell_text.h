// How values stand in a cell beyond plain text; both ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/time.h"

namespace inspectorate::registry {

// Several values of one cell, separated by `|`; `\` before a character that belongs to a value.
std::vector<std::string> PartsOf(std::string_view cell);
std::string JoinParts(const std::vector<std::string>& parts);

// "2026-03-09 10:00:00" in China, with the fraction where there is one. Read also with `T` and an offset.
std::string TimeText(Time time);
std::optional<Time> TimeIn(std::string cell);

// A text that begins like a formula would be one where a CSV file is opened: an apostrophe stands before it
// there, and is taken away when the file is read.
std::string Shielded(std::string text);
std::string Unshielded(std::string text);

}  // namespace inspectorate::registry
