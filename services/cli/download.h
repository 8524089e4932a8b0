// Files that a service made, fetched piece by piece.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "services/cli/command.h"

namespace inspectorate::cli {

// All of it, and what its digest says.
absl::StatusOr<std::string> Download(Context& context, const registry::v1::DataFile& file);

}  // namespace inspectorate::cli
