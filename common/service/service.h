// What the four services have in common at run time: configuration, database, contract, feed, consumers,
// server. A service states what it is (Definition); the rest is the same for all.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/db/migrate.h"
#include "common/feed/consumer.h"
#include "common/feed/feed_service.h"
#include "common/lro/operations.h"
#include "common/resource/standard.h"
#include "common/rpc/client.h"
#include "common/rpc/methods.h"
#include "common/rpc/server.h"
#include "common/service/housekeeping.h"

namespace inspectorate::service {

// What a service's handlers are wired from. Lives as long as the service.
struct Wiring {
  rpc::Methods& methods;
  const resource::Platform& platform;
  lro::Operations& operations;
  // Other services, by name ("registry"). Empty pointer when not configured.
  std::function<rpc::Client*(const std::string&)> peer;
};

// Another service whose feed is followed, and how its changes are applied here.
struct Following {
  std::string source;
  feed::Apply apply;
};

struct Definition {
  std::string name;  // "registry": its schema, its metrics, its name in tokens
  std::string version = "0.1.0";
  // The other services it calls, all of them: what a network must let through.
  std::vector<std::string> peers{};
  // Its own, after the platform's and the roster's.
  std::vector<db::Migration> migrations;
  // Resources whose events make up its feed, and copies it keeps: the state that digests speak of.
  std::vector<feed::DigestedResource> state;
  // Registers the handlers and operation runners.
  std::function<void(Wiring&)> wire;
  // What must follow in the same transaction from a change, whoever made it (work::Writer::set_consequences).
  work::Writer::Closure consequences{};
  // After `wire`: feeds to follow. Copies of the registry's facts are followed by every service but the
  // registry.
  std::function<std::vector<Following>(Wiring&)> follow;
  // What it does by itself once it serves, and in each round of housekeeping after.
  std::function<absl::Status(work::Writer&, const db::Budget&)> chore{};
};

// Files of a service's TLS, PEM; read again when they change. All empty: plain text. Otherwise none may be
// missing, so that no connection stays plain by oversight.
struct TlsFiles {
  std::string certificate{};  // shown to clients and to peers: names the service
  std::string key{};
  std::string client_authorities{};
  std::string peer_authorities{};  // wanted when there are peers
  std::chrono::seconds refresh{10};

  bool any() const {
    return !(certificate.empty() && key.empty() && client_authorities.empty() && peer_authorities.empty());
  }
};

struct Config {
  db::Options database;
  rpc::ServerOptions server;
  std::string jwks_file;
  std::string issuer = "inspectorate-local";
  std::string audience = "inspectorate";
  std::map<std::string, std::string> peers;  // name → target
  TlsFiles tls{};
  // This service's own bearer token, read again when the file changes; or made by a test.
  std::string token_file;
  std::function<std::string()> token;
  // Signs page tokens; the same on every replica.
  std::string secret;
  // How long clients get to turn to other replicas before this one refuses their calls and drains.
  std::chrono::milliseconds notice{0};
  Housekeeping::Options housekeeping{};
};

// The migrations of a service: platform, roster, its own.
std::vector<db::Migration> AllMigrations(const Definition& definition);

// A running service.
class Service {
 public:
  // Checks the schema, wires, serves. The database must be migrated.
  static absl::StatusOr<std::unique_ptr<Service>> Start(Config config, const Definition& definition);
  virtual ~Service() = default;  // gives notice, drains and stops
  virtual std::string address() const = 0;
  virtual rpc::Server& server() = 0;
};

// `<service> serve | migrate | check | version`: the whole main of a service.
int Main(int argc, char** argv, const Definition& definition);

}  // namespace inspectorate::service
