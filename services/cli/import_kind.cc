#include "services/cli/import_kind.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"

namespace inspectorate::cli {

using registry::v1::ImportKind;

std::optional<ImportKind> ImportKindOf(std::string_view file_name) {
  // The longer name first where one holds another.
  static constexpr std::pair<std::string_view, ImportKind> kNames[] = {
      {"督导室人员", registry::v1::IMPORT_STAFF},    {"校级督学", registry::v1::IMPORT_SUPERVISORS},
      {"责任督学", registry::v1::IMPORT_INSPECTORS}, {"督学分工", registry::v1::IMPORT_INSPECTOR_ASSIGNMENTS},
      {"责任区", registry::v1::IMPORT_AREAS},        {"机构", registry::v1::IMPORT_SCHOOLS},
      {"回避", registry::v1::IMPORT_RECUSALS},       {"校历", registry::v1::IMPORT_TERMS}};
  const std::string_view base = file_name.substr(file_name.rfind('/') + 1);
  for (const auto& [name, kind] : kNames) {
    if (base.find(name) != std::string_view::npos) return kind;
  }
  return std::nullopt;
}

std::optional<ImportKind> ParseImportKind(std::string_view word) {
  std::string name = absl::AsciiStrToUpper(absl::string_view(word.data(), word.size()));
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  if (name.rfind("IMPORT_", 0) != 0) name = "IMPORT_" + name;
  ImportKind kind;
  if (!registry::v1::ImportKind_Parse(name, &kind) || kind == registry::v1::IMPORT_KIND_UNSPECIFIED)
    return std::nullopt;
  return kind;
}

}  // namespace inspectorate::cli
