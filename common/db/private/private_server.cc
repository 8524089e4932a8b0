#include "common/db/private/private_server.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "common/base/file.h"
#include "common/base/macros.h"
#include "common/db/private/server_kind.h"

namespace inspectorate::db {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr size_t kLongestSocket = 99;  // sun_path holds 108, clients less
constexpr char kRunPrefix[] = "insp-db-";

absl::Status SystemError(const std::string& what) {
  return absl::InternalError(what + ": " + std::strerror(errno));
}

void Append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

// Makes the server's fsync cost nothing, where the library is installed.
std::string WithoutSync() {
  for (const char* path :
       {"/usr/lib/x86_64-linux-gnu/libeatmydata.so", "/usr/lib/aarch64-linux-gnu/libeatmydata.so"}) {
    if (access(path, R_OK) == 0) return path;
  }
  return {};
}

struct ChildOptions {
  std::vector<std::string> command;
  int input = -1;   // -1: /dev/null
  std::string log;  // appended to
  int signal_at_parents_end = SIGKILL;
  std::string preload;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::string& preload) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, "LD_PRELOAD=", 11) != 0) environment.emplace_back(*entry);
  }
  if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
  return environment;
}

// Everything is allocated before the fork: after it, only calls that are safe in a program with threads.
absl::StatusOr<pid_t> Spawn(ChildOptions child) {
  std::vector<char*> command = Pointers(child.command);
  std::vector<std::string> environment_texts = Environment(child.preload);
  std::vector<char*> environment = Pointers(environment_texts);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return SystemError("fork");
  if (pid > 0) return pid;

  // A terminal's Ctrl-C goes to the parent, which stops the child in its own time.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, child.signal_at_parents_end);
  if (getppid() != parent) _exit(127);
  const int log = open(child.log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = child.input >= 0 ? child.input : open("/dev/null", O_RDONLY);
  if (log < 0 || input < 0 || dup2(input, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0) _exit(127);
  execve(command[0], command.data(), environment.data());
  _exit(127);
}

std::string TailOf(const std::string& path) {
  constexpr size_t kTold = 2000;
  return TailOfFile(path, kTold);
}

absl::Status Await(pid_t pid) {
  int ended = 0;
  while (waitpid(pid, &ended, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(ended) && WEXITSTATUS(ended) == 0 ? absl::OkStatus() : absl::InternalError("failed");
}

// Script and log lie beside the directory: MySQL initialises only an empty one.
absl::Status Initialise(const ServerKind& kind, const std::string& data_dir) {
  fs::create_directories(data_dir + (kind.system_tables.empty() ? "" : "/mysql"));
  fs::permissions(data_dir, fs::perms::owner_all);
  const std::string script = data_dir + ".sql";
  const std::string log = data_dir + ".log";
  ASSIGN_OR_RETURN(const std::string sql, BootstrapSql(kind));
  std::ofstream(script) << sql;
  ChildOptions child{.command = kind.program,
                     .input = open(script.c_str(), O_RDONLY | O_CLOEXEC),
                     .log = log,
                     .preload = WithoutSync()};
  child.command.push_back("--datadir=" + data_dir);
  Append(child.command, kind.initialising);
  Append(child.command, kind.storage);
  if (geteuid() == 0) child.command.push_back("--user=root");
  const int input = child.input;
  const auto pid = Spawn(std::move(child));
  close(input);
  RETURN_IF_ERROR(pid.status());
  if (!Await(*pid).ok()) {
    return absl::InternalError("the data directory could not be initialised: " + TailOf(log));
  }
  fs::remove(script);
  fs::remove(log);
  sync();
  return absl::OkStatus();
}

// Initialises beside the final place, so that a crash leaves nothing half done under its name.
absl::Status InitialiseAt(const ServerKind& kind, const std::string& data_dir) {
  const std::string draft = data_dir + ".draft";
  fs::remove_all(draft);
  RETURN_IF_ERROR(Initialise(kind, draft));
  fs::rename(draft, data_dir);
  return absl::OkStatus();
}

// Waits for the lock; -1 on failure. Closing it releases it.
int LockFile(const std::string& path, int how) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0 && flock(file, how) != 0) {
    close(file);
    return -1;
  }
  return file;
}

std::string CacheDirectory() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  if (xdg != nullptr && *xdg == '/') return std::string(xdg) + "/inspectorate";
  return (fs::temp_directory_path() / ("inspectorate-cache-" + std::to_string(geteuid()))).string();
}

// One initialised data directory for each build of the server, made once and then copied.
absl::StatusOr<std::string> Template(const ServerKind& kind) {
  const std::string cache = CacheDirectory();
  fs::create_directories(cache);
  fs::permissions(cache, fs::perms::owner_all);
  const auto build = fs::last_write_time(kind.binary).time_since_epoch().count();
  const std::string path = cache + "/" + kind.name + "-" + std::to_string(fs::file_size(kind.binary)) + "-" +
                           std::to_string(build);
  const int lock = LockFile(path + ".lock", LOCK_EX);
  if (lock < 0) return SystemError("lock " + path);
  absl::Status made = fs::exists(path) ? absl::OkStatus() : InitialiseAt(kind, path);
  close(lock);
  RETURN_IF_ERROR(made);
  return path;
}

// What processes that were killed left behind: directories whose lock nobody holds.
void RemoveLeftovers() {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::temp_directory_path(), error)) {
    if (!entry.path().filename().string().starts_with(kRunPrefix)) continue;
    const std::string lock_path = entry.path().string() + "/lock";
    const int lock = open(lock_path.c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) continue;
    if (flock(lock, LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), error);
    close(lock);
  }
}

// A server that accepts and greets is ready; the socket alone appears earlier.
bool Greets(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), std::min(path.size(), sizeof address.sun_path - 1));
  const int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection < 0) return false;
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  char greeting[64];
  const bool greets = connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                      recv(connection, greeting, sizeof greeting, 0) > 5;
  close(connection);
  return greets;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PrivateServer>> PrivateServer::Start(PrivateServerOptions options) {
  try {
    if (const char* root = std::getenv(kMySqlVariable); options.mysql_root.empty() && root != nullptr) {
      options.mysql_root = root;
    }
    ASSIGN_OR_RETURN(ServerKind kind,
                     KindOf(options.mysql_root == kInstalledMariaDb ? std::string() : options.mysql_root));
    std::unique_ptr<PrivateServer> server(new PrivateServer(std::move(options), std::move(kind)));
    RETURN_IF_ERROR(server->MakeDirectories());
    RETURN_IF_ERROR(server->GiveToUser());
    RETURN_IF_ERROR(server->Launch());
    return server;
  } catch (const fs::filesystem_error& e) {
    return absl::InternalError(e.what());
  }
}

PrivateServer::~PrivateServer() {
  if (temporary_) {
    Kill9();
  } else {
    Stop();
  }
  std::error_code ignored;
  if (!run_dir_.empty()) fs::remove_all(run_dir_, ignored);
  if (run_lock_ >= 0) close(run_lock_);
}

absl::Status PrivateServer::MakeDirectories() {
  RemoveLeftovers();
  std::string pattern = (fs::temp_directory_path() / (std::string(kRunPrefix) + "XXXXXX")).string();
  if (mkdtemp(pattern.data()) == nullptr) return SystemError("mkdtemp " + pattern);
  run_dir_ = pattern;
  run_lock_ = LockFile(run_dir_ + "/lock", LOCK_EX);
  if (run_lock_ < 0) return SystemError("lock " + run_dir_);
  if (options_.socket.empty()) options_.socket = run_dir_ + "/s";
  if (options_.socket.size() > kLongestSocket) {
    return absl::InvalidArgumentError("the socket's path is too long: " + options_.socket);
  }
  temporary_ = options_.data_dir.empty();
  if (temporary_) {
    options_.data_dir = run_dir_ + "/data";
    ASSIGN_OR_RETURN(const std::string source, Template(kind_));
    fs::copy(source, options_.data_dir, fs::copy_options::recursive);
    return absl::OkStatus();
  }
  if (fs::exists(options_.data_dir)) return absl::OkStatus();
  if (const fs::path parent = fs::path(options_.data_dir).parent_path(); !parent.empty()) {
    fs::create_directories(parent);
  }
  return InitialiseAt(kind_, options_.data_dir);
}

absl::Status PrivateServer::GiveToUser() const {
  if (geteuid() != 0 || options_.user == "root") return absl::OkStatus();
  const passwd* user = getpwnam(options_.user.c_str());
  if (user == nullptr) return absl::FailedPreconditionError("there is no user " + options_.user);
  for (const std::string& top : {run_dir_, options_.data_dir}) {
    if (chown(top.c_str(), user->pw_uid, user->pw_gid) != 0) return SystemError("chown " + top);
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      if (lchown(entry.path().c_str(), user->pw_uid, user->pw_gid) != 0) return SystemError("chown " + top);
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> PrivateServer::CommandLine() const {
  std::vector<std::string> command = kind_.program;
  // A server that starts clears its temporary folder, in /tmp also of what other servers have there.
  Append(command,
         {"--datadir=" + options_.data_dir, "--tmpdir=" + options_.data_dir, "--socket=" + options_.socket,
          "--pid-file=" + options_.data_dir + "/server.pid", "--skip-networking", "--skip-name-resolve",
          "--skip-log-bin", "--character-set-server=utf8mb4", "--collation-server=utf8mb4_bin",
          "--performance-schema=OFF", "--table-open-cache=400",
          "--max-connections=" + std::to_string(options_.max_connections),
          "--innodb-buffer-pool-size=" + std::to_string(options_.buffer_pool_mib) + "M",
          "--innodb-flush-method=O_DIRECT",
          std::string("--innodb-flush-log-at-trx-commit=") + (options_.durable ? "1" : "2")});
  Append(command, kind_.running);
  Append(command, kind_.storage);
  if (geteuid() == 0) command.push_back("--user=" + options_.user);
  Append(command, options_.arguments);
  return command;
}

absl::Status PrivateServer::Launch() {
  ChildOptions child{.command = CommandLine(),
                     .log = log_path(),
                     .signal_at_parents_end = temporary_ ? SIGKILL : SIGTERM,
                     .preload = options_.durable ? std::string() : WithoutSync()};
  ASSIGN_OR_RETURN(pid_, Spawn(std::move(child)));
  return AwaitReady();
}

absl::Status PrivateServer::AwaitReady() {
  const auto give_up = steady_clock::now() + options_.start_timeout;
  while (!Greets(options_.socket)) {
    if (!Running()) return absl::UnavailableError("the database did not start: " + TailOf(log_path()));
    if (steady_clock::now() >= give_up) {
      Kill9();
      return absl::DeadlineExceededError("the database is not ready: " + TailOf(log_path()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return absl::OkStatus();
}

bool PrivateServer::Running() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) != 0) pid_ = -1;
  return pid_ > 0;
}

void PrivateServer::Stop(std::chrono::seconds patience) {
  if (!Running()) return;
  kill(pid_, SIGTERM);
  const auto give_up = steady_clock::now() + patience;
  while (Running() && steady_clock::now() < give_up)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  Kill9();
}

void PrivateServer::Kill9() {
  if (!Running()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

absl::Status PrivateServer::Restart() {
  Stop();
  return Launch();
}

}  // namespace inspectorate::db
