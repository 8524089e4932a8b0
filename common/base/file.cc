#include "common/base/file.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <sstream>

namespace inspectorate {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file gives nothing to write, which the stream takes for a failure; a folder opens, and gives
  // nothing.
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad() || !text) return absl::NotFoundError("cannot read " + path);
  return std::move(text).str();
}

std::string TailOfFile(const std::string& path, size_t bytes) {
  const absl::StatusOr<std::string> all = ReadFile(path);
  return all.ok() ? all->substr(all->size() - std::min(all->size(), bytes)) : std::string();
}

}  // namespace inspectorate
