// Files and directories that only this user may read.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace inspectorate::process {

// Makes the directory and its parents; only this user can enter it.
absl::Status MakePrivateDirectory(const std::string& path);
// Whole or not at all, with mode 0600.
absl::Status WritePrivateFile(const std::string& path, std::string_view content);
// 256 random bits in hexadecimal, kept in `path`; made when there is none.
absl::StatusOr<std::string> KeptSecret(const std::string& path);

}  // namespace inspectorate::process
