#include "services/registry/app/shipped.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "registry_data.h"

namespace inspectorate::registry {

csv::Table Shipped(std::string_view file) {
  for (const auto& [name, content] : registry_data) {
    if (!name.ends_with("/" + std::string(file))) continue;
    auto table = csv::Parse(content, {.notes = true});
    if (table.ok()) return *std::move(table);
    std::fprintf(stderr, "shipped data: %s\n", table.status().ToString().c_str());
  }
  std::fprintf(stderr, "shipped data: no usable %.*s\n", static_cast<int>(file.size()), file.data());
  std::abort();
}

}  // namespace inspectorate::registry
