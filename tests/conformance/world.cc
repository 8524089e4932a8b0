#include "tests/conformance/world.h"

#include <gtest/gtest.h>

#include <mutex>

#include "common/base/uuid.h"
#include "common/feed/event_log.h"
#include "common/obs/log.h"
#include "common/resource/description.h"
#include "common/testing/test_database.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"
#include "tests/conformance/loop.h"

namespace inspectorate::conformance {
namespace {

using resource::ToProto;
using testing::Harness;
namespace rv1 = registry::v1;

constexpr char kBegin[] = "2026-03-09T01:00:00Z";  // Monday, nine o'clock in China
constexpr Date kFrom = std::chrono::year{2025} / 9 / 1;
constexpr Date kTo = std::chrono::year{2028} / 8 / 31;

std::unique_ptr<World>& Instance() {
  static auto& instance = *new std::unique_ptr<World>;
  return instance;
}

// Ends the services before the database goes: environments end in reverse order, and this one comes last.
class WorldEnvironment : public ::testing::Environment {
 public:
  void TearDown() override { Instance().reset(); }
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

// Writes the registry's facts of one office as its staff.
class Registrar {
 public:
  Registrar(World& world, District& district) : world_(world), district_(district) {}

  std::string School(const std::string& number) {
    rv1::CreateSchoolRequest request;
    request.mutable_school()->set_office(district_.office());
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_kind(rv1::PRIMARY);
    return Do<rv1::School>("Schools.CreateSchool", request);
  }

  // With certificate and appointment, so that they may be sent.
  std::string Inspector(const std::string& number, const std::string& employer = "") {
    rv1::CreateInspectorRequest request;
    request.mutable_inspector()->set_office(district_.office());
    request.mutable_inspector()->set_work_number(number);
    request.mutable_inspector()->set_display_name("示例·" + number);
    request.mutable_inspector()->set_kind(rv1::PART_TIME);
    request.mutable_inspector()->set_employer_school(employer);
    request.mutable_inspector()->set_work_phone(kSecretPhone);
    const std::string name = Do<rv1::Inspector>("Inspectors.CreateInspector", request);
    rv1::CreateCertificateRequest certificate;
    certificate.set_parent(name);
    certificate.mutable_certificate()->set_office(district_.office());
    certificate.mutable_certificate()->set_number("证" + number);
    SetPeriod(certificate.mutable_certificate());
    Do<rv1::Certificate>("Certificates.CreateCertificate", certificate);
    rv1::CreateAppointmentRequest appointment;
    appointment.set_parent(name);
    appointment.mutable_appointment()->set_office(district_.office());
    appointment.mutable_appointment()->set_kind(rv1::PART_TIME);
    appointment.mutable_appointment()->set_term_index(1);
    SetPeriod(appointment.mutable_appointment());
    Do<rv1::Appointment>("Appointments.CreateAppointment", appointment);
    return name;
  }

  std::string Area(int number, const std::string& school, const std::string& lead,
                   const std::string& inspector) {
    rv1::CreateAreaRequest request;
    request.set_parent(district_.office());
    request.mutable_area()->set_number(number);
    request.mutable_area()->set_display_name("示例责任区" + std::to_string(number));
    SetBegin(request.mutable_area());
    const std::string area = Do<rv1::Area>("Areas.CreateArea", request);
    rv1::CreateSchoolAssignmentRequest assignment;
    assignment.set_parent(district_.office());
    assignment.mutable_school_assignment()->set_school(school);
    assignment.mutable_school_assignment()->set_area(area);
    SetBegin(assignment.mutable_school_assignment());
    Do<rv1::SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", assignment);
    rv1::CreateAreaMembershipRequest membership;
    membership.set_parent(district_.office());
    membership.mutable_area_membership()->set_inspector(lead);
    membership.mutable_area_membership()->set_area(area);
    membership.mutable_area_membership()->set_duty(rv1::LEAD);
    SetBegin(membership.mutable_area_membership());
    Do<rv1::AreaMembership>("AreaMemberships.CreateAreaMembership", membership);
    rv1::CreateInspectorAssignmentRequest responsible;
    responsible.set_parent(district_.office());
    responsible.mutable_inspector_assignment()->set_inspector(inspector);
    responsible.mutable_inspector_assignment()->set_school(school);
    responsible.mutable_inspector_assignment()->set_duty(rv1::MAIN);
    SetBegin(responsible.mutable_inspector_assignment());
    Do<rv1::InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", responsible);
    return area;
  }

  std::string Supervisor(const std::string& number, const std::string& school) {
    rv1::CreateSupervisorRequest request;
    request.set_parent(district_.office());
    request.mutable_supervisor()->set_display_name("示例·" + number);
    request.mutable_supervisor()->set_work_number(number);
    request.mutable_supervisor()->set_work_phone(kSecretPhone);
    const std::string name = Do<rv1::Supervisor>("Supervisors.CreateSupervisor", request);
    rv1::CreateSupervisorPostingRequest posting;
    posting.set_parent(district_.office());
    posting.mutable_supervisor_posting()->set_supervisor(name);
    posting.mutable_supervisor_posting()->set_school(school);
    SetBegin(posting.mutable_supervisor_posting());
    Do<rv1::SupervisorPosting>("SupervisorPostings.CreateSupervisorPosting", posting);
    return name;
  }

  std::string Staff(const std::string& number) {
    rv1::CreateStaffMemberRequest request;
    request.set_parent(district_.office());
    request.mutable_staff_member()->set_display_name("示例·" + number);
    request.mutable_staff_member()->set_work_number(number);
    SetBegin(request.mutable_staff_member());
    return Do<rv1::StaffMember>("Staff.CreateStaffMember", request);
  }

  void Recusal(const std::string& inspector, const std::string& school) {
    rv1::CreateRecusalRequest request;
    request.set_parent(inspector);
    request.mutable_recusal()->set_office(district_.office());
    request.mutable_recusal()->set_school(school);
    request.mutable_recusal()->set_ground(rv1::KIN_ON_STAFF);
    request.mutable_recusal()->set_note(kSecretNote);
    SetBegin(request.mutable_recusal());
    Do<rv1::Recusal>("Recusals.CreateRecusal", request);
  }

  void Term(Date from, Date to, const std::vector<std::string>& months) {
    rv1::CreateTermRequest request;
    request.set_parent(district_.office());
    request.mutable_term()->set_display_name("学期" + FormatDate(from));
    request.mutable_term()->set_audience(rv1::SCHOOLS);
    *request.mutable_term()->mutable_valid_from() = ToProto(from);
    *request.mutable_term()->mutable_valid_to() = ToProto(to);
    for (const std::string& month : months) request.mutable_term()->add_teaching_months(month);
    Do<rv1::Term>("Terms.CreateTerm", request);
  }

  // What a new office brings along.
  void SampleSeeds() {
    rv1::ListMattersRequest matters;
    matters.set_parent(district_.office());
    matters.set_filter("catalog = SCHOOL_MATTERS");
    district_.samples["inspectorate/Matter"] =
        Ask<rv1::ListMattersResponse>("Matters.ListMatters", matters).matters(0).name();
    rv1::ListPolicyRulesRequest rules;
    rules.set_parent(district_.office());
    district_.samples["inspectorate/PolicyRule"] =
        Ask<rv1::ListPolicyRulesResponse>("PolicyRules.ListPolicyRules", rules).policy_rules(0).name();
  }

 private:
  template <class M>
  static void SetBegin(M* dated) {
    *dated->mutable_valid_from() = ToProto(kFrom);
  }
  template <class M>
  static void SetPeriod(M* dated) {
    SetBegin(dated);
    *dated->mutable_valid_to() = ToProto(kTo);
  }
  template <class Response, class Request>
  Response Ask(const std::string& method, const Request& request) {
    return world_.Must<Response>("registry", "inspectorate.registry.v1." + method,
                                 Harness::Staff(district_.slug), request);
  }
  // The first of its kind is the sample.
  template <class Response, class Request>
  std::string Do(const std::string& method, const Request& request) {
    const std::string name = Ask<Response>(method, request).name();
    district_.samples.emplace(resource::Description::Of<Response>().type(), name);
    return name;
  }

  World& world_;
  District& district_;
};

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

void World::CreateOffices() {
  home_.slug = "home";
  sibling_.slug = "sibling";
  for (const char* slug : {"city", "home", "sibling"}) harness_->CreateSandbox(slug, kBegin);
  for (const District* district : {&home_, &sibling_}) {
    rv1::UpdateOfficeRequest below;
    below.mutable_office()->set_name(district->office());
    below.mutable_office()->set_parent_office("offices/city");
    below.mutable_update_mask()->add_paths("parent_office");
    Must<rv1::Office>("registry", "inspectorate.registry.v1.Offices.UpdateOffice", Harness::Operator(),
                      below);
  }
}

void World::Furnish(District& district) {
  district.samples["inspectorate/Office"] = district.office();
  district.samples["inspectorate/Division"] = "divisions/371603";
  Registrar registrar(*this, district);
  const std::string near = registrar.School("S1");
  district.far_school = registrar.School("S2");
  const std::string inspector = registrar.Inspector("D1");
  const std::string lead = registrar.Inspector("D2");
  const std::string far_inspector = registrar.Inspector("D3");
  const std::string far_lead = registrar.Inspector("D4");
  district.employed_inspector = registrar.Inspector("D5", near);
  district.near_area = registrar.Area(1, near, lead, inspector);
  district.far_area = registrar.Area(2, district.far_school, far_lead, far_inspector);
  const std::string supervisor = registrar.Supervisor("X1", near);
  const std::string far_supervisor = registrar.Supervisor("X2", district.far_school);
  registrar.Recusal(inspector, district.far_school);
  registrar.Recusal(lead, district.far_school);
  registrar.Term(MakeDate(2026, 2, 23), MakeDate(2026, 7, 31),
                 {"2026-03", "2026-04", "2026-05", "2026-06", "2026-07"});
  registrar.Term(MakeDate(2026, 9, 1), MakeDate(2027, 1, 31),
                 {"2026-09", "2026-10", "2026-11", "2026-12", "2027-01"});
  registrar.SampleSeeds();

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
  harness_->Settle(slug);
  Loop(*this, district).LiveOnce();
}

std::string World::AddStaff(District& district, const std::string& work_number) {
  const std::string name = Registrar(*this, district).Staff(work_number);
  harness_->Settle(district.slug);
  return name;
}

std::string World::AddSupervisor(District& district, const std::string& work_number) {
  const std::string name =
      Registrar(*this, district).Supervisor(work_number, district.samples.at("inspectorate/School"));
  harness_->Settle(district.slug);
  return name;
}

std::string World::AddSchool(District& district) { return Registrar(*this, district).School(NextText("S-")); }

std::string World::AddInspector(District& district) {
  return Registrar(*this, district).Inspector(NextText("D-"));
}

void World::Settle() {
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

std::string World::Log() const {
  std::lock_guard lock(Book().mutex);
  return Book().lines;
}

}  // namespace inspectorate::conformance
