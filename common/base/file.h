// Whole files, for what is small: keys, settings, lists, logs of tests.
#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace inspectorate {

// All bytes of a file. NOT_FOUND when it cannot be opened or read to its end; the message names the path.
absl::StatusOr<std::string> ReadFile(const std::string& path);

// The last `bytes` of a file at most; nothing of one that cannot be read.
std::string TailOfFile(const std::string& path, size_t bytes);

}  // namespace inspectorate
