// Moving schools between areas on 1 September leaves last year's figures as they were: the same question to
// reporting before and after the registry adopts another division.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/testing/harness.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
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

}  // namespace
}  // namespace inspectorate
