// Who gets at what, over real sockets: two offices side by side, and callers of one who try the other. What
// holds here for the registry is written once, in common/resource and common/roster, for every service.
#include <gtest/gtest.h>

#include <future>
#include <set>
#include <string>
#include <thread>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/testing/test_database.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::ToProto;
using rpc::Role;
using testing::Harness;
using testing::TestDatabase;

constexpr Date kBegin = std::chrono::year{2025} / 9 / 1;
constexpr Date kEnd = std::chrono::year{2028} / 8 / 31;
constexpr char kPhone[] = "0543-5550001";

std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }

// An office with one school, one area and one inspector who has a telephone.
struct District {
  std::string office;
  School school;
  Area area;
  Inspector inspector;

  std::string name() const { return "offices/" + office; }
  rpc::Principal Staff() const { return Harness::Staff(office); }
  rpc::Principal Someone(Role role) const {
    return Harness::Person("inspectors/" + FormatUuid(RandomUuid()), role, office);
  }
};

class AccessTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    harness_ = new Harness({&Definition()});
    ours_ = new District(Build("ours"));
    theirs_ = new District(Build("theirs"));
  }
  static void TearDownTestSuite() {
    delete theirs_;
    delete ours_;
    delete harness_;
  }

  template <class Response, class Request>
  static absl::StatusOr<Response> CallAs(const rpc::Principal& caller, const std::string& method,
                                         const Request& request) {
    return harness_->ClientOf("registry", caller)->Call<Response>(Method(method), request);
  }
  template <class Response, class Request>
  static ErrorReason RefusedAs(const rpc::Principal& caller, const std::string& method,
                               const Request& request) {
    auto response = CallAs<Response>(caller, method, request);
    EXPECT_FALSE(response.ok()) << method;
    return ReasonOf(response.status());
  }
  template <class Response, class Request>
  static Response Must(const rpc::Principal& caller, const std::string& method, const Request& request) {
    auto response = CallAs<Response>(caller, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }

  static District Build(const std::string& office) {
    District district{.office = office, .school = {}, .area = {}, .inspector = {}};
    harness_->CreateSandbox(office, "2026-03-02T01:00:00Z");
    const rpc::Principal staff = district.Staff();
    district.school = Must<School>(staff, "Schools.CreateSchool", NewSchool(district, "S1"));
    CreateAreaRequest area;
    area.set_parent(district.name());
    area.mutable_area()->set_number(1);
    area.mutable_area()->set_display_name("第一责任区");
    *area.mutable_area()->mutable_valid_from() = ToProto(kBegin);
    district.area = Must<Area>(staff, "Areas.CreateArea", area);
    district.inspector = Must<Inspector>(staff, "Inspectors.CreateInspector", NewInspector(district, "I1"));
    CreateCertificateRequest certificate;
    certificate.set_parent(district.inspector.name());
    certificate.mutable_certificate()->set_office(district.name());
    certificate.mutable_certificate()->set_number("证" + office);
    *certificate.mutable_certificate()->mutable_valid_from() = ToProto(kBegin);
    *certificate.mutable_certificate()->mutable_valid_to() = ToProto(kEnd);
    Must<Certificate>(staff, "Certificates.CreateCertificate", certificate);
    Must<Appointment>(staff, "Appointments.CreateAppointment", Term(district, district.inspector));
    return district;
  }
  static CreateSchoolRequest NewSchool(const District& district, const std::string& number) {
    CreateSchoolRequest request;
    request.mutable_school()->set_office(district.name());
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_kind(PRIMARY);
    return request;
  }
  static CreateInspectorRequest NewInspector(const District& district, const std::string& number) {
    CreateInspectorRequest request;
    request.mutable_inspector()->set_office(district.name());
    request.mutable_inspector()->set_work_number(number);
    request.mutable_inspector()->set_display_name("示例·" + number);
    request.mutable_inspector()->set_kind(PART_TIME);
    request.mutable_inspector()->set_work_phone(kPhone);
    return request;
  }
  static CreateAppointmentRequest Term(const District& district, const Inspector& inspector) {
    CreateAppointmentRequest request;
    request.set_parent(inspector.name());
    request.mutable_appointment()->set_office(district.name());
    request.mutable_appointment()->set_kind(PART_TIME);
    request.mutable_appointment()->set_term_index(1);
    *request.mutable_appointment()->mutable_valid_from() = ToProto(kBegin);
    *request.mutable_appointment()->mutable_valid_to() = ToProto(kEnd);
    return request;
  }

  static std::set<std::string> SchoolsSeenBy(const rpc::Principal& caller) {
    std::set<std::string> names;
    const auto found = Must<ListSchoolsResponse>(caller, "Schools.ListSchools", ListSchoolsRequest());
    for (const School& school : found.schools()) {
      names.insert(school.name());
    }
    return names;
  }
  static int64_t Count(const std::string& sql) {
    return TestDatabase::Get().Ask(harness_->database("registry"), sql).AsInt();
  }

  static inline Harness* harness_ = nullptr;
  static inline const District* ours_ = nullptr;
  static inline const District* theirs_ = nullptr;
};

TEST_F(AccessTest, NoRoleReadsAnotherOfficesRows) {
  for (Role role : {Role::ROLE_DISTRICT_OFFICE, Role::ROLE_AREA_LEAD, Role::ROLE_RESPONSIBLE_INSPECTOR,
                    Role::ROLE_SCHOOL_SUPERVISOR, Role::ROLE_BUREAU_READER, Role::ROLE_SYSTEM_INTEGRATOR,
                    Role::ROLE_AUDITOR}) {
    SCOPED_TRACE(type::v1::Role_Name(role));
    const rpc::Principal caller = ours_->Someone(role);
    GetSchoolRequest school;
    school.set_name(theirs_->school.name());
    EXPECT_EQ(RefusedAs<School>(caller, "Schools.GetSchool", school), ErrorReason::PERMISSION_MISSING);
    // A name that nobody has is answered in the same way.
    school.set_name("schools/" + FormatUuid(RandomUuid()));
    EXPECT_EQ(RefusedAs<School>(caller, "Schools.GetSchool", school), ErrorReason::PERMISSION_MISSING);
    BatchGetInspectorsRequest inspectors;
    inspectors.add_names(ours_->inspector.name());
    EXPECT_TRUE(CallAs<BatchGetInspectorsResponse>(caller, "Inspectors.BatchGetInspectors", inspectors).ok());
    inspectors.add_names(theirs_->inspector.name());
    EXPECT_EQ(RefusedAs<BatchGetInspectorsResponse>(caller, "Inspectors.BatchGetInspectors", inspectors),
              ErrorReason::PERMISSION_MISSING);
    ListAreasRequest areas;
    areas.set_parent(theirs_->name());
    EXPECT_EQ(RefusedAs<ListAreasResponse>(caller, "Areas.ListAreas", areas),
              ErrorReason::PERMISSION_MISSING);
    areas.set_parent("offices/-");
    const auto areas_seen = Must<ListAreasResponse>(caller, "Areas.ListAreas", areas);
    for (const Area& area : areas_seen.areas()) {
      EXPECT_EQ(area.name(), ours_->area.name());
    }
    const auto inspectors_seen =
        Must<ListInspectorsResponse>(caller, "Inspectors.ListInspectors", ListInspectorsRequest());
    for (const Inspector& inspector : inspectors_seen.inspectors()) {
      EXPECT_EQ(inspector.office(), ours_->name());
    }
    // A filter names what it likes; the reach stays.
    ListSchoolsRequest schools;
    schools.set_filter("office = " + theirs_->name() + " OR students >= 0");
    const auto found = Must<ListSchoolsResponse>(caller, "Schools.ListSchools", schools);
    for (const School& seen : found.schools()) {
      EXPECT_EQ(seen.office(), ours_->name());
    }
  }
}

TEST_F(AccessTest, AnOfficeReadsWhatIsBelowItAndWritesNothingThere) {
  const District above = Build("above");
  const District below = Build("below");
  UpdateOfficeRequest join;
  join.mutable_office()->set_name(below.name());
  join.mutable_office()->set_parent_office(above.name());
  // Who moves an office decides who reads it: the operator, and no office itself.
  EXPECT_EQ(RefusedAs<Office>(below.Staff(), "Offices.UpdateOffice", join), ErrorReason::ACTOR_NOT_ENTITLED);
  EXPECT_EQ(RefusedAs<Office>(above.Staff(), "Offices.UpdateOffice", join), ErrorReason::PERMISSION_MISSING);
  Must<Office>(Harness::Operator(), "Offices.UpdateOffice", join);
  const std::set<std::string> both = {above.school.name(), below.school.name()};
  EXPECT_EQ(SchoolsSeenBy(above.Staff()), both);
  EXPECT_EQ(SchoolsSeenBy(above.Someone(Role::ROLE_AUDITOR)), both);
  EXPECT_EQ(SchoolsSeenBy(below.Staff()), std::set<std::string>{below.school.name()});
  // Persons who work at schools read nothing below.
  EXPECT_EQ(SchoolsSeenBy(above.Someone(Role::ROLE_AREA_LEAD)), std::set<std::string>{});
  ListAreasRequest areas;
  areas.set_parent(below.name());
  EXPECT_EQ(RefusedAs<ListAreasResponse>(above.Someone(Role::ROLE_AREA_LEAD), "Areas.ListAreas", areas),
            ErrorReason::PERMISSION_MISSING);
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(below.school.name());
  update.mutable_school()->set_students(1);
  EXPECT_EQ(RefusedAs<School>(above.Staff(), "Schools.UpdateSchool", update),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(RefusedAs<School>(above.Staff(), "Schools.CreateSchool", NewSchool(below, "X1")),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(AccessTest, WhatHangsOnAnothersInspectorIsOutOfReach) {
  const rpc::Principal staff = ours_->Staff();
  ListAppointmentsRequest list;
  list.set_parent(theirs_->inspector.name());
  EXPECT_EQ(Must<ListAppointmentsResponse>(staff, "Appointments.ListAppointments", list).total_size(), 0);
  list.set_parent(ours_->inspector.name());
  EXPECT_EQ(Must<ListAppointmentsResponse>(staff, "Appointments.ListAppointments", list).total_size(), 1);
  // In the name of one's own office, and in that of theirs.
  EXPECT_EQ(RefusedAs<Appointment>(staff, "Appointments.CreateAppointment", Term(*ours_, theirs_->inspector)),
            ErrorReason::RESOURCE_NOT_FOUND);
  EXPECT_EQ(
      RefusedAs<Appointment>(staff, "Appointments.CreateAppointment", Term(*theirs_, theirs_->inspector)),
      ErrorReason::PERMISSION_MISSING);
}

TEST_F(AccessTest, NothingRefersToAnotherOfficesRows) {
  const rpc::Principal staff = ours_->Staff();
  CreateSchoolAssignmentRequest area;
  area.set_parent(ours_->name());
  area.mutable_school_assignment()->set_school(theirs_->school.name());
  area.mutable_school_assignment()->set_area(ours_->area.name());
  *area.mutable_school_assignment()->mutable_valid_from() = ToProto(kBegin);
  const std::string assign = "SchoolAssignments.CreateSchoolAssignment";
  EXPECT_EQ(RefusedAs<SchoolAssignment>(staff, assign, area), ErrorReason::RESOURCE_NOT_FOUND);
  area.mutable_school_assignment()->set_school(ours_->school.name());
  area.mutable_school_assignment()->set_area(theirs_->area.name());
  EXPECT_EQ(RefusedAs<SchoolAssignment>(staff, assign, area), ErrorReason::RESOURCE_NOT_FOUND);
  area.set_parent(theirs_->name());
  EXPECT_EQ(RefusedAs<SchoolAssignment>(staff, assign, area), ErrorReason::PERMISSION_MISSING);
  CreateInspectorRequest inspector = NewInspector(*ours_, "I2");
  inspector.mutable_inspector()->set_employer_school(theirs_->school.name());
  EXPECT_EQ(RefusedAs<Inspector>(staff, "Inspectors.CreateInspector", inspector),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(AccessTest, AnUpdateCannotReachOrMoveARowToAnotherOffice) {
  const rpc::Principal staff = ours_->Staff();
  UpdateSchoolRequest school;
  school.mutable_school()->set_name(theirs_->school.name());
  school.mutable_school()->set_students(1);
  EXPECT_EQ(RefusedAs<School>(staff, "Schools.UpdateSchool", school), ErrorReason::PERMISSION_MISSING);
  school.mutable_school()->set_name(ours_->school.name());
  school.mutable_school()->set_office(theirs_->name());
  school.mutable_update_mask()->add_paths("office");
  EXPECT_EQ(RefusedAs<School>(staff, "Schools.UpdateSchool", school), ErrorReason::PERMISSION_MISSING);
  UpdateInspectorRequest inspector;
  inspector.mutable_inspector()->set_name(ours_->inspector.name());
  inspector.mutable_inspector()->set_office(theirs_->name());
  EXPECT_EQ(RefusedAs<Inspector>(staff, "Inspectors.UpdateInspector", inspector),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(AccessTest, TheOperatorRunsThePlatformAndWorksInNoOffice) {
  GetSchoolRequest get;
  get.set_name(ours_->school.name());
  EXPECT_EQ(RefusedAs<School>(Harness::Operator(), "Schools.GetSchool", get),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(RefusedAs<School>(Harness::Operator(), "Schools.CreateSchool", NewSchool(*ours_, "O1")),
            ErrorReason::PERMISSION_MISSING);
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(ours_->school.name());
  update.mutable_school()->set_students(1);
  EXPECT_EQ(RefusedAs<School>(Harness::Operator(), "Schools.UpdateSchool", update),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(AccessTest, TheOperatorFollowsAnOperationWithoutReadingItsResult) {
  ImportRosterRequest request;
  request.set_parent(ours_->name());
  request.set_dry_run(true);
  auto* file = request.add_files();
  file->set_kind(IMPORT_AREAS);
  file->set_file_name("责任区.csv");
  file->set_content("责任区编号,责任区名称,生效日期\n7,东区,2022-09-01\n");
  const auto operation =
      Must<google::longrunning::Operation>(ours_->Staff(), "Imports.ImportRoster", request);
  type::v1::WaitOperationRequest wait;
  wait.set_name(operation.name());
  wait.mutable_timeout()->set_seconds(9);
  const auto follow = [&](const rpc::Principal& caller) {
    return harness_->ClientOf("registry", caller)
        ->Call<google::longrunning::Operation>("inspectorate.type.v1.Operations.WaitOperation", wait);
  };
  auto done = follow(Harness::Operator());
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_TRUE(done->done());
  EXPECT_FALSE(done->response().Is<ImportRosterResponse>());
  done = follow(ours_->Staff());
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_TRUE(done->response().Is<ImportRosterResponse>());
  EXPECT_EQ(ReasonOf(follow(theirs_->Staff()).status()), ErrorReason::PERMISSION_MISSING);
}

TEST_F(AccessTest, ProtectedFieldsAreNeitherShownNorComparedForOthers) {
  for (Role role : {Role::ROLE_AREA_LEAD, Role::ROLE_RESPONSIBLE_INSPECTOR, Role::ROLE_SCHOOL_SUPERVISOR,
                    Role::ROLE_BUREAU_READER, Role::ROLE_AUDITOR}) {
    SCOPED_TRACE(type::v1::Role_Name(role));
    const rpc::Principal caller = ours_->Someone(role);
    BatchGetInspectorsRequest batch;
    batch.add_names(ours_->inspector.name());
    auto got = Must<BatchGetInspectorsResponse>(caller, "Inspectors.BatchGetInspectors", batch);
    EXPECT_EQ(got.DebugString().find(kPhone), std::string::npos);
    ListInspectorsRequest list;
    auto listed = Must<ListInspectorsResponse>(caller, "Inspectors.ListInspectors", list);
    EXPECT_GE(listed.inspectors_size(), 1);
    EXPECT_EQ(listed.DebugString().find(kPhone), std::string::npos);
    for (const char* filter :
         {"work_phone = \"0543-5550001\"", "work_phone:*", "work_phone:\"0543\"", "NOT work_phone < \"1\""}) {
      list.set_filter(filter);
      EXPECT_EQ(RefusedAs<ListInspectorsResponse>(caller, "Inspectors.ListInspectors", list),
                ErrorReason::FILTER_INVALID)
          << filter;
    }
    list.clear_filter();
    list.set_order_by("work_phone");
    EXPECT_EQ(RefusedAs<ListInspectorsResponse>(caller, "Inspectors.ListInspectors", list),
              ErrorReason::ORDER_INVALID);
  }
  ListInspectorsRequest list;
  list.set_filter("work_phone = \"0543-5550001\"");
  list.set_order_by("work_phone");
  EXPECT_GE(Must<ListInspectorsResponse>(ours_->Staff(), "Inspectors.ListInspectors", list).total_size(), 1);
}

TEST_F(AccessTest, ASupervisorSeesTheOwnSchoolAndALeadTheAreaOnTheirDays) {
  const rpc::Principal staff = ours_->Staff();
  const School other = Must<School>(staff, "Schools.CreateSchool", NewSchool(*ours_, "S2"));
  CreateSupervisorRequest supervisor;
  supervisor.set_parent(ours_->name());
  supervisor.mutable_supervisor()->set_display_name("示例·校级督学");
  const Supervisor person = Must<Supervisor>(staff, "Supervisors.CreateSupervisor", supervisor);
  CreateSupervisorPostingRequest posting;
  posting.set_parent(ours_->name());
  posting.mutable_supervisor_posting()->set_supervisor(person.name());
  posting.mutable_supervisor_posting()->set_school(ours_->school.name());
  *posting.mutable_supervisor_posting()->mutable_valid_from() = ToProto(kBegin);
  Must<SupervisorPosting>(staff, "SupervisorPostings.CreateSupervisorPosting", posting);
  // At the other school only until yesterday.
  posting.mutable_supervisor_posting()->set_school(other.name());
  *posting.mutable_supervisor_posting()->mutable_valid_to() = ToProto(MakeDate(2026, 3, 1));
  Must<SupervisorPosting>(staff, "SupervisorPostings.CreateSupervisorPosting", posting);
  const auto at_school = Harness::Person(person.name(), Role::ROLE_SCHOOL_SUPERVISOR, ours_->office);
  EXPECT_EQ(SchoolsSeenBy(at_school), std::set<std::string>{ours_->school.name()});
  GetSchoolRequest get;
  get.set_name(other.name());
  EXPECT_EQ(RefusedAs<School>(at_school, "Schools.GetSchool", get), ErrorReason::PERMISSION_MISSING);
  LookupSchoolRequest lookup;
  lookup.set_office(ours_->name());
  lookup.set_external_id("S2");
  EXPECT_EQ(RefusedAs<School>(at_school, "Schools.LookupSchool", lookup), ErrorReason::RESOURCE_NOT_FOUND);

  CreateSchoolAssignmentRequest in_area;
  in_area.set_parent(ours_->name());
  in_area.mutable_school_assignment()->set_school(other.name());
  in_area.mutable_school_assignment()->set_area(ours_->area.name());
  *in_area.mutable_school_assignment()->mutable_valid_from() = ToProto(kBegin);
  Must<SchoolAssignment>(staff, "SchoolAssignments.CreateSchoolAssignment", in_area);
  CreateAreaMembershipRequest membership;
  membership.set_parent(ours_->name());
  membership.mutable_area_membership()->set_inspector(ours_->inspector.name());
  membership.mutable_area_membership()->set_area(ours_->area.name());
  membership.mutable_area_membership()->set_duty(LEAD);
  *membership.mutable_area_membership()->mutable_valid_from() = ToProto(kBegin);
  Must<AreaMembership>(staff, "AreaMemberships.CreateAreaMembership", membership);
  const auto lead = Harness::Person(ours_->inspector.name(), Role::ROLE_AREA_LEAD, ours_->office);
  EXPECT_EQ(SchoolsSeenBy(lead), std::set<std::string>{other.name()});
  // The same person as a plain inspector leads nothing.
  EXPECT_EQ(SchoolsSeenBy(
                Harness::Person(ours_->inspector.name(), Role::ROLE_RESPONSIBLE_INSPECTOR, ours_->office)),
            std::set<std::string>{});
}

TEST_F(AccessTest, QuestionsAboutAnotherOfficesRowsAreNotAnswered) {
  const rpc::Principal staff = ours_->Staff();
  CheckEligibilityRequest eligible;
  eligible.set_inspector(ours_->inspector.name());
  eligible.set_school(theirs_->school.name());
  EXPECT_EQ(RefusedAs<Eligibility>(staff, "Inspectors.CheckEligibility", eligible),
            ErrorReason::RESOURCE_NOT_FOUND);
  // Theirs, and nobody's: the same answer.
  for (const std::string& inspector : {theirs_->inspector.name(), "inspectors/" + FormatUuid(RandomUuid())}) {
    eligible.set_inspector(inspector);
    EXPECT_EQ(RefusedAs<Eligibility>(staff, "Inspectors.CheckEligibility", eligible),
              ErrorReason::PERMISSION_MISSING);
  }
  LookupSchoolRequest lookup;
  lookup.set_office(theirs_->name());
  for (const char* number : {"S1", "nobody's"}) {
    lookup.set_external_id(number);
    EXPECT_EQ(RefusedAs<School>(staff, "Schools.LookupSchool", lookup), ErrorReason::RESOURCE_NOT_FOUND);
  }
}

TEST_F(AccessTest, AnAnswerIsRepeatedOnlyToTheSameCallerInTheSameCapacity) {
  CreateInspectorRequest request = NewInspector(*ours_, "I9");
  request.set_request_id(FormatUuid(RandomUuid()));
  const rpc::Principal staff = ours_->Staff();
  EXPECT_EQ(Must<Inspector>(staff, "Inspectors.CreateInspector", request).work_phone(), kPhone);
  EXPECT_EQ(Must<Inspector>(staff, "Inspectors.CreateInspector", request).work_phone(), kPhone);
  // A colleague's request of the same id is a request of its own.
  EXPECT_EQ(
      RefusedAs<Inspector>(Harness::Staff(ours_->office, "示例·同事"), "Inspectors.CreateInspector", request),
      ErrorReason::CODE_IN_USE);
  rpc::Principal otherwise = staff;
  otherwise.role = Role::ROLE_SYSTEM_INTEGRATOR;
  EXPECT_EQ(RefusedAs<Inspector>(otherwise, "Inspectors.CreateInspector", request),
            ErrorReason::REQUEST_ID_REUSED);
  otherwise = staff;
  otherwise.office = theirs_->office;
  EXPECT_EQ(RefusedAs<Inspector>(otherwise, "Inspectors.CreateInspector", request),
            ErrorReason::REQUEST_ID_REUSED);
}

TEST_F(AccessTest, APageTokenGrantsNothing) {
  const rpc::Principal staff = ours_->Staff();
  for (int i = 0; i < 3; ++i) {
    Must<School>(staff, "Schools.CreateSchool", NewSchool(*ours_, "T" + std::to_string(i)));
  }
  ListSchoolsRequest request;
  request.set_page_size(1);
  request.set_order_by("external_id desc");
  request.set_page_token(Must<ListSchoolsResponse>(staff, "Schools.ListSchools", request).next_page_token());
  ASSERT_FALSE(request.page_token().empty());
  const auto found = Must<ListSchoolsResponse>(theirs_->Staff(), "Schools.ListSchools", request);
  for (const School& school : found.schools()) {
    EXPECT_EQ(school.office(), theirs_->name());
  }
}

TEST_F(AccessTest, WhatIsOnlyValidatedOrRefusedLeavesNoTrace) {
  const rpc::Principal staff = ours_->Staff();
  const auto traces = [] {
    return std::vector<int64_t>{
        Count("SELECT COUNT(*) FROM idempotency"), Count("SELECT COUNT(*) FROM feed_event"),
        Count("SELECT SUM(position) FROM feed_head"), Count("SELECT COUNT(*) FROM school")};
  };
  const auto before = traces();
  CreateSchoolRequest request = NewSchool(*ours_, "V1");
  request.set_request_id(FormatUuid(RandomUuid()));
  request.set_validate_only(true);
  Must<School>(staff, "Schools.CreateSchool", request);
  UpdateSchoolRequest stale;
  stale.mutable_school()->set_name(ours_->school.name());
  stale.mutable_school()->set_etag("r99");
  stale.mutable_school()->set_students(5);
  stale.set_request_id(FormatUuid(RandomUuid()));
  EXPECT_EQ(RefusedAs<School>(staff, "Schools.UpdateSchool", stale), ErrorReason::ETAG_MISMATCH);
  EXPECT_EQ(traces(), before);
  // The id was not used up by looking.
  request.set_validate_only(false);
  EXPECT_TRUE(CallAs<School>(staff, "Schools.CreateSchool", request).ok());
}

TEST_F(AccessTest, OfTwoWhoRecordTheSameSchoolAtOnceOneIsToldSo) {
  for (int round = 0; round < 10; ++round) {
    const CreateSchoolRequest request = NewSchool(*ours_, "R" + std::to_string(round));
    auto other = std::async(std::launch::async,
                            [&] { return CallAs<School>(ours_->Staff(), "Schools.CreateSchool", request); });
    auto mine = CallAs<School>(ours_->Staff(), "Schools.CreateSchool", request);
    auto others = other.get();
    ASSERT_NE(mine.ok(), others.ok()) << mine.status() << others.status();
    EXPECT_EQ(ReasonOf((mine.ok() ? others : mine).status()), ErrorReason::CODE_IN_USE);
  }
}

TEST_F(AccessTest, RequestsOlderThanThirtyDaysAreForgottenByTheServiceItself) {
  const std::string insert =
      "INSERT INTO idempotency (principal, method, request_id, fingerprint, response, create_time) VALUES "
      "('somebody', 'm', REPEAT('a', 16), REPEAT('f', 32), '', UTC_TIMESTAMP(6) - INTERVAL 31 DAY), "
      "('somebody', 'm', REPEAT('b', 16), REPEAT('f', 32), '', UTC_TIMESTAMP(6) - INTERVAL 29 DAY)";
  TestDatabase::Get().Run(harness_->database("registry"), insert);
  harness_->Stop("registry");
  harness_->Start("registry");
  const auto kept = [] { return Count("SELECT COUNT(*) FROM idempotency WHERE principal = 'somebody'"); };
  for (int i = 0; i < 500 && kept() == 2; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(kept(), 1);
}

}  // namespace
}  // namespace inspectorate::registry
