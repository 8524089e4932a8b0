#include "services/issues/testing/district.h"

#include <thread>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/testing/registrar.h"
#include "common/testing/test_database.h"
#include "services/issues/service.h"
#include "services/registry/definition.h"

namespace inspectorate::issues {
namespace {

using resource::ToProto;
using rpc::Role;
using testing::Harness;
using testing::Registrar;

// Nothing of visits but a feed.
const service::Definition& VisitsFeed() {
  static const auto* definition = [] {
    auto* visits = new service::Definition;
    visits->name = "visits";
    visits->peers = {"registry"};
    visits->wire = [](service::Wiring&) {};
    return visits;
  }();
  return *definition;
}

Time ChinaTime(const std::string& text) {
  std::string rfc = text + ":00+08:00";
  rfc[10] = 'T';
  return *ParseTime(rfc);
}

work::Event Change(const std::string& office, const std::string& event,
                   const google::protobuf::Message& after, Time time) {
  const auto& description = resource::Description::Of(after.GetDescriptor());
  std::shared_ptr<google::protobuf::Message> copy(after.New());
  copy->CopyFrom(after);
  return {.office = office,
          .kind = work::Change::STATE_CHANGED,
          .name = event,
          .resource_type = description.type(),
          .resource = resource::GetString(after, "name"),
          .revision = 1,
          .previous_revision = 0,
          .occur_time = time,
          .after = copy};
}

}  // namespace

void DistrictTest::SetUpTestSuite() { Begin({}); }

void DistrictTest::Begin(const std::vector<const service::Definition*>& more) {
  std::vector<const service::Definition*> all = {&registry::Definition(), &VisitsFeed(), &IssuesDefinition()};
  all.insert(all.end(), more.begin(), more.end());
  harness_ = new Harness(all);
  auto visits = db::Database::Open(harness_->database("visits"));
  ASSERT_TRUE(visits.ok()) << visits.status();
  visits_ = *std::move(visits);
}

void DistrictTest::TearDownTestSuite() {
  visits_.reset();
  delete harness_;
  harness_ = nullptr;
}

void DistrictTest::SetUp() {
  static int count = 0;
  office_ = "office-" + std::to_string(++count);
  now_ = ChinaTime("2026-03-09 09:00");
  harness_->CreateSandbox(office_, FormatTime(now_));
  Registrar registrar(*harness_, office_);
  school_ = registrar.School("S1");
  other_ = registrar.School("S2");
  inspector_ = registrar.Inspector("D1");
  const std::string lead = registrar.Inspector("D2");
  registrar.Area(1, {school_, other_}, lead);
  registrar.Assign(inspector_, school_);
  head_ = CallerOf(Harness::Staff(office_, "示例·主任"));
  deputy_ = CallerOf(Harness::Staff(office_, "示例·副主任"));
  inspecting_ = CallerOf(Harness::Person(inspector_, Role::ROLE_RESPONSIBLE_INSPECTOR, office_));
  lead_ = CallerOf(Harness::Person(lead, Role::ROLE_AREA_LEAD, office_));
  supervisor_ =
      CallerOf(Harness::Person(registrar.Supervisor("X1", school_), Role::ROLE_SCHOOL_SUPERVISOR, office_));
  stranger_ =
      CallerOf(Harness::Person(registrar.Supervisor("X2", other_), Role::ROLE_SCHOOL_SUPERVISOR, office_));
  Settle();
}

Caller DistrictTest::CallerOf(const rpc::Principal& principal) const {
  return {.principal = principal, .client = harness_->ClientOf("issues", principal)};
}

void DistrictTest::AddInspector(const std::string& work_number, const std::string& employer) const {
  Registrar(*harness_, office_).Inspector(work_number, employer);
  harness_->Settle(office_);
}

Caller DistrictTest::AddStaff(const std::string& work_number) const {
  const std::string name = Registrar(*harness_, office_).Staff(work_number);
  harness_->Settle(office_);
  return CallerOf(Harness::Person(name, Role::ROLE_DISTRICT_OFFICE, office_));
}

void DistrictTest::SetRule(const std::string& key, const std::string& value,
                           registry::v1::RuleUnit unit) const {
  registry::v1::CreatePolicyRuleRequest request;
  request.set_parent("offices/" + office_);
  registry::v1::PolicyRule* rule = request.mutable_policy_rule();
  rule->set_key(key);
  rule->set_value(value);
  rule->set_unit(unit);
  rule->set_source(kOwnPaper);
  *rule->mutable_valid_from() = ToProto(ChinaDate(now_));
  const auto client = harness_->ClientOf("registry", head_.principal);
  const auto set = client->Call<registry::v1::PolicyRule>(
      "inspectorate.registry.v1.PolicyRules.CreatePolicyRule", request);
  EXPECT_TRUE(set.ok()) << key << ": " << set.status();
  harness_->Settle(office_);
}

void DistrictTest::SetClock(const std::string& china_time) {
  now_ = ChinaTime(china_time);
  harness_->SetClock(office_, FormatTime(now_));
}

void DistrictTest::Emit(const std::function<void(work::Unit&)>& changes) {
  work::Writer writer(*visits_);
  const work::Actor actor{.subject = inspector_, .display_name = "示例·D1", .request_id = {}, .trace_id = {}};
  auto status = writer.RunInternal(db::Budget::Of(std::chrono::seconds(20)), actor, [&](work::Unit& unit) {
    changes(unit);
    last_ = unit.events();
    return absl::OkStatus();
  });
  ASSERT_TRUE(status.ok()) << status;
  AwaitVisits();
}

// The service says itself how far it has read.
void DistrictTest::AwaitVisits() {
  const int64_t head =
      testing::TestDatabase::Get()
          .Ask(harness_->database("visits"), "SELECT position FROM feed_head WHERE office = ?", {office_})
          .AsInt();
  v1::GetStockRequest request;
  request.set_parent("offices/" + office_);
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < until) {
    auto stock = head_.Call<v1::Stock>("Issues.GetStock", request);
    if (stock.ok() && static_cast<int64_t>(stock->visits_position()) >= head) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ADD_FAILURE() << "the feed of visits was not consumed";
}

std::string DistrictTest::Submit(const std::string& school, const std::vector<Found>& found) {
  visits::v1::Visit visit;
  visit.set_name("offices/" + office_ + "/visits/" + FormatUuid(RandomUuid()));
  visit.set_school(school);
  visit.set_state(visits::v1::SUBMITTED);
  visit.add_panel(inspector_);
  *visit.mutable_held_day() = ToProto(ChinaDate(now_));
  Emit([&](work::Unit& unit) {
    unit.Emit(Change(office_, "visit.submitted", visit, now_));
    for (size_t i = 0; i < found.size(); ++i) {
      visits::v1::Finding finding;
      finding.set_name(visit.name() + "/findings/" + std::to_string(i + 1));
      finding.set_school(school);
      finding.set_kind(found[i].kind);
      finding.set_severity(found[i].severity);
      finding.set_matter(found[i].matter);
      finding.set_aspect(found[i].aspect);
      finding.set_fact("食堂留样记录缺一天");
      finding.set_ordinal(static_cast<int>(i) + 1);
      finding.set_sealed_in(1);
      *finding.mutable_seal_time() = ToProto(now_);
      unit.Emit(Change(office_, "finding.sealed", finding, now_));
    }
  });
  return visit.name();
}

void DistrictTest::SayAgain() {
  const std::vector<work::Event> before = last_;
  Emit([&](work::Unit& unit) {
    for (work::Event event : before) unit.Emit(std::move(event));
  });
}

void DistrictTest::LookBack(const v1::Issue& issue, bool passed, const std::string& panel_of) {
  visits::v1::Visit visit;
  visit.set_name("offices/" + office_ + "/visits/" + FormatUuid(RandomUuid()));
  visit.set_school(issue.school());
  visit.set_type(visits::v1::LOOK_BACK_VISIT);
  visit.set_state(visits::v1::SUBMITTED);
  visit.add_panel(panel_of);
  *visit.mutable_check_in()->mutable_time() = ToProto(now_);
  auto* answer = visit.add_look_backs();
  answer->set_issue(issue.name());
  answer->set_round(issue.round());
  answer->set_passed(passed);
  answer->set_note(passed ? "留样齐全" : "仍缺留样");
  Emit([&](work::Unit& unit) { unit.Emit(Change(office_, "visit.submitted", visit, now_)); });
}

v1::Issue DistrictTest::Get(const std::string& name) const {
  v1::GetIssueRequest request;
  request.set_name(name);
  return Must(head_, "Issues.GetIssue", request);
}

v1::Notice DistrictTest::NoticeOf(const v1::Issue& issue) const {
  v1::GetNoticeRequest request;
  request.set_name(issue.notice());
  auto notice = head_.Call<v1::Notice>("Notices.GetNotice", request);
  EXPECT_TRUE(notice.ok()) << notice.status();
  return notice.ok() ? *notice : v1::Notice();
}

std::vector<v1::Issue> DistrictTest::Issues() const {
  v1::ListIssuesRequest request;
  request.set_parent("offices/" + office_);
  auto list = head_.Call<v1::ListIssuesResponse>("Issues.ListIssues", request);
  EXPECT_TRUE(list.ok()) << list.status();
  if (!list.ok()) return {};
  return {list->issues().begin(), list->issues().end()};
}

std::string DistrictTest::Evidence(const Caller& caller, const std::string& school,
                                   const std::string& content) {
  v1::CreateAttachmentRequest request;
  request.set_parent("offices/" + office_);
  request.set_school(school);
  request.set_content(content);
  request.set_media_type("image/jpeg");
  request.set_file_name("留样柜.jpg");
  auto attachment = caller.Call<v1::Attachment>("Attachments.CreateAttachment", request);
  EXPECT_TRUE(attachment.ok()) << attachment.status();
  return attachment.ok() ? attachment->name() : "";
}

v1::IssueNoticeRequest DistrictTest::NoticeFor(const std::vector<v1::Issue>& issues) {
  v1::IssueNoticeRequest request;
  const std::string& name = issues.front().name();
  request.set_parent(name.substr(0, name.find("/issues/")));
  for (const v1::Issue& issue : issues) request.add_issues(issue.name());
  return request;
}

v1::Issue DistrictTest::Registered(visits::v1::Severity severity) {
  const std::string visit = Submit(school_, {{.kind = visits::v1::PROBLEM, .severity = severity}});
  for (const v1::Issue& issue : Issues()) {
    if (issue.visit() == visit) return issue;
  }
  ADD_FAILURE() << "no issue of " << visit;
  return {};
}

v1::Issue DistrictTest::Triaged(v1::Severity severity) {
  auto request = To<v1::TriageIssueRequest>(Registered());
  request.set_severity(severity);
  request.set_route(v1::NOTICE);
  return Must(inspecting_, "Issues.TriageIssue", request);
}

v1::Issue DistrictTest::Notified(v1::Severity severity) {
  const v1::Issue issue = Triaged(severity);
  auto notice = head_.Call<v1::Notice>("Notices.IssueNotice", NoticeFor({issue}));
  EXPECT_TRUE(notice.ok()) << notice.status();
  return Get(issue.name());
}

v1::Issue DistrictTest::Acknowledged(v1::Severity severity) {
  const v1::Issue issue = Notified(severity);
  v1::ConfirmReceiptRequest request;
  request.set_name(issue.notice());
  request.set_etag(NoticeOf(issue).etag());
  request.set_signed_by("示例·校长");
  auto notice = supervisor_.Call<v1::Notice>("Notices.ConfirmReceipt", request);
  EXPECT_TRUE(notice.ok()) << notice.status();
  return Get(issue.name());
}

v1::Issue DistrictTest::Rectifying(v1::Severity severity) {
  auto plan = To<v1::SubmitPlanRequest>(Acknowledged(severity));
  plan.set_measures("每餐留样,专人登记");
  plan.set_responsible_person("示例·后勤主任");
  const v1::Issue submitted = Must(supervisor_, "Issues.SubmitPlan", plan);
  return Must(inspecting_, "Issues.AcceptPlan", To<v1::AcceptPlanRequest>(submitted));
}

v1::Issue DistrictTest::AwaitingVerification(v1::Severity severity) {
  auto report = To<v1::SubmitRectificationRequest>(Rectifying(severity));
  report.set_report("已补齐制度并留样");
  report.add_evidence(Evidence(supervisor_, school_));
  return Must(supervisor_, "Issues.SubmitRectification", report);
}

v1::Issue DistrictTest::Verified(v1::Severity severity) {
  const v1::Issue issue = AwaitingVerification(severity);
  LookBack(issue, true, inspector_);
  return Get(issue.name());
}

}  // namespace inspectorate::issues
