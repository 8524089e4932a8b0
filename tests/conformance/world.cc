#include "tests/conformance/world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>
#include <tuple>

#include "common/base/uuid.h"
#include "common/feed/event_log.h"
#include "common/obs/log.h"
#include "common/obs/metrics.h"
#include "common/resource/description.h"
#include "common/testing/registrar.h"
#include "common/testing/test_database.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"
#include "tests/conformance/boards.h"
#include "tests/conformance/lives.h"
#include "tests/conformance/loop.h"

namespace inspectorate::conformance {
namespace {

using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Registrar;
namespace rv1 = registry::v1;

// Of a credential: more than any text has by chance, less than a signature.
constexpr size_t kTelling = 40;

constexpr char kBegin[] = "2026-03-09T01:00:00Z";  // Monday, nine o'clock in China

std::unique_ptr<World>& Instance() {
  static auto& instance = *new std::unique_ptr<World>;
  return instance;
}

// Ends the services before the database goes: environments end in reverse order, and this one comes last.
class WorldEnvironment : public ::testing::Environment {
 public:
  void TearDown() override {
    if (Instance() != nullptr) Instance()->ExpectNothingLeaked();
    Instance().reset();
  }
};

// What is logged, kept while it still goes to standard error.
struct LogBook {
  std::mutex mutex;
  std::string lines;
};
LogBook& Book() {
  static auto& book = *new LogBook;
  return book;
}

void KeepLog() {
  obs::SetLogSink([](std::string_view line) {
    std::lock_guard lock(Book().mutex);
    Book().lines.append(line).append("\n");
  });
}

// The first of its kind is the sample.
Registrar RegistrarOf(World& world, District& district) {
  return {world.harness(), district.slug, [&district](const std::string& type, const std::string& name) {
            district.samples.emplace(type, name);
          }};
}

// What a new office brings along.
void SampleSeeds(World& world, District& district) {
  const Principal staff = Harness::Staff(district.slug);
  rv1::ListMattersRequest matters;
  matters.set_parent(district.office());
  matters.set_filter("catalog = SCHOOL_MATTERS");
  const auto matter = world.Must<rv1::ListMattersResponse>(
      "registry", "inspectorate.registry.v1.Matters.ListMatters", staff, matters);
  district.samples["inspectorate/Matter"] = matter.matters(0).name();
  district.samples["inspectorate/Catalogue"] = district.office() + "/catalogues/campaign-topics";
  district.samples["inspectorate/CatalogueVersion"] = world.DraftOf(district).name();
  rv1::ListPolicyRulesRequest rules;
  rules.set_parent(district.office());
  const auto rule = world.Must<rv1::ListPolicyRulesResponse>(
      "registry", "inspectorate.registry.v1.PolicyRules.ListPolicyRules", staff, rules);
  district.samples["inspectorate/PolicyRule"] = rule.policy_rules(0).name();
  // What the operator published reaches every office.
  world.Must<rv1::CalendarEffect>("registry", "inspectorate.registry.v1.Calendars.PublishCalendarPapers",
                                  Harness::Operator(), world.NewPaper());
  rv1::ListCalendarPapersRequest papers;
  papers.set_parent(district.office());
  const auto paper = world.Must<rv1::ListCalendarPapersResponse>(
      "registry", "inspectorate.registry.v1.Calendars.ListCalendarPapers", staff, papers);
  district.samples["inspectorate/CalendarPaper"] = paper.calendar_papers(0).name();
}

Principal Of(const std::string& subject, Role role, const std::string& office) {
  return Harness::Person(subject, role, office, kSecretName);
}

}  // namespace

const std::vector<std::string>& World::Services() {
  static const auto& services = *new std::vector<std::string>{"registry", "visits", "issues", "reporting"};
  return services;
}

World& World::Get() {
  if (Instance() == nullptr) {
    ::testing::AddGlobalTestEnvironment(new WorldEnvironment);
    Instance().reset(new World);
  }
  return *Instance();
}

World::World() {
  KeepLog();
  harness_ = std::make_unique<Harness>(std::vector<const service::Definition*>{
      &registry::Definition(), &visits::Definition(), &issues::IssuesDefinition(),
      &reporting::ReportingDefinition()});
  for (const std::string& service : Services()) {
    clients_[service] = RawClient::Connect(harness_->target(service));
    db::Options options = harness_->database(service);
    options.pool_size = 1;
    databases_[service] = db::Database::Open(options).value();
  }
  CreateOffices();
  Furnish(home_);
  Furnish(sibling_);
  Settle();
}

World::~World() {
  databases_.clear();
  harness_.reset();
  obs::SetLogSink({});
}

std::pair<std::string, std::string> World::NextPaper() {
  const int number = Next();
  const std::string year = std::to_string(2100 + number % 7000),
                    paper = "示例发电" + std::to_string(number) + "号";
  return {"year,paper,issued,subject\n" + year + "," + paper + "," + year + "-01-05,示例安排\n",
          "date,kind,name,paper\n" + year + "-10-01,off,国庆节," + paper + "\n"};
}

rv1::PublishCalendarPapersRequest World::NewPaper() {
  rv1::PreviewCalendarPapersRequest preview;
  std::tie(*preview.mutable_papers(), *preview.mutable_days()) = NextPaper();
  rv1::PublishCalendarPapersRequest publish;
  publish.set_papers(preview.papers());
  publish.set_days(preview.days());
  publish.set_etag(Must<rv1::CalendarEffect>("registry",
                                             "inspectorate.registry.v1.Calendars.PreviewCalendarPapers",
                                             Harness::Operator(), preview)
                       .etag());
  return publish;
}

void World::CreateOffices() {
  home_.slug = "home";
  sibling_.slug = "sibling";
  for (const char* slug : {"city", "home", "sibling"}) harness_->CreateSandbox(slug, kBegin);
  for (const District* district : {&home_, &sibling_}) {
    rv1::UpdateOfficeRequest below;
    below.mutable_office()->set_name(district->office());
    below.mutable_office()->set_parent_office("offices/city");
    below.mutable_update_mask()->add_paths("parent_office");
    below.mutable_office()->add_division_codes()->set_code("371602");
    below.mutable_update_mask()->add_paths("division_codes");
    Must<rv1::Office>("registry", "inspectorate.registry.v1.Offices.UpdateOffice", Harness::Operator(),
                      below);
  }
}

void World::Furnish(District& district) {
  district.samples["inspectorate/Office"] = district.office();
  district.samples["inspectorate/Division"] = "divisions/371603";
  Registrar registrar = RegistrarOf(*this, district);
  const std::string near = registrar.School("S1");
  district.far_school = registrar.School("S2");
  const std::string inspector = registrar.Inspector("D1", "", kSecretPhone);
  const std::string lead = registrar.Inspector("D2", "", kSecretPhone);
  const std::string far_inspector = registrar.Inspector("D3");
  const std::string far_lead = registrar.Inspector("D4");
  district.employed_inspector = registrar.Inspector("D5", near);
  district.near_area = registrar.Area(1, {near}, lead);
  district.far_area = registrar.Area(2, {district.far_school}, far_lead);
  registrar.Assign(inspector, near);
  registrar.Assign(far_inspector, district.far_school);
  const std::string supervisor = registrar.Supervisor("X1", near, kSecretPhone);
  const std::string far_supervisor = registrar.Supervisor("X2", district.far_school, kSecretPhone);
  registrar.Recusal(inspector, district.far_school, kSecretNote);
  registrar.Recusal(lead, district.far_school, kSecretNote);
  registrar.Term(MakeDate(2026, 2, 23), MakeDate(2026, 7, 31),
                 {"2026-03", "2026-04", "2026-05", "2026-06", "2026-07"});
  registrar.Term(MakeDate(2026, 9, 1), MakeDate(2027, 1, 31),
                 {"2026-09", "2026-10", "2026-11", "2026-12", "2027-01"});
  SampleSeeds(*this, district);

  const std::string& slug = district.slug;
  district.people = {
      {Role::ROLE_PLATFORM_OPERATOR, Of("operators/conformance", Role::ROLE_PLATFORM_OPERATOR, "-")},
      {Role::ROLE_SERVICE, Of("services/conformance", Role::ROLE_SERVICE, "-")},
      {Role::ROLE_DISTRICT_OFFICE, Of(registrar.Staff("G1"), Role::ROLE_DISTRICT_OFFICE, slug)},
      {Role::ROLE_AREA_LEAD, Of(lead, Role::ROLE_AREA_LEAD, slug)},
      {Role::ROLE_RESPONSIBLE_INSPECTOR, Of(inspector, Role::ROLE_RESPONSIBLE_INSPECTOR, slug)},
      {Role::ROLE_SCHOOL_SUPERVISOR, Of(supervisor, Role::ROLE_SCHOOL_SUPERVISOR, slug)},
      {Role::ROLE_BUREAU_READER, Of(district.office() + "/readers/1", Role::ROLE_BUREAU_READER, slug)},
      {Role::ROLE_SYSTEM_INTEGRATOR,
       Of(district.office() + "/systems/1", Role::ROLE_SYSTEM_INTEGRATOR, slug)},
      {Role::ROLE_AUDITOR, Of(district.office() + "/auditors/1", Role::ROLE_AUDITOR, slug)}};
  district.far = {
      {Role::ROLE_AREA_LEAD, Of(far_lead, Role::ROLE_AREA_LEAD, slug)},
      {Role::ROLE_RESPONSIBLE_INSPECTOR, Of(far_inspector, Role::ROLE_RESPONSIBLE_INSPECTOR, slug)},
      {Role::ROLE_SCHOOL_SUPERVISOR, Of(far_supervisor, Role::ROLE_SCHOOL_SUPERVISOR, slug)}};
  district.deputy = Of(registrar.Staff("G2"), Role::ROLE_DISTRICT_OFFICE, slug);
  district.samples["inspectorate/SchoolChange"] = ProposeFacts(district, near).name();
  ProposeFacts(district, district.far_school);
  harness_->Settle(slug);
  Boards(*this, district).LiveOnce();
  Lives(*this, district).LiveOnce();
  harness_->Settle(slug);
  Loop(*this, district).LiveOnce();
}

rv1::CatalogueVersion World::DraftOf(District& district) {
  rv1::CreateCatalogueVersionRequest request;
  request.set_parent(district.office() + "/catalogues/campaign-topics");
  request.mutable_catalogue_version()->set_note(NextText("示例"));
  return Must<rv1::CatalogueVersion>("registry", "inspectorate.registry.v1.Catalogues.CreateCatalogueVersion",
                                     Harness::Staff(district.slug), request);
}

rv1::PolicyRule World::ProposeRule(District& district) {
  rv1::CreatePolicyRuleRequest create;
  create.set_parent(district.office());
  create.mutable_policy_rule()->set_key(kRuleByTwo);
  create.mutable_policy_rule()->set_value("31");
  create.mutable_policy_rule()->set_unit(rv1::DAY);
  create.mutable_policy_rule()->set_source("示例");
  *create.mutable_policy_rule()->mutable_valid_from() =
      resource::ToProto(MakeDate(2040, 1, 1) + std::chrono::days(Next()));
  return Must<rv1::PolicyRule>("registry", "inspectorate.registry.v1.PolicyRules.CreatePolicyRule",
                               district.deputy, create);
}

rv1::SchoolChange World::ProposeFacts(District& district, const std::string& school) {
  rv1::ProposeSchoolFactsRequest request;
  request.mutable_school()->set_name(school);
  request.mutable_school()->set_organiser("831");
  *request.mutable_effective_date() = resource::ToProto(MakeDate(2026, 3, 1));
  request.set_basis("示例");
  return Must<rv1::SchoolChange>("registry", "inspectorate.registry.v1.SchoolChanges.ProposeSchoolFacts",
                                 district.people.at(Role::ROLE_DISTRICT_OFFICE), request);
}

std::string World::AddStaff(District& district, const std::string& work_number) {
  const std::string name = RegistrarOf(*this, district).Staff(work_number);
  harness_->Settle(district.slug);
  return name;
}

std::string World::AddSupervisor(District& district, const std::string& work_number) {
  const std::string name =
      RegistrarOf(*this, district).Supervisor(work_number, district.samples.at("inspectorate/School"));
  harness_->Settle(district.slug);
  return name;
}

std::string World::AddSchool(District& district) {
  return RegistrarOf(*this, district).School(NextText("S-"));
}

std::string World::AddInspector(District& district) {
  return RegistrarOf(*this, district).Inspector(NextText("D-"));
}

namespace {

bool NothingRuns(db::Database& database) {
  bool none = false;
  EXPECT_TRUE(database
                  .Read(db::Budget{},
                        [&](db::Session& session) -> absl::Status {
                          auto rows = session.Query("SELECT COUNT(*) FROM operation WHERE done = 0");
                          if (rows.ok()) none = rows->at(0, 0).AsInt() == 0;
                          return rows.status();
                        })
                  .ok());
  return none;
}

}  // namespace

// An operation that still runs tells what it does later, when something else is looked at.
void World::Settle() {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  for (const auto& [service, database] : databases_) {
    while (!NothingRuns(*database) && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  for (const District* district : {&home_, &sibling_}) harness_->Settle(district->slug);
}

const std::string& World::TokenOf(const Principal& who) {
  std::string& token = tokens_[who.subject + "|" + std::to_string(who.role) + "|" + who.office];
  if (token.empty()) token = harness_->TokenOf(who);
  return token;
}

std::map<std::string, std::string> World::HeadersOf(const Principal& who) {
  return {{"authorization", "Bearer " + TokenOf(who)}};
}

RawAnswer World::Call(const std::string& service, const std::string& method, const Principal& who,
                      const Message& request) {
  return Call(service, RawCall{.method = method,
                               .bytes = request.SerializeAsString(),
                               .headers = HeadersOf(who),
                               .cancel_after = {}});
}

void World::Parse(const std::string& service, const std::string& method, const RawAnswer& answer,
                  Message* out) {
  if (answer.status.ok() && out->ParseFromString(answer.bytes)) return;
  std::string details;
  for (const auto& violation : ViolationsOf(answer.status))
    details += violation.field + ": " + violation.en + "; ";
  ADD_FAILURE() << service << " " << method << ": " << answer.status << " " << details;
}

std::string World::Heads() const {
  std::string heads;
  for (const std::string& service : Services()) {
    const auto status = databases_.at(service)->Read(
        db::Budget::Of(std::chrono::seconds(20)), [&](db::Session& session) -> absl::Status {
          auto rows = session.Query("SELECT office, position FROM feed_head ORDER BY office");
          if (!rows.ok()) return rows.status();
          for (size_t i = 0; i < rows->size(); ++i) {
            heads += service + "/" + rows->at(i, 0).AsString() + "=" +
                     std::to_string(rows->at(i, 1).AsUint()) + " ";
          }
          return absl::OkStatus();
        });
    EXPECT_TRUE(status.ok()) << status;
  }
  return heads;
}

World::Effect World::EffectOf(const std::string& service, const std::string& request_id) {
  Effect effect;
  std::set<std::string> transactions;
  const auto status = databases_.at(service)->Read(
      db::Budget::Of(std::chrono::seconds(20)), [&](db::Session& session) -> absl::Status {
        effect = {};
        auto rows =
            session.Query("SELECT body, actor FROM feed_event WHERE LOCATE(?, body) > 0", {request_id});
        if (!rows.ok()) return rows.status();
        for (size_t i = 0; i < rows->size(); ++i) {
          feed::v1::Change change;
          if (!change.ParseFromString(rows->at(i, 0).AsString())) return absl::InternalError("event");
          if (change.request_id() != request_id) continue;
          ++effect.events;
          effect.actors.insert(change.actor());
          transactions.insert(change.transaction());
        }
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  effect.transactions = static_cast<int>(transactions.size());
  return effect;
}

db::Database& World::database(const std::string& service) { return *databases_.at(service); }

RawAnswer World::Call(const std::string& service, const RawCall& call) {
  Remember(call);
  RawAnswer answer = clients_.at(service)->Call(call);
  EXPECT_THAT(SecretsIn(answer.said), IsEmpty()) << call.method << ": " << answer.status;
  return answer;
}

// A signature tells a token; the head, which all tokens share, does not.
void World::Remember(const RawCall& call) {
  const auto sent = call.headers.find("authorization");
  if (sent == call.headers.end() || sent->second.size() < kTelling) return;
  std::lock_guard lock(mutex_);
  sent_.insert(sent->second.substr(sent->second.size() - kTelling));
}

std::vector<std::string> World::SecretsIn(const std::string& text) const {
  std::vector<std::string> found;
  for (const char* secret :
       {kSecretPhone, kSecretNote, kSecretFile, kSecretContent, kSecretName, kPageTokenKey}) {
    if (text.find(secret) != std::string::npos) found.emplace_back(secret);
  }
  std::lock_guard lock(mutex_);
  for (const std::string& credential : sent_) {
    if (text.find(credential) != std::string::npos) found.push_back(credential);
  }
  return found;
}

std::string World::LastLineWith(const std::string& text) {
  std::lock_guard lock(Book().mutex);
  const std::string& lines = Book().lines;
  const size_t found = lines.rfind(text);
  if (found == std::string::npos) return "";
  const size_t begin = lines.rfind('\n', found) + 1;
  return lines.substr(begin, lines.find('\n', found) - begin);
}

std::string World::LoggedCall(const std::string& request_id) {
  return LastLineWith("\"request_id\":\"" + request_id + "\"");
}

std::string World::LastFault() { return LastLineWith("\"call_failed\""); }

void World::ExpectNothingLeaked() const {
  const std::string metrics = obs::ProcessMetrics().Text();
  std::lock_guard lock(Book().mutex);
  for (const std::string& service : Services()) {
    EXPECT_THAT(Book().lines, HasSubstr("\"service\":\"" + service + "\"")) << "nothing was logged";
    EXPECT_THAT(metrics, HasSubstr("service=\"" + service + "\"")) << "nothing was measured";
  }
  EXPECT_THAT(SecretsIn(Book().lines), IsEmpty()) << "in the log";
  EXPECT_THAT(SecretsIn(metrics), IsEmpty()) << "on the metrics page";
}

}  // namespace inspectorate::conformance
