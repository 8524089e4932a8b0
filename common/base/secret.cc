#include "common/base/secret.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace inspectorate {
namespace {

constexpr size_t kMaxSecretBytes = 64 * 1024;

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Secret::~Secret() { OPENSSL_cleanse(value_.data(), value_.size()); }

absl::StatusOr<Secret> ReadSecret(const std::string& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file.get() < 0 || fstat(file.get(), &info) != 0) {
    return absl::NotFoundError(absl::StrCat("secret file ", path, ": ", std::strerror(errno)));
  }
  // Checked on the open file, so that it cannot be exchanged between the check and the reading.
  if ((info.st_mode & S_IROTH) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("secret file ", path, " is readable by everybody; chmod o-r it"));
  }
  std::string content;
  std::array<char, 4096> buffer;
  ssize_t count = 0;
  while ((count = read(file.get(), buffer.data(), buffer.size())) > 0 && content.size() <= kMaxSecretBytes) {
    content.append(buffer.data(), static_cast<size_t>(count));
  }
  if (count < 0) return absl::NotFoundError(absl::StrCat("secret file ", path, ": ", std::strerror(errno)));
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) content.pop_back();
  if (content.empty() || content.size() > kMaxSecretBytes) {
    return absl::InvalidArgumentError(absl::StrCat("secret file ", path, " is empty or too long"));
  }
  return Secret(std::move(content));
}

}  // namespace inspectorate
