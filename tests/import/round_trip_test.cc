// What is exported is the office: imported into an empty one elsewhere it makes it equal, in every list and
// on every day.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/charset.h"
#include "common/base/hash.h"
#include "common/base/uuid.h"
#include "common/csv/csv.h"
#include "common/sheet/xlsx.h"
#include "common/status/error.h"
#include "common/testing/picture.h"
#include "common/testing/registrar.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/export.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "nlohmann/json.hpp"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/visits/definition.h"
#include "tests/import/bulk.h"
#include "tests/import/round_trip_records.h"
#include "tests/integration/random_history.h"

namespace inspectorate::import_test {
namespace {

using namespace registry::v1;
using google::longrunning::Operation;
constexpr char kPhone[] = "0543-5551234";

template <class Response, class Request>
Response Must(rpc::Client& client, const std::string& method, const Request& request) {
  auto response = client.Call<Response>("inspectorate.registry.v1." + method, request);
  EXPECT_TRUE(response.ok()) << method << ": " << response.status();
  return response.ok() ? *response : Response();
}

struct Exported {
  ExportManifest manifest;
  std::map<std::string, std::string> files;
  std::map<ImportKind, std::string> lists;  // bytes
};

ExportRosterRequest Ask(const std::string& office, ExportFormat format = EXPORT_CSV) {
  ExportRosterRequest request;
  request.set_parent("offices/" + office);
  request.set_format(format);
  request.set_request_id(FormatUuid(RandomUuid()));
  return request;
}

Exported ExportAll(rpc::Client& client, const ExportRosterRequest& request) {
  Exported exported;
  const auto operation = Must<Operation>(client, "Exports.ExportRoster", request);
  const auto done = AwaitDone(client, operation.name());
  EXPECT_TRUE(done.ok()) << done.status();
  ExportRosterResponse response;
  if (!done.ok() || !done->response().UnpackTo(&response)) return exported;
  exported.manifest = response.manifest();
  for (const DataFile& file : response.files()) {
    const auto bytes = Download(client, file);
    EXPECT_TRUE(bytes.ok()) << file.file_name() << ": " << bytes.status();
    exported.files[file.file_name()] = bytes.value_or("");
  }
  for (const auto& list : exported.manifest.lists()) {
    exported.lists[list.kind()] = exported.files[list.file().file_name()];
  }
  return exported;
}

csv::Table TableOf(const std::string& bytes) {
  auto table = sheet::LooksLikeXlsx(bytes) ? sheet::ParseXlsx(bytes) : csv::Parse(DecodeText(bytes)->text);
  EXPECT_TRUE(table.ok()) << table.status();
  return table.ok() ? *table : csv::Table();
}

// The rows of a list, whatever their order.
std::multiset<std::string> RowsOf(const std::string& bytes) {
  std::multiset<std::string> rows;
  const csv::Table table = TableOf(bytes);
  for (const auto& record : table.records) {
    std::string row;
    for (size_t i = 0; i < record.cells.size(); ++i) row += table.header[i] + "=" + record.cells[i] + "\n";
    rows.insert(row);
  }
  return rows;
}

bool OutOnly(ImportKind kind) { return kind == IMPORT_AREA_DESIGNS; }

ImportRosterRequest TakingOver(const std::string& office, const Exported& exported) {
  ImportRosterRequest request;
  request.set_parent("offices/" + office);
  request.set_take_over(true);
  request.set_request_id(FormatUuid(RandomUuid()));
  for (const auto& list : exported.manifest.lists()) {
    if (OutOnly(list.kind())) continue;
    ImportFile* file = request.add_files();
    file->set_kind(list.kind());
    file->set_file_name(list.file().file_name());
    file->set_content(exported.lists.at(list.kind()));
  }
  return request;
}

absl::StatusOr<ImportRosterResponse> Import(rpc::Client& client, const ImportRosterRequest& request) {
  const auto operation = client.Call<Operation>("inspectorate.registry.v1.Imports.ImportRoster", request);
  if (!operation.ok()) return operation.status();
  return Await(client, operation->name());
}

std::string Defects(const ImportRosterResponse& response) {
  std::string text;
  for (const auto& row : response.rows()) {
    for (const auto& defect : row.defects()) {
      text += row.file() + ":" + std::to_string(row.line()) + " " + defect.column() + " [" + defect.cell() +
              "] " + defect.code() + " " + defect.message_zh() + "\n";
    }
  }
  return text;
}

// What the office answers about a day, in its own numbers.
std::string ToldOf(rpc::Client& client, const std::string& office, Date day) {
  ListAreasRequest areas;
  areas.set_parent("offices/" + office);
  areas.set_page_size(1000);
  std::set<std::string> lines;
  const auto listed = Must<ListAreasResponse>(client, "Areas.ListAreas", areas);
  for (const Area& area : listed.areas()) {
    GetRosterRequest get;
    get.set_name(area.name());
    *get.mutable_as_of() = ToProto(day);
    const auto roster = Must<Roster>(client, "Areas.GetRoster", get);
    const std::string at = std::to_string(area.number()) + " ";
    const Area& then = roster.area();
    lines.insert(at + "was " + std::to_string(then.number()) + " " + then.display_name() + " " +
                 then.document_number() + " " + then.valid_from().ShortDebugString());
    for (const auto& who : roster.inspectors()) {
      lines.insert(at + who.work_number() + " " + std::to_string(who.duty()) + " " +
                   std::to_string(who.schools()));
    }
    for (const auto& school : roster.schools()) {
      lines.insert(at + school.display_name() + " " + std::to_string(school.kind()) + " " +
                   school.inspector_name());
    }
  }
  CheckCoverageRequest check;
  check.set_parent("offices/" + office);
  *check.mutable_as_of() = ToProto(day);
  const auto coverage = Must<Coverage>(client, "Areas.CheckCoverage", check);
  lines.insert("schools " + std::to_string(coverage.schools()) + " covered " +
               std::to_string(coverage.covered()) + " inspectors " + std::to_string(coverage.inspectors()) +
               " supervisors " + std::to_string(coverage.supervisors()) + " areas " +
               std::to_string(coverage.areas()));
  for (const auto& exception : coverage.exceptions()) {
    lines.insert("- " + exception.code() + " " + exception.display_name() + " " + exception.message_zh());
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// What whoever scans the boards of a list reads.
std::string BoardsTold(rpc::Client& client, const std::string& list) {
  const csv::Table table = TableOf(list);
  std::string text;
  for (const auto& record : table.records) {
    GetPublicPlaqueRequest request;
    request.set_token(record.cells.at(static_cast<size_t>(table.Column("二维码"))));
    if (request.token().empty()) continue;
    const auto seen = client.Call<PublicPlaque>("inspectorate.registry.v1.Plaques.GetPublicPlaque", request);
    text += seen.ok() ? seen->ShortDebugString() + "\n" : std::string(seen.status().message()) + "\n";
  }
  return text;
}

// Towns are listed by an office that answers for their county, and boards are issued in an office's name.
void NameOffice(const Harness& harness, const std::string& office) {
  UpdateOfficeRequest request;
  request.mutable_office()->set_name("offices/" + office);
  request.mutable_office()->add_division_codes()->set_code("371603");
  request.mutable_office()->set_display_name("示例县人民政府教育督导室");
  request.mutable_update_mask()->add_paths("division_codes");
  request.mutable_update_mask()->add_paths("display_name");
  Must<Office>(*harness.ClientOf("registry", Harness::Operator()), "Offices.UpdateOffice", request);
}

// Beside what the history brings about: texts and codes that files are known to spoil, and the other lists.
class Extras {
 public:
  explicit Extras(History& history) : history_(history), client_(history.staff()) {}

  void Add() {
    Towns();
    Schools();
    Inspector who = Candidate("001", "示例·周𬭎");
    Facts(who.name());
    Staff();
    Supervise();
    Rules();
    Acts();
    Delegate();
  }

 private:
  std::string Parent() const { return "offices/" + history_.office(); }
  static google::type::Date On(int year, unsigned month, unsigned day) {
    return ToProto(MakeDate(year, month, day));
  }

  // One renamed under its code, one that ended and became another, and those of the school below.
  void Towns() {
    ImportRosterRequest request;
    request.set_parent(Parent());
    ImportFile* file = request.add_files();
    file->set_kind(IMPORT_DIVISIONS);
    file->set_file_name("行政区划.csv");
    file->set_content(
        "区划代码,名称,类别,起始日期,终止日期,接替代码\n371603001,富国街道,,,,\n371603101,旧下洼镇,,,2019-12-"
        "31,\n"
        "371603101,下洼镇,,2020-01-01,,\n371603203,下河乡,民族乡,,2025-08-31,371603001\n");
    const auto imported = Import(client_, request);
    ASSERT_TRUE(imported.ok()) << imported.status();
    EXPECT_EQ(Defects(*imported), "");
  }

  void Schools() {
    CreateSchoolRequest create;
    School& school = *create.mutable_school();
    school.set_office(Parent());
    school.set_display_name("示例“引号\"和,逗号”中学");
    school.set_short_name("=1+1");
    school.set_kind(NINE_YEAR);
    school.set_external_id("0012");
    school.set_ident_code("3137990011");
    school.set_credit_code("123700004955714020");
    school.set_organiser("811");
    school.set_urban_rural("121");
    school.set_town("371603001");
    school.set_address("某路1号\n东门 | 西门 \\ 南门");
    school.set_latitude(37.70123456789);
    school.set_longitude(-118.1);
    school.set_students(1234);
    school.set_canteen(true);
    school.add_stages(PRIMARY_STAGE);
    school.add_stages(JUNIOR_STAGE);
    school.set_location_accuracy(30);
    school.set_location_source(PICKED_ON_MAP);
    *school.mutable_open_date() = On(1967, 9, 1);
    auto* id = school.add_external_ids();
    id->set_system("xueji");
    id->set_id("12345678901234567890");
    school_ = Must<School>(client_, "Schools.CreateSchool", create).name();
    // One that the office has no number for, and one that does not operate yet.
    school.Clear();
    school.set_office(Parent());
    school.set_display_name("示例无编号教学点");
    school.set_kind(KINDERGARTEN);
    *school.mutable_open_date() = On(2030, 9, 1);
    unnumbered_ = Must<School>(client_, "Schools.CreateSchool", create).name();
    CreateSchoolAssignmentRequest assign;
    assign.set_parent(Parent());
    assign.mutable_school_assignment()->set_school(unnumbered_);
    assign.mutable_school_assignment()->set_area(history_.areas().front());
    *assign.mutable_school_assignment()->mutable_valid_from() = On(2025, 9, 2);
    assign.mutable_school_assignment()->set_document_number("示教〔2025〕9号");
    client_
        .Call<SchoolAssignment>("inspectorate.registry.v1.SchoolAssignments.CreateSchoolAssignment", assign)
        .IgnoreError();
  }

  Inspector Candidate(const std::string& number, const std::string& name) {
    CreateInspectorRequest create;
    Inspector& inspector = *create.mutable_inspector();
    inspector.set_office(Parent());
    inspector.set_work_number(number);
    inspector.set_display_name(name);
    inspector.set_kind(FULL_TIME);
    inspector.add_stages(KINDERGARTEN);
    inspector.add_stages(PRIMARY);
    inspector.set_work_phone(kPhone);
    inspector.set_employer_school(school_);
    *inspector.mutable_education_since() = On(2009, 9, 1);
    *inspector.mutable_employer_from() = On(2010, 9, 1);
    *inspector.mutable_employer_to() = On(2020, 8, 31);
    return Must<Inspector>(client_, "Inspectors.CreateInspector", create);
  }

  void Facts(const std::string& inspector) {
    CreateLeaveRequest leave;
    leave.set_parent(inspector);
    leave.mutable_leave()->set_office(Parent());
    leave.mutable_leave()->set_kind(SICK_LEAVE);
    leave.mutable_leave()->set_note("示例，保密");
    *leave.mutable_leave()->mutable_valid_from() = On(2026, 3, 9);
    *leave.mutable_leave()->mutable_valid_to() = On(2026, 3, 20);
    Must<Leave>(client_, "Leaves.CreateLeave", leave);
    CreateEmploymentRequest employment;
    employment.set_parent(inspector);
    employment.mutable_employment()->set_office(Parent());
    employment.mutable_employment()->set_school(school_);
    employment.mutable_employment()->set_post("教师");
    *employment.mutable_employment()->mutable_valid_from() = On(2008, 9, 1);
    *employment.mutable_employment()->mutable_valid_to() = On(2010, 8, 31);
    Must<Employment>(client_, "Employments.CreateEmployment", employment);
    CreateQualificationRequest qualification;
    qualification.set_parent(inspector);
    qualification.mutable_qualification()->set_office(Parent());
    qualification.mutable_qualification()->set_kind(SENIOR_TITLE);
    qualification.mutable_qualification()->set_title("高级教师");
    qualification.mutable_qualification()->set_number("000123456789012345");
    qualification.mutable_qualification()->add_stages(PRIMARY);
    *qualification.mutable_qualification()->mutable_valid_from() = On(2015, 1, 1);
    Must<Qualification>(client_, "Qualifications.CreateQualification", qualification);
  }

  // Somebody acts as the lead of each area that is in force.
  void Delegate() {
    CreateDelegationRequest create;
    create.set_parent(Parent());
    Delegation& delegation = *create.mutable_delegation();
    *delegation.mutable_valid_from() = ToProto(history_.today());
    *delegation.mutable_valid_to() = ToProto(history_.today() + std::chrono::days(20));
    delegation.set_document_number("示教督〔2026〕8号");
    delegation.set_reason("组长外出进修，示例");
    ListInspectorsRequest list;
    list.set_filter("office = \"" + Parent() + "\"");
    list.set_page_size(1000);
    const auto inspectors = Must<ListInspectorsResponse>(client_, "Inspectors.ListInspectors", list);
    bool any = false;
    // Whoever may: that of all is chance.
    for (const Inspector& inspector : inspectors.inspectors()) {
      delegation.set_delegate(inspector.name());
      for (const std::string& area : history_.areas()) {
        delegation.set_area(area);
        any |= client_.Call<Delegation>("inspectorate.registry.v1.Delegations.CreateDelegation", create).ok();
      }
    }
    EXPECT_TRUE(any) << "nobody acts as lead";
  }

  void Staff() {
    CreateStaffMemberRequest staff;
    staff.set_parent(Parent());
    staff.mutable_staff_member()->set_work_number("DS001");
    staff.mutable_staff_member()->set_display_name("示例·主任");
    staff.mutable_staff_member()->set_title("主任");
    *staff.mutable_staff_member()->mutable_valid_from() = On(2022, 9, 1);
    Must<StaffMember>(client_, "Staff.CreateStaffMember", staff);
  }

  // One with two schools, one with none any more, one without a number.
  void Supervise() {
    for (const char* number : {"X01", "X02", ""}) {
      CreateSupervisorRequest create;
      create.set_parent(Parent());
      create.mutable_supervisor()->set_work_number(number);
      create.mutable_supervisor()->set_display_name("示例·校督" + std::string(number));
      create.mutable_supervisor()->set_duty("副校长");
      create.mutable_supervisor()->set_work_phone(kPhone);
      const std::string person = Must<Supervisor>(client_, "Supervisors.CreateSupervisor", create).name();
      CreateSupervisorPostingRequest posting;
      posting.set_parent(Parent());
      posting.mutable_supervisor_posting()->set_supervisor(person);
      *posting.mutable_supervisor_posting()->mutable_valid_from() = On(2024, 9, 1);
      for (const std::string& school : {school_, unnumbered_}) {
        if (std::string(number) == "X02") break;
        posting.mutable_supervisor_posting()->set_school(school);
        Must<SupervisorPosting>(client_, "SupervisorPostings.CreateSupervisorPosting", posting);
        if (number[0] == '\0') break;
      }
    }
  }

  void Rules() {
    CreatePolicyRuleRequest rule;
    rule.set_parent(Parent());
    rule.mutable_policy_rule()->set_key("area.max_schools");
    rule.mutable_policy_rule()->set_value("30");
    rule.mutable_policy_rule()->set_unit(COUNT);
    rule.mutable_policy_rule()->set_source("示教〔2026〕5号");
    *rule.mutable_policy_rule()->mutable_valid_from() = On(2026, 4, 1);
    Must<PolicyRule>(client_, "PolicyRules.CreatePolicyRule", rule);
    CreateTermRequest term;
    term.set_parent(Parent());
    term.mutable_term()->set_display_name("2025—2026学年第二学期");
    term.mutable_term()->set_audience(SCHOOLS);
    *term.mutable_term()->mutable_valid_from() = On(2026, 2, 23);
    *term.mutable_term()->mutable_valid_to() = On(2026, 7, 5);
    for (const char* month : {"2026-03", "2026-04", "2026-05"})
      term.mutable_term()->add_teaching_months(month);
    Must<Term>(client_, "Terms.CreateTerm", term);
  }

  void Acts() {
    ReviewCandidateRequest review;
    const Inspector who = Candidate("002", "示例·候选");
    review.set_name(who.name());
    review.set_etag(who.etag());
    review.set_passed(true);
    review.set_reason("材料齐全");
    review.set_document_number("示教督〔2026〕1号");
    *review.mutable_act_date() = ToProto(history_.today());
    EXPECT_EQ(Must<Inspector>(client_, "Inspectors.ReviewCandidate", review).state(), REVIEWED);
  }

  History& history_;
  rpc::Client& client_;
  std::string school_, unnumbered_;
};

// A code that was ever a school's there is nobody's here either.
void ExpectRetired(rpc::Client& client, const std::string& office, const std::string& code) {
  CreateSchoolRequest create;
  create.mutable_school()->set_office("offices/" + office);
  create.mutable_school()->set_display_name("示例新校");
  create.mutable_school()->set_kind(PRIMARY);
  create.mutable_school()->set_ident_code(code);
  EXPECT_EQ(ReasonOf(client.Call<School>("inspectorate.registry.v1.Schools.CreateSchool", create).status()),
            ErrorReason::CODE_RETIRED);
}

// The version that was replaced names the one that took its place, and what is not over can go stale here
// too.
void ExpectSuccessor(rpc::Client& client, const std::string& office) {
  ListPlaquesRequest list;
  list.set_parent("offices/" + office);
  list.set_filter("state = PLAQUE_REPLACED");
  const auto replaced = Must<ListPlaquesResponse>(client, "Plaques.ListPlaques", list);
  ASSERT_EQ(replaced.plaques_size(), 1);
  GetPlaqueRequest get;
  get.set_name(replaced.plaques(0).successor());
  const auto successor = Must<Plaque>(client, "Plaques.GetPlaque", get);
  EXPECT_EQ(successor.school(), replaced.plaques(0).school());
  EXPECT_EQ(successor.version(), 2);
  list.set_filter("state = PLAQUE_VERIFIED");
  const auto verified = Must<ListPlaquesResponse>(client, "Plaques.ListPlaques", list);
  ASSERT_EQ(verified.plaques_size(), 1);
  UpdateInspectorRequest update;
  update.mutable_inspector()->set_name(verified.plaques(0).content().inspectors(0).inspector());
  update.mutable_inspector()->set_display_name("示例·又改名");
  update.mutable_update_mask()->add_paths("display_name");
  Must<Inspector>(client, "Inspectors.UpdateInspector", update);
  get.set_name(verified.plaques(0).name());
  EXPECT_EQ(Must<Plaque>(client, "Plaques.GetPlaque", get).stale_cause(), INSPECTOR_RENAMED);
}

class RoundTripTest : public ::testing::TestWithParam<std::tuple<uint32_t, ExportFormat>> {};

TEST_P(RoundTripTest, AnEmptyOfficeBecomesEqual) {
  const auto [seed, format] = GetParam();
  Harness ours({&registry::Definition(), &visits::Definition(), &issues::IssuesDefinition()});
  History history(ours, seed, registry::history::Acts::kExported);
  Records records(ours, history);
  for (int step = 0; step < 40 && !HasFailure(); ++step) {
    history.Step();
    if (step % 10 == 5) records.Train();
    if (step % 20 == 10) records.Publish();
  }
  records.Papers();
  NameOffice(ours, history.office());
  Extras(history).Add();
  records.Boards();
  records.Codes();
  records.CodesInError();
  records.CalledOff();
  ASSERT_FALSE(HasFailure());
  const Exported exported = ExportAll(history.staff(), Ask(history.office(), format));
  ASSERT_FALSE(HasFailure());
  ASSERT_EQ(exported.manifest.lists_size(), 32);
  for (const auto& list : exported.manifest.lists()) {
    const std::string& bytes = exported.lists.at(list.kind());
    EXPECT_EQ(Hex(Sha256(bytes)), list.file().sha256());
    EXPECT_EQ(static_cast<int64_t>(RowsOf(bytes).size()), list.rows()) << list.file().file_name();
    // These histories rename no area.
    const bool seldom =
        list.kind() == IMPORT_SUSPENSIONS || list.kind() == IMPORT_FORMER_AREAS || OutOnly(list.kind());
    EXPECT_TRUE(list.rows() > 0 || seldom) << list.file().file_name() << " is empty: nothing is shown";
  }

  // Another registry, for a school's code is its own everywhere.
  Harness theirs({&registry::Definition()});
  theirs.CreateSandbox("elsewhere", FormatDate(history.today()) + "T01:00:00Z");
  NameOffice(theirs, "elsewhere");
  const auto staff = theirs.ClientOf("registry", Harness::Staff("elsewhere"));
  const ImportRosterRequest request = TakingOver("elsewhere", exported);
  const auto imported = Import(*staff, request);
  ASSERT_TRUE(imported.ok()) << imported.status();
  ASSERT_EQ(Defects(*imported), "");
  EXPECT_FALSE(imported->rejected());

  const Exported again = ExportAll(*staff, Ask("elsewhere", format));
  for (const auto& list : exported.manifest.lists()) {
    if (OutOnly(list.kind())) continue;
    EXPECT_EQ(RowsOf(exported.lists.at(list.kind())), RowsOf(again.lists.at(list.kind())))
        << list.file().file_name();
  }
  for (int days : {-200, -170, -120, -60, -20, -1, 0, 10, 60}) {
    const Date day = history.today() + std::chrono::days(days);
    EXPECT_EQ(ToldOf(history.staff(), history.office(), day), ToldOf(*staff, "elsewhere", day))
        << "about " << FormatDate(day);
    EXPECT_EQ(TrainingTold(history.staff(), history.office(), YearOf(day), day),
              TrainingTold(*staff, "elsewhere", YearOf(day), day))
        << "about " << FormatDate(day);
    EXPECT_EQ(CataloguesTold(history.staff(), history.office(), day),
              CataloguesTold(*staff, "elsewhere", day))
        << "about " << FormatDate(day);
  }
  EXPECT_EQ(YearTold(history.staff(), history.office(), 2028), YearTold(*staff, "elsewhere", 2028));
  for (const auto& record : TableOf(exported.lists.at(IMPORT_IDENT_CODES)).records) {
    const std::string& code = record.cells.at(1);
    for (const auto& day : {std::optional<Date>(), std::optional(history.today() - std::chrono::days(1)),
                            std::optional(history.today())}) {
      EXPECT_EQ(CodeTold(history.staff(), code, day), CodeTold(*staff, code, day)) << code;
    }
  }
  ExpectRetired(*staff, "elsewhere", "2137998104");
  // A code in error is its rightful school's here too; the rows of the changes, above, tell of the error.
  for (const char* code : {"2137998107", "2137998109"}) {
    EXPECT_EQ(CodeTold(history.staff(), code, {}), CodeTold(*staff, code, {})) << code;
  }
  const std::string boards = BoardsTold(history.staff(), exported.lists.at(IMPORT_PLAQUES));
  EXPECT_EQ(std::ranges::count(boards, '\n'), 6) << boards;
  EXPECT_EQ(boards, BoardsTold(*staff, exported.lists.at(IMPORT_PLAQUES)));

  // Sent again it changes nothing.
  ImportRosterRequest repeated = request;
  repeated.set_request_id(FormatUuid(RandomUuid()));
  const auto unchanged = Import(*staff, repeated);
  ASSERT_TRUE(unchanged.ok()) << unchanged.status();
  EXPECT_EQ(Defects(*unchanged), "");
  EXPECT_EQ(unchanged->created() + unchanged->updated(), 0);
  EXPECT_EQ(unchanged->position(), imported->position());
  ExpectSuccessor(*staff, "elsewhere");
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoundTripTest,
                         ::testing::Values(std::tuple{7U, EXPORT_CSV}, std::tuple{624U, EXPORT_XLSX},
                                           std::tuple{371603U, EXPORT_CSV}));

class ExportTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&registry::Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    office_ = "office-" + std::to_string(++offices_);
    harness_->CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
    CreateInspectorRequest inspector;
    inspector.mutable_inspector()->set_office("offices/" + office_);
    inspector.mutable_inspector()->set_work_number("0001");
    inspector.mutable_inspector()->set_display_name("示例·督学");
    inspector.mutable_inspector()->set_kind(FULL_TIME);
    inspector.mutable_inspector()->set_work_phone(kPhone);
    Must<Inspector>(*staff_, "Inspectors.CreateInspector", inspector);
    CreateSchoolRequest school;
    school.mutable_school()->set_office("offices/" + office_);
    school.mutable_school()->set_display_name("示例小学");
    school.mutable_school()->set_kind(PRIMARY);
    school.mutable_school()->set_external_id("0007");
    school.mutable_school()->set_credit_code("123700004955714020");
    school.mutable_school()->set_ident_code("21379901" + std::to_string(10 + offices_));
    Must<School>(*staff_, "Schools.CreateSchool", school);
  }
  std::unique_ptr<rpc::Client> As(rpc::Role role, const std::string& office) const {
    return harness_->ClientOf("registry", Harness::Person("offices/" + office + "/others/1", role, office));
  }
  static ErrorReason Refused(rpc::Client& client, const ExportRosterRequest& request) {
    return ReasonOf(
        client.Call<Operation>("inspectorate.registry.v1.Exports.ExportRoster", request).status());
  }
  // Cells of the one row of a list.
  static std::map<std::string, std::string> OneRow(const std::string& bytes) {
    std::map<std::string, std::string> cells;
    const csv::Table table = TableOf(bytes);
    EXPECT_EQ(table.records.size(), 1u);
    for (size_t i = 0; i < table.header.size() && !table.records.empty(); ++i) {
      cells[table.header[i]] = table.records[0].cells[i];
    }
    return cells;
  }

  static inline Harness* harness_ = nullptr;
  static inline int offices_ = 0;
  std::string office_;
  std::unique_ptr<rpc::Client> staff_;
};

TEST_F(ExportTest, OnlyWhoMayAndOnlyTheirOwnOffice) {
  for (rpc::Role role : {rpc::Role::ROLE_AREA_LEAD, rpc::Role::ROLE_RESPONSIBLE_INSPECTOR,
                         rpc::Role::ROLE_SCHOOL_SUPERVISOR, rpc::Role::ROLE_BUREAU_READER}) {
    EXPECT_EQ(Refused(*As(role, office_), Ask(office_)), ErrorReason::PERMISSION_MISSING) << role;
  }
  const std::string other = office_ + "-b";
  harness_->CreateSandbox(other, "2026-03-02T01:00:00Z");
  const auto theirs = harness_->ClientOf("registry", Harness::Staff(other));
  EXPECT_EQ(Refused(*theirs, Ask(office_)), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Refused(*theirs, Ask("nowhere")), ErrorReason::PERMISSION_MISSING);
  // What is ours is not in theirs, and our files are not theirs.
  const Exported mine = ExportAll(*theirs, Ask(other));
  EXPECT_EQ(RowsOf(mine.lists.at(IMPORT_SCHOOLS)).size(), 0u);
  const auto operation = Must<Operation>(*staff_, "Exports.ExportRoster", Ask(office_));
  const auto done = AwaitDone(*staff_, operation.name());
  ASSERT_TRUE(done.ok()) << done.status();
  ExportRosterResponse response;
  ASSERT_TRUE(done->response().UnpackTo(&response));
  EXPECT_EQ(ReasonOf(Download(*theirs, response.files(0)).status()), ErrorReason::PERMISSION_MISSING);
}

TEST_F(ExportTest, ARepeatedRequestIsOneExport) {
  const ExportRosterRequest request = Ask(office_);
  const auto first = Must<Operation>(*staff_, "Exports.ExportRoster", request);
  const auto second = Must<Operation>(*staff_, "Exports.ExportRoster", request);
  EXPECT_EQ(first.name(), second.name());
}

TEST_F(ExportTest, OnlyTheListsAskedFor) {
  ExportRosterRequest request = Ask(office_);
  request.add_kinds(IMPORT_SCHOOLS);
  const Exported exported = ExportAll(*staff_, request);
  EXPECT_EQ(exported.manifest.lists_size(), 1);
  EXPECT_EQ(exported.files.size(), 3u);
  EXPECT_TRUE(exported.files.contains("机构.csv"));
  EXPECT_TRUE(exported.files.contains("数据字典.csv"));
}

TEST_F(ExportTest, TheManifestSaysWhatIsThere) {
  const Exported exported = ExportAll(*staff_, Ask(office_));
  const auto manifest = nlohmann::json::parse(exported.files.at("manifest.json"));
  EXPECT_EQ(manifest["dataset"], "inspectorate.registry.roster");
  EXPECT_EQ(manifest["office"], "offices/" + office_);
  EXPECT_FALSE(manifest["feed_epoch"].get<std::string>().empty());
  EXPECT_EQ(manifest["feed_position"], std::to_string(exported.manifest.feed_position()));
  EXPECT_GT(exported.manifest.feed_position(), 0u);
  for (const auto& list : manifest["lists"]) {
    const std::string& bytes = exported.files.at(list["file"]["file_name"].get<std::string>());
    EXPECT_EQ(list["file"]["sha256"], Hex(Sha256(bytes)));
    EXPECT_EQ(list["file"]["size"], std::to_string(bytes.size()));
    EXPECT_EQ(list["rows"], std::to_string(RowsOf(bytes).size()));
    // The dictionary tells every column, in its order.
    const csv::Table table = TableOf(bytes);
    ASSERT_EQ(list["columns"].size(), table.header.size());
    for (size_t i = 0; i < table.header.size(); ++i) {
      EXPECT_EQ(list["columns"][i]["header"], table.header[i]);
      EXPECT_FALSE(list["columns"][i]["meaning"].get<std::string>().empty()) << table.header[i];
    }
  }
  EXPECT_TRUE(exported.files.at("机构.csv").starts_with("\xEF\xBB\xBF机构编号,机构名称"));
  const std::string dictionary = exported.files.at("数据字典.csv");
  EXPECT_NE(dictionary.find("School.ident_code"), std::string::npos);
  EXPECT_NE(dictionary.find("小学=PRIMARY"), std::string::npos);
}

TEST_F(ExportTest, ProtectedFieldsAreInTheFilesOfWhoSeesThem) {
  const Exported whole = ExportAll(*staff_, Ask(office_));
  EXPECT_EQ(OneRow(whole.lists.at(IMPORT_INSPECTORS))["工作电话"], kPhone);
  EXPECT_FALSE(whole.manifest.redacted());
  const auto auditor = As(rpc::Role::ROLE_AUDITOR, office_);
  const Exported redacted = ExportAll(*auditor, Ask(office_));
  EXPECT_TRUE(redacted.manifest.redacted());
  for (const auto& [name, bytes] : redacted.files) EXPECT_EQ(bytes.find(kPhone), std::string::npos) << name;
  EXPECT_EQ(OneRow(redacted.lists.at(IMPORT_INSPECTORS))["工作电话"], "");
  // The column is not there at all: imported again, such a file leaves what it does not show.
  EXPECT_EQ(OneRow(redacted.lists.at(IMPORT_INSPECTORS)).count("工作电话"), 0u);
  // Nor does an auditor fetch what somebody else exported.
  const auto operation = Must<Operation>(*staff_, "Exports.ExportRoster", Ask(office_));
  const auto done = AwaitDone(*staff_, operation.name());
  ExportRosterResponse response;
  ASSERT_TRUE(done.ok() && done->response().UnpackTo(&response));
  EXPECT_EQ(ReasonOf(Download(*auditor, response.files(0)).status()), ErrorReason::RESOURCE_NOT_FOUND);
}

TEST_F(ExportTest, RecordsAreTakenOverOnlyWhileTheOfficeIsBeingSetUp) {
  Exported exported = ExportAll(*staff_, Ask(office_));
  CreatePolicyRuleRequest rule;
  rule.set_parent("offices/" + office_);
  rule.mutable_policy_rule()->set_key("roster.setup_days");
  rule.mutable_policy_rule()->set_value("0");
  rule.mutable_policy_rule()->set_unit(DAY);
  rule.mutable_policy_rule()->set_source("示例文件");
  *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2026, 3, 2));
  const auto proposed = Must<PolicyRule>(*staff_, "PolicyRules.CreatePolicyRule", rule);
  EXPECT_NE(ReasonOf(Import(*staff_, TakingOver(office_, exported)).status()), ErrorReason::OFFICE_IN_USE)
      << "nobody approved it yet";
  ApprovePolicyRuleRequest approve;
  approve.set_name(proposed.name());
  approve.set_etag(proposed.etag());
  Must<PolicyRule>(*As(rpc::Role::ROLE_DISTRICT_OFFICE, office_), "PolicyRules.ApprovePolicyRule", approve);
  EXPECT_EQ(ReasonOf(Import(*staff_, TakingOver(office_, exported)).status()), ErrorReason::OFFICE_IN_USE);
  // Lists that only records have are not imported otherwise either.
  ImportRosterRequest plain = TakingOver(office_, exported);
  plain.set_take_over(false);
  EXPECT_EQ(ReasonOf(Import(*staff_, plain).status()), ErrorReason::INVALID_FIELDS);
}

TEST_F(ExportTest, WhatIsRecordedOfPastDaysIsNotTakenOverOtherwise) {
  ImportRosterRequest request;
  request.set_parent("offices/" + office_);
  request.set_take_over(true);
  const auto add = [&](ImportKind kind, const std::string& name, const std::string& content) {
    ImportFile* file = request.add_files();
    file->set_kind(kind);
    file->set_file_name(name);
    file->set_content(content);
  };
  add(IMPORT_AREAS, "责任区.csv", "责任区编号,责任区名称,生效日期\n1,东区,2020-01-01\n2,西区,2020-01-01\n");
  add(IMPORT_SCHOOL_ASSIGNMENTS, "学校归属.csv",
      "机构编号,责任区编号,起始日期,终止日期\n0007,1,2022-09-01,2023-08-31\n0007,2,2023-09-01,\n");
  auto response = Import(*staff_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(Defects(*response), "");
  EXPECT_EQ(response->created(), 4);
  // Days before the first record may still be filled in; those that are recorded stay.
  request.mutable_files(1)->set_content(
      "机构编号,责任区编号,起始日期,终止日期\n0007,2,2021-09-01,2022-08-31\n0007,2,2022-10-01,2022-10-31\n"
      "0007,2,2022-09-01,2023-08-31\n0009,1,2022-09-01,\n0007,3,2020-09-01,2020-10-01\n");
  request.set_mode(ROW_BY_ROW);
  response = Import(*staff_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->created(), 1);
  EXPECT_EQ(response->unchanged(), 2);
  ASSERT_EQ(response->rejected_rows(), 4) << Defects(*response);
  const auto defect = [&](int row) { return response->rows(row).defects(0); };
  EXPECT_EQ(defect(3).code(), "PERIOD_OVERLAP");
  EXPECT_EQ(defect(4).code(), "DAYS_SETTLED");
  EXPECT_EQ(defect(5).column(), "机构编号");
  EXPECT_EQ(defect(5).cell(), "0009");
  EXPECT_EQ(defect(6).column(), "责任区编号");
}

// A code is never used again, anywhere: nobody makes codes void that its own schools cannot have had.
TEST_F(ExportTest, CodesOfAnotherProvinceAreNotMadeVoid) {
  NameOffice(*harness_, office_);
  ImportRosterRequest request;
  request.set_parent("offices/" + office_);
  request.set_take_over(true);
  request.set_mode(ROW_BY_ROW);
  ImportFile* file = request.add_files();
  file->set_kind(IMPORT_IDENT_CODES);
  file->set_file_name("机构标识码.csv");
  file->set_content(
      "机构编号,机构标识码,启用日期,停用日期,去向\n0007,2144123456,2020-09-01,2022-08-31,换发\n"
      "0007,21379956" +
      std::to_string(10 + offices_) + ",2020-09-01,2022-08-31,换发\n");
  const auto response = Import(*staff_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->created(), 1) << Defects(*response);
  ASSERT_EQ(response->rows(0).defects_size(), 1);
  EXPECT_EQ(response->rows(0).defects(0).column(), "机构标识码");
  EXPECT_NE(response->rows(0).defects(0).message_zh().find("本省"), std::string::npos);
}

// An older list does not make a code the school's again that was recorded for it in error.
TEST_F(ExportTest, ACodeCorrectedSinceIsNotTakenOver) {
  NameOffice(*harness_, office_);
  const std::string code = "21379957" + std::to_string(10 + offices_),
                    right = "21379958" + std::to_string(10 + offices_);
  const auto second = As(rpc::Role::ROLE_DISTRICT_OFFICE, office_);
  CreateSchoolRequest create;
  create.mutable_school()->set_office("offices/" + office_);
  create.mutable_school()->set_display_name("示例二小");
  create.mutable_school()->set_kind(PRIMARY);
  create.mutable_school()->set_external_id("0008");
  create.mutable_school()->set_ident_code(code);
  const School school = Must<School>(*staff_, "Schools.CreateSchool", create);
  ProposeCodeCorrectionRequest propose;
  propose.set_name(school.name());
  propose.set_etag(school.etag());
  propose.set_ident_code(code);
  propose.set_right_ident_code(right);
  propose.set_document_number("示教〔2026〕7号");
  propose.set_basis("示例");
  const auto proposed = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeCodeCorrection", propose);
  ApproveSchoolChangeRequest approve;
  approve.set_name(proposed.name());
  approve.set_etag(proposed.etag());
  Must<SchoolChange>(*second, "SchoolChanges.ApproveSchoolChange", approve);
  ImportRosterRequest request;
  request.set_parent("offices/" + office_);
  request.set_take_over(true);
  request.set_mode(ROW_BY_ROW);
  ImportFile* file = request.add_files();
  file->set_kind(IMPORT_IDENT_CODES);
  file->set_file_name("机构标识码.csv");
  file->set_content("机构编号,机构标识码,启用日期,停用日期,去向\n0008," + code +
                    ",2020-09-01,2026-02-28,换发\n");
  const auto response = Import(*staff_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->rejected_rows(), 1);
  EXPECT_NE(Defects(*response).find("误录"), std::string::npos) << Defects(*response);
}

// What only acts bring about comes with whoever is new; whoever is there goes on changing by acts.
TEST_F(ExportTest, WhoIsThereIsNotMovedByTakingOver) {
  ImportRosterRequest request;
  request.set_parent("offices/" + office_);
  request.set_take_over(true);
  ImportFile* file = request.add_files();
  file->set_kind(IMPORT_INSPECTORS);
  file->set_file_name("责任督学.csv");
  file->set_content("工号,姓名,类别,状态\n0001,示例·改名,专职督学,在任\n0002,示例·乙,专职督学,在任\n");
  const auto response = Import(*staff_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(Defects(*response), "");
  ListInspectorsRequest list;
  list.set_filter("office = \"offices/" + office_ + "\"");
  list.set_order_by("work_number");
  const auto inspectors = Must<ListInspectorsResponse>(*staff_, "Inspectors.ListInspectors", list);
  ASSERT_EQ(inspectors.inspectors_size(), 2);
  EXPECT_EQ(inspectors.inspectors(0).display_name(), "示例·改名");
  EXPECT_EQ(inspectors.inspectors(0).state(), CANDIDATE);
  EXPECT_EQ(inspectors.inspectors(1).state(), ON_DUTY);
}

// A school of which the office has no number goes out under the platform's own, and is found by it again.
TEST_F(ExportTest, WhatHasNoNumberIsFoundAgain) {
  CreateSchoolRequest school;
  school.mutable_school()->set_office("offices/" + office_);
  school.mutable_school()->set_display_name("无号小学");
  school.mutable_school()->set_kind(PRIMARY);
  const School created = Must<School>(*staff_, "Schools.CreateSchool", school);
  const Exported exported = ExportAll(*staff_, Ask(office_));
  ImportRosterRequest request;
  request.set_parent("offices/" + office_);
  ImportFile* file = request.add_files();
  file->set_kind(IMPORT_SCHOOLS);
  file->set_file_name("机构.csv");
  std::string bytes = exported.lists.at(IMPORT_SCHOOLS);
  bytes.replace(bytes.find("无号小学"), std::string("无号小学").size(), "无号学校");
  file->set_content(bytes);
  const auto response = Import(*staff_, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(Defects(*response), "");
  EXPECT_EQ(response->created(), 0);
  EXPECT_EQ(response->updated(), 1);
  GetSchoolRequest get;
  get.set_name(created.name());
  const School now = Must<School>(*staff_, "Schools.GetSchool", get);
  EXPECT_EQ(now.display_name(), "无号学校");
  EXPECT_EQ(now.external_id(), "");
}

// Pages end within an office and within a person; nothing is told twice or left out, nor of another office.
TEST_F(ExportTest, LongListsGoOutPageByPage) {
  constexpr int kPersons = 270;
  const std::string other = office_ + "-b";
  harness_->CreateSandbox(other, "2026-03-02T01:00:00Z");
  for (const std::string& office : {office_, other}) {
    std::string persons = "工号,姓名,类别,督学证号,发证机关,证件有效期起,证件有效期止\n",
                more = "督学工号,督学证号,发证机关,证件有效期起,证件有效期止\n";
    for (int i = 0; i < kPersons; ++i) {
      const std::string number = "P" + std::to_string(1000 + i);
      absl::StrAppend(&persons, number, ",示例·", number, ",专职督学,", office, number,
                      "甲,示例,2024-09-01,2028-08-31\n");
      absl::StrAppend(&more, number, ",", office, number, "乙,示例,2020-09-01,2024-08-31\n");
    }
    ImportRosterRequest request;
    request.set_parent("offices/" + office);
    ImportFile* file = request.add_files();
    file->set_kind(IMPORT_INSPECTORS);
    file->set_file_name("责任督学.csv");
    file->set_content(persons);
    file = request.add_files();
    file->set_kind(IMPORT_CERTIFICATES);
    file->set_file_name("督学证.csv");
    file->set_content(more);
    const auto imported = Import(*harness_->ClientOf("registry", Harness::Staff(office)), request);
    ASSERT_TRUE(imported.ok()) << imported.status();
    ASSERT_EQ(Defects(*imported), "");
  }
  ExportRosterRequest request = Ask(office_);
  request.add_kinds(IMPORT_CERTIFICATES);
  const Exported exported = ExportAll(*staff_, request);
  const auto rows = RowsOf(exported.lists.at(IMPORT_CERTIFICATES));
  EXPECT_EQ(rows.size(), size_t{2} * kPersons);
  EXPECT_EQ(std::set<std::string>(rows.begin(), rows.end()).size(), rows.size());
  for (const std::string& row : rows) ASSERT_EQ(row.find(other), std::string::npos) << row;
}

// Designs are told to whoever reads the files; they are not made by reading them.
TEST_F(ExportTest, DesignsGoOutAndDoNotComeIn) {
  for (int i = 0; i < 4; ++i) {
    CreateSchoolRequest create;
    create.mutable_school()->set_office("offices/" + office_);
    create.mutable_school()->set_display_name("示例位置学校" + std::to_string(i));
    create.mutable_school()->set_external_id("L" + std::to_string(i));
    create.mutable_school()->set_kind(PRIMARY);
    create.mutable_school()->set_latitude(37.5 + 0.1 * i);
    create.mutable_school()->set_longitude(118.1);
    Must<School>(*staff_, "Schools.CreateSchool", create);
  }
  CreateAreaDesignRequest design;
  design.set_parent("offices/" + office_);
  design.set_area_count(2);
  design.set_seed(7);
  ASSERT_TRUE(
      AwaitDone(*staff_, Must<Operation>(*staff_, "AreaDesigns.CreateAreaDesign", design).name()).ok());

  const Exported exported = ExportAll(*staff_, Ask(office_));
  std::set<std::string> placed;
  const csv::Table areas = TableOf(exported.lists.at(IMPORT_AREA_DESIGNS));
  for (const auto& area : areas.records) {
    const std::string& numbers = area.cells.at(static_cast<size_t>(areas.Column("机构编号")));
    for (size_t at = 0; (at = numbers.find('L', at)) != std::string::npos; ++at)
      placed.insert(numbers.substr(at, 2));
  }
  EXPECT_EQ(areas.records.size(), 2u);
  EXPECT_EQ(placed, (std::set<std::string>{"L0", "L1", "L2", "L3"}));
  ImportRosterRequest request = TakingOver(office_, exported);
  request.clear_files();
  ImportFile* file = request.add_files();
  file->set_kind(IMPORT_AREA_DESIGNS);
  file->set_file_name("责任区方案.csv");
  file->set_content(exported.lists.at(IMPORT_AREA_DESIGNS));
  EXPECT_EQ(ReasonOf(Import(*staff_, request).status()), ErrorReason::INVALID_FIELDS);
}

// The code on the metal opens what the board says: it goes to whoever sees protected fields, comes in with a
// board that has none here yet, and is nobody else's.
TEST_F(ExportTest, ABoardComesInWithTheCodeThatHangsAtTheGate) {
  testing::Registrar registrar(*harness_, office_);
  const std::string school = registrar.School("S1"), inspector = registrar.Inspector("D1", "", kPhone);
  registrar.Assign(inspector, school);
  CreatePolicyRuleRequest rule;
  rule.set_parent("offices/" + office_);
  rule.mutable_policy_rule()->set_key("plaque.supervision_phone");
  rule.mutable_policy_rule()->set_value("0543-5550000");
  rule.mutable_policy_rule()->set_unit(TEXT);
  rule.mutable_policy_rule()->set_source("示例文件");
  *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2025, 9, 1));
  Must<PolicyRule>(*staff_, "PolicyRules.CreatePolicyRule", rule);
  CreatePhotoRequest photo;
  photo.set_parent("offices/" + office_);
  photo.set_purpose(PORTRAIT);
  photo.set_inspector(inspector);
  photo.set_content(testing::PngPicture(210, 280, 1));
  Must<Photo>(*staff_, "Photos.CreatePhoto", photo);
  DraftPlaqueRequest draft;
  draft.set_parent("offices/" + office_);
  draft.set_school(school);
  const auto drafted = Must<Plaque>(*staff_, "Plaques.DraftPlaque", draft);
  ApprovePlaqueRequest approve;
  approve.set_name(drafted.name());
  approve.set_etag(drafted.etag());
  Must<Plaque>(*staff_, "Plaques.ApprovePlaque", approve);

  const std::string list = ExportAll(*staff_, Ask(office_)).lists.at(IMPORT_PLAQUES);
  const auto board = OneRow(list);
  EXPECT_EQ(board.at("机构编号"), "S1");
  EXPECT_NE(board.at("公示督学").find("（D1）"), std::string::npos) << board.at("公示督学");
  const std::string token = board.at("二维码");
  EXPECT_EQ(token.size(), 27u);
  const auto auditor = As(rpc::Role::ROLE_AUDITOR, office_);
  for (const auto& [name, bytes] : ExportAll(*auditor, Ask(office_)).files) {
    EXPECT_EQ(bytes.find(token), std::string::npos) << name;
  }

  const auto read = [&](const std::string& content) {
    ImportRosterRequest request;
    request.set_parent("offices/" + office_);
    request.set_take_over(true);
    request.set_request_id(FormatUuid(RandomUuid()));
    ImportFile* file = request.add_files();
    file->set_kind(IMPORT_PLAQUES);
    file->set_file_name("公示牌.csv");
    file->set_content(content);
    const auto response = Import(*staff_, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? Defects(*response) : "";
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = list;
    const size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? changed : changed.replace(at, from.size(), to);
  };
  EXPECT_EQ(read(list), "") << "it is there already";
  const std::string other = std::string(27, 'A');
  std::string told = read(with(token, other));
  EXPECT_NE(told.find("TAKE_OVER_ONLY"), std::string::npos) << told;
  EXPECT_EQ(told.find(other), std::string::npos) << "a code is in no report: " << told;
  // As a further board, that is the second version.
  const auto second = [&](std::string content) {
    const size_t at = content.find("\nS1,1,");
    EXPECT_NE(at, std::string::npos);
    return content.replace(at, 6, "\nS1,2,");
  };
  EXPECT_NE(read(second(list)).find("另一块公示牌的二维码"), std::string::npos);
  EXPECT_NE(read(second(with(token, ""))).find("须有二维码"), std::string::npos);
  EXPECT_NE(read(second(with(token, "short"))).find("不是公示牌的二维码"), std::string::npos);

  // Nor is there a board without the life or the size of one, or a draft that somebody printed.
  const auto only = [&](const std::string& state, const std::string& code, const std::string& width) {
    std::string content = board.at("牌面内容");
    for (size_t at = 0; (at = content.find('"', at)) != std::string::npos; at += 2)
      content.insert(at, 1, '"');
    return read("机构编号,版次,状态,牌面内容,二维码,宽,高\nS1,2," + state + ",\"" + content + "\"," + code +
                "," + width + "," + board.at("高") + "\n");
  };
  const std::string width = board.at("宽");
  EXPECT_NE(only("已挂牌", other, width).find("与各步的日期不符"), std::string::npos);
  EXPECT_NE(only("草拟", "", "5000").find("须为100至3000"), std::string::npos);
  EXPECT_NE(only("草拟", other, width).find("未审定的公示牌没有二维码"), std::string::npos);
  EXPECT_EQ(only("草拟", "", width), "");
}

// Of an area that this registry has known for days nothing else is entered.
TEST_F(ExportTest, FormerNamesOfAreasAreOfDaysBeforeTheyCameHere) {
  const auto read = [&](const std::string& areas, const std::string& former) {
    ImportRosterRequest request;
    request.set_parent("offices/" + office_);
    request.set_take_over(true);
    request.set_request_id(FormatUuid(RandomUuid()));
    for (const auto& [kind, name, content] :
         {std::tuple{IMPORT_AREAS, "责任区.csv", areas}, {IMPORT_FORMER_AREAS, "责任区曾用名.csv", former}}) {
      if (content.empty()) continue;
      ImportFile* file = request.add_files();
      file->set_kind(kind);
      file->set_file_name(name);
      file->set_content(content);
    }
    const auto response = Import(*staff_, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? Defects(*response) : "";
  };
  const std::string header = "责任区编号,责任区生效日期,末日,当时编号,当时名称,当时生效日期\n";
  const std::string old_town =
      "当时文号," + header + "示教督〔2020〕1号,7,2020-01-01,2024-08-31,3,老城区,2020-01-01\n";
  ASSERT_EQ(read("责任区编号,责任区名称,生效日期\n7,东区,2020-01-01\n", old_town), "");
  EXPECT_EQ(read("", old_town), "") << "the same again";
  EXPECT_NE(read("", header + "7,2020-01-01,2024-08-31,3,新城区,2020-01-01\n").find("不能改写"),
            std::string::npos);
  EXPECT_NE(read("", header + "7,2020-01-01,2026-03-02,3,新城区,2020-01-01\n").find("须早于"),
            std::string::npos);
  EXPECT_NE(read("", header + "7,2021-01-01,2024-08-31,3,新城区,2020-01-01\n").find("责任区编号"),
            std::string::npos);
  EXPECT_NE(read("", "当时失效日期," + header + "2019-12-31,7,2020-01-01,2023-08-31,3,新城区,2020-01-01\n")
                .find("有效期起止有误"),
            std::string::npos);
  ListAreasRequest list;
  list.set_parent("offices/" + office_);
  const auto areas = Must<ListAreasResponse>(*staff_, "Areas.ListAreas", list);
  ASSERT_EQ(areas.areas_size(), 1);
  GetRosterRequest get;
  get.set_name(areas.areas(0).name());
  for (const auto& [day, name, number] : {std::tuple{MakeDate(2024, 8, 31), "老城区", 3},
                                          {MakeDate(2024, 9, 1), "东区", 7},
                                          {MakeDate(2026, 3, 2), "东区", 7}}) {
    *get.mutable_as_of() = ToProto(day);
    const auto roster = Must<Roster>(*staff_, "Areas.GetRoster", get);
    EXPECT_EQ(roster.area().display_name(), name) << FormatDate(day);
    EXPECT_EQ(roster.area().number(), number) << FormatDate(day);
  }
  // It goes out as it came in.
  auto former = OneRow(ExportAll(*staff_, Ask(office_)).lists.at(IMPORT_FORMER_AREAS));
  for (const auto& [column, cell] : {std::pair{"责任区编号", "7"},
                                     {"责任区生效日期", "2020-01-01"},
                                     {"末日", "2024-08-31"},
                                     {"当时编号", "3"},
                                     {"当时名称", "老城区"},
                                     {"当时文号", "示教督〔2020〕1号"},
                                     {"当时生效日期", "2020-01-01"},
                                     {"当时失效日期", ""}}) {
    EXPECT_EQ(former[column], cell) << column;
  }
}

// Two persons of this office publish its catalogues: once they have, nobody enters versions of before.
TEST_F(ExportTest, CataloguesThatTwoPersonsPublishedAreNotTakenOver) {
  const auto add = [](ImportRosterRequest* request, ImportKind kind, const std::string& content) {
    ImportFile* file = request->add_files();
    file->set_kind(kind);
    file->set_file_name("目录.csv");
    file->set_content(content);
  };
  const auto taking = [&](const std::string& drafter, const std::string& publisher) {
    ImportRosterRequest request;
    request.set_parent("offices/" + office_);
    request.set_take_over(true);
    request.set_request_id(FormatUuid(RandomUuid()));
    add(&request, IMPORT_CATALOGUE_ITEMS, "目录,版本,代码,名称,顺序\n专项督导主题,2,T01,示例防溺水,10\n");
    add(&request, IMPORT_CATALOGUE_VERSIONS,
        "目录,版本,依据版本,生效日期,起草人,发布人,条目数\n专项督导主题,2,0,2025-09-01," + drafter + "," +
            publisher + ",1\n");
    return request;
  };
  const auto refused = [&](const ImportRosterRequest& request) {
    const auto response = Import(*staff_, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? Defects(*response) : "";
  };
  EXPECT_NE(refused(taking("甲", "甲")).find("须由两人起草和发布"), std::string::npos);
  ImportRosterRequest incomplete = taking("甲", "乙");
  incomplete.mutable_files(0)->set_content("目录,版本,代码,名称\n");
  EXPECT_NE(refused(incomplete).find("条目数"), std::string::npos);
  EXPECT_EQ(refused(taking("甲", "乙")), "");
  EXPECT_EQ(refused(taking("甲", "乙")), "") << "the same once more";
  CreateCatalogueVersionRequest create;
  create.set_parent("offices/" + office_ + "/catalogues/campaign-topics");
  create.mutable_catalogue_version()->set_note("示例");
  const auto draft = Must<CatalogueVersion>(*staff_, "Catalogues.CreateCatalogueVersion", create);
  EXPECT_EQ(draft.base_number(), 2);
  EXPECT_EQ(refused(taking("甲", "乙")), "") << "a draft publishes nothing";
  PublishCatalogueVersionRequest publish;
  publish.set_name(draft.name());
  publish.set_etag(draft.etag());
  *publish.mutable_valid_from() = ToProto(MakeDate(2026, 3, 9));
  publish.set_document_number("示教督〔2026〕4号");
  publish.set_request_id(FormatUuid(RandomUuid()));
  Must<CatalogueVersion>(*As(rpc::Role::ROLE_DISTRICT_OFFICE, office_), "Catalogues.PublishCatalogueVersion",
                         publish);
  ImportRosterRequest next = taking("甲", "丙");
  EXPECT_NE(refused(next).find("CATALOGUE_DECIDES"), std::string::npos);
}

// Codes as another program reads them: openpyxl, where it is there.
TEST_F(ExportTest, AWorkbookReadByAnotherProgramKeepsItsCodes) {
  if (std::system("/usr/bin/python3 -c 'import openpyxl' 2>/dev/null") != 0) {
    GTEST_SKIP() << "python3-openpyxl is not installed";
  }
  const Exported exported = ExportAll(*staff_, Ask(office_, EXPORT_XLSX));
  const std::string path =
      std::filesystem::temp_directory_path() / ("export-" + std::to_string(getpid()) + ".xlsx");
  std::ofstream(path, std::ios::binary) << exported.files.at("机构.xlsx");
  const std::string command =
      "/usr/bin/python3 -c \"import openpyxl,sys\ns=openpyxl.load_workbook(sys.argv[1]).active\n"
      "print(s.freeze_panes, s.auto_filter.ref.split(':')[0], s.column_dimensions['B'].width >= 10)\n"
      "for r in s.iter_rows():\n"
      " print('|'.join(type(c.value).__name__ + ' ' + str(c.value) for c in r))\" " +
      path;
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string out;
  char buffer[4096];
  while (size_t size = fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, size);
  EXPECT_EQ(pclose(pipe), 0);
  std::filesystem::remove(path);
  // The heading stays in view and chooses rows; names are not cut off.
  EXPECT_EQ(out.substr(0, out.find('\n')), "A2 A1 True");
  for (const std::string& cell : {std::string("str 0007"), std::string("str 123700004955714020"),
                                  "str 21379901" + std::to_string(10 + offices_)}) {
    EXPECT_NE(out.find(cell), std::string::npos) << cell << " in\n" << out;
  }
}

}  // namespace
}  // namespace inspectorate::import_test
