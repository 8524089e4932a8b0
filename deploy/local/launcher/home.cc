#include "deploy/local/launcher/home.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

// Debian 12's header (glibc 2.36) does not say itself that it is C.
extern "C" {
#include <sys/pidfd.h>
}

namespace inspectorate::local {
namespace {

namespace fs = std::filesystem;

// A database that is told to end writes what it holds; longer than this means that it hangs.
constexpr int kLeftoverPatienceMs = 30'000;

absl::Status Failed(const std::string& what) {
  return absl::InternalError(what + ": " + std::strerror(errno));
}

std::vector<std::string> ArgumentsOf(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

// The arguments by which the launcher tells its programs where they live. Whole ones: one home may lie in
// another.
bool LivesIn(const std::vector<std::string>& arguments, const std::string& home) {
  for (const std::string& argument : arguments) {
    if (argument == "--datadir=" + home + "/db" || argument == "--datadir=" + home + "/db.draft" ||
        argument == "--home=" + home ||
        argument.starts_with("--database-password-file=" + home + "/secrets/")) {
      return true;
    }
  }
  return false;
}

bool AwaitEnd(int process, int milliseconds) {
  pollfd poll_process{.fd = process, .events = POLLIN, .revents = 0};
  return poll(&poll_process, 1, milliseconds) > 0;
}

// A descriptor names the process even if its number is given to another meanwhile.
bool EndIfOurs(const std::string& pid, const std::string& home) {
  const int process = pidfd_open(std::stoi(pid), 0);
  if (process < 0) return false;
  const bool ours = LivesIn(ArgumentsOf(pid), home);
  if (ours && pidfd_send_signal(process, SIGTERM, nullptr, 0) == 0 &&
      !AwaitEnd(process, kLeftoverPatienceMs)) {
    pidfd_send_signal(process, SIGKILL, nullptr, 0);
    AwaitEnd(process, kLeftoverPatienceMs);
  }
  close(process);
  return ours;
}

}  // namespace

absl::StatusOr<Lock> Lock::Take(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return Failed(path);
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> holder{};
    const ssize_t length = pread(file, holder.data(), holder.size() - 1, 0);
    close(file);
    return absl::FailedPreconditionError("another launcher is at work here (process " +
                                         std::string(holder.data(), length > 0 ? length : 0) + ", " + path +
                                         ")");
  }
  const std::string self = std::to_string(getpid());
  if (ftruncate(file, 0) != 0 || pwrite(file, self.data(), self.size(), 0) < 0) {
    close(file);
    return Failed(path);
  }
  return Lock(file);
}

Lock::~Lock() {
  if (file_ >= 0) close(file_);
}

int EndLeftovers(const std::string& home) {
  int found = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string pid = entry.path().filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos || pid == std::to_string(getpid())) continue;
    if (LivesIn(ArgumentsOf(pid), home) && EndIfOurs(pid, home)) ++found;
  }
  return found;
}

}  // namespace inspectorate::local
