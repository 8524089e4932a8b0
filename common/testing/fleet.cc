#include "common/testing/fleet.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <future>
#include <mutex>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

#include "common/base/macros.h"
#include "common/db/private/private_server.h"
#include "common/process/child.h"
#include "common/process/ports.h"
#include "common/process/private_files.h"

namespace inspectorate::testing {
namespace {

namespace fs = std::filesystem;
using process::Child;
using process::Command;
using process::KeptSecret;
using process::WritePrivateFile;
using std::chrono::steady_clock;

constexpr const char* kServices[] = {"registry", "visits", "issues", "reporting"};
constexpr char kIssuer[] = "inspectorate-test";
constexpr char kAudience[] = "inspectorate";
constexpr auto kTokenLifetime = std::chrono::hours(12);
constexpr auto kMigrationLimit = std::chrono::minutes(3);
constexpr auto kDrainPatience = std::chrono::seconds(30);
constexpr auto kLook = std::chrono::milliseconds(20);
constexpr int kConnections = 400;
constexpr int kBufferPoolMib = 64;

constexpr char kNameServer[] = "/usr/sbin/dnsmasq";
constexpr char kDomain[] = ".fleet.test";
constexpr int kFirstHost = 10;
constexpr auto kNameServerLimit = std::chrono::seconds(20);

std::string Loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

// Free ports below those that the kernel gives to outgoing connections: one of these could take the place of
// a process that is down for a moment.
std::vector<int> LastingPorts(size_t count) {
  constexpr int kLowest = 10'000;
  int first_outgoing = 32'768;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first_outgoing;
  std::mt19937 random(std::random_device{}());
  std::uniform_int_distribution<int> any(kLowest, std::max(kLowest + 1000, first_outgoing - 1));
  std::vector<int> wishes(count);
  for (int& wish : wishes) wish = any(random);
  return process::FreePorts(wishes);
}

// Linux ends a child with the thread that forked it: this one lives as long as the fleet.
class Spawner {
 public:
  Spawner() : thread_([this] { Run(); }) {}
  ~Spawner() {
    Do([this] { stopping_ = true; });
    thread_.join();
  }

  // Runs `work` on the thread and waits for it.
  void Do(const std::function<void()>& work) {
    std::packaged_task<void()> task(work);
    std::future<void> done = task.get_future();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      tasks_.push_back(std::move(task));
    }
    wake_.notify_one();
    done.wait();
  }

 private:
  void Run() {
    while (!stopping_) {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [this] { return !tasks_.empty(); });
      std::packaged_task<void()> task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::packaged_task<void()>> tasks_;
  bool stopping_ = false;  // of the thread
  std::thread thread_;
};

}  // namespace

struct Fleet::State {
  // Guards its child; processes are independent of each other.
  struct Process {
    mutable std::mutex mutex;
    std::unique_ptr<Child> child;
    std::string host = "127.0.0.1";
    int port = 0;
    int metrics_port = 0;
    std::string address() const { return host + ":" + std::to_string(port); }
  };

  absl::Status Begin();
  absl::Status MakeHome();
  absl::Status MakeIdentities();
  absl::Status StartDatabase();
  void MakeProcesses();
  absl::Status StartNames();
  void WriteNames();
  std::string Target(const std::string& service) const;
  absl::Status MakeSchemas() const;
  absl::Status MigrateAll();
  absl::StatusOr<std::unique_ptr<Child>> Spawn(Command command);
  absl::StatusOr<std::unique_ptr<Child>> SpawnMigration(const std::string& service,
                                                        const std::string& program);
  absl::Status AwaitMigration(Child& child) const;
  absl::Status Launch(const Replica& replica, const LaunchOptions& launch);
  std::vector<std::string> DatabaseArguments(const Replica& replica, const std::string& user) const;
  std::vector<std::string> PeerArguments(const Replica& replica) const;
  db::Options Admin() const;
  std::string Program(const std::string& service, const std::string& other) const;
  std::string Path(const std::string& name) const { return options.home + "/" + name; }
  std::string LogOf(const Replica& replica) const {
    return Path("log/" + replica.service + "-" + std::to_string(replica.number) + ".log");
  }
  Process& Of(const Replica& replica) const { return *processes.at(replica); }
  void Signal(const Replica& replica, int signal) const;
  void SignalDatabase(int signal);

  FleetOptions options;
  bool temporary = false;
  std::unique_ptr<auth::TokenIssuer> issuer;
  Spawner spawner;
  mutable std::mutex database_mutex;
  std::unique_ptr<db::PrivateServer> database;
  std::string database_address;                           // of a cluster all, with commas
  std::map<Replica, std::unique_ptr<Process>> processes;  // the map itself does not change after Begin
  std::mutex names_mutex;
  std::unique_ptr<Child> names;  // the name server
  int names_port = 0;
  std::map<std::string, std::vector<int>> published;
};

absl::Status Fleet::State::MakeHome() {
  if (options.programs.empty()) {
    const char* programs = std::getenv("INSPECTORATE_BIN");
    if (programs == nullptr)
      return absl::FailedPreconditionError("INSPECTORATE_BIN names no folder of programs");
    options.programs = programs;
  }
  if (options.home.empty()) {
    std::string pattern = (fs::temp_directory_path() / "insp-fleet-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) return absl::InternalError("mkdtemp " + pattern);
    options.home = pattern;
    temporary = true;
  }
  for (const char* folder : {"", "log", "secrets", "tokens"})
    RETURN_IF_ERROR(process::MakePrivateDirectory(Path(folder)));
  return absl::OkStatus();
}

absl::Status Fleet::State::MakeIdentities() {
  ASSIGN_OR_RETURN(issuer, auth::TokenIssuer::LoadOrCreate(Path("issuer.jwk"), kIssuer, kAudience));
  RETURN_IF_ERROR(WritePrivateFile(Path("jwks.json"), issuer->Jwks()));
  RETURN_IF_ERROR(KeptSecret(Path("secrets/page_tokens")).status());
  for (const char* service : kServices) {
    const std::string subject = std::string("services/") + service;
    ASSIGN_OR_RETURN(
        const std::string token,
        issuer->Issue(
            {.subject = subject, .display_name = subject, .role = rpc::Role::ROLE_SERVICE, .office = "-"},
            kTokenLifetime));
    RETURN_IF_ERROR(WritePrivateFile(Path("tokens/") + service, token));
  }
  return absl::OkStatus();
}

absl::Status Fleet::State::StartDatabase() {
  if (options.external) {
    if (options.external->addresses.empty()) return absl::InvalidArgumentError("no address of a database");
    for (const std::string& address : options.external->addresses)
      database_address += (database_address.empty() ? "" : ",") + address;
    return absl::OkStatus();
  }
  std::vector<std::string> arguments = options.database_arguments;
  if (options.database_over_tcp || options.database_route) {
    const int port = LastingPorts(1).front();
    database_address = Loopback(port);
    for (const std::string& argument :
         {std::string("--skip-networking=0"), std::string("--bind-address=127.0.0.1"),
          "--port=" + std::to_string(port)})
      arguments.push_back(argument);
  }
  absl::Status status;
  spawner.Do([&] {
    auto started = db::PrivateServer::Start({.data_dir = Path("db"),
                                             .buffer_pool_mib = kBufferPoolMib,
                                             .max_connections = kConnections,
                                             .durable = options.durable,
                                             .arguments = arguments});
    status = started.status();
    if (started.ok()) database = *std::move(started);
  });
  return status;
}

db::Options Fleet::State::Admin() const {
  if (!options.external) return {.socket = database->socket(), .user = "root"};
  return {.host = database_address,
          .user = options.external->admin_user,
          .password = options.external->admin_password,
          .tls_ca = options.external->tls_ca};
}

absl::Status Fleet::State::MakeSchemas() const {
  std::vector<std::string> statements;
  for (const std::string schema : kServices) {
    if (options.external) statements.push_back("DROP DATABASE IF EXISTS `" + schema + "`");
    statements.push_back("CREATE DATABASE IF NOT EXISTS `" + schema +
                         "` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin");
    for (const std::string& user : {schema, schema + "_ddl"}) {
      ASSIGN_OR_RETURN(const std::string password, KeptSecret(Path("secrets/" + user)));
      statements.push_back("CREATE USER IF NOT EXISTS '" + user + "'@'%'");
      statements.push_back("ALTER USER '" + user + "'@'%' IDENTIFIED BY '" + password + "'");
    }
    // As in operation: what serves cannot change the schema.
    statements.push_back("GRANT SELECT, INSERT, UPDATE, DELETE ON `" + schema + "`.* TO '" + schema +
                         "'@'%'");
    statements.push_back("GRANT ALL PRIVILEGES ON `" + schema + "`.* TO '" + schema + "_ddl'@'%'");
  }
  ASSIGN_OR_RETURN(const auto admin, db::Database::Open(Admin()));
  return admin->Read(db::Budget::Of(std::chrono::seconds(60)), [&](db::Session& session) -> absl::Status {
    for (const std::string& statement : statements) RETURN_IF_ERROR(session.Execute(statement).status());
    return absl::OkStatus();
  });
}

std::string Fleet::State::Program(const std::string& service, const std::string& other) const {
  if (!other.empty()) return other;
  const auto name = options.program_names.find(service);
  return options.programs + "/" + (name == options.program_names.end() ? service : name->second);
}

absl::StatusOr<std::unique_ptr<Child>> Fleet::State::Spawn(Command command) {
  absl::StatusOr<std::unique_ptr<Child>> child;
  spawner.Do([&] { child = Child::Start(std::move(command)); });
  return child;
}

std::vector<std::string> Fleet::State::DatabaseArguments(const Replica& replica,
                                                         const std::string& user) const {
  std::vector<std::string> arguments = {"--database-user=" + user, "--database-schema=" + replica.service,
                                        "--database-password-file=" + Path("secrets/" + user)};
  if (database_address.empty()) {
    arguments.push_back("--database-socket=" + database->socket());
    return arguments;
  }
  std::string hosts;
  std::istringstream addresses(database_address);
  for (std::string address; std::getline(addresses, address, ',');) {
    if (options.database_route) address = options.database_route(replica, address);
    hosts += (hosts.empty() ? "" : ",") + address;
  }
  arguments.push_back("--database-host=" + hosts);
  if (options.external && !options.external->tls_ca.empty())
    arguments.push_back("--database-tls-ca=" + options.external->tls_ca);
  return arguments;
}

std::vector<std::string> Fleet::State::PeerArguments(const Replica& replica) const {
  std::map<std::string, std::string> targets;
  for (const auto& [peer, process] : processes) {
    if (peer.service == replica.service) continue;
    if (options.by_name) {
      targets[peer.service] = Target(peer.service);
      continue;
    }
    const std::string real = process->address();
    const std::string address = options.peer_route ? options.peer_route(replica, peer, real) : real;
    std::string& target = targets[peer.service];
    target += (target.empty() ? "ipv4:" : ",") + address;
  }
  std::vector<std::string> arguments;
  for (const auto& [peer, target] : targets) arguments.push_back("--peer=" + peer + "=" + target);
  return arguments;
}

absl::StatusOr<std::unique_ptr<Child>> Fleet::State::SpawnMigration(const std::string& service,
                                                                    const std::string& program) {
  Command command{.name = service + " migrate",
                  .argv = {Program(service, program)},
                  .log = Path("log/" + service + ".migrate.log"),
                  .environment = options.environment};
  for (const std::string& argument : DatabaseArguments({service, 0}, service + "_ddl"))
    command.argv.push_back(argument);
  command.argv.push_back("migrate");
  return Spawn(std::move(command));
}

absl::Status Fleet::State::AwaitMigration(Child& child) const {
  const int ended = child.AwaitEnd(kMigrationLimit);
  if (ended == 0) return absl::OkStatus();
  return absl::InternalError(child.name() + " ended with " + std::to_string(ended) + ": " + child.LogTail());
}

absl::Status Fleet::State::MigrateAll() {
  std::map<std::string, std::unique_ptr<Child>> migrations;
  for (const auto& [replica, process] : processes) {
    if (migrations.contains(replica.service)) continue;
    ASSIGN_OR_RETURN(migrations[replica.service], SpawnMigration(replica.service, {}));
  }
  for (const auto& [service, child] : migrations) RETURN_IF_ERROR(AwaitMigration(*child));
  return absl::OkStatus();
}

absl::Status Fleet::State::Launch(const Replica& replica, const LaunchOptions& launch) {
  Process& process = Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  if (process.child != nullptr && !process.child->Ended())
    return absl::FailedPreconditionError(process.child->name() + " runs already");
  Command command{.name = replica.service + "-" + std::to_string(replica.number),
                  .argv = {Program(replica.service, launch.program)},
                  .log = LogOf(replica),
                  .environment = launch.environment};
  command.environment.insert(command.environment.end(), options.environment.begin(),
                             options.environment.end());
  auto add = [&](const std::vector<std::string>& arguments) {
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  };
  add(DatabaseArguments(replica, replica.service));
  add({"serve", "--listen=" + process.address(), "--metrics-listen=" + Loopback(process.metrics_port),
       "--jwks-file=" + Path("jwks.json"), std::string("--issuer=") + kIssuer,
       std::string("--audience=") + kAudience, "--token-file=" + Path("tokens/" + replica.service),
       "--secret-file=" + Path("secrets/page_tokens")});
  add(PeerArguments(replica));
  add(options.arguments);
  add(launch.arguments);
  ASSIGN_OR_RETURN(process.child, Spawn(std::move(command)));
  return absl::OkStatus();
}

void Fleet::State::MakeProcesses() {
  for (const std::string service : kServices) {
    const auto wanted = options.replicas.find(service);
    const int count = wanted == options.replicas.end() ? 1 : wanted->second;
    for (int number = 0; number < count; ++number) processes[{service, number}] = std::make_unique<Process>();
  }
  const std::vector<int> ports = LastingPorts(2 * processes.size() + 1);
  size_t next = 0;
  names_port = ports[next++];
  for (auto& [replica, process] : processes) {
    process->port = ports[next++];
    process->metrics_port = ports[next++];
    if (!options.by_name) continue;
    process->port = processes.at({replica.service, 0})->port;
    process->host = "127.0.0." + std::to_string(kFirstHost + replica.number);
    if (options.launch) published[replica.service].push_back(replica.number);
  }
}

// The addresses of every name as a file of hosts; the name server holds the file's last state.
void Fleet::State::WriteNames() {
  std::ofstream hosts(Path("hosts"), std::ios::trunc);
  for (const auto& [service, numbers] : published) {
    for (const int number : numbers)
      hosts << processes.at({service, number})->host << " " << service << kDomain << "\n";
  }
}

absl::Status Fleet::State::StartNames() {
  if (!options.by_name) return absl::OkStatus();
  if (!fs::exists(kNameServer)) return absl::NotFoundError(std::string(kNameServer) + " is not installed");
  WriteNames();
  Command command{.name = "names",
                  .argv = {kNameServer, "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file",
                           "--user=root", "--no-resolv", "--no-hosts", "--addn-hosts=" + Path("hosts"),
                           std::string("--local=/") + (kDomain + 1) + "/", "--listen-address=127.0.0.1",
                           "--bind-interfaces", "--port=" + std::to_string(names_port)},
                  .log = Path("log/names.log")};
  ASSIGN_OR_RETURN(names, Spawn(std::move(command)));
  const auto until = steady_clock::now() + kNameServerLimit;
  while (!process::Listens(names_port)) {
    if (names->Ended() || steady_clock::now() >= until)
      return absl::InternalError("the name server does not listen: " + names->LogTail());
    std::this_thread::sleep_for(kLook);
  }
  return absl::OkStatus();
}

std::string Fleet::State::Target(const std::string& service) const {
  std::string target;
  for (const auto& [replica, process] : processes) {
    if (replica.service != service) continue;
    if (options.by_name) {
      return "dns://" + Loopback(names_port) + "/" + service + kDomain + ":" + std::to_string(process->port);
    }
    target += (target.empty() ? "ipv4:" : ",") + process->address();
  }
  return target;
}

absl::Status Fleet::State::Begin() {
  RETURN_IF_ERROR(MakeHome());
  RETURN_IF_ERROR(MakeIdentities());
  RETURN_IF_ERROR(StartDatabase());
  RETURN_IF_ERROR(MakeSchemas());
  MakeProcesses();
  return StartNames();
}

void Fleet::State::Signal(const Replica& replica, int signal) const {
  const Process& process = Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  if (process.child != nullptr && !process.child->Ended()) kill(process.child->pid(), signal);
}

void Fleet::State::SignalDatabase(int signal) {
  std::lock_guard<std::mutex> lock(database_mutex);
  if (database != nullptr && database->Running()) kill(database->pid(), signal);
}

Fleet::Fleet(std::unique_ptr<State> state) : state_(std::move(state)) {}

absl::StatusOr<std::unique_ptr<Fleet>> Fleet::Start(FleetOptions options) {
  const bool launch = options.launch;
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  std::unique_ptr<Fleet> fleet(new Fleet(std::move(state)));
  RETURN_IF_ERROR(fleet->state_->Begin());
  if (!launch) return fleet;
  RETURN_IF_ERROR(fleet->state_->MigrateAll());
  for (const Replica& replica : fleet->replicas()) RETURN_IF_ERROR(fleet->Launch(replica));
  for (const Replica& replica : fleet->replicas()) RETURN_IF_ERROR(fleet->AwaitServing(replica));
  return fleet;
}

Fleet::~Fleet() {
  for (auto& [replica, process] : state_->processes) {
    if (process->child == nullptr) continue;
    process->child->Terminate();
    kill(process->child->pid(), SIGCONT);
  }
  for (auto& [replica, process] : state_->processes) {
    if (process->child != nullptr) process->child->AwaitEnd(kDrainPatience);
  }
  state_->SignalDatabase(SIGCONT);
  state_->database.reset();
  std::error_code ignored;
  if (state_->temporary) fs::remove_all(state_->options.home, ignored);
}

std::vector<Replica> Fleet::replicas() const {
  std::vector<Replica> replicas;
  for (const auto& [replica, process] : state_->processes) replicas.push_back(replica);
  return replicas;
}

absl::Status Fleet::Launch(const Replica& replica, const LaunchOptions& options) {
  return state_->Launch(replica, options);
}

absl::Status Fleet::AwaitServing(const Replica& replica, std::chrono::milliseconds limit) const {
  const auto until = steady_clock::now() + limit;
  const State::Process& process = state_->Of(replica);
  for (;;) {
    if (const auto ended = Ended(replica)) {
      std::lock_guard<std::mutex> lock(state_->Of(replica).mutex);
      return absl::UnavailableError(replica.service + " ended with " + std::to_string(*ended) + ": " +
                                    state_->Of(replica).child->LogTail());
    }
    // A client that finds nobody backs off for seconds: it is asked once somebody listens.
    if (process::Listens(process.port, process.host) &&
        rpc::Client::Connect({.target = address(replica), .token = {}})
            ->CheckHealth(std::chrono::seconds(2))
            .ok()) {
      return absl::OkStatus();
    }
    if (steady_clock::now() >= until)
      return absl::DeadlineExceededError(replica.service + " does not report that it serves");
    std::this_thread::sleep_for(kLook);
  }
}

void Fleet::Kill9(const Replica& replica) {
  const State::Process& process = state_->Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  if (process.child != nullptr) process.child->AwaitEnd(std::chrono::milliseconds(0));
}

int Fleet::Terminate(const Replica& replica, std::chrono::milliseconds patience) {
  const State::Process& process = state_->Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  if (process.child == nullptr) return 0;
  process.child->Terminate();
  return process.child->AwaitEnd(patience);
}

void Fleet::Pause(const Replica& replica) { state_->Signal(replica, SIGSTOP); }
void Fleet::Resume(const Replica& replica) { state_->Signal(replica, SIGCONT); }

std::optional<int> Fleet::Ended(const Replica& replica) const {
  const State::Process& process = state_->Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  if (process.child == nullptr) return {};
  return process.child->Ended();
}

int Fleet::pid(const Replica& replica) const {
  const State::Process& process = state_->Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  return process.child == nullptr || process.child->Ended() ? -1 : process.child->pid();
}

int Fleet::last_pid(const Replica& replica) const {
  const State::Process& process = state_->Of(replica);
  std::lock_guard<std::mutex> lock(process.mutex);
  return process.child == nullptr ? -1 : process.child->pid();
}

std::string Fleet::log(const Replica& replica) const { return state_->LogOf(replica); }

absl::Status Fleet::Migrate(const std::string& service, const std::string& program) {
  ASSIGN_OR_RETURN(const auto child, state_->SpawnMigration(service, program));
  return state_->AwaitMigration(*child);
}

bool Fleet::DatabaseRuns() const {
  std::lock_guard<std::mutex> lock(state_->database_mutex);
  return state_->database == nullptr || state_->database->Running();
}

void Fleet::KillDatabase() {
  std::lock_guard<std::mutex> lock(state_->database_mutex);
  if (state_->database != nullptr) state_->database->Kill9();
}

absl::Status Fleet::RestartDatabase() {
  std::lock_guard<std::mutex> lock(state_->database_mutex);
  if (state_->database == nullptr)
    return absl::FailedPreconditionError("the database is not the fleet's own");
  absl::Status status;
  state_->spawner.Do([&] { status = state_->database->Restart(); });
  return status;
}

void Fleet::PauseDatabase() { state_->SignalDatabase(SIGSTOP); }
void Fleet::ResumeDatabase() { state_->SignalDatabase(SIGCONT); }

void Fleet::Publish(const std::string& service, const std::vector<int>& replicas) {
  std::lock_guard<std::mutex> lock(state_->names_mutex);
  state_->published[service] = replicas;
  state_->WriteNames();
  if (state_->names != nullptr) kill(state_->names->pid(), SIGHUP);
}

std::string Fleet::target(const std::string& service) const { return state_->Target(service); }

std::string Fleet::address(const Replica& replica) const { return state_->Of(replica).address(); }

std::string Fleet::metrics_address(const Replica& replica) const {
  return Loopback(state_->Of(replica).metrics_port);
}

std::string Fleet::TokenOf(const rpc::Principal& principal) const {
  const auto token = state_->issuer->Issue(principal, kTokenLifetime);
  return token.ok() ? *token : std::string();
}

std::unique_ptr<rpc::Client> Fleet::ClientOf(const std::string& service,
                                             const rpc::Principal& principal) const {
  return rpc::Client::Connect(
      {.target = target(service), .token = [token = TokenOf(principal)] { return token; }});
}

std::unique_ptr<rpc::Client> Fleet::ClientOf(const Replica& replica, const rpc::Principal& principal) const {
  return rpc::Client::Connect(
      {.target = address(replica), .token = [token = TokenOf(principal)] { return token; }});
}

const auth::TokenIssuer& Fleet::issuer() const { return *state_->issuer; }

std::string Fleet::database_address() const { return state_->database_address; }

db::Options Fleet::Database(const std::string& service) const {
  db::Options options = state_->Admin();
  options.schema = service;
  return options;
}

const std::string& Fleet::home() const { return state_->options.home; }
void Fleet::Keep() { state_->temporary = false; }

}  // namespace inspectorate::testing
