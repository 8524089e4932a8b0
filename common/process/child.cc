#include "common/process/child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "common/base/file.h"

namespace inspectorate::process {
namespace {

constexpr int kCannotRun = 127;
constexpr size_t kTailBytes = 3000;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Runs in the child between fork and exec: only calls that are safe there. Does not return.
[[noreturn]] void Become(char* const* argv, char* const* environment, const char* log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kCannotRun);  // it died before the line above
  // The launcher waits for signals with a mask; programs want them.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  if (*log != '\0') {
    // A terminal's Ctrl-C goes to the launcher, which stops the services in its own order.
    setpgid(0, 0);
    const int input = open("/dev/null", O_RDONLY);
    const int output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (input < 0 || output < 0 || dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0) {
      _exit(kCannotRun);
    }
  }
  execve(argv[0], argv, environment);
  _exit(kCannotRun);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Child>> Child::Start(Command command) {
  if (access(command.argv.front().c_str(), X_OK) != 0) {
    return absl::NotFoundError(command.argv.front() + " is missing; build it with deploy/local/build");
  }
  std::vector<std::string> environment_texts = command.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment_texts.emplace_back(*entry);
  std::vector<char*> argv = Pointers(command.argv);
  std::vector<char*> environment = Pointers(environment_texts);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError(std::string("fork: ") + std::strerror(errno));
  if (pid == 0) Become(argv.data(), environment.data(), command.log.c_str(), parent);
  return std::unique_ptr<Child>(new Child(std::move(command), pid));
}

Child::~Child() { AwaitEnd(std::chrono::milliseconds(0)); }

std::optional<int> Child::Ended() {
  int status = 0;
  if (!ended_ && waitpid(pid_, &status, WNOHANG) == pid_) {
    ended_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return ended_;
}

void Child::Terminate() {
  if (!Ended()) kill(pid_, SIGTERM);
}

int Child::AwaitEnd(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  bool killed = false;
  while (!Ended()) {
    if (!killed && std::chrono::steady_clock::now() >= until) {
      kill(pid_, SIGKILL);
      killed = true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return *ended_;
}

std::string Child::LogTail() const { return TailOfFile(command_.log, kTailBytes); }

}  // namespace inspectorate::process
