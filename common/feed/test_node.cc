#include "common/feed/test_node.h"

#include <cstdio>
#include <cstdlib>
#include <thread>

#include "common/base/macros.h"
#include "common/feed/event_log.h"
#include "common/feed/feed_service.h"
#include "common/resource/table.h"
#include "common/roster/roster.h"
#include "common/status/error.h"
#include "common/testing/test_database.h"
#include "common/work/migrations.h"

namespace inspectorate::feed {
namespace {

using registry::v1::School;
using std::chrono::steady_clock;

template <class T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "test node: %s\n", value.status().ToString().c_str());
  std::abort();
}

// The token says who calls.
class NameAsToken : public rpc::Authenticator {
 public:
  absl::StatusOr<rpc::Principal> Authenticate(std::string_view authorization) const override {
    constexpr std::string_view kBearer = "Bearer ";
    const std::string who(authorization.substr(std::min(authorization.size(), kBearer.size())));
    if (who == "service") {
      return rpc::Principal{
          .subject = "services/test", .display_name = "", .role = rpc::Role::ROLE_SERVICE, .office = "-"};
    }
    return rpc::Principal{.subject = "offices/" + who + "/staff/1",
                          .display_name = "",
                          .role = rpc::Role::ROLE_DISTRICT_OFFICE,
                          .office = who};
  }
};

std::vector<db::Migration> Migrations() {
  std::vector<db::Migration> migrations = work::PlatformMigrations();
  for (db::Migration& migration : roster::Migrations()) migrations.push_back(std::move(migration));
  return migrations;
}

}  // namespace

TestNode::TestNode(Options options) : options_(std::move(options)) {
  schema_ = testing::TestDatabase::Get().NewSchema(Migrations());
  schema_.pool_size = options_.pool_size;
  database_ = Must(db::Database::Open(schema_));
  writer_ = std::make_unique<work::Writer>(*database_);
  hub_ = Hub::Start(*database_, options_.bookmark_every, options_.max_stall);
  writer_->set_on_append([this] { hub_->Nudge(); });
}

TestNode::~TestNode() { StopServing(); }

void TestNode::Serve() {
  auto methods = std::make_shared<rpc::Methods>();
  RegisterFeed(*methods, *database_, *hub_,
               {{.source = "", .message = School::descriptor()},
                {.source = "registry", .message = School::descriptor()}});
  if (options_.also) options_.also(*methods, *writer_);
  rpc::ServerOptions options;
  options.listen = "127.0.0.1:0";
  options.service_name = "test";
  options.drain = std::chrono::milliseconds(500);
  server_ = Must(rpc::Server::Start(options, methods, std::make_shared<NameAsToken>()));
  server_->SetServing(true);
}

void TestNode::StopServing() {
  if (server_ == nullptr) return;
  server_->Drain();
  server_.reset();
}

std::unique_ptr<rpc::Client> TestNode::ClientAs(const std::string& who) {
  return rpc::Client::Connect(
      {.target = server_->address(), .token = [who] { return who; }, .language = "en"});
}

absl::Status TestNode::InUnit(const work::Writer::Closure& fn) {
  return writer_->RunInternal(
      {}, {.subject = "services/test", .display_name = "", .request_id = {}, .trace_id = {}}, fn);
}

absl::Status TestNode::Add(work::Unit& unit, const std::string& office, const std::string& school,
                           const std::string& display_name) {
  School message;
  message.set_name(school);
  message.set_office("offices/" + office);
  message.set_display_name(display_name);
  return resource::Insert(unit, resource::Description::Of<School>(), &message);
}

absl::Status TestNode::Rename(work::Unit& unit, const std::string& school, const std::string& display_name) {
  ASSIGN_OR_RETURN(School message, resource::Get<School>(unit.db(), school, resource::Lock::kForUpdate));
  message.set_display_name(display_name);
  return resource::Update(unit, resource::Description::Of<School>(), &message);
}

absl::Status TestNode::Remove(work::Unit& unit, const std::string& school) {
  ASSIGN_OR_RETURN(School message, resource::Get<School>(unit.db(), school, resource::Lock::kForUpdate));
  return resource::Delete(unit, resource::Description::Of<School>(), message);
}

std::string TestNode::NewSchool() { return "schools/" + FormatUuid(RandomUuid()); }

int64_t TestNode::Ask(const std::string& sql, const db::Params& params) {
  int64_t answer = 0;
  absl::Status status = database_->Read({}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(db::Rows rows, session.Query(sql, params));
    answer = rows.empty() ? 0 : rows.at(0, 0).AsInt();
    return absl::OkStatus();
  });
  Must(absl::StatusOr<bool>(status.ok() ? absl::StatusOr<bool>(true) : status));
  return answer;
}

uint64_t TestNode::HeadOf(const std::string& office) {
  return static_cast<uint64_t>(Ask("SELECT position FROM feed_head WHERE office = ?", {office}));
}

std::vector<v1::Change> TestNode::EventsOf(const std::string& office) {
  std::vector<v1::Change> events;
  absl::Status status = database_->Read({}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(events, ReadAfter(session, office, 0, 1'000'000));
    return absl::OkStatus();
  });
  Must(absl::StatusOr<bool>(status.ok() ? absl::StatusOr<bool>(true) : status));
  return events;
}

bool Eventually(const std::function<bool()>& condition) {
  const auto end = steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace inspectorate::feed
