#include "common/process/private_files.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/secret.h"

namespace inspectorate::process {
namespace {

namespace fs = std::filesystem;

absl::Status Failed(const std::string& what) {
  return absl::InternalError(what + ": " + std::strerror(errno));
}

}  // namespace

absl::Status MakePrivateDirectory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!error) fs::permissions(path, fs::perms::owner_all, error);
  return error ? absl::InternalError(path + ": " + error.message()) : absl::OkStatus();
}

absl::Status WritePrivateFile(const std::string& path, std::string_view content) {
  const std::string draft = path + ".new";
  unlink(draft.c_str());
  const int file = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return Failed(draft);
  const bool written =
      write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && fsync(file) == 0;
  close(file);
  if (!written || std::rename(draft.c_str(), path.c_str()) != 0) return Failed(path);
  return absl::OkStatus();
}

absl::StatusOr<std::string> KeptSecret(const std::string& path) {
  absl::StatusOr<Secret> kept = ReadSecret(path);
  if (kept.ok()) return kept->Reveal();
  // Anything but a missing file is a mistake to be mended, not a reason to make another secret.
  if (!absl::IsNotFound(kept.status())) return kept.status();
  std::array<char, 32> random;
  if (getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size()))
    return Failed("getrandom");
  const std::string made = Hex({random.data(), random.size()});
  RETURN_IF_ERROR(WritePrivateFile(path, made));
  return made;
}

}  // namespace inspectorate::process
