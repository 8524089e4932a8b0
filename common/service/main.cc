// The command line of a service. Every option can come from the environment or a file; secrets only from
// files.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/base/secret.h"
#include "common/obs/log.h"
#include "common/service/service.h"
#include "common/status/error.h"

namespace inspectorate::service {
namespace {

constexpr std::chrono::seconds kNotice{1};
// Between what notice and drain allow and the end by force; less than a cluster's grace leaves
// (tests/manifests).
constexpr std::chrono::seconds kOverdue{5};
constexpr std::chrono::milliseconds kAskAgain{200};

struct Flags {
  Config config;
  std::string password_file;
  std::string secret_file;
  std::vector<std::string> peers;
  std::string health_listen;
  int wait_seconds = 60;
};

void AddDatabaseFlags(CLI::App& app, Flags& flags, const std::string& name) {
  db::Options& options = flags.config.database;
  options.schema = name;
  options.user = name;
  app.add_option("--database-host", options.host,
                 "Host of the database (TCP); several nodes as HOST[:PORT],…, the preferred first")
      ->envname("INSPECTORATE_DATABASE_HOST");
  app.add_option("--database-port", options.port, "Port of the hosts that name none")
      ->envname("INSPECTORATE_DATABASE_PORT");
  app.add_option("--database-socket", options.socket, "Unix socket of the database, instead of host and port")
      ->envname("INSPECTORATE_DATABASE_SOCKET");
  app.add_option("--database-user", options.user, "User of this service's schema")
      ->envname("INSPECTORATE_DATABASE_USER");
  app.add_option("--database-password-file", flags.password_file, "File with the user's password")
      ->envname("INSPECTORATE_DATABASE_PASSWORD_FILE");
  app.add_option("--database-schema", options.schema, "Schema")->envname("INSPECTORATE_DATABASE_SCHEMA");
  app.add_option("--database-tls-ca", options.tls_ca,
                 "CA of the database's certificate (PEM); makes TLS compulsory")
      ->envname("INSPECTORATE_DATABASE_TLS_CA");
  app.add_option("--database-pool", options.pool_size, "Connections")->envname("INSPECTORATE_DATABASE_POOL");
  app.add_option("--wait", flags.wait_seconds, "Seconds to wait for the database and its schema");
}

// What arrives before anybody is known, and what stays open.
void AddLimitFlags(CLI::App& app, rpc::ServerOptions& server) {
  app.add_option("--connection-calls", server.transport.calls_a_connection,
                 "Calls and streams that one connection may have open; by default 200")
      ->check(CLI::Range(1, 100'000))
      ->envname("INSPECTORATE_CONNECTION_CALLS");
  app.add_option_function<size_t>(
         "--transport-mib", [&server](const size_t& mib) { server.transport.bytes = mib << 20; },
         "Memory, in MiB, of connections and of requests that are arriving; by default 128")
      ->check(CLI::Range(16, 65'536))
      ->envname("INSPECTORATE_TRANSPORT_MIB");
  app.add_option("--streams", server.streams, "Streams open at a time; by default 2000")
      ->check(CLI::Range(1, 1'000'000))
      ->envname("INSPECTORATE_STREAMS");
  app.add_option("--subject-streams", server.streams_a_subject,
                 "Streams that one person or service may have open; by default 600")
      ->check(CLI::Range(1, 1'000'000))
      ->envname("INSPECTORATE_SUBJECT_STREAMS");
  app.add_option("--health-watchers", server.transport.health_watchers,
                 "Who may watch health on the service's own port, which wants no token; by default 2000")
      ->check(CLI::Range(1, 1'000'000))
      ->envname("INSPECTORATE_HEALTH_WATCHERS");
}

void AddServeFlags(CLI::App& app, Flags& flags) {
  Config& config = flags.config;
  app.add_option("--listen", config.server.listen, "Address to serve on, such as 0.0.0.0:7401")
      ->envname("INSPECTORATE_LISTEN")
      ->required();
  app.add_option("--metrics-listen", config.server.metrics_listen,
                 "Address for Prometheus, such as 0.0.0.0:9401")
      ->envname("INSPECTORATE_METRICS_LISTEN");
  app.add_option("--jwks-file", config.jwks_file, "Public keys of the token issuer")
      ->envname("INSPECTORATE_JWKS_FILE")
      ->required();
  app.add_option("--issuer", config.issuer, "Issuer that tokens must name")->envname("INSPECTORATE_ISSUER");
  app.add_option("--audience", config.audience, "Audience that tokens must name")
      ->envname("INSPECTORATE_AUDIENCE");
  app.add_option("--peer", flags.peers,
                 "Another service, NAME=TARGET; repeat. Several addresses: NAME=ipv4:HOST:PORT,HOST:PORT")
      ->envname("INSPECTORATE_PEERS")
      ->delimiter(',');
  app.add_option("--token-file", config.token_file, "This service's own token, to read the others' feeds")
      ->envname("INSPECTORATE_TOKEN_FILE");
  app.add_option("--secret-file", flags.secret_file, "Key that signs page tokens; the same on every replica")
      ->envname("INSPECTORATE_SECRET_FILE")
      ->required();
  app.add_option_function<int>(
         "--coalesce",
         [&config](const int& calls) { config.server.read.together = config.server.write.together = calls; },
         "Calls that one worker may run side by side, with shared statements and commits; 1: each by itself")
      ->check(CLI::Range(1, 256))
      ->envname("INSPECTORATE_COALESCE");
  app.add_option("--read-sets", config.server.read.sets,
                 "Sets of reads that run at a time; by default two, or half as many as there are cores")
      ->check(CLI::Range(1, 64))
      ->envname("INSPECTORATE_READ_SETS");
  app.add_option("--write-sets", config.server.write.sets,
                 "Sets of writes that run at a time; by default four")
      ->check(CLI::Range(1, 64))
      ->envname("INSPECTORATE_WRITE_SETS");
  AddLimitFlags(app, config.server);
  app.add_option_function<int>(
         "--housekeeping-seconds",
         [&config](const int& seconds) { config.housekeeping.every = std::chrono::seconds(seconds); },
         "Seconds between rounds that forget requests older than thirty days; by default an hour")
      ->check(CLI::Range(1, 7 * 24 * 3600))
      ->envname("INSPECTORATE_HOUSEKEEPING_SECONDS");
}

void AddTlsFlags(CLI::App& app, Flags& flags) {
  TlsFiles& tls = flags.config.tls;
  app.add_option(
         "--tls-certificate", tls.certificate,
         "This service's certificate chain (PEM); names the service. Without any --tls flag: plain text")
      ->envname("INSPECTORATE_TLS_CERTIFICATE");
  app.add_option("--tls-key", tls.key, "Its key")->envname("INSPECTORATE_TLS_KEY");
  app.add_option("--tls-client-ca", tls.client_authorities,
                 "Who signs clients' certificates (PEM); clients must show one")
      ->envname("INSPECTORATE_TLS_CLIENT_CA");
  app.add_flag_callback(
      "--tls-clients-without-certificate", [&flags] { flags.config.server.clients_need_certificate = false; },
      "People and systems may come with a token alone; a service's token still needs its certificate");
  app.add_option("--peer-tls-ca", tls.peer_authorities, "Who signs the peers' certificates (PEM)")
      ->envname("INSPECTORATE_PEER_TLS_CA");
  app.add_option_function<int>(
         "--tls-refresh-seconds", [&tls](const int& seconds) { tls.refresh = std::chrono::seconds(seconds); },
         "Seconds between looks whether these files were replaced; by default 10")
      ->check(CLI::Range(1, 24 * 3600));
  app.add_option_function<int>(
         "--drain-seconds",
         [&flags](const int& seconds) { flags.config.server.drain = std::chrono::seconds(seconds); },
         "Seconds that calls in flight get at the end")
      ->check(CLI::Range(1, 600))
      ->default_str(std::to_string(std::chrono::seconds(5).count()));
  flags.config.notice = kNotice;
  app.add_option_function<int>(
         "--notice-seconds",
         [&flags](const int& seconds) { flags.config.notice = std::chrono::seconds(seconds); },
         "Seconds before that in which clients are told to turn to other replicas, and are still served")
      ->check(CLI::Range(0, 60))
      ->default_str(std::to_string(kNotice.count()));
  app.add_option("--health-listen", flags.health_listen,
                 "Plain-text address for probes, such as 0.0.0.0:7501: grpc.health.v1 alone, \"\" is ready, "
                 "\"live\" is alive")
      ->envname("INSPECTORATE_HEALTH_LISTEN");
}

absl::Status ReadFiles(Flags& flags) {
  if (!flags.password_file.empty()) {
    ASSIGN_OR_RETURN(Secret password, ReadSecret(flags.password_file));
    flags.config.database.password = std::string(password.Reveal());
  }
  if (!flags.secret_file.empty()) {
    ASSIGN_OR_RETURN(Secret secret, ReadSecret(flags.secret_file));
    flags.config.secret = std::string(secret.Reveal());
  }
  // A part without a name is one more address of the peer before it: the list is split at every comma.
  std::string name;
  for (const std::string& peer : flags.peers) {
    const size_t equals = peer.find('=');
    if (equals == std::string::npos) {
      if (name.empty()) return absl::InvalidArgumentError("--peer wants NAME=TARGET, not " + peer);
      flags.config.peers[name] += "," + peer;
      continue;
    }
    name = peer.substr(0, equals);
    flags.config.peers[name] = peer.substr(equals + 1);
  }
  return absl::OkStatus();
}

// The token in a file, read again at most every few seconds: it is replaced before it expires.
std::function<std::string()> TokenFrom(const std::string& file) {
  struct Cached {
    std::mutex mutex;
    std::string token;
    std::chrono::steady_clock::time_point until;
  };
  auto cached = std::make_shared<Cached>();
  return [cached, file]() -> std::string {
    std::lock_guard<std::mutex> lock(cached->mutex);
    const auto now = std::chrono::steady_clock::now();
    if (now >= cached->until) {
      auto read = ReadSecret(file);
      if (read.ok()) cached->token = std::string(read->Reveal());
      cached->until = now + std::chrono::seconds(5);
    }
    return cached->token;
  };
}

absl::Status Check(const Flags& flags, const Definition& definition) {
  ASSIGN_OR_RETURN(auto database, db::Database::Open(flags.config.database));
  const auto migrations = AllMigrations(definition);
  return database->Read(db::Budget::Of(std::chrono::seconds(10)),
                        [&](db::Session& session) { return db::CheckSchema(session, migrations); });
}

// Waits for a database that starts later, or whose migration is still running. CANCELLED: whoever started
// this wants it to end.
absl::Status AwaitSchema(const Flags& flags, const Definition& definition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(flags.wait_seconds);
  while (true) {
    absl::Status status = Check(flags, definition);
    if (status.ok() || std::chrono::steady_clock::now() >= until) return status;
    if (rpc::SignalWithin(kAskAgain)) return absl::CancelledError("ended while waiting for the database");
  }
}

int Fail(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  return 1;
}

// Opened before the schema is waited for: a pod is alive while it waits.
absl::Status OpenHealth(Flags& flags) {
  if (flags.health_listen.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(flags.config.server.health, rpc::HealthEndpoint::Open(flags.health_listen));
  return absl::OkStatus();
}

// A database that goes away once more, after its schema was seen and before the service stands, is waited for
// again.
absl::StatusOr<std::unique_ptr<Service>> StartWhenReady(const Flags& flags, const Definition& definition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(flags.wait_seconds);
  while (true) {
    RETURN_IF_ERROR(AwaitSchema(flags, definition));
    auto service = Service::Start(flags.config, definition);
    const bool away = ReasonOf(service.status()) == ErrorReason::DATABASE_UNAVAILABLE;
    if (!away || std::chrono::steady_clock::now() >= until) return service;
  }
}

int Serve(Flags& flags, const Definition& definition) {
  rpc::BlockSignals();
  if (absl::Status status = OpenHealth(flags); !status.ok()) return Fail(status);
  if (!flags.config.token_file.empty()) flags.config.token = TokenFrom(flags.config.token_file);
  auto service = StartWhenReady(flags, definition);
  if (absl::IsCancelled(service.status())) return 0;
  if (!service.ok()) return Fail(service.status());
  obs::Log(
      obs::Severity::kInfo, "serving",
      {{"service", definition.name}, {"version", definition.version}, {"address", (*service)->address()}});
  const int signal = rpc::WaitForSignal();
  obs::Log(obs::Severity::kInfo, "draining", {{"service", definition.name}, {"signal", signal}});
  const rpc::EndWithin limit(flags.config.notice + flags.config.server.drain + kOverdue);
  service->reset();
  return 0;
}

}  // namespace

int Main(int argc, char** argv, const Definition& definition) {
  Flags flags;
  CLI::App app{"Inspectorate: the " + definition.name + " service"};
  app.require_subcommand(1);
  app.fallthrough();
  AddDatabaseFlags(app, flags, definition.name);
  CLI::App* serve = app.add_subcommand("serve", "Serves until SIGTERM; the schema must be migrated");
  AddServeFlags(*serve, flags);
  AddTlsFlags(*serve, flags);
  serve->footer("Peers: " + (definition.peers.empty() ? "none" : absl::StrJoin(definition.peers, " ")));
  CLI::App* migrate =
      app.add_subcommand("migrate", "Brings the schema up to date, under a user that may do DDL");
  CLI::App* check = app.add_subcommand("check", "Says whether the schema is one this build can serve");
  CLI::App* version = app.add_subcommand("version", "Prints the version");
  CLI11_PARSE(app, argc, argv);

  if (*version) {
    std::cout << definition.name << " " << definition.version << "\n";
    return 0;
  }
  if (absl::Status status = ReadFiles(flags); !status.ok()) return Fail(status);
  if (*migrate) {
    absl::Status status = db::Migrate(flags.config.database, AllMigrations(definition));
    return status.ok() ? 0 : Fail(status);
  }
  if (*check) {
    absl::Status status = Check(flags, definition);
    return status.ok() ? 0 : Fail(status);
  }
  return Serve(flags, definition);
}

}  // namespace inspectorate::service
