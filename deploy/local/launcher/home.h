// The directory of one running platform on this machine, and what a killed run may have left in it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace inspectorate::local {

// Held while it lives: one launcher a directory.
class Lock {
 public:
  // FAILED_PRECONDITION when another launcher holds it.
  static absl::StatusOr<Lock> Take(const std::string& path);
  ~Lock();
  Lock(Lock&& other) noexcept : file_(other.file_) { other.file_ = -1; }
  Lock& operator=(Lock&&) = delete;

 private:
  explicit Lock(int file) : file_(file) {}
  int file_;
};

// Ends the programs of a run in `home` whose launcher was killed, as found by their arguments: a database or
// a service names files under `home`. Only for the holder of the directory's lock: then no living launcher
// owns them. Returns how many there were. `home` is absolute.
int EndLeftovers(const std::string& home);

}  // namespace inspectorate::local
