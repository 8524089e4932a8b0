// The registry over real sockets. Schools stand for all plain resources: what holds here is written once, in
// common/resource, and is what other resources' tests need not repeat.
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <set>
#include <sstream>
#include <string>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::ToProto;
using testing::Harness;

std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }

// One registry for all cases; each works in an office of its own.
class RegistryTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    static int count = 0;
    office_ = "office-" + std::to_string(++count);
    harness_->CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  }

  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return staff_->Call<Response>(Method(method), request);
  }

  CreateSchoolRequest NewSchool(const std::string& number, SchoolKind kind = PRIMARY) const {
    CreateSchoolRequest request;
    request.mutable_school()->set_office("offices/" + office_);
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_kind(kind);
    return request;
  }
  School CreateSchool(const std::string& number, SchoolKind kind = PRIMARY) {
    auto school = Call<School>("Schools.CreateSchool", NewSchool(number, kind));
    EXPECT_TRUE(school.ok()) << school.status();
    return school.ok() ? *school : School();
  }

  // An inspector with an appointment and a certificate from 2025-09-01 to 2028-08-31.
  Inspector CreateInspector(const std::string& number) {
    CreateInspectorRequest request;
    request.mutable_inspector()->set_office("offices/" + office_);
    request.mutable_inspector()->set_work_number(number);
    request.mutable_inspector()->set_display_name("示例·" + number);
    request.mutable_inspector()->set_kind(PART_TIME);
    request.mutable_inspector()->set_work_phone("0543-5550001");
    auto inspector = Call<Inspector>("Inspectors.CreateInspector", request);
    EXPECT_TRUE(inspector.ok()) << inspector.status();
    if (!inspector.ok()) return {};
    CreateCertificateRequest certificate;
    certificate.set_parent(inspector->name());
    certificate.mutable_certificate()->set_office("offices/" + office_);
    certificate.mutable_certificate()->set_number("证" + number);
    *certificate.mutable_certificate()->mutable_valid_from() = ToProto(kBegin);
    *certificate.mutable_certificate()->mutable_valid_to() = ToProto(kEnd);
    auto certified = Call<Certificate>("Certificates.CreateCertificate", certificate);
    EXPECT_TRUE(certified.ok()) << certified.status();
    auto appointed = Call<Appointment>("Appointments.CreateAppointment", Term(*inspector, 1, kBegin, kEnd));
    EXPECT_TRUE(appointed.ok()) << appointed.status();
    return *inspector;
  }
  CreateAppointmentRequest Term(const Inspector& inspector, int index, Date from, Date to) const {
    CreateAppointmentRequest request;
    request.set_parent(inspector.name());
    request.mutable_appointment()->set_office("offices/" + office_);
    request.mutable_appointment()->set_kind(PART_TIME);
    request.mutable_appointment()->set_term_index(index);
    *request.mutable_appointment()->mutable_valid_from() = ToProto(from);
    *request.mutable_appointment()->mutable_valid_to() = ToProto(to);
    return request;
  }

  template <class Response, class Request>
  ErrorReason Refused(const std::string& method, const Request& request) {
    auto response = Call<Response>(method, request);
    EXPECT_FALSE(response.ok());
    return ReasonOf(response.status());
  }

  struct Code {
    std::string code;
    std::optional<Date> from, to;
  };
  // As the operator.
  absl::Status SetDivisions(const std::vector<Code>& codes) const {
    UpdateOfficeRequest request;
    request.mutable_office()->set_name("offices/" + office_);
    request.mutable_update_mask()->add_paths("division_codes");
    for (const Code& code : codes) {
      auto* dated = request.mutable_office()->add_division_codes();
      dated->set_code(code.code);
      if (code.from) *dated->mutable_valid_from() = ToProto(*code.from);
      if (code.to) *dated->mutable_valid_to() = ToProto(*code.to);
    }
    return harness_->ClientOf("registry", Harness::Operator())
        ->Call<Office>(Method("Offices.UpdateOffice"), request)
        .status();
  }

  static constexpr Date kBegin = std::chrono::year{2025} / 9 / 1;
  static constexpr Date kEnd = std::chrono::year{2028} / 8 / 31;
  static inline Harness* harness_ = nullptr;
  std::string office_;
  std::unique_ptr<rpc::Client> staff_;
};

TEST_F(RegistryTest, PagesTogetherAreTheWholeSet) {
  std::set<std::string> created;
  for (int i = 0; i < 7; ++i) created.insert(CreateSchool("P" + std::to_string(i)).name());
  for (const char* order : {"", "external_id desc", "kind, display_name desc"}) {
    std::set<std::string> seen;
    ListSchoolsRequest request;
    request.set_page_size(3);
    request.set_order_by(order);
    int pages = 0;
    do {
      auto page = Call<ListSchoolsResponse>("Schools.ListSchools", request);
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_EQ(page->total_size(), 7);
      for (const auto& school : page->schools()) EXPECT_TRUE(seen.insert(school.name()).second);
      request.set_page_token(page->next_page_token());
      ++pages;
    } while (!request.page_token().empty());
    EXPECT_EQ(pages, 3);
    EXPECT_EQ(seen, created) << order;
  }
}

TEST_F(RegistryTest, ATokenOfAnotherQueryIsRefused) {
  for (int i = 0; i < 3; ++i) CreateSchool("T" + std::to_string(i));
  ListSchoolsRequest request;
  request.set_page_size(1);
  auto page = Call<ListSchoolsResponse>("Schools.ListSchools", request);
  ASSERT_TRUE(page.ok()) << page.status();
  request.set_page_token(page->next_page_token());
  request.set_filter("kind = PRIMARY");
  EXPECT_EQ(Refused<ListSchoolsResponse>("Schools.ListSchools", request), ErrorReason::PAGE_TOKEN_INVALID);
}

TEST_F(RegistryTest, FiltersByFields) {
  CreateSchool("F1");
  CreateSchool("F2", KINDERGARTEN);
  ListSchoolsRequest request;
  request.set_filter("kind = KINDERGARTEN AND state = OPERATING");
  auto found = Call<ListSchoolsResponse>("Schools.ListSchools", request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->schools_size(), 1);
  EXPECT_EQ(found->schools(0).external_id(), "F2");
  request.set_filter("kind = ");
  EXPECT_EQ(Refused<ListSchoolsResponse>("Schools.ListSchools", request), ErrorReason::FILTER_INVALID);
}

TEST_F(RegistryTest, ListsWhatIsValidOnADay) {
  CreateAreaRequest request;
  request.set_parent("offices/" + office_);
  request.mutable_area()->set_number(1);
  request.mutable_area()->set_display_name("第一责任区");
  *request.mutable_area()->mutable_valid_from() = ToProto(MakeDate(2024, 1, 1));
  *request.mutable_area()->mutable_valid_to() = ToProto(MakeDate(2025, 12, 31));
  ASSERT_TRUE(Call<Area>("Areas.CreateArea", request).ok());
  auto on = [&](Date day) {
    ListAreasRequest list;
    list.set_parent("offices/" + office_);
    *list.mutable_as_of() = ToProto(day);
    return Call<ListAreasResponse>("Areas.ListAreas", list)->areas_size();
  };
  EXPECT_EQ(on(MakeDate(2023, 12, 31)), 0);
  EXPECT_EQ(on(MakeDate(2024, 1, 1)), 1);
  EXPECT_EQ(on(MakeDate(2025, 12, 31)), 1);
  EXPECT_EQ(on(MakeDate(2026, 1, 1)), 0);
  // The same number again while it is in use.
  *request.mutable_area()->mutable_valid_from() = ToProto(MakeDate(2025, 12, 31));
  request.mutable_area()->clear_valid_to();
  EXPECT_EQ(Refused<Area>("Areas.CreateArea", request), ErrorReason::PERIOD_OVERLAP);
  *request.mutable_area()->mutable_valid_from() = ToProto(MakeDate(2026, 1, 1));
  EXPECT_TRUE(Call<Area>("Areas.CreateArea", request).ok());
  *request.mutable_area()->mutable_valid_to() = ToProto(MakeDate(2025, 1, 1));
  EXPECT_EQ(Refused<Area>("Areas.CreateArea", request), ErrorReason::PERIOD_INVALID);
}

TEST_F(RegistryTest, AnUpdateWritesItsMaskUnderItsEtag) {
  const School school = CreateSchool("U1");
  UpdateSchoolRequest request;
  request.mutable_school()->set_name(school.name());
  request.mutable_school()->set_etag(school.etag());
  request.mutable_school()->set_students(321);
  request.mutable_school()->set_display_name("不在掩码里");
  request.mutable_update_mask()->add_paths("students");
  auto updated = Call<School>("Schools.UpdateSchool", request);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->students(), 321);
  EXPECT_EQ(updated->display_name(), school.display_name());
  EXPECT_EQ(updated->revision(), 2);
  EXPECT_EQ(Refused<School>("Schools.UpdateSchool", request), ErrorReason::ETAG_MISMATCH);
  request.mutable_school()->clear_etag();
  request.mutable_update_mask()->set_paths(0, "revision");
  EXPECT_EQ(Refused<School>("Schools.UpdateSchool", request), ErrorReason::FIELD_MASK_INVALID);
}

TEST_F(RegistryTest, ARepeatedRequestGivesTheFirstAnswer) {
  CreateSchoolRequest request = NewSchool("R1");
  request.set_request_id(FormatUuid(RandomUuid()));
  auto first = Call<School>("Schools.CreateSchool", request);
  ASSERT_TRUE(first.ok()) << first.status();
  auto second = Call<School>("Schools.CreateSchool", request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->SerializeAsString(), first->SerializeAsString());
  request.mutable_school()->set_display_name("另一所");
  EXPECT_EQ(Refused<School>("Schools.CreateSchool", request), ErrorReason::REQUEST_ID_REUSED);
}

TEST_F(RegistryTest, ValidateOnlyChecksAndWritesNothing) {
  CreateSchoolRequest request = NewSchool("V1");
  request.set_validate_only(true);
  ASSERT_TRUE(Call<School>("Schools.CreateSchool", request).ok());
  EXPECT_EQ(Call<ListSchoolsResponse>("Schools.ListSchools", ListSchoolsRequest())->total_size(), 0);
  CreateSchool("V1");
  EXPECT_EQ(Refused<School>("Schools.CreateSchool", request), ErrorReason::CODE_IN_USE);
}

TEST_F(RegistryTest, OtherOfficesAndRolesAreDenied) {
  const School school = CreateSchool("D1");
  const std::string other = office_ + "-other";
  harness_->CreateSandbox(other, "2026-03-02T01:00:00Z");
  GetSchoolRequest get;
  get.set_name(school.name());
  auto stranger = harness_->ClientOf("registry", Harness::Staff(other));
  EXPECT_EQ(ReasonOf(stranger->Call<School>(Method("Schools.GetSchool"), get).status()),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(ReasonOf(stranger->Call<School>(Method("Schools.CreateSchool"), NewSchool("D2")).status()),
            ErrorReason::PERMISSION_MISSING);
  auto auditor = harness_->ClientOf(
      "registry", Harness::Person("offices/" + office_ + "/staff/" + FormatUuid(RandomUuid()),
                                  rpc::Role::ROLE_AUDITOR, office_));
  EXPECT_TRUE(auditor->Call<School>(Method("Schools.GetSchool"), get).ok());
  EXPECT_EQ(ReasonOf(auditor->Call<School>(Method("Schools.CreateSchool"), NewSchool("D2")).status()),
            ErrorReason::PERMISSION_MISSING);
  // An inspector sees the assigned schools; this one has none.
  auto inspector =
      harness_->ClientOf("registry", Harness::Person("inspectors/" + FormatUuid(RandomUuid()),
                                                     rpc::Role::ROLE_RESPONSIBLE_INSPECTOR, office_));
  EXPECT_EQ(
      inspector->Call<ListSchoolsResponse>(Method("Schools.ListSchools"), ListSchoolsRequest())->total_size(),
      0);
}

TEST_F(RegistryTest, WorkPhonesAreForTheOffice) {
  const Inspector inspector = CreateInspector("W1");
  EXPECT_EQ(inspector.work_phone(), "0543-5550001");
  GetInspectorRequest get;
  get.set_name(inspector.name());
  auto auditor = harness_->ClientOf(
      "registry", Harness::Person("offices/" + office_ + "/staff/" + FormatUuid(RandomUuid()),
                                  rpc::Role::ROLE_AUDITOR, office_));
  auto seen = auditor->Call<Inspector>(Method("Inspectors.GetInspector"), get);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->work_phone(), "");
  EXPECT_EQ(Call<Inspector>("Inspectors.GetInspector", get)->work_phone(), "0543-5550001");
}

TEST_F(RegistryTest, EveryChangeIsInTheFeedOfItsOffice) {
  const School school = CreateSchool("E1");
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(school.name());
  update.mutable_school()->set_students(9);
  ASSERT_TRUE(Call<School>("Schools.UpdateSchool", update).ok());
  feed::v1::ListChangesRequest request;
  request.set_parent("offices/" + office_);
  request.set_page_size(1000);
  auto changes =
      staff_->Call<feed::v1::ListChangesResponse>("inspectorate.feed.v1.ChangeFeed.ListChanges", request);
  ASSERT_TRUE(changes.ok()) << changes.status();
  std::vector<std::string> events;
  uint64_t position = 0;
  for (const auto& change : changes->changes()) {
    EXPECT_EQ(change.previous_position(), position);
    position = change.position();
    if (change.resource() == school.name()) events.push_back(change.event());
  }
  EXPECT_EQ(changes->changes(0).event(), "office.created");
  EXPECT_EQ(events, (std::vector<std::string>{"school.created", "school.updated"}));
}

TEST_F(RegistryTest, CodesAreUniqueOverAllTime) {
  CreateSchoolRequest request = NewSchool("C1");
  // The code of one office is the code of all: offices of other cases must not meet it.
  request.mutable_school()->set_ident_code("2137990002");
  auto first = Call<School>("Schools.CreateSchool", request);
  ASSERT_TRUE(first.ok()) << first.status();
  request.mutable_school()->set_external_id("C2");
  EXPECT_EQ(Refused<School>("Schools.CreateSchool", request), ErrorReason::CODE_IN_USE);
  ChangeSchoolRequest close;
  close.set_name(first->name());
  close.set_etag(first->etag());
  close.set_kind(CLOSE_SCHOOL);
  close.set_document_number("沾教体〔2026〕2号");
  *close.mutable_effective_date() = ToProto(MakeDate(2026, 3, 2));
  auto closed = Call<SchoolChange>("SchoolChanges.ChangeSchool", close);
  ASSERT_TRUE(closed.ok()) << closed.status();
  EXPECT_EQ(closed->after().state(), CLOSED);
  EXPECT_EQ(Refused<School>("Schools.CreateSchool", request), ErrorReason::CODE_RETIRED);
  LookupSchoolRequest lookup;
  lookup.set_ident_code("2137990002");
  EXPECT_EQ(Call<School>("Schools.LookupSchool", lookup)->name(), first->name());
  lookup.clear_ident_code();
  lookup.set_office("offices/" + office_);
  lookup.set_external_id("C1");
  EXPECT_EQ(Call<School>("Schools.LookupSchool", lookup)->name(), first->name());
}

TEST_F(RegistryTest, AnIdentificationCodeIsOfTheKindAndTheProvince) {
  ASSERT_TRUE(SetDivisions({{"371603", {}, {}}}).ok());
  const auto violation = [&](const std::string& code, SchoolKind kind) {
    CreateSchoolRequest request = NewSchool("K" + code, kind);
    request.mutable_school()->set_ident_code(code);
    request.set_validate_only(true);
    const auto school = Call<School>("Schools.CreateSchool", request);
    const auto violations = ViolationsOf(school.status());
    if (violations.empty()) return school.status().ToString();
    EXPECT_EQ(violations.size(), 1u);
    EXPECT_EQ(violations[0].field, "school.ident_code");
    return violations[0].zh;
  };
  EXPECT_EQ(violation("2137990102", PRIMARY), "OK");
  EXPECT_EQ(violation("3137990102", PRIMARY), "前两位与机构类别不符,该类机构为21 22");
  EXPECT_EQ(violation("2136990102", PRIMARY), "第3、4位应为省级区划代码37");
  EXPECT_EQ(violation("1137990102", KINDERGARTEN), "OK");
  CreateSchoolRequest credit = NewSchool("K2");
  credit.set_validate_only(true);
  credit.mutable_school()->set_credit_code("91350100M000100Y43");
  EXPECT_TRUE(Call<School>("Schools.CreateSchool", credit).ok());
  credit.mutable_school()->set_credit_code("91350100M000100Y44");
  const auto mistaken = ViolationsOf(Call<School>("Schools.CreateSchool", credit).status());
  ASSERT_EQ(mistaken.size(), 1u);
  EXPECT_EQ(mistaken[0].field, "school.credit_code");
  // A change of the kind is a change of the class: the code would have to be reissued with it.
  CreateSchoolRequest request = NewSchool("K1");
  request.mutable_school()->set_ident_code("2137990102");
  const auto school = Call<School>("Schools.CreateSchool", request);
  ASSERT_TRUE(school.ok()) << school.status();
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(school->name());
  update.mutable_school()->set_kind(NINE_YEAR);
  EXPECT_EQ(Refused<School>("Schools.UpdateSchool", update), ErrorReason::INVALID_FIELDS);
}

TEST_F(RegistryTest, OfficesAreATreeOfAnyDepthInTheirDivisions) {
  const auto operate = harness_->ClientOf("registry", Harness::Operator());
  const auto make = [&](const std::string& id, const std::string& parent, OfficeLevel level,
                        const std::string& division) {
    CreateOfficeRequest request;
    request.set_office_id(office_ + "-" + id);
    request.mutable_office()->set_display_name(id);
    request.mutable_office()->set_level(level);
    request.mutable_office()->set_sandbox(true);
    if (!parent.empty()) request.mutable_office()->set_parent_office("offices/" + office_ + "-" + parent);
    if (!division.empty()) request.mutable_office()->add_division_codes()->set_code(division);
    return operate->Call<Office>(Method("Offices.CreateOffice"), request).status();
  };
  const auto move = [&](const std::string& id, const std::string& parent) {
    UpdateOfficeRequest request;
    request.mutable_office()->set_name("offices/" + office_ + "-" + id);
    if (!parent.empty()) request.mutable_office()->set_parent_office("offices/" + office_ + "-" + parent);
    request.mutable_update_mask()->add_paths("parent_office");
    return operate->Call<Office>(Method("Offices.UpdateOffice"), request).status();
  };
  EXPECT_TRUE(make("province", "", PROVINCE, "370000").ok());
  EXPECT_TRUE(make("city", "province", CITY, "371600").ok());
  EXPECT_TRUE(make("county", "city", COUNTY, "371603").ok());
  // Four, five, six deep, and the top still reads the lowest.
  std::string above = "county";
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    EXPECT_TRUE(make(id, above, TOWNSHIP, "").ok()) << id;
    above = id;
  }
  ListOfficesRequest list;
  list.set_page_size(1000);
  const auto seen = harness_->ClientOf("registry", Harness::Staff(office_ + "-province"))
                        ->Call<ListOfficesResponse>(Method("Offices.ListOffices"), list);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->total_size(), 11);

  EXPECT_EQ(ReasonOf(move("province", "h")), ErrorReason::OFFICE_TREE_BROKEN);
  EXPECT_EQ(ReasonOf(move("county", "county")), ErrorReason::OFFICE_TREE_BROKEN);
  EXPECT_EQ(ReasonOf(move("city", "a")), ErrorReason::OFFICE_TREE_BROKEN);
  EXPECT_TRUE(make("elsewhere", "", CITY, "370100").ok());
  EXPECT_EQ(ReasonOf(move("county", "elsewhere")), ErrorReason::OFFICE_TREE_BROKEN);
  EXPECT_EQ(ReasonOf(make("twin", "city", COUNTY, "371600")), ErrorReason::OFFICE_TREE_BROKEN);
  EXPECT_EQ(ReasonOf(make("upside", "county", PROVINCE, "")), ErrorReason::OFFICE_TREE_BROKEN);
  EXPECT_EQ(ReasonOf(make("nowhere", "", COUNTY, "371699")), ErrorReason::INVALID_FIELDS);
  EXPECT_TRUE(move("county", "province").ok());
  // An office whose own children would be left outside stays where it is.
  UpdateOfficeRequest shrink;
  shrink.mutable_office()->set_name("offices/" + office_ + "-province");
  shrink.mutable_office()->add_division_codes()->set_code("110000");
  EXPECT_EQ(ReasonOf(operate->Call<Office>(Method("Offices.UpdateOffice"), shrink).status()),
            ErrorReason::OFFICE_TREE_BROKEN);
}

TEST_F(RegistryTest, AnOfficeHasOneCodeOnEachDay) {
  const Date changed = MakeDate(2014, 9, 9);
  EXPECT_TRUE(SetDivisions({{"371624", {}, changed - std::chrono::days(1)}, {"371603", changed, {}}}).ok());
  EXPECT_EQ(ReasonOf(SetDivisions({{"371624", {}, changed}, {"371603", changed, {}}})),
            ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(SetDivisions({{"371624", changed, changed - std::chrono::days(1)}})),
            ErrorReason::INVALID_FIELDS);
  // A district office keeps its own house, and no more.
  UpdateOfficeRequest request;
  request.mutable_office()->set_name("offices/" + office_);
  request.mutable_office()->set_display_name("新名称");
  EXPECT_TRUE(Call<Office>("Offices.UpdateOffice", request).ok());
  request.mutable_office()->set_jurisdiction("11");
  EXPECT_EQ(Refused<Office>("Offices.UpdateOffice", request), ErrorReason::ACTOR_NOT_ENTITLED);
}

TEST_F(RegistryTest, ASchoolIsNeverInTwoAreas) {
  const School school = CreateSchool("A1");
  CreateAreaRequest area;
  area.set_parent("offices/" + office_);
  area.mutable_area()->set_display_name("责任区");
  *area.mutable_area()->mutable_valid_from() = ToProto(kBegin);
  area.mutable_area()->set_number(1);
  const Area one = *Call<Area>("Areas.CreateArea", area);
  CreateSchoolAssignmentRequest request;
  request.set_parent("offices/" + office_);
  request.mutable_school_assignment()->set_school(school.name());
  request.mutable_school_assignment()->set_area(one.name());
  *request.mutable_school_assignment()->mutable_valid_from() = ToProto(kBegin);
  *request.mutable_school_assignment()->mutable_valid_to() = ToProto(kEnd);
  ASSERT_TRUE(Call<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request).ok());
  *request.mutable_school_assignment()->mutable_valid_from() = ToProto(kEnd);
  EXPECT_EQ(Refused<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request),
            ErrorReason::PERIOD_OVERLAP);
  request.mutable_school_assignment()->clear_valid_to();
  *request.mutable_school_assignment()->mutable_valid_from() = ToProto(kEnd + std::chrono::days(1));
  EXPECT_TRUE(Call<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request).ok());
  request.mutable_school_assignment()->set_school("schools/" + FormatUuid(RandomUuid()));
  EXPECT_EQ(Refused<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request),
            ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(RegistryTest, EligibilityEndsWithTheDay) {
  const School school = CreateSchool("G1");
  const Inspector inspector = CreateInspector("G1");
  CreateRecusalRequest recusal;
  recusal.set_parent(inspector.name());
  recusal.mutable_recusal()->set_office("offices/" + office_);
  recusal.mutable_recusal()->set_school(school.name());
  recusal.mutable_recusal()->set_ground(KIN_ON_STAFF);
  *recusal.mutable_recusal()->mutable_valid_from() = ToProto(MakeDate(2026, 4, 1));
  *recusal.mutable_recusal()->mutable_valid_to() = ToProto(MakeDate(2026, 4, 30));
  ASSERT_TRUE(Call<Recusal>("Recusals.CreateRecusal", recusal).ok());
  auto reasons = [&](Date day) {
    CheckEligibilityRequest request;
    request.set_inspector(inspector.name());
    request.set_school(school.name());
    *request.mutable_date() = ToProto(day);
    auto answer = Call<Eligibility>("Inspectors.CheckEligibility", request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_GT(answer->registry_position(), 0u);
    std::string codes;
    for (const auto& reason : answer->reasons()) codes += reason.code() + " ";
    EXPECT_EQ(answer->eligible(), codes.empty());
    return codes;
  };
  EXPECT_EQ(reasons(kBegin - std::chrono::days(1)), "NO_APPOINTMENT NO_CERTIFICATE ");
  EXPECT_EQ(reasons(kBegin), "");
  EXPECT_EQ(reasons(MakeDate(2026, 3, 31)), "");
  EXPECT_EQ(reasons(MakeDate(2026, 4, 1)), "KIN_ON_STAFF ");
  EXPECT_EQ(reasons(MakeDate(2026, 4, 30)), "KIN_ON_STAFF ");
  EXPECT_EQ(reasons(MakeDate(2026, 5, 1)), "");
  EXPECT_EQ(reasons(kEnd), "");
  EXPECT_EQ(reasons(kEnd + std::chrono::days(1)), "NO_APPOINTMENT NO_CERTIFICATE ");

  CreateInspectorAssignmentRequest assign;
  assign.set_parent("offices/" + office_);
  assign.mutable_inspector_assignment()->set_inspector(inspector.name());
  assign.mutable_inspector_assignment()->set_school(school.name());
  assign.mutable_inspector_assignment()->set_duty(MAIN);
  *assign.mutable_inspector_assignment()->mutable_valid_from() = ToProto(MakeDate(2026, 4, 30));
  EXPECT_EQ(Refused<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", assign),
            ErrorReason::RECUSAL_CONFLICT);
  *assign.mutable_inspector_assignment()->mutable_valid_from() = ToProto(kEnd + std::chrono::days(1));
  EXPECT_EQ(Refused<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", assign),
            ErrorReason::APPOINTMENT_MISSING);
  *assign.mutable_inspector_assignment()->mutable_valid_from() = ToProto(MakeDate(2026, 5, 1));
  EXPECT_TRUE(Call<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", assign).ok());
}

TEST_F(RegistryTest, TermsArePolicy) {
  const Inspector inspector = CreateInspector("L1");
  GetInspectorRequest get;
  get.set_name(inspector.name());
  EXPECT_EQ(Call<Inspector>("Inspectors.GetInspector", get)->state(), ON_DUTY);
  const Date next = kEnd + std::chrono::days(1);
  const std::string create = "Appointments.CreateAppointment";
  EXPECT_EQ(Refused<Appointment>(create, Term(inspector, 4, next, MakeDate(2031, 8, 31))),
            ErrorReason::TERM_LIMIT_REACHED);
  EXPECT_EQ(Refused<Appointment>(create, Term(inspector, 2, next, MakeDate(2031, 9, 1))),
            ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(Refused<Appointment>(create, Term(inspector, 2, kEnd, MakeDate(2031, 8, 30))),
            ErrorReason::PERIOD_OVERLAP);
  EXPECT_TRUE(Call<Appointment>(create, Term(inspector, 3, next, MakeDate(2031, 8, 31))).ok());
  // The office decides otherwise from a day on.
  CreatePolicyRuleRequest rule;
  rule.set_parent("offices/" + office_);
  rule.mutable_policy_rule()->set_key("inspector.max_terms");
  rule.mutable_policy_rule()->set_value("4");
  rule.mutable_policy_rule()->set_unit(COUNT);
  rule.mutable_policy_rule()->set_source("示例文件");
  *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2031, 9, 1));
  ASSERT_TRUE(Call<PolicyRule>("PolicyRules.CreatePolicyRule", rule).ok());
  EXPECT_TRUE(
      Call<Appointment>(create, Term(inspector, 4, MakeDate(2031, 9, 1), MakeDate(2034, 8, 31))).ok());
}

TEST_F(RegistryTest, ASandboxClockGoesForwardOnly) {
  SetSandboxClockRequest request;
  request.set_name("offices/" + office_);
  *request.mutable_sandbox_time() = ToProto(*ParseTime("2026-03-05T00:00:00Z"));
  auto office = Call<Office>("Offices.SetSandboxClock", request);
  ASSERT_TRUE(office.ok()) << office.status();
  EXPECT_EQ(office->sandbox_time().seconds(), request.sandbox_time().seconds());
  *request.mutable_sandbox_time() = ToProto(*ParseTime("2026-03-04T23:59:59Z"));
  EXPECT_EQ(Refused<Office>("Offices.SetSandboxClock", request), ErrorReason::CLOCK_BACKWARDS);

  auto operator_client = harness_->ClientOf("registry", Harness::Operator());
  CreateOfficeRequest create;
  create.set_office_id(office_ + "-real");
  create.mutable_office()->set_display_name("真实督导室");
  create.mutable_office()->set_level(COUNTY);
  auto real = operator_client->Call<Office>(Method("Offices.CreateOffice"), create);
  ASSERT_TRUE(real.ok()) << real.status();
  request.set_name(real->name());
  EXPECT_EQ(ReasonOf(operator_client->Call<Office>(Method("Offices.SetSandboxClock"), request).status()),
            ErrorReason::OFFICE_NOT_SANDBOX);
}

TEST_F(RegistryTest, DivisionsKnowTheirTime) {
  GetDivisionRequest get;
  get.set_name("divisions/371624");
  auto county = Call<Division>("Divisions.GetDivision", get);
  ASSERT_TRUE(county.ok()) << county.status();
  EXPECT_EQ(county->successor(), "371603");
  *get.mutable_as_of() = ToProto(MakeDate(2026, 3, 1));
  EXPECT_EQ(Call<Division>("Divisions.GetDivision", get)->name(), "divisions/371603");
  get.set_name("divisions/371603");
  *get.mutable_as_of() = ToProto(MakeDate(2010, 3, 1));
  EXPECT_EQ(Call<Division>("Divisions.GetDivision", get)->display_name(), "沾化县");
  get.clear_as_of();
  get.set_name("divisions/000000");
  EXPECT_EQ(Refused<Division>("Divisions.GetDivision", get), ErrorReason::RESOURCE_NOT_FOUND);
  ListDivisionsRequest list;
  list.set_parent("divisions/371600");
  list.set_page_size(2);
  auto names = [&](Date day) {
    std::set<std::string> found;
    *list.mutable_as_of() = ToProto(day);
    list.clear_page_token();
    do {
      auto page = Call<ListDivisionsResponse>("Divisions.ListDivisions", list);
      EXPECT_TRUE(page.ok()) << page.status();
      for (const auto& division : page->divisions()) found.insert(division.name());
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    return found;
  };
  EXPECT_TRUE(names(MakeDate(2014, 9, 8)).contains("divisions/371624"));
  EXPECT_FALSE(names(MakeDate(2014, 9, 8)).contains("divisions/371603"));
  EXPECT_TRUE(names(MakeDate(2014, 9, 9)).contains("divisions/371603"));
  EXPECT_EQ(names(MakeDate(2026, 3, 1)).size(), 7u);
}

TEST_F(RegistryTest, AnImportIsAnOperationThatIsFollowed) {
  ImportRosterRequest request;
  request.set_parent("offices/" + office_);
  auto* file = request.add_files();
  file->set_kind(IMPORT_AREAS);
  file->set_file_name("责任区.csv");
  file->set_content("责任区编号,责任区名称,生效日期\n1,东区,2022-09-01\n2,西区,2022-09-01\n");
  auto operation = Call<google::longrunning::Operation>("Imports.ImportRoster", request);
  ASSERT_TRUE(operation.ok()) << operation.status();
  type::v1::WaitOperationRequest wait;
  wait.set_name(operation->name());
  wait.mutable_timeout()->set_seconds(9);
  auto done =
      staff_->Call<google::longrunning::Operation>("inspectorate.type.v1.Operations.WaitOperation", wait);
  ASSERT_TRUE(done.ok()) << done.status();
  ASSERT_TRUE(done->done());
  ImportRosterResponse response;
  ASSERT_TRUE(done->response().UnpackTo(&response)) << done->ShortDebugString();
  EXPECT_EQ(response.created(), 2);

  ListAreasRequest list;
  list.set_parent("offices/" + office_);
  auto areas = Call<ListAreasResponse>("Areas.ListAreas", list);
  ASSERT_EQ(areas->areas_size(), 2);
  GetRosterRequest get;
  get.set_name(areas->areas(0).name());
  auto roster = Call<Roster>("Areas.GetRoster", get);
  ASSERT_TRUE(roster.ok()) << roster.status();
  EXPECT_EQ(roster->schools_size(), 0);
  CheckCoverageRequest coverage;
  coverage.set_parent("offices/" + office_);
  auto covered = Call<Coverage>("Areas.CheckCoverage", coverage);
  ASSERT_TRUE(covered.ok()) << covered.status();
  EXPECT_EQ(covered->areas(), 2);
}

// Many supervisors stand for many schools; which, follows from the postings of the day.
TEST_F(RegistryTest, ASupervisorHasTheSchoolsOfTheDay) {
  const School first = CreateSchool("M1"), second = CreateSchool("M2"), other = CreateSchool("M3");
  const auto supervisor = [&](const std::string& number) {
    CreateSupervisorRequest request;
    request.set_parent("offices/" + office_);
    request.mutable_supervisor()->set_display_name("示例·" + number);
    request.mutable_supervisor()->set_work_number(number);
    return Call<Supervisor>("Supervisors.CreateSupervisor", request)->name();
  };
  const auto post = [&](const std::string& who, const School& school, Date from, std::optional<Date> to) {
    CreateSupervisorPostingRequest request;
    request.set_parent("offices/" + office_);
    request.mutable_supervisor_posting()->set_supervisor(who);
    request.mutable_supervisor_posting()->set_school(school.name());
    *request.mutable_supervisor_posting()->mutable_valid_from() = ToProto(from);
    if (to) *request.mutable_supervisor_posting()->mutable_valid_to() = ToProto(*to);
    return Call<SupervisorPosting>("SupervisorPostings.CreateSupervisorPosting", request).status();
  };
  const std::string one = supervisor("X1"), two = supervisor("X2");
  const Date march = std::chrono::year{2026} / 3 / 31, april = std::chrono::year{2026} / 4 / 1;
  ASSERT_TRUE(post(one, first, kBegin, march).ok());
  ASSERT_TRUE(post(one, second, april, std::nullopt).ok());
  ASSERT_TRUE(post(one, other, kBegin, std::nullopt).ok());
  ASSERT_TRUE(post(two, first, kBegin, std::nullopt).ok()) << "two stand for one school";
  EXPECT_EQ(ReasonOf(post(one, other, march, april)), ErrorReason::PERIOD_OVERLAP);
  const auto seen_by = [&](const std::string& who) {
    auto client =
        harness_->ClientOf("registry", Harness::Person(who, rpc::Role::ROLE_SCHOOL_SUPERVISOR, office_));
    auto list = client->Call<ListSchoolsResponse>(Method("Schools.ListSchools"), ListSchoolsRequest());
    EXPECT_TRUE(list.ok()) << list.status();
    std::set<std::string> names;
    for (const School& school : list->schools()) names.insert(school.external_id());
    return names;
  };
  const std::set<std::string> m1_m3 = {"M1", "M3"}, m1 = {"M1"}, m2_m3 = {"M2", "M3"};
  EXPECT_EQ(seen_by(one), m1_m3);
  EXPECT_EQ(seen_by(two), m1);
  harness_->SetClock(office_, "2026-03-31T15:59:00Z");  // the last minute of March in China
  EXPECT_EQ(seen_by(one), m1_m3);
  harness_->SetClock(office_, "2026-03-31T16:00:00Z");
  EXPECT_EQ(seen_by(one), m2_m3);
  EXPECT_EQ(seen_by(two), m1);
}

}  // namespace
}  // namespace inspectorate::registry
