#include "common/testing/harness.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "common/db/database.h"
#include "common/testing/certificates.h"
#include "common/testing/sandbox.h"
#include "common/testing/test_database.h"

namespace inspectorate::testing {
namespace {

constexpr char kIssuer[] = "inspectorate-test";
constexpr char kAudience[] = "inspectorate";
constexpr auto kSettleLimit = std::chrono::seconds(60);

[[noreturn]] void Die(const std::string& what, const absl::Status& status) {
  std::fprintf(stderr, "harness: %s: %s\n", what.c_str(), status.ToString().c_str());
  std::abort();
}

void Require(const std::string& what, const absl::Status& status) {
  if (!status.ok()) Die(what, status);
}

template <class T>
T Must(const std::string& what, absl::StatusOr<T> result) {
  if (!result.ok()) Die(what, result.status());
  return *std::move(result);
}

}  // namespace

struct Harness::Node {
  const service::Definition* definition = nullptr;
  service::Config config;
  std::unique_ptr<service::Service> running;
  std::shared_ptr<rpc::Client> follower;  // of Settle; made by the first
};

struct Harness::Certificates {
  // Named unlike everybody it certifies: one whose issuer has its own name would pass for self-signed.
  CertificateAuthority authority{"the authority of the tests"};
  std::map<std::string, std::unique_ptr<SecretVolume>> volumes;

  // "tls.crt", "tls.key" and "ca.crt" of one who is called `name`.
  const SecretVolume& Of(const std::string& name) {
    std::unique_ptr<SecretVolume>& volume = volumes[name];
    if (volume == nullptr) {
      volume = std::make_unique<SecretVolume>();
      // A client of a unix socket takes its server for "localhost".
      const auto pair = authority.Issue({.common_name = name, .names = {"DNS:" + name, "DNS:localhost"}});
      volume->Put(
          {{"tls.crt", pair.certificate}, {"tls.key", pair.key}, {"ca.crt", authority.certificate()}});
    }
    return *volume;
  }
};

Harness::Harness(std::vector<const service::Definition*> definitions, bool tls) {
  if (tls) certificates_ = std::make_unique<Certificates>();
  std::string pattern = "/tmp/insp-harness-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) Die("directory", absl::InternalError(pattern));
  directory_ = pattern;
  issuer_ = BorrowIssuer();
  std::ofstream(directory_ + "/jwks.json") << issuer_->Jwks();
  for (const service::Definition* definition : definitions) {
    auto node = std::make_unique<Node>();
    node->definition = definition;
    node->config.database = TestDatabase::Get().NewSchema(service::AllMigrations(*definition));
    node->config.server.listen = "unix:" + directory_ + "/" + definition->name + ".sock";
    node->config.jwks_file = directory_ + "/jwks.json";
    node->config.issuer = kIssuer;
    node->config.audience = kAudience;
    if (tls) {
      const SecretVolume& files = certificates_->Of(definition->name);
      node->config.tls = {.certificate = files.Path("tls.crt"),
                          .key = files.Path("tls.key"),
                          .client_authorities = files.Path("ca.crt"),
                          .peer_authorities = files.Path("ca.crt")};
    }
    node->config.secret = "a secret of the tests";
    node->config.token = [this, self = "services/" + definition->name] {
      return TokenOf({.subject = self, .display_name = self, .role = rpc::Role::ROLE_SERVICE, .office = "-"});
    };
    nodes_.push_back(std::move(node));
  }
  for (auto& node : nodes_) {
    for (const auto& other : nodes_) {
      if (other != node) node->config.peers[other->definition->name] = other->config.server.listen;
    }
  }
  for (auto& node : nodes_) Start(node->definition->name);
}

Harness::~Harness() {
  for (auto it = nodes_.rbegin(); it != nodes_.rend(); ++it) (*it)->running.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

Harness::Node& Harness::NodeOf(const std::string& service) const {
  for (const auto& node : nodes_) {
    if (node->definition->name == service) return *node;
  }
  Die("no such service", absl::NotFoundError(service));
}

std::unique_ptr<auth::TokenIssuer> Harness::BorrowIssuer() const {
  return Must("issuer", auth::TokenIssuer::LoadOrCreate(directory_ + "/issuer.jwk", kIssuer, kAudience));
}

void Harness::Start(const std::string& service) {
  Node& node = NodeOf(service);
  node.running = Must("start " + service, service::Service::Start(node.config, *node.definition));
}

void Harness::Stop(const std::string& service) {
  Node& node = NodeOf(service);
  node.follower.reset();
  node.running.reset();
}

std::string Harness::target(const std::string& service) const { return NodeOf(service).config.server.listen; }

db::Options Harness::database(const std::string& service) const { return NodeOf(service).config.database; }

std::string Harness::TokenOf(const rpc::Principal& principal) const {
  return Must("token", issuer_->Issue(principal, std::chrono::hours(1)));
}

std::unique_ptr<rpc::Client> Harness::ClientOf(const std::string& service,
                                               const rpc::Principal& principal) const {
  const size_t slash = principal.subject.rfind('/');
  return rpc::Client::Connect({.target = target(service),
                               .token = [token = TokenOf(principal)] { return token; },
                               .tls = TlsOf(principal.subject.substr(slash + 1))});
}

std::shared_ptr<const rpc::Tls> Harness::TlsOf(const std::string& name) const {
  if (certificates_ == nullptr) return nullptr;
  const SecretVolume& files = certificates_->Of(name);
  return Must("tls of " + name, rpc::Tls::Open({.certificate = files.Path("tls.crt"),
                                                .key = files.Path("tls.key"),
                                                .authorities = files.Path("ca.crt")}));
}

rpc::Principal Harness::Operator() { return testing::Operator(); }

rpc::Principal Harness::Staff(const std::string& office, const std::string& name) {
  return testing::Staff(office, name);
}

rpc::Principal Harness::Person(const std::string& subject, rpc::Role role, const std::string& office,
                               const std::string& name) {
  return testing::Person(subject, role, office, name);
}

void Harness::CreateSandbox(const std::string& office, const std::string& time) {
  Require("create office", testing::CreateSandbox(*ClientOf("registry", Operator()), office));
  SetClock(office, time);
}

void Harness::SetClock(const std::string& office, const std::string& time) {
  Require("set clock", testing::SetClock(*ClientOf("registry", Operator()), office, time));
  Settle(office);
}

void Harness::EndSetUp(const std::string& office) const {
  const auto database = Must("open the registry's database", db::Database::Open(this->database("registry")));
  Require("end the set-up", database->Transact(db::Budget{}, {}, [&](db::Transaction& tx) {
    return tx.Execute("UPDATE office SET create_time = '2020-01-01' WHERE office = ?", {office}).status();
  }));
}

void Harness::Settle(const std::string& office) const {
  Clients clients;
  for (const auto& node : nodes_) {
    if (node->running == nullptr) continue;
    if (node->follower == nullptr) node->follower = ClientOf(node->definition->name, FeedReader());
    clients[node->definition->name] = node->follower;
  }
  Require("feeds did not settle", testing::Settle(clients, office, kSettleLimit));
}

}  // namespace inspectorate::testing
