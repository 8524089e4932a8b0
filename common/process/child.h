// A program that this one starts, watches and stops; the kernel ends it when this one dies.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace inspectorate::process {

struct Command {
  std::string name;               // for people: "registry"
  std::vector<std::string> argv;  // argv[0] is the path of the program
  // Appended to, with mode 0600. Empty: this process's own output and terminal.
  std::string log{};
  // Added to this process's environment, NAME=VALUE.
  std::vector<std::string> environment{};
};

// Not thread-safe; to be started on a thread that lives as long as the process, which Linux takes for the
// parent.
class Child {
 public:
  static absl::StatusOr<std::unique_ptr<Child>> Start(Command command);
  ~Child();  // SIGKILL if it still runs
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  const std::string& name() const { return command_.name; }
  pid_t pid() const { return pid_; }
  // How it ended: its exit status, or 128 + signal. Empty while it runs.
  std::optional<int> Ended();
  // SIGTERM; does not wait.
  void Terminate();
  // SIGKILL if it does not end within `patience`. How it ended.
  int AwaitEnd(std::chrono::milliseconds patience);
  // The last lines of its log.
  std::string LogTail() const;

 private:
  Child(Command command, pid_t pid) : command_(std::move(command)), pid_(pid) {}

  Command command_;
  pid_t pid_;
  std::optional<int> ended_;
};

}  // namespace inspectorate::process
