// Resource names against every pattern of the contracts: what parses is put together again as it was.
#include <string>

#include "common/base/resource_name.h"
#include "common/base/text.h"
#include "common/validate/resource_types.h"
#include "tests/fuzz/messages.h"

namespace inspectorate::fuzz {
namespace {

void CheckName(const std::string& pattern, std::string_view name) {
  const auto parts = ParseName(pattern, name);
  const auto loose = ParseName(pattern, name, /*wildcard=*/true);
  FUZZ_CHECK(!parts.has_value() || loose == parts);
  if (!loose.has_value()) return;
  FUZZ_CHECK(loose->size() == VariablesOf(pattern).size());
  if (!parts.has_value()) {
    FUZZ_CHECK(name.find(kWildcardId) != std::string_view::npos);
    return;
  }
  std::vector<std::string> ids;
  for (const NamePart& part : *parts) {
    FUZZ_CHECK(part.id.find('/') == std::string::npos && part.id != kWildcardId);
    ids.push_back(part.id);
  }
  FUZZ_CHECK(FormatName(pattern, ids) == std::string(name));
  ids.emplace_back("x");
  FUZZ_CHECK(!FormatName(pattern, ids).has_value());
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  const std::string_view name = Input(data, size).Rest();
  for (const auto* type : ResourceTypes()) {
    const auto& resource = type->options().GetExtension(google::api::resource);
    for (const std::string& pattern : resource.pattern()) CheckName(pattern, name);
    const bool is_name = validate::IsNameOf(resource, name);
    FUZZ_CHECK(!is_name || validate::IsNameOf(resource, name, /*wildcard=*/true));
    // What has a name is plain text.
    if (is_name)
      FUZZ_CHECK(
          name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/") ==
          std::string_view::npos);
  }
  for (const IdKind kind : {IdKind::kUuid, IdKind::kSlug, IdKind::kNumber, IdKind::kCode}) {
    if (IsId(kind, name)) FUZZ_CHECK(name.size() <= 63 && name.find('/') == std::string_view::npos);
  }
  return 0;
}
