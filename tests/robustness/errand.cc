#include <algorithm>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "tests/robustness/workload.h"

namespace inspectorate::robustness {
namespace {

using issues::v1::Issue;
using issues::v1::Notice;
using rpc::Principal;
using visits::v1::Visit;

constexpr int kSharedSchools = 3;
// How long an errand waits for what another service must learn from a feed; faults included.
constexpr auto kFeedPatience = std::chrono::seconds(60);
constexpr auto kLook = std::chrono::milliseconds(50);

google::type::Date Day(int year, int month, int day) {
  google::type::Date date;
  date.set_year(year);
  date.set_month(month);
  date.set_day(day);
  return date;
}

class Errand {
 public:
  Errand(Caller& caller, const District& district, const Place& place)
      : caller_(caller), district_(district), place_(place) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(Visit visit, CreateVisit(visits::v1::ROUTINE, {}));
    if (caller_.Chance(0.1)) return CallOff(visit);
    RETURN_IF_ERROR(Hold(visit));
    const int problems = 1 + static_cast<int>(caller_.random()() % 2);
    for (int i = 0; i < problems; ++i) RETURN_IF_ERROR(Find(visit, visits::v1::PROBLEM));
    RETURN_IF_ERROR(Find(visit, visits::v1::GOOD_PRACTICE));
    RETURN_IF_ERROR(Submit(visit));
    RETURN_IF_ERROR(FeedBack(visit));
    RETURN_IF_ERROR(Approve(visit));
    ASSIGN_OR_RETURN(std::vector<Issue> issues, IssuesOf(visit, problems));
    RETURN_IF_ERROR(Notify(issues));
    for (Issue& issue : issues) RETURN_IF_ERROR(Rectify(issue));
    RETURN_IF_ERROR(LookBack(issues));
    for (Issue& issue : issues) RETURN_IF_ERROR(Accept(issue));
    return absl::OkStatus();
  }

 private:
  template <class Response, class Request>
  absl::StatusOr<Response> ByInspector(const char* method, Request request) {
    return caller_.Call<Response>(place_.inspector, method, std::move(request));
  }

  // An act on a visit or an issue: with the etag it has, and then it is what the answer says.
  template <class Request, class Resource>
  absl::Status Act(const Principal& who, const std::string& method, Request request, Resource& on) {
    request.set_name(on.name());
    request.set_etag(on.etag());
    ASSIGN_OR_RETURN(on, (caller_.Call<Resource>(who, method, std::move(request))));
    return absl::OkStatus();
  }
  template <class Request>
  absl::Status OnVisit(const Principal& who, const char* method, Request request, Visit& visit) {
    return Act(who, std::string("inspectorate.visits.v1.Visits.") + method, std::move(request), visit);
  }
  template <class Request>
  absl::Status OnIssue(const Principal& who, const char* method, Request request, Issue& issue) {
    return Act(who, std::string("inspectorate.issues.v1.Issues.") + method, std::move(request), issue);
  }

  // Waits for what comes through a feed.
  template <class There>
  absl::Status Await(const char* what, There there) {
    const auto until = std::chrono::steady_clock::now() + kFeedPatience;
    while (std::chrono::steady_clock::now() < until && !caller_.given_up()) {
      ASSIGN_OR_RETURN(const bool found, there());
      if (found) return absl::OkStatus();
      std::this_thread::sleep_for(kLook);
    }
    return absl::DeadlineExceededError(std::string("waited in vain for ") + what);
  }

  absl::StatusOr<Visit> CreateVisit(visits::v1::VisitType type, const std::vector<std::string>& obligations) {
    visits::v1::CreateVisitRequest request;
    request.set_parent("offices/" + district_.office);
    Visit* visit = request.mutable_visit();
    visit->set_school(place_.school);
    visit->set_type(type);
    visit->add_panel(place_.inspector.subject);
    *visit->mutable_planned_day() = Day(2026, 3, 10);
    for (const std::string& obligation : obligations) visit->add_obligations(obligation);
    return ByInspector<Visit>("inspectorate.visits.v1.Visits.CreateVisit", std::move(request));
  }

  absl::Status CallOff(Visit& visit) {
    visits::v1::CancelVisitRequest request;
    request.set_reason("学校临时停课");
    return OnVisit(district_.staff, "CancelVisit", request, visit);
  }

  absl::Status Hold(Visit& visit, const visits::v1::RecordVisitRequest& answers = {}) {
    visits::v1::StartVisitRequest start;
    start.set_met_by("示例·接待人");
    start.set_certificate_shown(true);
    RETURN_IF_ERROR(OnVisit(place_.inspector, "StartVisit", start, visit));
    visits::v1::RecordVisitRequest record = answers;
    auto* method = record.add_methods();
    method->set_method(visits::v1::CAMPUS_PATROL);
    method->set_count(1);
    if (answers.look_backs_size() == 0) {
      auto* judgement = record.add_judgements();
      judgement->set_matter("B05");
      judgement->set_judgement(visits::v1::WEAK);
    }
    record.set_minutes(60);
    return OnVisit(place_.inspector, "RecordVisit", record, visit);
  }

  absl::Status Find(Visit& visit, visits::v1::FindingKind kind) {
    visits::v1::CreateFindingRequest request;
    request.set_parent(visit.name());
    auto* finding = request.mutable_finding();
    finding->set_kind(kind);
    finding->set_matter("B05");
    finding->set_fact("师德投诉箱开启记录中断,第" + std::to_string(caller_.random()() % 100) + "周");
    if (kind == visits::v1::PROBLEM) finding->set_severity(visits::v1::GENERAL);
    return ByInspector<visits::v1::Finding>("inspectorate.visits.v1.Findings.CreateFinding", request)
        .status();
  }

  absl::Status Reread(Visit& visit) {
    visits::v1::GetVisitRequest request;
    request.set_name(visit.name());
    ASSIGN_OR_RETURN(visit, ByInspector<Visit>("inspectorate.visits.v1.Visits.GetVisit", request));
    return absl::OkStatus();
  }

  absl::Status Submit(Visit& visit) {
    RETURN_IF_ERROR(Reread(visit));  // its findings have moved it
    return OnVisit(place_.inspector, "SubmitVisit", visits::v1::SubmitVisitRequest(), visit);
  }

  absl::Status FeedBack(Visit& visit) {
    visits::v1::RecordFeedbackRequest request;
    request.set_fed_back_to("示例·校长");
    request.set_school_comment("情况属实");
    return OnVisit(place_.inspector, "RecordFeedback", request, visit);
  }

  absl::Status Approve(Visit& visit) {
    return OnVisit(district_.staff, "ApproveVisit", visits::v1::ApproveVisitRequest(), visit);
  }

  absl::StatusOr<std::vector<Issue>> IssuesOf(const Visit& visit, int count) {
    std::vector<Issue> issues;
    RETURN_IF_ERROR(Await("issues of a visit", [&]() -> absl::StatusOr<bool> {
      issues::v1::ListIssuesRequest request;
      request.set_parent("offices/" + district_.office);
      request.set_filter("visit = \"" + visit.name() + "\"");
      ASSIGN_OR_RETURN(auto list, (ByInspector<issues::v1::ListIssuesResponse>(
                                      "inspectorate.issues.v1.Issues.ListIssues", request)));
      issues.assign(list.issues().begin(), list.issues().end());
      return issues.size() >= static_cast<size_t>(count);
    }));
    return issues;
  }

  absl::Status Reread(Issue& issue) {
    issues::v1::GetIssueRequest request;
    request.set_name(issue.name());
    ASSIGN_OR_RETURN(issue, ByInspector<Issue>("inspectorate.issues.v1.Issues.GetIssue", request));
    return absl::OkStatus();
  }

  absl::Status Notify(std::vector<Issue>& issues) {
    issues::v1::IssueNoticeRequest request;
    request.set_parent("offices/" + district_.office);
    for (Issue& issue : issues) {
      issues::v1::TriageIssueRequest triage;
      triage.set_severity(issues::v1::GENERAL);
      triage.set_route(issues::v1::NOTICE);
      RETURN_IF_ERROR(OnIssue(place_.inspector, "TriageIssue", triage, issue));
      request.add_issues(issue.name());
    }
    ASSIGN_OR_RETURN(
        Notice notice,
        (caller_.Call<Notice>(district_.staff, "inspectorate.issues.v1.Notices.IssueNotice", request)));
    issues::v1::ConfirmReceiptRequest receipt;
    receipt.set_signed_by("示例·校长");
    RETURN_IF_ERROR(Act(place_.supervisor, "inspectorate.issues.v1.Notices.ConfirmReceipt", receipt, notice));
    for (Issue& issue : issues) RETURN_IF_ERROR(Reread(issue));
    return absl::OkStatus();
  }

  absl::Status Rectify(Issue& issue) {
    issues::v1::SubmitPlanRequest plan;
    plan.set_measures("每周双人开箱,登记处置结果");
    plan.set_responsible_person("示例·副校长");
    plan.set_root_cause("制度执行不严");
    RETURN_IF_ERROR(OnIssue(place_.supervisor, "SubmitPlan", plan, issue));
    RETURN_IF_ERROR(OnIssue(place_.inspector, "AcceptPlan", issues::v1::AcceptPlanRequest(), issue));
    issues::v1::CreateAttachmentRequest file;
    file.set_parent("offices/" + district_.office);
    file.set_school(place_.school);
    file.set_content("开箱登记 " + issue.name());
    file.set_sha256(Hex(Sha256(file.content())));
    file.set_media_type("text/plain");
    file.set_file_name("佐证.txt");
    ASSIGN_OR_RETURN(auto attachment,
                     (caller_.Call<issues::v1::Attachment>(
                         place_.supervisor, "inspectorate.issues.v1.Attachments.CreateAttachment", file)));
    issues::v1::SubmitRectificationRequest report;
    report.set_report("已恢复登记");
    report.add_evidence(attachment.name());
    report.set_responsible_person("示例·副校长");
    return OnIssue(place_.supervisor, "SubmitRectification", report, issue);
  }

  // The obligations that the reports have opened, and the answers of the visit that claims them.
  absl::Status AwaitObligations(const std::vector<Issue>& issues, std::vector<std::string>* obligations,
                                visits::v1::RecordVisitRequest* answers) {
    return Await("look-back obligations", [&]() -> absl::StatusOr<bool> {
      visits::v1::ListOpenItemsRequest request;
      request.set_parent("offices/" + district_.office);
      request.set_school(place_.school);
      ASSIGN_OR_RETURN(auto open, (ByInspector<visits::v1::ListOpenItemsResponse>(
                                      "inspectorate.visits.v1.Visits.ListOpenItems", request)));
      obligations->clear();
      answers->clear_look_backs();
      for (const Issue& issue : issues) {
        const auto item = std::find_if(open.items().begin(), open.items().end(), [&](const auto& candidate) {
          return candidate.issue() == issue.name();
        });
        if (item == open.items().end()) return false;
        obligations->push_back(item->obligation());
        auto* answer = answers->add_look_backs();
        answer->set_issue(issue.name());
        answer->set_round(item->round());
        answer->set_passed(true);
        answer->set_note("整改到位");
      }
      return true;
    });
  }

  absl::Status LookBack(const std::vector<Issue>& issues) {
    std::vector<std::string> obligations;
    visits::v1::RecordVisitRequest answers;
    RETURN_IF_ERROR(AwaitObligations(issues, &obligations, &answers));
    ASSIGN_OR_RETURN(Visit visit, CreateVisit(visits::v1::LOOK_BACK_VISIT, obligations));
    RETURN_IF_ERROR(Hold(visit, answers));
    RETURN_IF_ERROR(OnVisit(place_.inspector, "SubmitVisit", visits::v1::SubmitVisitRequest(), visit));
    return Approve(visit);
  }

  absl::Status Accept(Issue& issue) {
    RETURN_IF_ERROR(Await("a passed look-back", [&]() -> absl::StatusOr<bool> {
      RETURN_IF_ERROR(Reread(issue));
      return issue.state() == issues::v1::VERIFIED;
    }));
    issues::v1::AcceptIssueRequest request;
    request.set_opinion("同意销号");
    return OnIssue(district_.staff, "AcceptIssue", request, issue);
  }

  Caller& caller_;
  const District& district_;
  const Place& place_;
};

}  // namespace

absl::Status RunErrand(Caller& caller, const District& district, const Place& place) {
  return Errand(caller, district, place).Run();
}

absl::Status UpdateSharedSchool(Caller& caller, const District& district) {
  const size_t shared = std::min<size_t>(kSharedSchools, district.places.size());
  registry::v1::UpdateSchoolRequest request;
  request.mutable_school()->set_name(district.places[caller.random()() % shared].school);
  if (caller.Chance(0.5)) {
    registry::v1::GetSchoolRequest get;
    get.set_name(request.school().name());
    ASSIGN_OR_RETURN(const auto school,
                     (caller.Call<registry::v1::School>(district.staff,
                                                        "inspectorate.registry.v1.Schools.GetSchool", get)));
    request.mutable_school()->set_etag(school.etag());
  }
  // Never as it was.
  request.mutable_school()->set_short_name("示例" + std::to_string(caller.random()()));
  request.mutable_update_mask()->add_paths("short_name");
  return caller
      .Call<registry::v1::School>(district.staff, "inspectorate.registry.v1.Schools.UpdateSchool", request)
      .status();
}

}  // namespace inspectorate::robustness
