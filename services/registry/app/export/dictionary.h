// What the columns of an export mean: for its manifest, and as a list of its own.
#pragma once

#include <string>
#include <vector>

#include "inspectorate/registry/v1/export.pb.h"
#include "services/registry/app/import/columns.h"

namespace inspectorate::registry {

v1::ExportedColumn Explained(const ListShape& shape, const ListColumn& column);

std::vector<std::string> DictionaryHeader();
std::vector<std::string> DictionaryRow(const ListShape& shape, const v1::ExportedColumn& column);

}  // namespace inspectorate::registry
