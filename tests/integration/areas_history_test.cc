// Moving schools between areas on 1 September leaves last year's figures as they were: the same question to
// reporting before and after the registry adopts another division.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/testing/harness.h"
#include "common/testing/registrar.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/reporting/service.h"
#include "services/visits/definition.h"

namespace inspectorate {
namespace {

using google::longrunning::Operation;
using resource::ToProto;
using testing::Harness;
namespace rv1 = registry::v1;
namespace pv1 = reporting::v1;

constexpr char kOffice[] = "turn";
const Date kBegin = MakeDate(2025, 9, 1);
const Date kTurn = MakeDate(2026, 9, 1);

class AreasHistoryTest : public ::testing::Test {
 protected:
  AreasHistoryTest()
      : harness_({&registry::Definition(), &visits::Definition(), &issues::IssuesDefinition(),
                  &reporting::ReportingDefinition()}) {
    harness_.CreateSandbox(kOffice, "2026-03-02T01:00:00Z");
    registry_ = harness_.ClientOf("registry", Harness::Staff(kOffice));
    reporting_ = harness_.ClientOf("reporting", Harness::Staff(kOffice));
  }

  template <class Response, class Request>
  Response Must(rpc::Client& client, const std::string& method, const Request& request) {
    auto response = client.Call<Response>("inspectorate." + method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  std::string NewArea(int number) {
    rv1::CreateAreaRequest request;
    request.set_parent(Name());
    request.mutable_area()->set_number(number);
    request.mutable_area()->set_display_name("第" + std::to_string(number) + "责任区");
    *request.mutable_area()->mutable_valid_from() = ToProto(kBegin);
    return Must<rv1::Area>(*registry_, "registry.v1.Areas.CreateArea", request).name();
  }
  void NewSchool(int i, const std::string& area) {
    rv1::CreateSchoolRequest create;
    create.mutable_school()->set_office(Name());
    create.mutable_school()->set_display_name("示例小学" + std::to_string(i));
    create.mutable_school()->set_external_id("S" + std::to_string(i));
    create.mutable_school()->set_kind(rv1::PRIMARY);
    create.mutable_school()->set_students(400);
    create.mutable_school()->set_latitude(37.7 + (i < 5 ? 0 : 0.2) + 0.001 * i);
    create.mutable_school()->set_longitude(118.1);
    rv1::CreateSchoolAssignmentRequest assign;
    assign.set_parent(Name());
    assign.mutable_school_assignment()->set_school(
        Must<rv1::School>(*registry_, "registry.v1.Schools.CreateSchool", create).name());
    assign.mutable_school_assignment()->set_area(area);
    *assign.mutable_school_assignment()->mutable_valid_from() = ToProto(kBegin);
    Must<rv1::SchoolAssignment>(*registry_, "registry.v1.SchoolAssignments.CreateSchoolAssignment", assign);
  }
  rv1::AreaDesign Proposed() {
    rv1::CreateAreaDesignRequest request;
    request.set_parent(Name());
    request.set_seed(1);
    type::v1::WaitOperationRequest wait;
    wait.set_name(Must<Operation>(*registry_, "registry.v1.AreaDesigns.CreateAreaDesign", request).name());
    wait.mutable_timeout()->set_seconds(60);
    rv1::AreaDesign design;
    const auto done = Must<Operation>(*registry_, "type.v1.Operations.WaitOperation", wait);
    EXPECT_TRUE(done.response().UnpackTo(&design)) << done.ShortDebugString();
    return design;
  }
  // Schools behind the denominator of I1 (who is responsible) for an area on the last day of a period.
  std::string SchoolsOf(const std::string& area, Date from, Date to) {
    harness_.Settle(kOffice);
    pv1::DrillIndicatorRequest request;
    request.set_parent(Name());
    request.set_metric("I1");
    request.set_area(area);
    request.set_side(pv1::DENOMINATOR);
    request.set_page_size(100);
    *request.mutable_period_from() = ToProto(from);
    *request.mutable_period_to() = ToProto(to);
    *request.mutable_cut_off() = ToProto(to);
    std::string text;
    const auto drilled =
        Must<pv1::DrillIndicatorResponse>(*reporting_, "reporting.v1.Indicators.DrillIndicator", request);
    for (const auto& row : drilled.rows()) {
      text += row.school_name() + " " + row.area_name() + "\n";
    }
    pv1::QueryIndicatorsRequest query;
    query.set_parent(Name());
    query.add_metrics("I1");
    query.set_area(area);
    *query.mutable_period_from() = ToProto(from);
    *query.mutable_period_to() = ToProto(to);
    *query.mutable_cut_off() = ToProto(to);
    const auto figures =
        Must<pv1::QueryIndicatorsResponse>(*reporting_, "reporting.v1.Indicators.QueryIndicators", query);
    for (const auto& figure : figures.indicators()) {
      text += figure.code() + " " + figure.cell() + " " + figure.text() + "\n";
    }
    return text;
  }
  static std::string Name() { return std::string("offices/") + kOffice; }

  Harness harness_;
  std::unique_ptr<rpc::Client> registry_;
  std::unique_ptr<rpc::Client> reporting_;
};

TEST_F(AreasHistoryTest, LastYearsFigureStaysWhenSchoolsMove) {
  const std::string one = NewArea(1), two = NewArea(2);
  // Two towns, divided across.
  for (int i = 0; i < 10; ++i) NewSchool(i, i % 2 == 0 ? one : two);
  const Date last = kTurn - std::chrono::days(1);
  const std::string before = SchoolsOf(one, kBegin, last);
  EXPECT_NE(before.find("示例小学8"), std::string::npos) << before;
  const rv1::AreaDesign design = Proposed();
  EXPECT_EQ(design.moved(), 4);
  rv1::AdoptAreaDesignRequest adopt;
  adopt.set_name(design.name());
  adopt.set_etag(design.etag());
  *adopt.mutable_valid_from() = ToProto(kTurn);
  Must<rv1::AreaDesign>(*registry_, "registry.v1.AreaDesigns.AdoptAreaDesign", adopt);
  EXPECT_EQ(SchoolsOf(one, kBegin, last), before);
  const std::string after = SchoolsOf(one, kTurn, kTurn);
  EXPECT_NE(after, before);
  EXPECT_EQ(std::count(after.begin(), after.end(), '\n'), std::count(before.begin(), before.end(), '\n'));
}

// The office's own check and indicator I1 of the same day, as "covered/operating" each.
class CoverageTest : public AreasHistoryTest {
 protected:
  std::string Both(Date day) {
    rv1::CheckCoverageRequest check;
    check.set_parent(Name());
    *check.mutable_as_of() = ToProto(day);
    coverage_ = Must<rv1::Coverage>(*registry_, "registry.v1.Areas.CheckCoverage", check);
    pv1::QueryIndicatorsRequest query;
    query.set_parent(Name());
    query.add_metrics("I1");
    for (auto* date : {query.mutable_period_from(), query.mutable_period_to(), query.mutable_cut_off()}) {
      *date = ToProto(day);
    }
    const auto figures =
        Must<pv1::QueryIndicatorsResponse>(*reporting_, "reporting.v1.Indicators.QueryIndicators", query);
    EXPECT_EQ(figures.indicators_size(), 1);
    if (figures.indicators_size() != 1) return "";
    const auto of = [](int64_t covered, int64_t operating) {
      return std::to_string(covered) + "/" + std::to_string(operating);
    };
    const std::string checked = of(coverage_.covered(), coverage_.schools() + coverage_.kindergartens());
    EXPECT_EQ(of(figures.indicators(0).numerator(), figures.indicators(0).denominator()), checked)
        << FormatDate(day);
    return checked;
  }
  // "INELIGIBLE_DELEGATE" of a school; "?" where it only warns.
  std::string Told(const std::string& school) const {
    std::string codes;
    for (const auto& exception : coverage_.exceptions()) {
      if (exception.resource() == school && exception.code().starts_with("INELIGIBLE"))
        codes += exception.code() + (exception.warning() ? "? " : " ");
    }
    return codes;
  }
  void Leave(const std::string& inspector, Date from, Date to) {
    rv1::CreateLeaveRequest request;
    request.set_parent(inspector);
    request.mutable_leave()->set_office(Name());
    request.mutable_leave()->set_kind(rv1::OFFICIAL_LEAVE);
    *request.mutable_leave()->mutable_valid_from() = ToProto(from);
    *request.mutable_leave()->mutable_valid_to() = ToProto(to);
    Must<rv1::Leave>(*registry_, "registry.v1.Leaves.CreateLeave", request);
  }
  void Delegate(const std::string& delegator, const std::string& delegate, Date from, Date to) {
    rv1::CreateDelegationRequest request;
    request.set_parent(Name());
    request.mutable_delegation()->set_delegator(delegator);
    request.mutable_delegation()->set_delegate(delegate);
    *request.mutable_delegation()->mutable_valid_from() = ToProto(from);
    *request.mutable_delegation()->mutable_valid_to() = ToProto(to);
    request.mutable_delegation()->set_document_number("示教督〔2026〕8号");
    request.mutable_delegation()->set_reason("进修");
    Must<rv1::Delegation>(*registry_, "registry.v1.Delegations.CreateDelegation", request);
  }

  rv1::Coverage coverage_;
};

TEST_F(CoverageTest, IsOneFigureWhoeverAsks) {
  testing::Registrar registrar(harness_, kOffice);
  std::map<std::string, std::string> school, inspector;
  for (const char* name : {"free", "leave", "recused", "stages", "deputised", "unhelped", "resting"}) {
    school[name] = registrar.School(name);
    inspector[name] = registrar.Inspector(name);
    registrar.Assign(inspector[name], school[name]);
  }
  const Date from = MakeDate(2026, 3, 9), to = MakeDate(2026, 3, 15);
  const std::string deputy = registrar.Inspector("deputy"), away = registrar.Inspector("away");
  Delegate(inspector["deputised"], deputy, from, to);
  Delegate(inspector["unhelped"], away, from, to);
  for (const std::string& who : {inspector["leave"], inspector["deputised"], inspector["unhelped"], away}) {
    Leave(who, from, to);
  }
  rv1::CreateQualificationRequest qualified;
  qualified.set_parent(inspector["stages"]);
  qualified.mutable_qualification()->set_office(Name());
  qualified.mutable_qualification()->set_kind(rv1::TEACHING_CERTIFICATE);
  qualified.mutable_qualification()->set_title("幼儿园教师资格");
  qualified.mutable_qualification()->add_stages(rv1::KINDERGARTEN);
  *qualified.mutable_qualification()->mutable_valid_from() = ToProto(from);
  Must<rv1::Qualification>(*registry_, "registry.v1.Qualifications.CreateQualification", qualified);
  harness_.SetClock(kOffice, "2026-03-20T01:00:00Z");
  registrar.Recusal(inspector["recused"], school["recused"], "示例");
  rv1::GetSchoolRequest get;
  get.set_name(school["resting"]);
  rv1::ChangeSchoolRequest rest;
  rest.set_name(school["resting"]);
  rest.set_etag(Must<rv1::School>(*registry_, "registry.v1.Schools.GetSchool", get).etag());
  rest.set_kind(rv1::SUSPEND_SCHOOL);
  *rest.mutable_effective_date() = ToProto(MakeDate(2026, 3, 16));
  rest.set_document_number("示教体〔2026〕2号");
  Must<rv1::SchoolChange>(*registry_, "registry.v1.SchoolChanges.ChangeSchool", rest);
  harness_.Settle(kOffice);

  EXPECT_EQ(Both(MakeDate(2026, 3, 5)), "6/7");
  EXPECT_EQ(Both(MakeDate(2026, 3, 10)), "3/7");
  EXPECT_EQ(Told(school["leave"]), "INELIGIBLE_INSPECTOR ");
  EXPECT_EQ(Told(school["deputised"]), "INELIGIBLE_INSPECTOR? ");
  EXPECT_EQ(Told(school["unhelped"]), "INELIGIBLE_INSPECTOR INELIGIBLE_DELEGATE ");
  EXPECT_EQ(Both(MakeDate(2026, 3, 17)), "4/6");
  EXPECT_EQ(Both(MakeDate(2026, 3, 20)), "4/6");
  EXPECT_EQ(Both(MakeDate(2028, 9, 15)), "0/6") << "every term has ended";
}

// Reach is that of the office's day here too.
TEST_F(CoverageTest, WhoActsForAnInspectorSeesTheirFigures) {
  testing::Registrar registrar(harness_, kOffice);
  const std::string inspector = registrar.Inspector("I"), deputy = registrar.Inspector("D");
  registrar.Assign(inspector, registrar.School("A"));
  registrar.Assign(registrar.Inspector("O"), registrar.School("B"));
  const Date today = MakeDate(2026, 3, 2);
  Delegate(inspector, deputy, today, today);
  harness_.Settle(kOffice);
  pv1::QueryIndicatorsRequest query;
  query.set_parent(Name());
  query.add_metrics("I1");
  *query.mutable_period_from() = *query.mutable_period_to() = ToProto(today);
  for (const auto& [who, seen] : {std::pair{inspector, 1}, {deputy, 1}, {registrar.Inspector("N"), 0}}) {
    harness_.Settle(kOffice);
    const auto client =
        harness_.ClientOf("reporting", Harness::Person(who, rpc::Role::ROLE_RESPONSIBLE_INSPECTOR, kOffice));
    const auto figures =
        Must<pv1::QueryIndicatorsResponse>(*client, "reporting.v1.Indicators.QueryIndicators", query);
    ASSERT_EQ(figures.indicators_size(), 1);
    EXPECT_EQ(figures.indicators(0).denominator(), seen) << who;
  }
}

}  // namespace
}  // namespace inspectorate
