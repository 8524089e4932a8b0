#include "deploy/local/launcher/platform.h"

#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "common/base/macros.h"
#include "common/process/ports.h"
#include "common/process/private_files.h"
#include "common/rpc/client.h"
#include "deploy/local/launcher/home.h"

namespace inspectorate::local {
namespace {

using process::Child;
using process::Command;
using process::FreePorts;
using process::KeptSecret;
using process::Listens;
using process::MakePrivateDirectory;
using process::WritePrivateFile;
using std::chrono::steady_clock;

constexpr char kIssuer[] = "inspectorate-local";
constexpr char kAudience[] = "inspectorate";
constexpr auto kTokenLifetime = std::chrono::hours(12);
// A schema is made in a second; a machine under load may need many.
constexpr auto kMigrationLimit = std::chrono::minutes(3);
constexpr auto kHealthLimit = std::chrono::minutes(2);
constexpr auto kDrainPatience = std::chrono::seconds(30);
constexpr auto kLook = std::chrono::milliseconds(50);

struct Service {
  const char* name;
  int port;
  int metrics_port;
};
constexpr Service kServices[] = {
    {"registry", 7401, 9401}, {"visits", 7402, 9402}, {"issues", 7403, 9403}, {"reporting", 7404, 9404}};

std::string Address(int port) { return "127.0.0.1:" + std::to_string(port); }

absl::Status EndedBadly(const Child& child, int how) {
  std::ostringstream text;
  text << child.name() << " ended (" << (how > 128 ? "signal " : "status ") << (how > 128 ? how - 128 : how)
       << "); the end of its log:\n"
       << child.LogTail();
  return absl::InternalError(text.str());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Platform>> Platform::Start(PlatformOptions options) {
  std::unique_ptr<Platform> platform(new Platform(std::move(options)));
  RETURN_IF_ERROR(platform->Begin());
  return platform;
}

Platform::~Platform() {
  for (auto& service : services_) service->Terminate();
  for (auto& service : services_) service->AwaitEnd(kDrainPatience);
  if (database_ != nullptr) database_->Stop();
}

absl::Status Platform::Begin() {
  for (const char* folder : {"", "log", "secrets", "tokens"})
    RETURN_IF_ERROR(MakePrivateDirectory(Path(folder)));
  RETURN_IF_ERROR(MakeIdentities());
  options_.say("starting the database");
  RETURN_IF_ERROR(StartDatabase());
  options_.say("bringing the schemas up to date");
  RETURN_IF_ERROR(Migrate());
  options_.say("starting the services");
  RETURN_IF_ERROR(StartServices());
  RETURN_IF_ERROR(AwaitHealth());
  return WriteEndpoints();
}

absl::Status Platform::MakeIdentities() {
  ASSIGN_OR_RETURN(issuer_, auth::TokenIssuer::LoadOrCreate(Path("issuer.jwk"), kIssuer, kAudience));
  RETURN_IF_ERROR(WritePrivateFile(Path("jwks.json"), issuer_->Jwks()));
  RETURN_IF_ERROR(KeptSecret(Path("secrets/page_tokens")).status());
  return IssueTokens();
}

absl::Status Platform::IssueTokens() {
  issued_ = std::chrono::system_clock::now();
  for (const Service& service : kServices) {
    const std::string subject = std::string("services/") + service.name;
    ASSIGN_OR_RETURN(
        const std::string token,
        issuer_->Issue(
            {.subject = subject, .display_name = subject, .role = rpc::Role::ROLE_SERVICE, .office = "-"},
            kTokenLifetime));
    RETURN_IF_ERROR(WritePrivateFile(Path("tokens/") + service.name, token));
  }
  ASSIGN_OR_RETURN(const std::string token, issuer_->Issue({.subject = "operators/local",
                                                            .display_name = "local operator",
                                                            .role = rpc::Role::ROLE_PLATFORM_OPERATOR,
                                                            .office = "-"},
                                                           kTokenLifetime));
  return WritePrivateFile(operator_token_file(), token);
}

absl::Status Platform::RenewTokens() {
  // By the wall clock, as tokens expire: a machine that slept renews when it wakes.
  if (std::chrono::system_clock::now() - issued_ < kTokenLifetime / 2) return absl::OkStatus();
  return IssueTokens();
}

absl::StatusOr<std::string> Platform::WriteUsers() const {
  std::ostringstream sql;
  for (const Service& service : kServices) {
    const std::string schema = service.name;
    sql << "CREATE DATABASE IF NOT EXISTS `" << schema << "` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;\n";
    for (const std::string& user : {schema, schema + "_ddl"}) {
      ASSIGN_OR_RETURN(const std::string password, KeptSecret(Path("secrets/" + user)));
      const std::string account = "'" + user + "'@'localhost'";
      sql << "CREATE USER IF NOT EXISTS " << account << ";\n"
          << "ALTER USER " << account << " IDENTIFIED BY '" << password << "';\n";
    }
    // What serves cannot change the schema, what migrates is not there while it serves.
    sql << "GRANT SELECT, INSERT, UPDATE, DELETE ON `" << schema << "`.* TO '" << schema << "'@'localhost';\n"
        << "GRANT ALL PRIVILEGES ON `" << schema << "`.* TO '" << schema << "_ddl'@'localhost';\n";
  }
  const std::string file = Path("secrets/users.sql");
  RETURN_IF_ERROR(WritePrivateFile(file, sql.str()));
  return file;
}

absl::Status Platform::StartDatabase() {
  ASSIGN_OR_RETURN(const std::string users, WriteUsers());
  ASSIGN_OR_RETURN(database_, db::PrivateServer::Start({.data_dir = Path("db"),
                                                        .buffer_pool_mib = 128,
                                                        .max_connections = 200,
                                                        .durable = options_.durable,
                                                        .arguments = {"--init-file=" + users}}));
  return absl::OkStatus();
}

std::vector<std::string> Platform::DatabaseArguments(const std::string& service,
                                                     const std::string& user) const {
  return {options_.programs + "/" + service, "--database-socket=" + database_->socket(),
          "--database-user=" + user, "--database-schema=" + service,
          "--database-password-file=" + Path("secrets/" + user)};
}

absl::Status Platform::Migrate() {
  std::vector<std::unique_ptr<Child>> migrations;
  for (const Service& service : kServices) {
    const std::string name = service.name;
    Command command{.name = name + " migrate",
                    .argv = DatabaseArguments(name, name + "_ddl"),
                    .log = Path("log/" + name + ".migrate.log")};
    command.argv.push_back("migrate");
    ASSIGN_OR_RETURN(auto child, Child::Start(std::move(command)));
    migrations.push_back(std::move(child));
  }
  const auto until = steady_clock::now() + kMigrationLimit;
  for (auto& migration : migrations) {
    while (!migration->Ended()) {
      if (options_.stop()) return absl::CancelledError("stopped while migrating");
      if (steady_clock::now() >= until)
        return absl::DeadlineExceededError(migration->name() + " does not end");
      std::this_thread::sleep_for(kLook);
    }
    if (*migration->Ended() != 0) return EndedBadly(*migration, *migration->Ended());
  }
  return absl::OkStatus();
}

absl::Status Platform::StartServices() {
  std::vector<int> wishes;
  for (const Service& service : kServices) {
    wishes.push_back(service.port);
    wishes.push_back(service.metrics_port);
  }
  const std::vector<int> ports = FreePorts(wishes);
  for (size_t i = 0; i < std::size(kServices); ++i) endpoints_[kServices[i].name] = Address(ports[2 * i]);
  for (size_t i = 0; i < std::size(kServices); ++i) {
    const std::string name = kServices[i].name;
    Command command{.name = name, .argv = DatabaseArguments(name, name), .log = Path("log/" + name + ".log")};
    for (const std::string& argument :
         {std::string("serve"), "--listen=" + endpoints_[name],
          "--metrics-listen=" + Address(ports[2 * i + 1]), "--jwks-file=" + Path("jwks.json"),
          "--token-file=" + Path("tokens/" + name), "--secret-file=" + Path("secrets/page_tokens")}) {
      command.argv.push_back(argument);
    }
    for (const auto& [peer, target] : endpoints_) {
      if (peer != name) command.argv.push_back("--peer=" + peer + "=" + target);
    }
    ASSIGN_OR_RETURN(auto child, Child::Start(std::move(command)));
    services_.push_back(std::move(child));
  }
  return absl::OkStatus();
}

absl::Status Platform::AwaitHealth() {
  const auto until = steady_clock::now() + kHealthLimit;
  for (const auto& [name, target] : endpoints_) {
    const int port = std::stoi(target.substr(target.rfind(':') + 1));
    // A client that finds nobody backs off for seconds: it is asked once somebody listens.
    while (
        !Listens(port) ||
        !rpc::Client::Connect({.target = target, .token = {}})->CheckHealth(std::chrono::seconds(2)).ok()) {
      RETURN_IF_ERROR(Check());
      if (options_.stop()) return absl::CancelledError("stopped while starting");
      if (steady_clock::now() >= until)
        return absl::DeadlineExceededError(name + " does not report that it serves");
      std::this_thread::sleep_for(kLook);
    }
  }
  return absl::OkStatus();
}

absl::Status Platform::WriteEndpoints() const {
  nlohmann::json document = {
      {"issuer_key", Path("issuer.jwk")}, {"issuer", kIssuer}, {"audience", kAudience}};
  for (const auto& [name, target] : endpoints_) document[name] = target;
  return WritePrivateFile(Path("endpoints.json"), document.dump(2) + "\n");
}

absl::Status Platform::Check() {
  for (const auto& service : services_) {
    if (service->Ended()) return EndedBadly(*service, *service->Ended());
  }
  if (!database_->Running()) return absl::InternalError("the database ended; see " + database_->log_path());
  return absl::OkStatus();
}

}  // namespace inspectorate::local
