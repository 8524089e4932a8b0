// The lists of a district as they lie in a folder (deploy/local/district/*), ready to be imported.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::demo {

// All lists of `folder` in one request, below `parent` (offices/zhanhua): they come in together or not at
// all.
absl::StatusOr<registry::v1::ImportRosterRequest> ReadLists(const std::string& folder,
                                                            const std::string& parent);

}  // namespace inspectorate::demo
