// Plaques over real sockets: their life, what makes them stale, who may do what, and the figure I2.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/hash.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/testing/picture.h"
#include "common/testing/registrar.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::ToProto;
using rpc::Role;
using testing::Harness;
using ::testing::HasSubstr;
using testing::PngPicture;
using testing::Registrar;

const Date kToday = MakeDate(2026, 3, 2);
constexpr char kToday9[] = "2026-03-02T01:00:00Z";
constexpr char kPhone[] = "0543-5551234";

// An office with a school, its inspector with a portrait, and the facts that plaques ask for.
struct Place {
  std::string office;
  std::string school;
  std::string inspector;
  std::string substitute;
  std::string supervisor;

  std::string name() const { return "offices/" + office; }
  rpc::Principal Staff() const { return Harness::Staff(office); }
  rpc::Principal Inspector() const {
    return Harness::Person(inspector, Role::ROLE_RESPONSIBLE_INSPECTOR, office);
  }
  rpc::Principal Supervisor() const {
    return Harness::Person(supervisor, Role::ROLE_SCHOOL_SUPERVISOR, office);
  }
};

class PlaquesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  template <class Response, class Request>
  static absl::StatusOr<Response> As(const rpc::Principal& caller, const std::string& method,
                                     const Request& request) {
    return harness_->ClientOf("registry", caller)
        ->Call<Response>("inspectorate.registry.v1." + method, request);
  }
  template <class Response, class Request>
  static Response Must(const rpc::Principal& caller, const std::string& method, const Request& request) {
    auto response = As<Response>(caller, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  template <class Response, class Request>
  static ErrorReason Refused(const rpc::Principal& caller, const std::string& method,
                             const Request& request) {
    return ReasonOf(As<Response>(caller, method, request).status());
  }

  static Place NewPlace(const std::string& office, Date assigned = {}) {
    harness_->CreateSandbox(office, kToday9);
    Registrar registrar(*harness_, office);
    Place place;
    place.office = office;
    place.school = registrar.School("S1");
    place.inspector = registrar.Inspector("D1", "", kPhone);
    place.substitute = registrar.Inspector("D2", "", kPhone);
    if (assigned == Date{}) {
      registrar.Assign(place.inspector, place.school);
    } else {
      Assign(place, place.inspector, place.school, MAIN, assigned);
    }
    place.supervisor = registrar.Supervisor("X1", place.school);
    SetPhone(place, "0543-5550000", MakeDate(2025, 9, 1));
    for (const std::string& who : {place.inspector, place.substitute}) Portrait(place, who, Seed());
    return place;
  }
  static void SetPhone(const Place& place, const std::string& phone, Date from) {
    CreatePolicyRuleRequest request;
    request.set_parent(place.name());
    request.mutable_policy_rule()->set_key("plaque.supervision_phone");
    request.mutable_policy_rule()->set_value(phone);
    request.mutable_policy_rule()->set_unit(TEXT);
    request.mutable_policy_rule()->set_source("示教督〔2026〕3号");
    *request.mutable_policy_rule()->mutable_valid_from() = ToProto(from);
    Must<PolicyRule>(place.Staff(), "PolicyRules.CreatePolicyRule", request);
  }
  static uint32_t Seed() { return ++seed_; }
  static CreatePhotoRequest PhotoOf(const Place& place, PhotoPurpose purpose, const std::string& subject,
                                    uint32_t seed) {
    CreatePhotoRequest request;
    request.set_parent(place.name());
    request.set_purpose(purpose);
    (purpose == PORTRAIT ? *request.mutable_inspector() : *request.mutable_school()) = subject;
    request.set_content(PngPicture(210, 280, seed));
    return request;
  }
  static Photo Portrait(const Place& place, const std::string& inspector, uint32_t seed) {
    return Must<Photo>(place.Staff(), "Photos.CreatePhoto", PhotoOf(place, PORTRAIT, inspector, seed));
  }
  static Photo Gate(const Place& place, const std::string& school) {
    return Must<Photo>(place.Staff(), "Photos.CreatePhoto", PhotoOf(place, PLAQUE_AT_GATE, school, Seed()));
  }

  template <class Request>
  static Request On(const Plaque& plaque) {
    Request request;
    request.set_name(plaque.name());
    request.set_etag(plaque.etag());
    return request;
  }
  static DraftPlaqueRequest DraftOf(const Place& place, const std::string& school) {
    DraftPlaqueRequest request;
    request.set_parent(place.name());
    request.set_school(school);
    return request;
  }
  static Plaque Draft(const Place& place, const std::string& school) {
    return Must<Plaque>(place.Staff(), "Plaques.DraftPlaque", DraftOf(place, school));
  }
  static Plaque Approve(const Place& place, const Plaque& draft) {
    return Must<Plaque>(place.Staff(), "Plaques.ApprovePlaque", On<ApprovePlaqueRequest>(draft));
  }
  static Plaque Mounted(const Place& place, const std::string& school) {
    const Plaque approved = Approve(place, Draft(place, school));
    const auto made = Must<Plaque>(place.Staff(), "Plaques.MakePlaque", On<MakePlaqueRequest>(approved));
    auto mount = On<MountPlaqueRequest>(made);
    mount.set_photo(Gate(place, school).name());
    mount.set_place("校门东侧");
    return Must<Plaque>(place.Staff(), "Plaques.MountPlaque", mount);
  }
  static VerifyPlaqueRequest VerifyOf(const Place& place, const Plaque& mounted) {
    auto verify = On<VerifyPlaqueRequest>(mounted);
    verify.set_photo(Gate(place, mounted.school()).name());
    return verify;
  }
  static Plaque Verified(const Place& place, const std::string& school) {
    const Plaque mounted = Mounted(place, school);
    return Now(place, Must<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", VerifyOf(place, mounted)));
  }
  static Plaque Now(const Place& place, const Plaque& plaque) {
    GetPlaqueRequest request;
    request.set_name(plaque.name());
    return Must<Plaque>(place.Staff(), "Plaques.GetPlaque", request);
  }
  static PlaqueCoverage CoverageOn(const Place& place, Date day) {
    GetPlaqueCoverageRequest request;
    request.set_parent(place.name());
    *request.mutable_as_of() = ToProto(day);
    return Must<PlaqueCoverage>(place.Staff(), "Plaques.GetPlaqueCoverage", request);
  }
  static InspectorAssignment AssignmentOf(const Place& place, const std::string& school) {
    ListInspectorAssignmentsRequest request;
    request.set_parent(place.name());
    request.set_filter("school = \"" + school + "\"");
    const auto found = Must<ListInspectorAssignmentsResponse>(
        place.Staff(), "InspectorAssignments.ListInspectorAssignments", request);
    EXPECT_EQ(found.inspector_assignments_size(), 1);
    return found.inspector_assignments_size() > 0 ? found.inspector_assignments(0) : InspectorAssignment();
  }
  static void EndAssignment(const Place& place, const std::string& school, Date last) {
    UpdateInspectorAssignmentRequest request;
    *request.mutable_inspector_assignment() = AssignmentOf(place, school);
    *request.mutable_inspector_assignment()->mutable_valid_to() = ToProto(last);
    request.mutable_update_mask()->add_paths("valid_to");
    Must<InspectorAssignment>(place.Staff(), "InspectorAssignments.UpdateInspectorAssignment", request);
  }
  static void Assign(const Place& place, const std::string& inspector, const std::string& school,
                     AssignmentDuty duty, Date from) {
    CreateInspectorAssignmentRequest request;
    request.set_parent(place.name());
    request.mutable_inspector_assignment()->set_inspector(inspector);
    request.mutable_inspector_assignment()->set_school(school);
    request.mutable_inspector_assignment()->set_duty(duty);
    *request.mutable_inspector_assignment()->mutable_valid_from() = ToProto(from);
    Must<InspectorAssignment>(place.Staff(), "InspectorAssignments.CreateInspectorAssignment", request);
  }
  // An inspector whose term runs out.
  static std::string AppointedUntil(const Place& place, Date last) {
    CreateInspectorRequest person;
    person.mutable_inspector()->set_office(place.name());
    person.mutable_inspector()->set_work_number("D9");
    person.mutable_inspector()->set_display_name("示例·D9");
    person.mutable_inspector()->set_kind(PART_TIME);
    const std::string name = Must<Inspector>(place.Staff(), "Inspectors.CreateInspector", person).name();
    CreateCertificateRequest certificate;
    certificate.set_parent(name);
    certificate.mutable_certificate()->set_office(place.name());
    certificate.mutable_certificate()->set_number("证D9");
    *certificate.mutable_certificate()->mutable_valid_from() = ToProto(MakeDate(2025, 9, 1));
    *certificate.mutable_certificate()->mutable_valid_to() = ToProto(MakeDate(2028, 8, 31));
    Must<Certificate>(place.Staff(), "Certificates.CreateCertificate", certificate);
    CreateAppointmentRequest term;
    term.set_parent(name);
    term.mutable_appointment()->set_office(place.name());
    term.mutable_appointment()->set_kind(PART_TIME);
    term.mutable_appointment()->set_term_index(1);
    *term.mutable_appointment()->mutable_valid_from() = ToProto(last - std::chrono::days(365));
    *term.mutable_appointment()->mutable_valid_to() = ToProto(last);
    Must<Appointment>(place.Staff(), "Appointments.CreateAppointment", term);
    return name;
  }
  static Inspector GetInspector(const Place& place, const std::string& name) {
    GetInspectorRequest request;
    request.set_name(name);
    return Must<Inspector>(place.Staff(), "Inspectors.GetInspector", request);
  }
  static void Edit(const Place& place, const std::string& field,
                   const std::function<void(Inspector*)>& change) {
    UpdateInspectorRequest request;
    *request.mutable_inspector() = GetInspector(place, place.inspector);
    change(request.mutable_inspector());
    request.mutable_update_mask()->add_paths(field);
    Must<Inspector>(place.Staff(), "Inspectors.UpdateInspector", request);
  }
  static void Change(const Place& place, SchoolChangeKind kind, const std::string& new_name) {
    GetSchoolRequest get;
    get.set_name(place.school);
    ChangeSchoolRequest request;
    request.set_name(place.school);
    request.set_etag(Must<School>(place.Staff(), "Schools.GetSchool", get).etag());
    request.set_kind(kind);
    request.set_display_name(new_name);
    request.set_document_number("示教发〔2026〕9号");
    request.set_basis("示例");
    *request.mutable_effective_date() = ToProto(kToday);
    Must<SchoolChange>(place.Staff(), "SchoolChanges.ChangeSchool", request);
  }

  static Uuid IdOf(const Plaque& plaque) { return resource::UuidOf(plaque.name()); }
  // Past the service, as an older release may have left it.
  static void Sql(const std::string& statement, const db::Params& params) {
    auto database = db::Database::Open(harness_->database("registry"));
    ASSERT_TRUE(database.ok()) << database.status();
    const auto status = (*database)->Transact(db::Budget{}, {}, [&](db::Transaction& tx) {
      const auto changed = tx.Execute(statement, params);
      EXPECT_EQ(changed.value_or(0), 1U) << statement;
      return changed.status();
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  static Harness* harness_;
  static uint32_t seed_;
};

Harness* PlaquesTest::harness_ = nullptr;
uint32_t PlaquesTest::seed_ = 0;

TEST_F(PlaquesTest, ALifeFromDraftToReplacement) {
  const Place place = NewPlace("life");
  const Plaque draft = Draft(place, place.school);
  EXPECT_EQ(draft.state(), PLAQUE_DRAFT);
  EXPECT_EQ(draft.version(), 1);
  EXPECT_EQ(draft.width_mm(), 600);
  EXPECT_EQ(draft.height_mm(), 900);
  EXPECT_EQ(draft.content().school_name(), "示例小学S1");
  ASSERT_EQ(draft.content().inspectors_size(), 1);
  EXPECT_EQ(draft.content().inspectors(0).display_name(), "示例·D1");
  EXPECT_EQ(draft.content().inspectors(0).phone(), kPhone);
  EXPECT_EQ(draft.content().matters_size(), 8);
  EXPECT_EQ(draft.content().supervision_phone(), "0543-5550000");
  EXPECT_THAT(draft.content().issuer(), HasSubstr("教育督导室"));
  // One draft a school.
  EXPECT_EQ(Draft(place, place.school).name(), draft.name());
  EXPECT_EQ(Refused<Plaque>(place.Staff(), "Plaques.ApprovePlaque", On<ApprovePlaqueRequest>(draft)),
            ErrorReason::ETAG_MISMATCH);

  const Plaque verified = Verified(place, place.school);
  EXPECT_EQ(verified.state(), PLAQUE_VERIFIED);
  EXPECT_EQ(verified.version(), 1);
  EXPECT_EQ(verified.verified_by(), place.inspector);
  EXPECT_EQ(verified.place(), "校门东侧");
  EXPECT_EQ(resource::FromProto(verified.verified_date()), kToday);

  // The content of what was approved does not follow the registry: it becomes stale, and the next is another.
  Portrait(place, place.inspector, Seed());
  const Plaque stale = Now(place, verified);
  EXPECT_EQ(stale.state(), PLAQUE_STALE);
  EXPECT_EQ(stale.stale_cause(), PORTRAIT_CHANGED);
  EXPECT_EQ(stale.content().SerializeAsString(), verified.content().SerializeAsString());
  const Plaque second = Verified(place, place.school);
  EXPECT_EQ(second.version(), 2);
  const Plaque replaced = Now(place, verified);
  EXPECT_EQ(replaced.state(), PLAQUE_REPLACED);
  EXPECT_EQ(replaced.successor(), second.name());
}

TEST_F(PlaquesTest, WhatIsIncompleteOrOutdatedIsNotApproved) {
  const Place place = NewPlace("incomplete");
  Registrar registrar(*harness_, place.office);
  const std::string bare = registrar.School("S2");
  auto refused =
      As<Plaque>(place.Staff(), "Plaques.ApprovePlaque", On<ApprovePlaqueRequest>(Draft(place, bare)));
  EXPECT_EQ(ReasonOf(refused.status()), ErrorReason::PLAQUE_INCOMPLETE);
  EXPECT_THAT(refused.status().ToString(), HasSubstr("没有责任督学"));
  const std::string faceless = registrar.Inspector("D3");
  registrar.Assign(faceless, bare);
  refused = As<Plaque>(place.Staff(), "Plaques.ApprovePlaque", On<ApprovePlaqueRequest>(Draft(place, bare)));
  EXPECT_THAT(refused.status().ToString(), HasSubstr("没有照片"));
  Portrait(place, faceless, Seed());
  // The draft was made before: what is approved is what was looked at.
  const Plaque draft = Draft(place, bare);
  EXPECT_EQ(draft.content().inspectors(0).phone(), "0543-5550000") << "the office's, where there is none";
  Portrait(place, faceless, Seed());
  EXPECT_EQ(Refused<Plaque>(place.Staff(), "Plaques.ApprovePlaque", On<ApprovePlaqueRequest>(draft)),
            ErrorReason::PLAQUE_OUTDATED);
  EXPECT_EQ(Approve(place, Draft(place, bare)).state(), PLAQUE_APPROVED);
}

// Each way in which the registry can make a board wrong, by the rpc that does it; in the same transaction, so
// that the next reader sees it.
TEST_F(PlaquesTest, EveryChangeOfWhatABoardSaysMakesItStale) {
  struct Way {
    const char* name;
    PlaqueStaleCause cause;
    std::function<void(const Place&)> change;
  };
  const std::vector<Way> ways = {
      {"ended", INSPECTOR_CHANGED,
       [](const Place& p) { EndAssignment(p, p.school, kToday - std::chrono::days(1)); }},
      {"joined", INSPECTOR_CHANGED, [](const Place& p) { Assign(p, p.substitute, p.school, CO, kToday); }},
      {"moved", INSPECTOR_CHANGED,
       [](const Place& p) {
         UpdateInspectorAssignmentRequest request;
         *request.mutable_inspector_assignment() = AssignmentOf(p, p.school);
         request.mutable_inspector_assignment()->set_inspector(p.substitute);
         request.mutable_update_mask()->add_paths("inspector");
         Must<InspectorAssignment>(p.Staff(), "InspectorAssignments.UpdateInspectorAssignment", request);
       }},
      {"elsewhere", INSPECTOR_CHANGED,
       [](const Place& p) {
         UpdateInspectorAssignmentRequest request;
         *request.mutable_inspector_assignment() = AssignmentOf(p, p.school);
         request.mutable_inspector_assignment()->set_school(Registrar(*harness_, p.office).School("S9"));
         request.mutable_update_mask()->add_paths("school");
         Must<InspectorAssignment>(p.Staff(), "InspectorAssignments.UpdateInspectorAssignment", request);
       }},
      {"renamed", INSPECTOR_RENAMED,
       [](const Place& p) {
         Edit(p, "display_name", [](Inspector* i) { i->set_display_name("示例·新名"); });
       }},
      {"rung", CONTACT_CHANGED,
       [](const Place& p) {
         Edit(p, "work_phone", [](Inspector* i) { i->set_work_phone("0543-5559999"); });
       }},
      {"numbered", CONTACT_CHANGED,
       [](const Place& p) { Edit(p, "work_number", [](Inspector* i) { i->set_work_number("D77"); }); }},
      {"pictured", PORTRAIT_CHANGED, [](const Place& p) { Portrait(p, p.inspector, Seed()); }},
      {"recused", INSPECTOR_CHANGED,
       [](const Place& p) {
         CreateRecusalRequest request;
         request.set_parent(p.inspector);
         request.mutable_recusal()->set_office(p.name());
         request.mutable_recusal()->set_school(p.school);
         request.mutable_recusal()->set_ground(KIN_ON_STAFF);
         *request.mutable_recusal()->mutable_valid_from() = ToProto(kToday);
         Must<Recusal>(p.Staff(), "Recusals.CreateRecusal", request);
       }},
      {"retitled", SCHOOL_RENAMED, [](const Place& p) { Change(p, RENAME_SCHOOL, "示例第一小学"); }},
      {"closed", SCHOOL_NOT_OPERATING, [](const Place& p) { Change(p, CLOSE_SCHOOL, ""); }},
      {"telephone", OFFICE_CHANGED, [](const Place& p) { SetPhone(p, "0543-5558888", kToday); }},
      {"matters", MATTERS_CHANGED,
       [](const Place& p) {
         CreateCatalogueVersionRequest create;
         create.set_parent(p.name() + "/catalogues/school-matters");
         create.mutable_catalogue_version()->set_note("年度修订");
         auto draft = Must<CatalogueVersion>(p.Staff(), "Catalogues.CreateCatalogueVersion", create);
         for (CatalogueItem& item : *draft.mutable_items()) {
           if (item.code() == "B08") item.set_title("校风、教风、学风建设");
         }
         UpdateCatalogueVersionRequest edit;
         *edit.mutable_catalogue_version() = draft;
         edit.mutable_update_mask()->add_paths("items");
         draft = Must<CatalogueVersion>(p.Staff(), "Catalogues.UpdateCatalogueVersion", edit);
         PublishCatalogueVersionRequest publish;
         publish.set_name(draft.name());
         publish.set_etag(draft.etag());
         *publish.mutable_valid_from() = ToProto(kToday);
         publish.set_document_number("沾教督〔2026〕5号");
         Must<CatalogueVersion>(Harness::Staff(p.office, "示例·主任"), "Catalogues.PublishCatalogueVersion",
                                publish);
       }},
      {"office", OFFICE_CHANGED,
       [](const Place& p) {
         UpdateOfficeRequest request;
         request.mutable_office()->set_name(p.name());
         request.mutable_office()->set_display_name("示例区督导室（更名）");
         request.mutable_update_mask()->add_paths("display_name");
         Must<Office>(p.Staff(), "Offices.UpdateOffice", request);
       }},
  };
  for (const Way& way : ways) {
    SCOPED_TRACE(way.name);
    // Not long ago, so that the assignment may still be corrected.
    const Place place = NewPlace(std::string("stale-") + way.name, kToday - std::chrono::days(10));
    const Plaque verified = Verified(place, place.school);
    EXPECT_EQ(CoverageOn(place, kToday).verified(), 1);
    way.change(place);
    const Plaque stale = Now(place, verified);
    EXPECT_EQ(stale.state(), PLAQUE_STALE);
    EXPECT_EQ(stale.stale_cause(), way.cause);
    EXPECT_EQ(resource::FromProto(stale.stale_from()), kToday);
    EXPECT_EQ(stale.content().SerializeAsString(), verified.content().SerializeAsString());
    EXPECT_EQ(CoverageOn(place, kToday).verified(), 0);
  }
}

// A change that is known ahead: right until then, wrong from then on, and nobody has to write anything on
// that day. Withdrawn before, it was never wrong.
TEST_F(PlaquesTest, WhatWillChangeIsKnownAhead) {
  const Place place = NewPlace("ahead");
  Plaque plaque = Verified(place, place.school);
  EXPECT_EQ(resource::FromProto(plaque.stale_from()), MakeDate(2028, 9, 1)) << "when the term has run out";
  EndAssignment(place, place.school, MakeDate(2026, 3, 20));
  plaque = Now(place, plaque);
  EXPECT_EQ(plaque.state(), PLAQUE_VERIFIED);
  EXPECT_EQ(resource::FromProto(plaque.stale_from()), MakeDate(2026, 3, 21));
  EXPECT_EQ(plaque.stale_cause(), INSPECTOR_CHANGED);
  ListPlaquesRequest soon;
  soon.set_parent(place.name());
  soon.set_filter("stale_from <= \"2026-03-31\"");
  EXPECT_EQ(Must<ListPlaquesResponse>(place.Staff(), "Plaques.ListPlaques", soon).plaques_size(), 1);
  EndAssignment(place, place.school, MakeDate(2026, 3, 25));
  EXPECT_EQ(resource::FromProto(Now(place, plaque).stale_from()), MakeDate(2026, 3, 26));
  EXPECT_EQ(CoverageOn(place, MakeDate(2026, 3, 25)).verified(), 1);
  EXPECT_EQ(CoverageOn(place, MakeDate(2026, 3, 26)).verified(), 0);

  harness_->SetClock(place.office, "2026-03-26T01:00:00Z");
  plaque = Now(place, plaque);
  EXPECT_EQ(plaque.state(), PLAQUE_STALE);
  EXPECT_EQ(resource::FromProto(plaque.stale_from()), MakeDate(2026, 3, 26));
  // Past days keep their answers.
  EXPECT_EQ(CoverageOn(place, kToday).verified(), 1);
  EXPECT_EQ(CoverageOn(place, MakeDate(2026, 3, 1)).verified(), 0);
  const PlaqueCoverage now = CoverageOn(place, MakeDate(2026, 3, 26));
  ASSERT_EQ(now.gaps_size(), 1);
  EXPECT_EQ(now.gaps(0).school(), place.school);
  EXPECT_EQ(now.gaps(0).state(), PLAQUE_STALE);
  EXPECT_EQ(now.gaps(0).stale_cause(), INSPECTOR_CHANGED);
}

// Nobody decides anything on the day on which a term runs out or a certificate lapses: the assignment stands
// and has no effect, and the board says what is not so any more. Who is on leave stays responsible.
TEST_F(PlaquesTest, WhoMayNotActAnyMoreIsRightNoLonger) {
  const Date last = MakeDate(2026, 3, 20), next = MakeDate(2026, 3, 21);
  const Place place = NewPlace("runs-out");
  Registrar registrar(*harness_, place.office);
  const std::string second = registrar.School("S2");
  const std::string other = AppointedUntil(place, last);
  Portrait(place, other, Seed());
  Assign(place, other, second, MAIN, kToday);
  const Plaque by_certificate = Verified(place, place.school);
  const Plaque by_term = Now(place, Mounted(place, second));
  EXPECT_EQ(resource::FromProto(by_term.stale_from()), next);

  CreateLeaveRequest leave;
  leave.set_parent(place.inspector);
  leave.mutable_leave()->set_office(place.name());
  leave.mutable_leave()->set_kind(SICK_LEAVE);
  *leave.mutable_leave()->mutable_valid_from() = ToProto(kToday);
  *leave.mutable_leave()->mutable_valid_to() = ToProto(last);
  Must<Leave>(place.Staff(), "Leaves.CreateLeave", leave);
  EXPECT_EQ(resource::FromProto(Now(place, by_certificate).stale_from()), MakeDate(2028, 9, 1));

  ListCertificatesRequest list;
  list.set_parent(place.inspector);
  UpdateCertificateRequest edit;
  *edit.mutable_certificate() =
      Must<ListCertificatesResponse>(place.Staff(), "Certificates.ListCertificates", list).certificates(0);
  *edit.mutable_certificate()->mutable_valid_to() = ToProto(last);
  edit.mutable_update_mask()->add_paths("valid_to");
  Must<Certificate>(place.Staff(), "Certificates.UpdateCertificate", edit);

  for (const Plaque& board : {by_certificate, by_term}) {
    const Plaque plaque = Now(place, board);
    EXPECT_EQ(plaque.state(), board.state());
    EXPECT_EQ(resource::FromProto(plaque.stale_from()), next);
    EXPECT_EQ(plaque.stale_cause(), INSPECTOR_MAY_NOT_ACT);
  }
  EXPECT_EQ(CoverageOn(place, last).verified(), 1);
  EXPECT_EQ(CoverageOn(place, next).verified(), 0);
  harness_->SetClock(place.office, "2026-03-21T01:00:00Z");
  for (const Plaque& board : {by_certificate, by_term}) {
    const Plaque plaque = Now(place, board);
    EXPECT_EQ(plaque.state(), PLAQUE_STALE);
    EXPECT_EQ(plaque.stale_cause(), INSPECTOR_MAY_NOT_ACT);
    // No new board says so either.
    EXPECT_EQ(Draft(place, board.school()).content().inspectors_size(), 0);
  }
}

// The round looks at what is due by each office's clock, and at what was approved before the registry knew
// that terms run out.
TEST_F(PlaquesTest, TheRoundFindsWhatNobodyWrote) {
  const Place place = NewPlace("round");
  Registrar registrar(*harness_, place.office);
  const std::string second = registrar.School("S2");
  registrar.Assign(place.inspector, second);
  const Plaque older = Verified(place, place.school);
  const Plaque due = Verified(place, second);
  Sql("UPDATE plaque SET stale_from = NULL, stale_cause = 0 WHERE plaque = ?", {IdOf(older)});
  Sql("INSERT INTO plaque_recheck (office, plaque) VALUES ('round', ?)", {IdOf(older)});
  Sql("UPDATE plaque SET stale_from = '2026-03-01' WHERE plaque = ?", {IdOf(due)});
  Sql("UPDATE inspector_assignment SET valid_to = '2026-02-28' WHERE school = ?", {resource::UuidOf(second)});
  harness_->Stop("registry");
  harness_->Start("registry");
  Plaque now = Now(place, due);
  for (int i = 0; i < 200 && now.state() != PLAQUE_STALE; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    now = Now(place, due);
  }
  EXPECT_EQ(now.state(), PLAQUE_STALE);
  EXPECT_EQ(resource::FromProto(now.stale_from()), MakeDate(2026, 3, 1))
      << "since that day, not since the round";
  now = Now(place, older);
  EXPECT_EQ(now.state(), PLAQUE_VERIFIED);
  EXPECT_EQ(resource::FromProto(now.stale_from()), MakeDate(2028, 9, 1));
  EXPECT_EQ(now.stale_cause(), INSPECTOR_MAY_NOT_ACT);
}

// Whether the round has come by yet or not.
TEST_F(PlaquesTest, WhatIsPutRightLaterWasWrongAllTheSame) {
  const Place place = NewPlace("late-round");
  const Plaque board = Verified(place, place.school);
  Sql("UPDATE plaque SET stale_from = '2026-03-01', stale_cause = ? WHERE plaque = ?",
      {static_cast<int64_t>(INSPECTOR_MAY_NOT_ACT), IdOf(board)});
  Edit(place, "qualification", [](Inspector* inspector) { inspector->set_qualification("本科"); });
  const Plaque now = Now(place, board);
  EXPECT_EQ(now.state(), PLAQUE_STALE);
  EXPECT_EQ(resource::FromProto(now.stale_from()), MakeDate(2026, 3, 1));
  EXPECT_EQ(now.stale_cause(), INSPECTOR_MAY_NOT_ACT);
}

TEST_F(PlaquesTest, TheFigureCountsOperatingInstitutionsAndNamesTheOthers) {
  const Place place = NewPlace("figure");
  Registrar registrar(*harness_, place.office);
  const std::string second = registrar.School("S2");
  const std::string third = registrar.School("S3");
  registrar.Assign(place.inspector, second);
  Verified(place, place.school);
  Mounted(place, second);
  const PlaqueCoverage coverage = CoverageOn(place, kToday);
  EXPECT_EQ(coverage.operating(), 3);
  EXPECT_EQ(coverage.verified(), 1);
  EXPECT_NEAR(coverage.percent(), 33.3, 0.1);
  EXPECT_GT(coverage.registry_position(), 0);
  std::map<std::string, PlaqueState> gaps;
  for (const PlaqueGap& gap : coverage.gaps()) gaps[gap.school()] = gap.state();
  EXPECT_EQ(gaps, (std::map<std::string, PlaqueState>{{second, PLAQUE_MOUNTED},
                                                      {third, PLAQUE_STATE_UNSPECIFIED}}));
}

TEST_F(PlaquesTest, TheFigureOfSettledDaysIsNotRaisedAfterwards) {
  const Place place = NewPlace("settled");
  const Plaque mounted = Mounted(place, place.school);
  harness_->EndSetUp(place.office);
  const Date later = kToday + std::chrono::days(60);
  harness_->SetClock(place.office, FormatDate(later) + "T01:00:00Z");
  VerifyPlaqueRequest verify = VerifyOf(place, mounted);
  *verify.mutable_act_date() = ToProto(kToday);
  EXPECT_EQ(Refused<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", verify), ErrorReason::DAYS_SETTLED);
  EXPECT_EQ(CoverageOn(place, kToday).verified(), 0);
  // Within the days that are open it is entered late.
  *verify.mutable_act_date() = ToProto(later - std::chrono::days(31));
  EXPECT_EQ(Must<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", verify).state(), PLAQUE_VERIFIED);
}

TEST_F(PlaquesTest, OfTwoWhoVerifyAtOnceOneDoes) {
  const Place place = NewPlace("race");
  const Plaque mounted = Mounted(place, place.school);
  const VerifyPlaqueRequest verify = VerifyOf(place, mounted);
  std::vector<std::future<absl::Status>> racers;
  for (int i = 0; i < 8; ++i) {
    racers.push_back(std::async(std::launch::async, [&] {
      return As<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", verify).status();
    }));
  }
  int won = 0;
  for (auto& racer : racers) {
    const absl::Status status = racer.get();
    won += status.ok() ? 1 : 0;
    if (!status.ok()) {
      EXPECT_THAT(ReasonOf(status),
                  ::testing::AnyOf(ErrorReason::ETAG_MISMATCH, ErrorReason::STATE_TRANSITION_DENIED,
                                   ErrorReason::TRANSACTION_CONFLICT));
    }
  }
  EXPECT_EQ(won, 1);
  EXPECT_EQ(Now(place, mounted).revision(), mounted.revision() + 1);
}

// Whoever approves and whoever renames at the same moment: the board is not approved with the old name and
// left as if it were right.
TEST_F(PlaquesTest, NoApprovalSlipsPastAChange) {
  const Place place = NewPlace("slip");
  for (int round = 0; round < 6; ++round) {
    const Plaque draft = Draft(place, place.school);
    const std::string name = "示例·第" + std::to_string(round) + "名";
    auto approving = std::async(std::launch::async, [&] {
      return As<Plaque>(place.Staff(), "Plaques.ApprovePlaque", On<ApprovePlaqueRequest>(draft)).status();
    });
    Edit(place, "display_name", [&](Inspector* inspector) { inspector->set_display_name(name); });
    const absl::Status approved = approving.get();
    const Plaque now = Now(place, draft);
    if (approved.ok()) {
      const bool right = now.content().inspectors(0).display_name() == name;
      EXPECT_EQ(now.state(), right ? PLAQUE_APPROVED : PLAQUE_STALE) << round;
    } else {
      EXPECT_EQ(now.state(), PLAQUE_DRAFT) << round << " " << approved;
    }
  }
}

TEST_F(PlaquesTest, ARepeatedRequestIsAnsweredAgain) {
  const Place place = NewPlace("repeat");
  auto approve = On<ApprovePlaqueRequest>(Draft(place, place.school));
  approve.set_request_id(FormatUuid(RandomUuid()));
  const auto first = Must<Plaque>(place.Staff(), "Plaques.ApprovePlaque", approve);
  const auto again = Must<Plaque>(place.Staff(), "Plaques.ApprovePlaque", approve);
  EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
  CreatePhotoRequest photo = PhotoOf(place, PLAQUE_AT_GATE, place.school, Seed());
  photo.set_request_id(FormatUuid(RandomUuid()));
  EXPECT_EQ(Must<Photo>(place.Staff(), "Photos.CreatePhoto", photo).name(),
            Must<Photo>(place.Staff(), "Photos.CreatePhoto", photo).name());
  // The same picture under another id is stored once too.
  photo.set_request_id(FormatUuid(RandomUuid()));
  ListPhotosRequest list;
  list.set_parent(place.name());
  list.set_filter("purpose = PLAQUE_AT_GATE");
  Must<Photo>(place.Staff(), "Photos.CreatePhoto", photo);
  EXPECT_EQ(Must<ListPhotosResponse>(place.Staff(), "Photos.ListPhotos", list).photos_size(), 1);
}

TEST_F(PlaquesTest, WhoMountedAndWhoMayVerify) {
  const Place place = NewPlace("persons");
  const Plaque approved = Approve(place, Draft(place, place.school));
  const auto made = Must<Plaque>(place.Staff(), "Plaques.MakePlaque", On<MakePlaqueRequest>(approved));
  auto mount = On<MountPlaqueRequest>(made);
  mount.set_photo(Gate(place, place.school).name());
  // The school's own supervisor hangs it up, its inspector looks.
  const auto mounted = Must<Plaque>(place.Supervisor(), "Plaques.MountPlaque", mount);
  EXPECT_EQ(Refused<Plaque>(place.Supervisor(), "Plaques.VerifyPlaque", VerifyOf(place, mounted)),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Must<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", VerifyOf(place, mounted)).state(),
            PLAQUE_VERIFIED);
  // By one and the same person it is not.
  const Plaque other = Mounted(place, place.school);
  EXPECT_EQ(Refused<Plaque>(place.Staff(), "Plaques.VerifyPlaque", VerifyOf(place, other)),
            ErrorReason::SECOND_PERSON_REQUIRED);
  // Not before it was hung up, not tomorrow, not with another picture.
  auto verify = VerifyOf(place, other);
  *verify.mutable_act_date() = ToProto(kToday - std::chrono::days(1));
  EXPECT_EQ(Refused<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", verify), ErrorReason::INVALID_FIELDS);
  *verify.mutable_act_date() = ToProto(kToday + std::chrono::days(1));
  EXPECT_EQ(Refused<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", verify),
            ErrorReason::OCCUR_TIME_IN_FUTURE);
  verify = VerifyOf(place, other);
  verify.set_photo(Gate(place, Registrar(*harness_, place.office).School("S2")).name());
  EXPECT_EQ(Refused<Plaque>(place.Inspector(), "Plaques.VerifyPlaque", verify),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(PlaquesTest, OtherSchoolsAndOfficesReachNothing) {
  const Place place = NewPlace("near");
  const Place other = NewPlace("other");
  Registrar registrar(*harness_, place.office);
  const std::string sibling = registrar.School("S2");
  const rpc::Principal sibling_supervisor =
      Harness::Person(registrar.Supervisor("X2", sibling), Role::ROLE_SCHOOL_SUPERVISOR, place.office);
  const Plaque mounted = Mounted(place, place.school);
  const Photo gate = Gate(place, place.school);
  const Photo portrait = Portrait(place, place.substitute, Seed());
  GetPlaqueRequest get;
  get.set_name(mounted.name());
  DownloadPhotoRequest bytes;
  bytes.set_name(gate.name());
  DownloadPhotoRequest face;
  face.set_name(portrait.name());
  EXPECT_EQ(Must<PhotoContent>(place.Supervisor(), "Photos.DownloadPhoto", bytes).sha256(), gate.sha256());
  EXPECT_EQ(Hex(Sha256(Must<PhotoContent>(place.Staff(), "Photos.DownloadPhoto", face).content())),
            portrait.sha256());
  const auto verify = VerifyOf(place, mounted);
  for (const rpc::Principal& caller :
       {sibling_supervisor, other.Staff(), other.Inspector(), other.Supervisor()}) {
    SCOPED_TRACE(caller.subject);
    EXPECT_EQ(Refused<Plaque>(caller, "Plaques.GetPlaque", get), ErrorReason::PERMISSION_MISSING);
    EXPECT_EQ(Refused<PhotoContent>(caller, "Photos.DownloadPhoto", bytes), ErrorReason::PERMISSION_MISSING);
    EXPECT_EQ(Refused<PhotoContent>(caller, "Photos.DownloadPhoto", face), ErrorReason::PERMISSION_MISSING);
    EXPECT_EQ(Refused<Plaque>(caller, "Plaques.VerifyPlaque", verify), ErrorReason::PERMISSION_MISSING);
    EXPECT_EQ(
        Refused<Photo>(caller, "Photos.CreatePhoto", PhotoOf(place, PLAQUE_AT_GATE, place.school, Seed())),
        ErrorReason::PERMISSION_MISSING);
    ListPlaquesRequest list;
    list.set_parent("offices/-");
    const auto seen = As<ListPlaquesResponse>(caller, "Plaques.ListPlaques", list);
    if (seen.ok()) {
      EXPECT_EQ(seen->plaques_size(), 0);
    }
  }
  // Portraits are the office's, whoever is asked for one.
  EXPECT_EQ(Refused<PhotoContent>(place.Supervisor(), "Photos.DownloadPhoto", face),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Refused<Photo>(place.Inspector(), "Photos.CreatePhoto",
                           PhotoOf(place, PORTRAIT, place.inspector, Seed())),
            ErrorReason::PERMISSION_MISSING);
  // Of another office's school or inspector there is none.
  EXPECT_EQ(Refused<Plaque>(place.Staff(), "Plaques.DraftPlaque", DraftOf(place, other.school)),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(
      Refused<Photo>(place.Staff(), "Photos.CreatePhoto", PhotoOf(place, PORTRAIT, other.inspector, Seed())),
      ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(PlaquesTest, OnlyPhotographsAreTaken) {
  const Place place = NewPlace("photos");
  CreatePhotoRequest request = PhotoOf(place, PLAQUE_AT_GATE, place.school, Seed());
  const std::string good = request.content();
  std::string torn = good;
  torn[torn.size() / 2] ^= 0x55;
  for (const std::string& bad : {torn, std::string("GIF89a....."), std::string("%PDF-1.7"),
                                 good.substr(0, 20), PngPicture(100, 280, 1), std::string("<svg/>")}) {
    request.set_content(bad);
    EXPECT_EQ(Refused<Photo>(place.Staff(), "Photos.CreatePhoto", request), ErrorReason::PHOTO_INVALID);
  }
  request.set_content(good);
  request.set_sha256(std::string(64, 'a'));
  EXPECT_EQ(Refused<Photo>(place.Staff(), "Photos.CreatePhoto", request), ErrorReason::ATTACHMENT_CORRUPT);
  request.clear_sha256();
  request.set_inspector(place.inspector);
  EXPECT_EQ(Refused<Photo>(place.Staff(), "Photos.CreatePhoto", request), ErrorReason::INVALID_FIELDS);
  request.clear_inspector();
  const auto photo = Must<Photo>(place.Staff(), "Photos.CreatePhoto", request);
  EXPECT_EQ(photo.media_type(), "image/png");
  EXPECT_EQ(photo.width(), 210);
  EXPECT_EQ(photo.height(), 280);
}

// --- the printed board ------------------------------------------------------------------------------------

class PrintedTest : public PlaquesTest {
 protected:
  static PrintPlaquesResponse Print(const Place& place, const PrintPlaquesRequest& request) {
    const auto client = harness_->ClientOf("registry", place.Staff());
    auto operation = client->Call<google::longrunning::Operation>(
        "inspectorate.registry.v1.Plaques.PrintPlaques", request);
    EXPECT_TRUE(operation.ok()) << operation.status();
    if (!operation.ok()) return {};
    type::v1::WaitOperationRequest wait;
    wait.set_name(operation->name());
    wait.mutable_timeout()->set_seconds(60);
    while (operation.ok() && !operation->done()) {
      operation =
          client->Call<google::longrunning::Operation>("inspectorate.type.v1.Operations.WaitOperation", wait);
    }
    PrintPlaquesResponse response;
    EXPECT_TRUE(operation.ok() && operation->response().UnpackTo(&response)) << operation->ShortDebugString();
    return response;
  }
  static PrintPlaquesRequest All(const Place& place) {
    PrintPlaquesRequest request;
    request.set_parent(place.name());
    return request;
  }
  static std::string BytesOf(const Place& place, const DataFile& file) {
    std::string bytes;
    while (static_cast<int64_t>(bytes.size()) < file.size()) {
      DownloadPieceRequest request;
      request.set_name(file.name());
      request.set_offset(static_cast<int64_t>(bytes.size()));
      const auto piece = Must<FilePiece>(place.Staff(), "Files.DownloadPiece", request);
      if (piece.content().empty()) break;
      bytes += piece.content();
    }
    EXPECT_EQ(Hex(Sha256(bytes)), file.sha256());
    return bytes;
  }
  // Answers without a token.
  static absl::StatusOr<PublicPlaque> AtTheGate(const std::string& token) {
    GetPublicPlaqueRequest request;
    request.set_token(token);
    return rpc::Client::Connect({.target = harness_->target("registry"), .token = {}})
        ->Call<PublicPlaque>("inspectorate.registry.v1.Plaques.GetPublicPlaque", request);
  }
  static std::string TokenOf(const Plaque& plaque) {
    std::string token;
    auto database = db::Database::Open(harness_->database("registry"));
    EXPECT_TRUE(database.ok());
    EXPECT_TRUE((*database)
                    ->Read(db::Budget::Of(std::chrono::seconds(20)),
                           [&](db::Session& session) -> absl::Status {
                             auto rows = session.Query("SELECT token FROM plaque_token WHERE plaque = ?",
                                                       {resource::UuidOf(plaque.name())});
                             if (rows.ok() && !rows->empty()) token = rows->at(0, 0).AsString();
                             return rows.status();
                           })
                    .ok());
    return token;
  }
  static void SetAddress(const Place& place, const std::string& address) {
    CreatePolicyRuleRequest request;
    request.set_parent(place.name());
    request.mutable_policy_rule()->set_key("plaque.public_base_url");
    request.mutable_policy_rule()->set_value(address);
    request.mutable_policy_rule()->set_unit(TEXT);
    request.mutable_policy_rule()->set_source("示教督〔2026〕3号");
    *request.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2025, 9, 1));
    Must<PolicyRule>(place.Staff(), "PolicyRules.CreatePolicyRule", request);
  }
};

// What a page says, as text, and what a telephone reads from its picture.
struct Paper {
  explicit Paper(const std::string& pdf)
      : folder(std::filesystem::temp_directory_path() / ("plaques-" + FormatUuid(RandomUuid()))) {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "out.pdf", std::ios::binary) << pdf;
  }
  ~Paper() { std::filesystem::remove_all(folder); }
  static bool Readable() { return std::system("command -v pdftotext pdftoppm zbarimg >/dev/null 2>&1") == 0; }
  std::string Path(const std::string& name) const { return "'" + (folder / name).string() + "'"; }
  static std::string Output(const std::string& command) {
    std::string output;
    FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    std::array<char, 4096> buffer;
    for (size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      output.append(buffer.data(), n);
    }
    ::pclose(pipe);
    return output;
  }
  std::string Text() const { return Output("pdftotext " + Path("out.pdf") + " -"); }
  std::string Code(int page) const {
    const std::string n = std::to_string(page);
    Output("pdftoppm -r 40 -png -singlefile -f " + n + " -l " + n + " " + Path("out.pdf") + " " +
           Path("page"));
    return Output("zbarimg -q --raw " + Path("page.png"));
  }
  std::filesystem::path folder;
};

TEST_F(PrintedTest, ABoardSaysWhatWasApprovedAndItsCodeLeadsToThePublicView) {
  const Place place = NewPlace("printed");
  SetAddress(place, "https://dd.example.cn/p");
  const Plaque approved = Approve(place, Draft(place, place.school));
  const PrintPlaquesResponse printed = Print(place, All(place));
  EXPECT_EQ(printed.printed(), 1);
  EXPECT_EQ(printed.omissions_size(), 0);
  EXPECT_EQ(printed.file().file_name(), "公示牌.pdf");
  EXPECT_EQ(printed.file().media_type(), "application/pdf");
  const std::string pdf = BytesOf(place, printed.file());
  // Printed again it is the same, byte for byte.
  EXPECT_EQ(Print(place, All(place)).file().sha256(), printed.file().sha256());
  if (!Paper::Readable())
    GTEST_SKIP() << "poppler-utils and zbar-tools are not installed (tests/packages.txt)";
  const Paper paper(pdf);
  const std::string text = paper.Text();
  for (const auto& said : {"责任督学挂牌督导公示牌", "示例小学S1", "示例·D1", "D1", kPhone, "督导事项",
                           "校风、教风、学风建设情况", "0543-5550000", "扫码查看公示信息"}) {
    EXPECT_THAT(text, HasSubstr(said));
  }
  const std::string token = TokenOf(approved);
  EXPECT_EQ(paper.Code(1), "https://dd.example.cn/p/" + token + "\n");
  EXPECT_GE(token.size() * 6, 128U);
  const auto seen = AtTheGate(token);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->school_name(), "示例小学S1");
}

TEST_F(PrintedTest, AnAreaIsPrintedInOneFileAndWhatCannotBeIsNamed) {
  const Place place = NewPlace("batch");
  Registrar registrar(*harness_, place.office);
  std::vector<std::string> schools = {place.school};
  for (int i = 2; i <= 4; ++i) schools.push_back(registrar.School("S" + std::to_string(i)));
  for (size_t i = 1; i < schools.size(); ++i) registrar.Assign(place.inspector, schools[i]);
  const std::string area = registrar.Area(1, {schools[0], schools[1], schools[2]}, place.inspector);
  const Plaque first = Approve(place, Draft(place, schools[0]));
  const Plaque second = Approve(place, Draft(place, schools[1]));
  const Plaque outside = Approve(place, Draft(place, schools[3]));
  const Plaque draft = Draft(place, schools[2]);
  PrintPlaquesRequest of_area = All(place);
  of_area.set_area(area);
  EXPECT_EQ(Print(place, of_area).printed(), 2);
  EXPECT_EQ(Print(place, All(place)).printed(), 3);
  Must<Plaque>(place.Staff(), "Plaques.MakePlaque", On<MakePlaqueRequest>(first));
  of_area.set_unmade_only(true);
  EXPECT_EQ(Print(place, of_area).printed(), 1);
  // A draft is a sample, if it is named; a stale one is left out.
  Assign(place, place.substitute, schools[3], CO, kToday);
  PrintPlaquesRequest named = All(place);
  for (const Plaque& plaque : {draft, outside}) named.add_plaques(plaque.name());
  const PrintPlaquesResponse printed = Print(place, named);
  EXPECT_EQ(printed.printed(), 1);
  ASSERT_EQ(printed.omissions_size(), 1);
  EXPECT_EQ(printed.omissions(0).plaque(), outside.name());
  if (Paper::Readable()) {
    const Paper paper(BytesOf(place, printed.file()));
    EXPECT_THAT(paper.Text(), HasSubstr("样稿"));
    EXPECT_EQ(paper.Code(1), "") << "no code leads to a draft";
  }
  named.clear_plaques();
  named.set_area(registrar.Area(2, {registrar.School("S7")}, place.substitute));
  EXPECT_EQ(Refused<google::longrunning::Operation>(place.Staff(), "Plaques.PrintPlaques", named),
            ErrorReason::NOTHING_TO_PRINT);
  // Another office's area or plaque is none.
  const Place other = NewPlace("batch-other");
  named.clear_area();
  named.add_plaques(Draft(other, other.school).name());
  EXPECT_EQ(Refused<google::longrunning::Operation>(place.Staff(), "Plaques.PrintPlaques", named),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(Refused<google::longrunning::Operation>(place.Inspector(), "Plaques.PrintPlaques", All(place)),
            ErrorReason::PERMISSION_MISSING);
}

// --- the public view --------------------------------------------------------------------------------------

TEST_F(PrintedTest, WhoReadsTheCodeSeesTheBoardAndWhetherItIsRight) {
  const Place place = NewPlace("public");
  const Plaque verified = Verified(place, place.school);
  const std::string token = TokenOf(verified);
  auto seen = AtTheGate(token);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_TRUE(seen->current());
  EXPECT_EQ(seen->state(), PLAQUE_VERIFIED);
  ASSERT_EQ(seen->inspectors_size(), 1);
  EXPECT_EQ(seen->inspectors(0).display_name(), "示例·D1");
  EXPECT_EQ(seen->inspectors(0).work_number(), "D1");
  EXPECT_EQ(seen->inspectors(0).phone(), kPhone);
  EXPECT_EQ(seen->matters_size(), 8);
  EXPECT_EQ(seen->supervision_phone(), "0543-5550000");
  // No name of the registry, no portrait, nobody who did something.
  const std::string whole = seen->DebugString();
  for (const std::string& hidden :
       {place.inspector.substr(place.inspector.find('/')), place.school.substr(place.school.find('/')),
        std::string("photos"), std::string("staff"), std::string("offices"), token}) {
    EXPECT_THAT(whole, ::testing::Not(HasSubstr(hidden)));
  }
  // What is foreseen is not for the gate; what has come is.
  EndAssignment(place, place.school, MakeDate(2026, 3, 20));
  seen = AtTheGate(token);
  EXPECT_TRUE(seen->current());
  EXPECT_FALSE(seen->has_stale_from());
  harness_->SetClock(place.office, "2026-03-21T01:00:00Z");
  seen = AtTheGate(token);
  EXPECT_FALSE(seen->current());
  EXPECT_EQ(seen->state(), PLAQUE_STALE);
  EXPECT_TRUE(seen->has_stale_from());
  EXPECT_EQ(seen->inspectors_size(), 0) << "whom the board names is not responsible any more";
  Assign(place, place.substitute, place.school, MAIN, MakeDate(2026, 3, 21));
  const Plaque second = Mounted(place, place.school);
  EXPECT_EQ(AtTheGate(token)->state(), PLAQUE_REPLACED);
  EXPECT_FALSE(AtTheGate(token)->current());
  EXPECT_TRUE(AtTheGate(TokenOf(second))->current());
  EXPECT_NE(TokenOf(second), token);
}

TEST_F(PrintedTest, EveryTokenThatIsNoneIsAnsweredAlike) {
  const Place place = NewPlace("tokens");
  const std::string token = TokenOf(Approve(place, Draft(place, place.school)));
  EXPECT_FALSE(AtTheGate(token)->current()) << "not mounted yet";
  std::string other_case = token;
  for (char& c : other_case) c = static_cast<char>(std::islower(c) != 0 ? std::toupper(c) : std::tolower(c));
  std::set<std::string> answers;
  for (const std::string& wrong : {std::string(), std::string("x"), token.substr(1), token + "A", token + " ",
                                   other_case, std::string(27, 'A'), std::string(4'000, 'A'),
                                   std::string("' OR 1=1 --"), place.school, std::string("公示牌")}) {
    const absl::Status refused = AtTheGate(wrong).status();
    EXPECT_EQ(ReasonOf(refused), ErrorReason::RESOURCE_NOT_FOUND) << wrong.substr(0, 40);
    answers.insert(std::string(refused.message()));
  }
  EXPECT_EQ(answers.size(), 1U) << ::testing::PrintToString(answers);
}

}  // namespace
}  // namespace inspectorate::registry
