#include "services/cli/import_kind.h"

#include <string>

#include "absl/strings/ascii.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::cli {

using registry::v1::ImportKind;

std::optional<ImportKind> ImportKindOf(std::string_view file_name) {
  const std::string_view base = file_name.substr(file_name.rfind('/') + 1);
  const auto& kinds = *registry::v1::ImportKind_descriptor();
  std::optional<ImportKind> found;
  size_t longest = 0;
  for (int i = 0; i < kinds.value_count(); ++i) {
    const std::string& name = kinds.value(i)->options().GetExtension(type::v1::zh);
    if (name.size() <= longest || base.find(name) == std::string_view::npos) continue;
    longest = name.size();
    found = static_cast<ImportKind>(kinds.value(i)->number());
  }
  return found;
}

bool OnlyGoesOut(std::string_view file_name) {
  const auto kind = ImportKindOf(file_name);
  if (kind) return *kind == registry::v1::IMPORT_AREA_DESIGNS;
  return file_name.substr(file_name.rfind('/') + 1).starts_with("数据字典");
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
