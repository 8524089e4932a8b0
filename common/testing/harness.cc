#include "common/testing/harness.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/testing/test_database.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::testing {
namespace {

constexpr char kIssuer[] = "inspectorate-test";
constexpr char kAudience[] = "inspectorate";
constexpr auto kSettleLimit = std::chrono::seconds(60);

[[noreturn]] void Die(const std::string& what, const absl::Status& status) {
  std::fprintf(stderr, "harness: %s: %s\n", what.c_str(), status.ToString().c_str());
  std::abort();
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
};

Harness::Harness(std::vector<const service::Definition*> definitions) {
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

void Harness::Stop(const std::string& service) { NodeOf(service).running.reset(); }

std::string Harness::target(const std::string& service) const { return NodeOf(service).config.server.listen; }

db::Options Harness::database(const std::string& service) const { return NodeOf(service).config.database; }

std::string Harness::TokenOf(const rpc::Principal& principal) const {
  return Must("token", issuer_->Issue(principal, std::chrono::hours(1)));
}

std::unique_ptr<rpc::Client> Harness::ClientOf(const std::string& service,
                                               const rpc::Principal& principal) const {
  return rpc::Client::Connect(
      {.target = target(service), .token = [token = TokenOf(principal)] { return token; }});
}

rpc::Principal Harness::Operator() {
  return {.subject = "operators/test",
          .display_name = "operator",
          .role = rpc::Role::ROLE_PLATFORM_OPERATOR,
          .office = "-"};
}

rpc::Principal Harness::Staff(const std::string& office, const std::string& name) {
  static const Uuid space = NewUuid(SystemClock().Now());
  return {.subject = "offices/" + office + "/staff/" + FormatUuid(DerivedUuid(space, name)),
          .display_name = name,
          .role = rpc::Role::ROLE_DISTRICT_OFFICE,
          .office = office};
}

rpc::Principal Harness::Person(const std::string& subject, rpc::Role role, const std::string& office,
                               const std::string& name) {
  return {.subject = subject, .display_name = name, .role = role, .office = office};
}

void Harness::CreateSandbox(const std::string& office, const std::string& time) {
  registry::v1::CreateOfficeRequest request;
  request.set_office_id(office);
  registry::v1::Office* created = request.mutable_office();
  created->set_display_name("示例区人民政府教育督导室");
  created->set_level(registry::v1::COUNTY);
  created->set_sandbox(true);
  created->set_document_prefix("示教督改");
  created->set_jurisdiction("37");
  Must("create office",
       ClientOf("registry", Operator())
           ->Call<registry::v1::Office>("inspectorate.registry.v1.Offices.CreateOffice", request));
  SetClock(office, time);
}

void Harness::SetClock(const std::string& office, const std::string& time) {
  registry::v1::SetSandboxClockRequest request;
  request.set_name("offices/" + office);
  *request.mutable_sandbox_time() = resource::ToProto(Must("time", ParseTime(time)));
  Must("set clock",
       ClientOf("registry", Operator())
           ->Call<registry::v1::Office>("inspectorate.registry.v1.Offices.SetSandboxClock", request));
  Settle(office);
}

void Harness::Settle(const std::string& office) const {
  const auto until = std::chrono::steady_clock::now() + kSettleLimit;
  const rpc::Principal reader{.subject = "services/harness",
                              .display_name = "harness",
                              .role = rpc::Role::ROLE_SERVICE,
                              .office = "-"};
  std::map<std::string, uint64_t> before;
  while (std::chrono::steady_clock::now() < until) {
    std::map<std::string, uint64_t> heads;
    std::map<std::string, feed::v1::GetWatermarksResponse> marks;
    for (const auto& node : nodes_) {
      if (node->running == nullptr) continue;
      feed::v1::GetWatermarksRequest request;
      request.set_parent("offices/" + office);
      const std::string& name = node->definition->name;
      marks[name] = Must("watermarks", ClientOf(name, reader)
                                           ->Call<feed::v1::GetWatermarksResponse>(
                                               "inspectorate.feed.v1.ChangeFeed.GetWatermarks", request));
      heads[name] = marks[name].position();
    }
    bool settled = heads == before;
    for (const auto& [name, mark] : marks) {
      const service::Definition& definition = *NodeOf(name).definition;
      std::map<std::string, uint64_t> applied;
      for (const auto& watermark : mark.watermarks()) applied[watermark.source()] = watermark.position();
      // Which sources a service follows shows in its checkpoints, but a first change may still be on its way.
      if (definition.name != "registry" && heads.contains("registry")) applied.try_emplace("registry", 0);
      for (const auto& [source, position] : applied) {
        if (heads.contains(source) && position < heads[source]) settled = false;
      }
    }
    if (settled) return;
    before = heads;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  Die("feeds did not settle", absl::DeadlineExceededError(office));
}

}  // namespace inspectorate::testing
