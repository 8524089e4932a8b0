// What an office retires as of a day is refused by visits and issues from that day on, and accepted for the
// day before: each decides from its own copies of the catalogues.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/testing/registrar.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"
#include "services/visits/definition.h"

namespace inspectorate {
namespace {

using resource::ToProto;
using testing::Harness;
namespace rv1 = registry::v1;
namespace vv1 = visits::v1;
namespace iv1 = issues::v1;

constexpr char kOffice[] = "words";

class CataloguesTest : public ::testing::Test {
 protected:
  CataloguesTest() : harness_({&registry::Definition(), &visits::Definition(), &issues::IssuesDefinition()}) {
    harness_.CreateSandbox(kOffice, "2026-03-09T01:00:00Z");
    testing::Registrar registrar(harness_, kOffice);
    school_ = registrar.School("S1");
    inspector_ = registrar.Inspector("D1");
    registrar.Area(1, {school_}, inspector_);
    registrar.Assign(inspector_, school_);
    harness_.Settle(kOffice);
    const auto client = [&](const char* service, const rpc::Principal& person) {
      return harness_.ClientOf(service, person);
    };
    const rpc::Principal head = Harness::Staff(kOffice), deputy = Harness::Staff(kOffice, "示例·副主任");
    const rpc::Principal inspector =
        Harness::Person(inspector_, rpc::Role::ROLE_RESPONSIBLE_INSPECTOR, kOffice);
    drafter_ = client("registry", head);
    publisher_ = client("registry", deputy);
    planner_ = client("visits", head);
    inspecting_ = client("visits", inspector);
    triaging_ = client("issues", head);
  }

  template <class Response, class Request>
  static absl::StatusOr<Response> Call(rpc::Client& by, const std::string& method, const Request& request) {
    return by.Call<Response>("inspectorate." + method, request);
  }
  template <class Response, class Request>
  static Response Must(rpc::Client& by, const std::string& method, const Request& request) {
    auto response = Call<Response>(by, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }

  // Publishes what the catalogue says without `retired`, and with `added` where it is named.
  void Change(const std::string& catalogue, const std::string& retired, const std::string& added, Date from) {
    rv1::CreateCatalogueVersionRequest create;
    create.set_parent(Parent() + "/catalogues/" + catalogue);
    create.mutable_catalogue_version()->set_note("修订");
    rv1::UpdateCatalogueVersionRequest update;
    rv1::CatalogueVersion& draft = *update.mutable_catalogue_version();
    draft = Must<rv1::CatalogueVersion>(*drafter_, "registry.v1.Catalogues.CreateCatalogueVersion", create);
    for (rv1::CatalogueItem& item : *draft.mutable_items()) {
      if (item.code() == retired) item.set_retired(true);
    }
    if (!added.empty()) {
      draft.add_items()->set_code(added);
      draft.mutable_items()->rbegin()->set_title("劳动教育情况");
    }
    draft = Must<rv1::CatalogueVersion>(*drafter_, "registry.v1.Catalogues.UpdateCatalogueVersion", update);
    rv1::PublishCatalogueVersionRequest publish;
    publish.set_name(draft.name());
    publish.set_etag(draft.etag());
    publish.set_document_number("示例〔2026〕1号");
    *publish.mutable_valid_from() = ToProto(from);
    Must<rv1::CatalogueVersion>(*publisher_, "registry.v1.Catalogues.PublishCatalogueVersion", publish);
    harness_.Settle(kOffice);
  }

  vv1::Visit Started(Date day) {
    vv1::CreateVisitRequest plan;
    plan.set_parent(Parent());
    plan.mutable_visit()->set_school(school_);
    plan.mutable_visit()->set_type(vv1::ROUTINE);
    plan.mutable_visit()->add_panel(inspector_);
    plan.mutable_visit()->set_notice_mode(vv1::UNANNOUNCED);
    *plan.mutable_visit()->mutable_planned_day() = ToProto(day);
    const auto planned = Must<vv1::Visit>(*planner_, "visits.v1.Visits.CreateVisit", plan);
    vv1::StartVisitRequest start;
    start.set_name(planned.name());
    start.set_etag(planned.etag());
    start.set_met_by("示例·接待人");
    start.set_certificate_shown(true);
    return Must<vv1::Visit>(*inspecting_, "visits.v1.Visits.StartVisit", start);
  }
  absl::StatusOr<vv1::Finding> Find(const vv1::Visit& visit, const std::string& matter,
                                    vv1::Severity severity = vv1::GENERAL) {
    vv1::CreateFindingRequest request;
    request.set_parent(visit.name());
    request.mutable_finding()->set_kind(vv1::PROBLEM);
    request.mutable_finding()->set_matter(matter);
    request.mutable_finding()->set_severity(severity);
    request.mutable_finding()->set_fact("消防通道堆放杂物");
    return Call<vv1::Finding>(*inspecting_, "visits.v1.Findings.CreateFinding", request);
  }
  absl::StatusOr<vv1::Visit> Record(const vv1::Visit& visit, vv1::VisitMethod method,
                                    const std::string& judged = "B01") {
    vv1::RecordVisitRequest request;
    request.set_name(visit.name());
    request.set_etag(visit.etag());
    request.add_methods()->set_method(method);
    request.mutable_methods(0)->set_count(1);
    request.add_judgements()->set_matter(judged);
    request.mutable_judgements(0)->set_judgement(vv1::GOOD);
    return Call<vv1::Visit>(*inspecting_, "visits.v1.Visits.RecordVisit", request);
  }
  absl::StatusOr<vv1::Visit> Submit(const vv1::Visit& visit) {
    vv1::SubmitVisitRequest request;
    request.set_name(visit.name());
    request.set_etag(visit.etag());
    return Call<vv1::Visit>(*inspecting_, "visits.v1.Visits.SubmitVisit", request);
  }
  absl::StatusOr<iv1::Issue> Triage(const iv1::Issue& issue, iv1::Severity severity, iv1::Route route) {
    iv1::TriageIssueRequest request;
    request.set_name(issue.name());
    request.set_etag(issue.etag());
    request.set_severity(severity);
    request.set_route(route);
    if (route == iv1::CONSULTATION) request.set_responsible_unit("示例科室");
    return Call<iv1::Issue>(*triaging_, "issues.v1.Issues.TriageIssue", request);
  }
  static std::string Parent() { return std::string("offices/") + kOffice; }

  Harness harness_;
  std::string school_, inspector_;
  std::unique_ptr<rpc::Client> drafter_, publisher_, planner_, inspecting_, triaging_;
};

TEST_F(CataloguesTest, WhatIsRetiredAsOfADayIsRefusedFromThatDayOn) {
  const Date day = MakeDate(2026, 3, 9), next = MakeDate(2026, 3, 10);
  Change("school-matters", "B08", "B09", next);
  Change("severities", "COMPLEX", "", next);
  Change("methods", "QUESTIONNAIRE", "", next);
  Change("routes", "CONSULTATION", "", next);
  Change("dispositions", "WAIVE", "", next);

  // The day before: as it was.
  const vv1::Visit before = Started(day);
  EXPECT_TRUE(Find(before, "B08", vv1::COMPLEX).ok());
  EXPECT_EQ(ReasonOf(Find(before, "B09").status()), ErrorReason::MATTER_UNKNOWN);
  auto recorded = Record(before, vv1::QUESTIONNAIRE, "B08");
  ASSERT_TRUE(recorded.ok()) << recorded.status();

  harness_.SetClock(kOffice, "2026-03-10T01:00:00Z");
  // A visit that was held on the day before is handed in as it was held.
  EXPECT_TRUE(Find(before, "B08", vv1::COMPLEX).ok());
  const auto submitted = Submit(*recorded);
  ASSERT_TRUE(submitted.ok()) << submitted.status();

  const vv1::Visit after = Started(next);
  EXPECT_EQ(ReasonOf(Find(after, "B08").status()), ErrorReason::MATTER_UNKNOWN);
  EXPECT_EQ(ReasonOf(Find(after, "B07", vv1::COMPLEX).status()), ErrorReason::VALUE_NOT_IN_USE);
  EXPECT_EQ(ReasonOf(Record(after, vv1::QUESTIONNAIRE).status()), ErrorReason::VALUE_NOT_IN_USE);
  EXPECT_EQ(ReasonOf(Record(after, vv1::CAMPUS_PATROL, "B08").status()), ErrorReason::MATTER_UNKNOWN);
  const auto found = Find(after, "B09", vv1::SERIOUS);
  ASSERT_TRUE(found.ok()) << found.status();
  recorded = Record(after, vv1::CAMPUS_PATROL);
  ASSERT_TRUE(recorded.ok()) << recorded.status();

  // Corrected for the same day before it is handed in: what was recorded meanwhile is looked at again.
  Change("school-matters", "B09", "", next);
  EXPECT_EQ(ReasonOf(Submit(*recorded).status()), ErrorReason::MATTER_UNKNOWN);
  vv1::UpdateFindingRequest other;
  *other.mutable_finding() = *found;
  other.mutable_finding()->set_matter("B07");
  other.mutable_update_mask()->add_paths("matter");
  EXPECT_TRUE(Call<vv1::Finding>(*inspecting_, "visits.v1.Findings.UpdateFinding", other).ok());
  EXPECT_TRUE(Submit(*recorded).ok());
  harness_.Settle(kOffice);

  // Issues of the visit before keep what was found; what is done about them is of today.
  iv1::ListIssuesRequest list;
  list.set_parent(Parent());
  list.set_filter("matter = \"B08\"");
  const auto issues = Must<iv1::ListIssuesResponse>(*triaging_, "issues.v1.Issues.ListIssues", list);
  ASSERT_EQ(issues.issues_size(), 2);
  const iv1::Issue& issue = issues.issues(0);
  EXPECT_EQ(issue.severity(), iv1::COMPLEX);
  EXPECT_EQ(ReasonOf(Triage(issue, iv1::COMPLEX, iv1::CONSULTATION).status()), ErrorReason::VALUE_NOT_IN_USE);
  EXPECT_EQ(ReasonOf(Triage(issue, iv1::SERIOUS, iv1::CONSULTATION).status()), ErrorReason::VALUE_NOT_IN_USE);
  iv1::ProposeDispositionRequest waive;
  waive.set_name(issue.name());
  waive.set_etag(issue.etag());
  waive.set_disposition(iv1::WAIVE);
  waive.set_reason("客观上无法整改");
  waive.set_document_number("示例〔2026〕2号");
  EXPECT_EQ(ReasonOf(Call<iv1::Issue>(*triaging_, "issues.v1.Issues.ProposeDisposition", waive).status()),
            ErrorReason::VALUE_NOT_IN_USE);
  EXPECT_TRUE(Triage(issue, iv1::GENERAL, iv1::NOTICE).ok());
}

}  // namespace
}  // namespace inspectorate
