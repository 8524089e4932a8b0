#include "tests/conformance/loop.h"

#include <gtest/gtest.h>

#include "common/base/time.h"
#include "common/resource/description.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::conformance {
namespace {

using google::longrunning::Operation;
using resource::ToProto;
namespace iv1 = issues::v1;
namespace rv1 = registry::v1;
namespace vv1 = visits::v1;

constexpr Role kOffice = Role::ROLE_DISTRICT_OFFICE;
constexpr Role kInspector = Role::ROLE_RESPONSIBLE_INSPECTOR;
constexpr Role kSupervisor = Role::ROLE_SCHOOL_SUPERVISOR;

constexpr char kLater[] = "2026-03-27T01:00:00Z";
constexpr int kLongNotices = 4;
constexpr int kFindingsAtOnce = 12;

google::type::Date DayOf(int year, unsigned month, unsigned day) {
  return ToProto(MakeDate(year, month, day));
}

// Longer than a page token could carry.
std::string LongFact() {
  std::string fact;
  for (int i = 0; i < 60; ++i) fact += "食堂留样记录缺一天。";
  return fact;
}

}  // namespace

google::type::Date Loop::Today() const { return DayOf(2026, 3, district_.later ? 27 : 9); }

// --- visits
// --------------------------------------------------------------------------------------------------

vv1::Visit Loop::Planned(vv1::NoticeMode mode) {
  vv1::CreateVisitRequest request;
  request.set_parent(district_.office());
  vv1::Visit* visit = request.mutable_visit();
  visit->set_school(School());
  visit->set_type(vv1::ROUTINE);
  visit->add_panel(By(kInspector).subject);
  visit->set_notice_mode(mode);
  *visit->mutable_planned_day() = Today();
  return Visits<vv1::Visit>(kOffice, "Visits.CreateVisit", request);
}

vv1::Visit Loop::Started() {
  auto request = On<vv1::StartVisitRequest>(Planned());
  request.set_met_by("示例·接待人");
  request.set_certificate_shown(true);
  return Visits<vv1::Visit>(kInspector, "Visits.StartVisit", request);
}

// Answers for every issue that waits for a look-back: it passes.
vv1::Visit Loop::Recorded() {
  auto request = On<vv1::RecordVisitRequest>(Started());
  vv1::MethodCount* method = request.add_methods();
  method->set_method(vv1::CAMPUS_PATROL);
  method->set_count(1);
  vv1::MatterJudgement* judgement = request.add_judgements();
  judgement->set_matter("B01");
  judgement->set_judgement(vv1::GOOD);
  vv1::ListOpenItemsRequest due;
  due.set_parent(district_.office());
  due.set_school(School());
  Settle();
  const auto items = Visits<vv1::ListOpenItemsResponse>(kInspector, "Visits.ListOpenItems", due);
  for (const auto& item : items.items()) {
    vv1::LookBackAnswer* answer = request.add_look_backs();
    answer->set_issue(item.issue());
    answer->set_round(item.round());
    answer->set_passed(true);
    answer->set_note("留样齐全");
  }
  return Visits<vv1::Visit>(kInspector, "Visits.RecordVisit", request);
}

vv1::Finding Loop::Found(const vv1::Visit& visit) {
  vv1::CreateFindingRequest request;
  request.set_parent(visit.name());
  request.mutable_finding()->set_kind(vv1::PROBLEM);
  request.mutable_finding()->set_severity(vv1::MINOR);
  request.mutable_finding()->set_matter("B06");
  request.mutable_finding()->set_fact(LongFact());
  return Visits<vv1::Finding>(kInspector, "Findings.CreateFinding", request);
}

vv1::Visit Loop::Submitted(int findings) {
  const vv1::Visit visit = Recorded();
  for (int i = 0; i < findings; ++i) Found(visit);
  return Visits<vv1::Visit>(kInspector, "Visits.SubmitVisit", On<vv1::SubmitVisitRequest>(visit));
}

std::string Loop::OpenObligation() {
  vv1::ListObligationsRequest request;
  request.set_parent(district_.office());
  request.set_filter("state = OPEN");
  const auto list = Visits<vv1::ListObligationsResponse>(kOffice, "Obligations.ListObligations", request);
  EXPECT_GT(list.obligations_size(), 0) << "generate more obligations";
  return list.obligations_size() > 0 ? list.obligations(0).name() : "";
}

// The months of the second term, one after the other.
google::type::Date Loop::NextMonth() {
  const int month = 9 + district_.months++;
  return month <= 12 ? DayOf(2026, static_cast<unsigned>(month), 1)
                     : DayOf(2027, static_cast<unsigned>(month - 12), 1);
}

Operation Loop::PlanOperation(const google::type::Date& month) {
  vv1::CreatePlanRequest request;
  request.set_parent(district_.office());
  *request.mutable_month() = month;
  request.set_seed(static_cast<uint64_t>(world_.Next()));
  return Visits<Operation>(kOffice, "Plans.CreatePlan", request);
}

// A division into two areas, proposed and not adopted.
rv1::AreaDesign Loop::Designed() {
  rv1::CreateAreaDesignRequest request;
  request.set_parent(district_.office());
  request.set_area_count(2);
  request.set_max_schools(100000);
  request.set_seed(static_cast<uint64_t>(world_.Next()));
  type::v1::WaitOperationRequest wait;
  wait.set_name(world_
                    .Must<Operation>("registry", "inspectorate.registry.v1.AreaDesigns.CreateAreaDesign",
                                     By(kOffice), request)
                    .name());
  wait.mutable_timeout()->set_seconds(60);
  const auto done =
      world_.Must<Operation>("registry", "inspectorate.type.v1.Operations.WaitOperation", By(kOffice), wait);
  rv1::AreaDesign design;
  EXPECT_TRUE(done.response().UnpackTo(&design)) << done.ShortDebugString();
  return design;
}

vv1::Plan Loop::Solved() {
  const unsigned month = district_.later ? 3U + static_cast<unsigned>(++district_.plans) : 3U;
  vv1::GenerateObligationsRequest generate;
  generate.set_parent(district_.office());
  *generate.mutable_month() = DayOf(2026, month, 1);
  Visits<vv1::GenerateObligationsResponse>(kOffice, "Obligations.GenerateObligations", generate);
  const Operation started = PlanOperation(generate.month());
  district_.operations["visits"] = started.name();
  type::v1::WaitOperationRequest wait;
  wait.set_name(started.name());
  wait.mutable_timeout()->set_seconds(20);
  const auto done =
      world_.Must<Operation>("visits", "inspectorate.type.v1.Operations.WaitOperation", By(kOffice), wait);
  vv1::Plan plan;
  EXPECT_TRUE(done.response().UnpackTo(&plan)) << done.ShortDebugString();
  return plan;
}

// --- issues
// --------------------------------------------------------------------------------------------------

iv1::Issue Loop::Get(const std::string& name) {
  iv1::GetIssueRequest request;
  request.set_name(name);
  return Issues<iv1::Issue>(kOffice, "Issues.GetIssue", request);
}

iv1::Issue Loop::Registered() {
  if (district_.registered.empty()) {
    const vv1::Visit visit = Submitted(kFindingsAtOnce);
    Settle();
    iv1::ListIssuesRequest request;
    request.set_parent(district_.office());
    request.set_filter("visit = \"" + visit.name() + "\"");
    request.set_page_size(kFindingsAtOnce);
    const auto list = Issues<iv1::ListIssuesResponse>(kOffice, "Issues.ListIssues", request);
    for (const auto& issue : list.issues()) district_.registered.push_back(issue.name());
    EXPECT_EQ(district_.registered.size(), kFindingsAtOnce);
  }
  if (district_.registered.empty()) return {};
  const std::string name = district_.registered.back();
  district_.registered.pop_back();
  return Get(name);
}

iv1::Issue Loop::Triaged(iv1::Severity severity, iv1::Route route) {
  auto request = On<iv1::TriageIssueRequest>(Registered());
  request.set_severity(severity);
  request.set_route(route);
  return Issues<iv1::Issue>(kInspector, "Issues.TriageIssue", request);
}

iv1::Notice Loop::Noticed(iv1::Severity severity) {
  iv1::IssueNoticeRequest request;
  request.set_parent(district_.office());
  request.add_issues(Triaged(severity).name());
  return Issues<iv1::Notice>(kOffice, "Notices.IssueNotice", request);
}

iv1::Notice Loop::LongNoticed() {
  iv1::GetNoticeRequest request;
  EXPECT_FALSE(district_.long_noticed.empty()) << "raise kLongNotices";
  if (district_.long_noticed.empty()) return {};
  request.set_name(district_.long_noticed.back());
  district_.long_noticed.pop_back();
  return Issues<iv1::Notice>(kOffice, "Notices.GetNotice", request);
}

iv1::Issue Loop::Acknowledged(iv1::Severity severity) {
  auto request = On<iv1::ConfirmReceiptRequest>(Noticed(severity));
  request.set_signed_by("示例·校长");
  const auto notice = Issues<iv1::Notice>(kSupervisor, "Notices.ConfirmReceipt", request);
  return notice.issues().empty() ? iv1::Issue() : Get(notice.issues(0));
}

iv1::Issue Loop::PlanSubmitted() {
  auto request = On<iv1::SubmitPlanRequest>(Acknowledged(iv1::GENERAL));
  request.set_measures("每餐留样,专人登记");
  request.set_responsible_person("示例·后勤主任");
  return Issues<iv1::Issue>(kSupervisor, "Issues.SubmitPlan", request);
}

iv1::Issue Loop::Rectified(iv1::Severity severity) {
  auto request = On<iv1::SubmitRectificationRequest>(Acknowledged(severity));
  if (severity != iv1::MINOR) {
    auto plan = On<iv1::SubmitPlanRequest>(Get(request.name()));
    plan.set_measures("每餐留样,专人登记");
    plan.set_responsible_person("示例·后勤主任");
    const auto submitted = Issues<iv1::Issue>(kSupervisor, "Issues.SubmitPlan", plan);
    const auto accepted =
        Issues<iv1::Issue>(kInspector, "Issues.AcceptPlan", On<iv1::AcceptPlanRequest>(submitted));
    request.set_etag(accepted.etag());
  }
  request.set_report("已补齐制度并留样");
  request.add_evidence(Evidence());
  return Issues<iv1::Issue>(kSupervisor, "Issues.SubmitRectification", request);
}

iv1::Issue Loop::Verified(iv1::Severity severity) {
  const std::string name = Rectified(severity).name();
  Submitted(1);
  Settle();
  return Get(name);
}

iv1::Issue Loop::Closed() {
  return Issues<iv1::Issue>(kOffice, "Issues.AcceptIssue", On<iv1::AcceptIssueRequest>(Verified()));
}

iv1::Issue Loop::Proposed() {
  auto request = On<iv1::ProposeDispositionRequest>(Registered());
  request.set_disposition(iv1::WAIVE);
  request.set_reason("校区整体搬迁");
  request.set_document_number("示教督〔2026〕9号");
  return Issues<iv1::Issue>(kOffice, "Issues.ProposeDisposition", request);
}

std::string Loop::Evidence() {
  iv1::CreateAttachmentRequest request;
  request.set_parent(district_.office());
  request.set_school(School());
  request.set_content(world_.NextText(kSecretContent));
  request.set_media_type("image/jpeg");
  request.set_file_name(kSecretFile);
  return Issues<iv1::Attachment>(kSupervisor, "Attachments.CreateAttachment", request).name();
}

// --- once
// ----------------------------------------------------------------------------------------------------

void Loop::SampleLedger() {
  const vv1::Plan plan = Solved();
  Sample("inspectorate/Plan", plan.name());
  Visits<vv1::Plan>(kOffice, "Plans.PublishPlan", On<vv1::PublishPlanRequest>(plan));
  vv1::ListPlanItemsRequest items;
  items.set_parent(plan.name());
  const auto listed = Visits<vv1::ListPlanItemsResponse>(kOffice, "Plans.ListPlanItems", items);
  EXPECT_GT(listed.plan_items_size(), 1);
  if (listed.plan_items_size() > 0) Sample("inspectorate/PlanItem", listed.plan_items(0).name());
  vv1::ListObligationsRequest owed;
  owed.set_parent(district_.office());
  owed.set_filter("school = \"" + School() + "\"");
  const auto ledger = Visits<vv1::ListObligationsResponse>(kOffice, "Obligations.ListObligations", owed);
  EXPECT_GT(ledger.obligations_size(), 1);
  if (ledger.obligations_size() > 0) Sample("inspectorate/Obligation", ledger.obligations(0).name());
}

void Loop::LiveOnce() {
  SampleLedger();
  for (int i = 0; i < kLongNotices; ++i) district_.long_noticed.push_back(Noticed().name());
  world_.harness().SetClock(district_.slug, kLater);
  district_.later = true;
  district_.registered.clear();  // what was found before is not found today
  const iv1::Issue issue = Verified();
  EXPECT_EQ(issue.state(), iv1::VERIFIED);
  if (issue.reports().empty()) return;  // told above
  Sample("inspectorate/Issue", issue.name());
  Sample("inspectorate/Notice", issue.notice());
  Sample("inspectorate/Visit", issue.visit());
  Sample("inspectorate/Finding", issue.visit() + "/findings/" + std::to_string(issue.ordinal()));
  Sample("inspectorate/Attachment", issue.reports(0).evidence(0));
  Evidence();
  Designed();  // lists want a second row
  Sample("inspectorate/AreaDesign", Designed().name());
  Solved();  // April, not published: duties that wait
}

}  // namespace inspectorate::conformance
