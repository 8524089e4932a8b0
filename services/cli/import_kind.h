// Which list a file holds, told by its name.
#pragma once

#include <optional>
#include <string_view>

#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::cli {

// "机构.csv", "2026春-责任督学.csv", "IMPORT_AREAS": by the list's Chinese name, the longest that fits.
std::optional<registry::v1::ImportKind> ImportKindOf(std::string_view file_name);
// A file of an export that no import reads, by its name: plaques, area designs, the data dictionary.
bool OnlyGoesOut(std::string_view file_name);
// "areas" or "IMPORT_AREAS".
std::optional<registry::v1::ImportKind> ParseImportKind(std::string_view word);

}  // namespace inspectorate::cli
