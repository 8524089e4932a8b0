#include "common/service/service.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/auth/jwt.h"
#include "common/base/macros.h"
#include "common/obs/log.h"
#include "common/roster/roster.h"
#include "common/service/own_token.h"
#include "common/work/migrations.h"

namespace inspectorate::service {
namespace {

constexpr char kRegistry[] = "registry";
// A blip of the database must not empty the service: so many failed checks in a row make it unready.
constexpr int kUnreadyAfter = 3;
constexpr auto kCheckEvery = std::chrono::seconds(1);
constexpr auto kLookAtToken = std::chrono::minutes(1);

class RunningService : public Service {
 public:
  RunningService(Config config, const Definition& definition)
      : config_(std::move(config)), definition_(definition), migrations_(AllMigrations(definition)) {}

  ~RunningService() override {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    if (server_ != nullptr) {
      server_->Announce();
      std::this_thread::sleep_for(config_.notice);
      operations_->StopWaiting();
      server_->Drain();
    }
    // Not before: it may be waiting for a database that has gone silent.
    if (monitor_.joinable()) monitor_.join();
    housekeeping_.reset();
    consumers_.clear();
    operations_.reset();
    hub_.reset();
  }

  absl::Status Begin() {
    ASSIGN_OR_RETURN(authenticator_, auth::JwtAuthenticator::Open({.jwks_file = config_.jwks_file,
                                                                   .issuer = config_.issuer,
                                                                   .audience = config_.audience}));
    ASSIGN_OR_RETURN(database_, db::Database::Open(config_.database));
    writer_ = std::make_unique<work::Writer>(*database_);
    writer_->set_consequences(definition_.consequences);
    page_tokens_ = std::make_unique<query::PageTokens>(config_.secret);
    platform_ = std::make_unique<resource::Platform>(
        resource::Platform{.database = *database_, .writer = *writer_, .page_tokens = *page_tokens_});
    RETURN_IF_ERROR(OpenTls());
    ConnectPeers();
    RETURN_IF_ERROR(CheckSchema());
    hub_ = feed::Hub::Start(*database_);
    writer_->set_on_append([hub = hub_.get()] { hub->Nudge(); });
    operations_ = lro::Operations::Start(*writer_);
    RETURN_IF_ERROR(Wire());
    Housekeeping::Chore chore;
    if (definition_.chore) {
      chore = [this](const db::Budget& budget) { return definition_.chore(*writer_, budget); };
    }
    housekeeping_ = std::make_unique<Housekeeping>(*database_, SystemClock(), config_.housekeeping, chore);
    monitor_ = std::thread([this] { Monitor(); });
    return absl::OkStatus();
  }

  std::string address() const override { return server_->address(); }
  rpc::Server& server() override { return *server_; }

 private:
  absl::Status OpenTls() {
    const TlsFiles& files = config_.tls;
    if (!files.any()) return absl::OkStatus();
    if (files.certificate.empty() || files.key.empty() || files.client_authorities.empty() ||
        (files.peer_authorities.empty() && !config_.peers.empty())) {
      return absl::InvalidArgumentError(
          "TLS wants the certificate, its key, the authorities of clients and, with peers, those of peers");
    }
    rpc::TlsOptions options{.certificate = files.certificate,
                            .key = files.key,
                            .authorities = files.client_authorities,
                            .refresh = files.refresh,
                            .service_name = definition_.name,
                            .metrics = &MetricsOfServer()};
    ASSIGN_OR_RETURN(config_.server.tls, rpc::Tls::Open(options));
    if (config_.peers.empty()) return absl::OkStatus();
    options.authorities = files.peer_authorities;
    options.metrics = nullptr;  // the same certificate: watched once
    ASSIGN_OR_RETURN(peer_tls_, rpc::Tls::Open(options));
    return absl::OkStatus();
  }

  void ConnectPeers() {
    for (const auto& [name, target] : config_.peers) {
      if (!Declared(name)) continue;
      peers_[name] = rpc::Client::Connect({.target = target, .token = config_.token, .tls = peer_tls_});
    }
  }

  obs::Metrics& MetricsOfServer() const {
    return config_.server.metrics != nullptr ? *config_.server.metrics : obs::ProcessMetrics();
  }

  bool Declared(const std::string& peer) const {
    return std::ranges::find(definition_.peers, peer) != definition_.peers.end();
  }

  absl::Status CheckSchema() {
    return database_->Read(db::Budget::Of(std::chrono::seconds(10)),
                           [&](db::Session& session) { return db::CheckSchema(session, migrations_); });
  }

  absl::Status Wire() {
    auto methods = std::make_shared<rpc::Methods>();
    Wiring wiring{.methods = *methods,
                  .platform = *platform_,
                  .operations = *operations_,
                  .peer = [this](const std::string& name) -> rpc::Client* {
                    auto it = peers_.find(name);
                    return it == peers_.end() ? nullptr : it->second.get();
                  }};
    feed::RegisterFeed(*methods, *database_, *hub_, State());
    operations_->Register(*methods);
    definition_.wire(wiring);
    config_.server.service_name = definition_.name;
    config_.server.run_together = db::RunTogether;
    ASSIGN_OR_RETURN(server_, rpc::Server::Start(config_.server, methods, authenticator_));
    RETURN_IF_ERROR(Follow(wiring));
    operations_->Begin();
    server_->SetServing(true);
    return absl::OkStatus();
  }

  std::vector<feed::DigestedResource> State() const {
    std::vector<feed::DigestedResource> state = definition_.state;
    for (const auto& resource : state) {
      if (resource.source == kRegistry) return state;
    }
    if (definition_.name == kRegistry) return state;
    for (const auto* message : roster::Resources())
      state.push_back({.source = kRegistry, .message = message});
    return state;
  }

  absl::Status Follow(Wiring& wiring) {
    std::vector<Following> followings;
    if (definition_.follow) followings = definition_.follow(wiring);
    bool registry = definition_.name == kRegistry;
    for (const Following& following : followings) registry = registry || following.source == kRegistry;
    if (!registry) followings.push_back({.source = kRegistry, .apply = feed::CopyInto(roster::Resources())});
    for (Following& following : followings) {
      if (!Declared(following.source)) {
        return absl::InternalError(definition_.name + " follows " + following.source +
                                   " without declaring it");
      }
      auto peer = peers_.find(following.source);
      if (peer == peers_.end()) {
        obs::Log(obs::Severity::kWarning, "feed_not_followed", {{"source", following.source}});
        continue;
      }
      consumers_.push_back(
          feed::Consumer::Start({.source = following.source, .self = "services/" + definition_.name},
                                *peer->second, *writer_, std::move(following.apply)));
    }
    return absl::OkStatus();
  }

  void Monitor() {
    OwnToken own({.service = definition_.name,
                  .token = config_.token,
                  .authenticator = *authenticator_,
                  .metrics = MetricsOfServer()});
    auto look = std::chrono::steady_clock::now();
    int failures = 0;
    std::unique_lock<std::mutex> lock(mutex_);
    while (!wake_.wait_for(lock, kCheckEvery, [this] { return stopping_; })) {
      lock.unlock();
      failures = database_->Healthy() ? 0 : failures + 1;
      if (failures == 0 || failures == kUnreadyAfter) server_->SetServing(failures == 0);
      // Without peers there is nobody to show it to.
      if (!peers_.empty() && config_.token && std::chrono::steady_clock::now() >= look) {
        own.Look();
        look += kLookAtToken;
      }
      lock.lock();
    }
  }

  Config config_;
  const Definition& definition_;
  const std::vector<db::Migration> migrations_;
  std::shared_ptr<auth::JwtAuthenticator> authenticator_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<work::Writer> writer_;
  std::unique_ptr<query::PageTokens> page_tokens_;
  std::unique_ptr<resource::Platform> platform_;
  std::shared_ptr<const rpc::Tls> peer_tls_;
  std::map<std::string, std::unique_ptr<rpc::Client>> peers_;
  std::unique_ptr<feed::Hub> hub_;
  std::unique_ptr<lro::Operations> operations_;
  std::unique_ptr<rpc::Server> server_;
  std::vector<std::unique_ptr<feed::Consumer>> consumers_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread monitor_;
};

}  // namespace

std::vector<db::Migration> AllMigrations(const Definition& definition) {
  return work::WithPlatform({roster::Migrations(), definition.migrations});
}

absl::StatusOr<std::unique_ptr<Service>> Service::Start(Config config, const Definition& definition) {
  auto service = std::make_unique<RunningService>(std::move(config), definition);
  RETURN_IF_ERROR(service->Begin());
  return service;
}

}  // namespace inspectorate::service
