#include "services/cli/demo/script.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/calendar/work_calendar.h"
#include "common/resource/description.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"

namespace inspectorate::demo {
namespace {

using issues::v1::Issue;
using nlohmann::json;
using visits::v1::Visit;

constexpr char kVisits[] = "inspectorate.visits.v1.Visits.";
constexpr char kFindings[] = "inspectorate.visits.v1.Findings.";
constexpr char kIssues[] = "inspectorate.issues.v1.Issues.";
constexpr char kNotices[] = "inspectorate.issues.v1.Notices.";

// How long a step waits for what another service learns through the feed.
constexpr auto kFeedLimit = std::chrono::seconds(30);

constexpr auto kMorning = std::chrono::minutes(8 * 60 + 30);
constexpr auto kAfternoon = std::chrono::minutes(14 * 60);
// Acts without a time of their own, in the order in which a day goes; the demo's clock stands later in the
// evening.
constexpr auto kSubmitAt = std::chrono::minutes(17 * 60);
constexpr auto kDeskAt = std::chrono::minutes(17 * 60 + 30);

Date After(Date day, int working_days) {
  auto later = StateCouncilCalendar().AddWorkingDays(day, working_days);
  return later.ok() ? *later : day + std::chrono::days(working_days);
}

google::protobuf::Timestamp At(Date day, std::chrono::minutes time) {
  return resource::ToProto(ChinaMidnight(day) + time);
}

template <class Enum>
Enum EnumOf(const std::string& name) {
  const auto* value = google::protobuf::GetEnumDescriptor<Enum>()->FindValueByName(name);
  return value == nullptr ? static_cast<Enum>(0) : static_cast<Enum>(value->number());
}

bool IsHandedIn(const Visit& visit) { return visit.has_submit_time(); }
bool IsApproved(const Visit& visit) { return visit.state() == visits::v1::APPROVED; }
bool IsClosed(const Issue& issue) { return issue.state() == issues::v1::CLOSED; }

// One school's story. Kept alive by the steps that tell it.
class Story : public std::enable_shared_from_this<Story> {
 public:
  Story(World& world, const Visit& planned, const json& acts)
      : world_(world),
        acts_(acts),
        visit_(planned.name()),
        school_(planned.school()),
        held_(resource::FromProto(planned.planned_day())),
        begin_((planned.half_day() == visits::v1::AFTERNOON ? kAfternoon : kMorning)),
        inspector_(world.Inspector(planned.panel(0))) {}

  std::vector<Step> Tell() {
    if (!acts_.at("held").get<bool>()) {
      Add(held_, &Story::Miss);
      return std::move(steps_);
    }
    Add(held_, &Story::Hold);
    const Date submitted = After(held_, acts_.at("submit_after_wd"));
    Add(submitted, &Story::Submit);
    approved_ = After(submitted, acts_.at("approve_after_wd"));
    Add(approved_, &Story::Approve);
    for (const json& finding : acts_.at("findings")) {
      if (finding.at("kind") == "PROBLEM") problems_.push_back(&finding);
    }
    if (acts_.contains("loop")) TellLoop(acts_.at("loop"));
    std::stable_sort(steps_.begin(), steps_.end(),
                     [](const Step& a, const Step& b) { return a.day < b.day; });
    return std::move(steps_);
  }

 private:
  void Add(Date day, absl::Status (Story::*act)(Date)) {
    steps_.push_back({day, [self = shared_from_this(), act, day] { return ((*self).*act)(day); }});
  }
  void AddAct(Date day, std::function<absl::Status(Story&, Date)> act) {
    steps_.push_back(
        {day, [self = shared_from_this(), act = std::move(act), day] { return act(*self, day); }});
  }

  // The rectification of all problems of the visit: one notice, then each problem its own pace.
  void TellLoop(const json& loop) {
    const Date noticed = After(approved_, loop.at("notice").at("after_wd"));
    Add(noticed, &Story::Notify);
    const Date received = After(noticed, loop.at("receipt").at("after_wd"));
    Add(received, &Story::Receive);
    if (loop.contains("plan")) {
      const Date planned = After(received, loop.at("plan").at("after_wd"));
      Add(planned, &Story::Plan);
      Add(After(planned, loop.at("plan").at("accept_after_wd")), &Story::AcceptPlan);
    }
    Date from = received;
    const json& rounds = loop.at("rounds");
    for (size_t round = 0; round < rounds.size(); ++round) {
      Date last_report = from;
      for (const json& result : rounds[round].at("results")) {
        const json& problem = Problem(result.at("finding"));
        const Date reported = After(from, problem.at("report_after_wd").at(round));
        AddAct(reported, [&problem, round](Story& s, Date day) { return s.Report(problem, round, day); });
        last_report = std::max(last_report, reported);
      }
      const Date looked = After(last_report, rounds[round].at("lookback_after_wd"));
      AddAct(looked, [&rounds, round](Story& s, Date day) { return s.LookBack(rounds[round], round, day); });
      const Date accepted = After(looked, loop.at("acceptance").at("after_wd"));
      for (const json& result : rounds[round].at("results")) {
        if (result.at("result") != "PASS") continue;
        const int ordinal = result.at("finding");
        AddAct(accepted, [ordinal](Story& s, Date day) { return s.Accept(ordinal, day); });
      }
      from = looked;
    }
  }

  const json& Problem(int number) const {
    return **std::find_if(problems_.begin(), problems_.end(),
                          [&](const json* p) { return p->at("no") == number; });
  }

  // --- the visit
  // --------------------------------------------------------------------------------------------------

  absl::StatusOr<Visit> ReadVisit(const std::string& name) {
    visits::v1::GetVisitRequest request;
    request.set_name(name);
    return world_.Call<Visit>(inspector_, std::string(kVisits) + "GetVisit", request);
  }

  // An act on a visit, with the etag of how it stands; nothing where the visit shows that it is done: a demo
  // that was killed and starts again tells its story from the beginning.
  template <class Request, class Done>
  absl::Status OnVisit(const Person& who, const char* method, const std::string& name, Request request,
                       Done done) {
    ASSIGN_OR_RETURN(Visit visit, ReadVisit(name));
    if (done(visit)) return absl::OkStatus();
    request.set_name(name);
    request.set_etag(visit.etag());
    return world_.Call<Visit>(who, std::string(kVisits) + method, request).status();
  }

  absl::Status Miss(Date) {
    visits::v1::MarkVisitMissedRequest request;
    request.set_reason(acts_.at("reason"));
    return OnVisit(world_.Of(acts_.at("recorded_by")), "MarkVisitMissed", visit_, request,
                   [](const Visit& visit) { return visit.state() == visits::v1::MISSED; });
  }

  absl::Status CheckIn(const std::string& visit, Date day, std::chrono::minutes time, bool certificate) {
    visits::v1::StartVisitRequest request;
    *request.mutable_occur_time() = At(day, time);
    request.set_certificate_shown(certificate);
    if (acts_.contains("comment_by")) request.set_met_by(world_.Of(acts_.at("comment_by")).name);
    return OnVisit(inspector_, "StartVisit", visit, request,
                   [](const Visit& now) { return now.has_check_in(); });
  }

  static void SetMethods(const json& methods, visits::v1::RecordVisitRequest* request) {
    for (const auto& [method, count] : methods.items()) {
      auto* entry = request->add_methods();
      entry->set_method(EnumOf<visits::v1::VisitMethod>(method));
      entry->set_count(count);
    }
  }

  absl::Status Hold(Date day) {
    RETURN_IF_ERROR(CheckIn(visit_, day,
                            begin_ + std::chrono::minutes(acts_.at("arrive_after_min").get<int>()),
                            acts_.at("certificate_shown")));
    visits::v1::RecordVisitRequest record;
    SetMethods(acts_.at("methods"), &record);
    for (const json& matter : acts_.at("matters")) {
      auto* entry = record.add_judgements();
      entry->set_matter(matter.at("matter"));
      entry->set_judgement(EnumOf<visits::v1::Judgement>(matter.at("judgement")));
    }
    record.set_minutes(acts_.at("duration_min"));
    RETURN_IF_ERROR(OnVisit(inspector_, "RecordVisit", visit_, record, IsHandedIn));
    for (const json& finding : acts_.at("findings")) RETURN_IF_ERROR(Find(finding));
    return absl::OkStatus();
  }

  absl::Status Find(const json& finding) {
    visits::v1::CreateFindingRequest request;
    request.set_parent(visit_);
    auto* made = request.mutable_finding();
    made->set_kind(EnumOf<visits::v1::FindingKind>(finding.at("kind")));
    made->set_matter(finding.at("matter"));
    made->set_fact(finding.at("fact"));
    made->set_aspect(finding.value("aspect", ""));
    if (finding.contains("severity"))
      made->set_severity(EnumOf<visits::v1::Severity>(finding.at("severity")));
    made->set_basis(finding.value("basis", ""));
    made->set_advice(finding.value("advice", ""));
    made->set_urgent(finding.value("urgent", false));
    ASSIGN_OR_RETURN(auto created, world_.Call<visits::v1::Finding>(
                                       inspector_, std::string(kFindings) + "CreateFinding", request));
    if (finding.contains("no")) ordinals_[created.ordinal()] = finding.at("no");
    return absl::OkStatus();
  }

  absl::Status Submit(Date day) {
    visits::v1::SubmitVisitRequest submit;
    *submit.mutable_occur_time() = At(day, kSubmitAt);
    RETURN_IF_ERROR(OnVisit(inspector_, "SubmitVisit", visit_, submit, IsHandedIn));
    visits::v1::RecordFeedbackRequest feedback;
    *feedback.mutable_occur_time() = At(day, kSubmitAt + std::chrono::minutes(5));
    feedback.set_fed_back_to(world_.Of(acts_.at("comment_by")).name);
    feedback.set_school_comment(acts_.at("school_comment"));
    return OnVisit(inspector_, "RecordFeedback", visit_, feedback,
                   [](const Visit& visit) { return visit.has_feedback_time(); });
  }

  absl::Status Approve(Date day) {
    visits::v1::ApproveVisitRequest request;
    *request.mutable_occur_time() = At(day, kDeskAt);
    return OnVisit(world_.Of(acts_.at("approved_by")), "ApproveVisit", visit_, request, IsApproved);
  }

  // --- its issues
  // -------------------------------------------------------------------------------------------------

  // Waits for what another service has to learn first.
  template <class F>
  absl::Status Await(const char* what, F there) {
    const auto until = std::chrono::steady_clock::now() + kFeedLimit;
    while (std::chrono::steady_clock::now() < until) {
      ASSIGN_OR_RETURN(bool found, there());
      if (found) return absl::OkStatus();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return absl::DeadlineExceededError(std::string("waited in vain for ") + what + " of " + visit_);
  }

  absl::StatusOr<Issue> ReadIssue(const std::string& name) {
    issues::v1::GetIssueRequest request;
    request.set_name(name);
    return world_.Call<Issue>(inspector_, std::string(kIssues) + "GetIssue", request);
  }

  // The issues that its findings have become, by the number in the acts.
  absl::Status FindIssues() {
    return Await("issues", [&]() -> absl::StatusOr<bool> {
      issues::v1::ListIssuesRequest request;
      request.set_parent(world_.parent());
      request.set_page_size(100);
      request.set_filter("visit = \"" + visit_ + "\"");
      ASSIGN_OR_RETURN(auto list, world_.Call<issues::v1::ListIssuesResponse>(
                                      World::Watcher(), std::string(kIssues) + "ListIssues", request));
      for (const Issue& issue : list.issues()) issues_[ordinals_[issue.ordinal()]] = issue.name();
      return issues_.size() == problems_.size();
    });
  }

  template <class Request, class Done>
  absl::Status OnIssue(const Person& who, const char* method, const std::string& name, Request request,
                       Done done) {
    ASSIGN_OR_RETURN(Issue issue, ReadIssue(name));
    if (done(issue)) return absl::OkStatus();
    request.set_name(name);
    request.set_etag(issue.etag());
    return world_.Call<Issue>(who, std::string(kIssues) + method, request).status();
  }

  absl::Status Notify(Date day) {
    RETURN_IF_ERROR(FindIssues());
    issues::v1::IssueNoticeRequest notice;
    notice.set_parent(world_.parent());
    *notice.mutable_occur_time() = At(day, kDeskAt);
    for (const json* problem : problems_) {
      const std::string& issue = issues_.at(problem->at("no"));
      issues::v1::TriageIssueRequest triage;
      triage.set_severity(EnumOf<issues::v1::Severity>(problem->at("severity")));
      triage.set_route(issues::v1::NOTICE);
      triage.set_responsible_unit(acts_.at("loop").at("notice").value("consult_unit", ""));
      *triage.mutable_occur_time() = At(day, kSubmitAt);
      RETURN_IF_ERROR(OnIssue(inspector_, "TriageIssue", issue, triage, [](const Issue& now) {
        return now.state() != issues::v1::REGISTERED || !now.triaged_by().empty();
      }));
      notice.add_issues(issue);
    }
    ASSIGN_OR_RETURN(auto issued,
                     world_.Call<issues::v1::Notice>(world_.Of(acts_.at("loop").at("notice").at("issuer")),
                                                     std::string(kNotices) + "IssueNotice", notice));
    notice_ = issued.name();
    notice_etag_ = issued.etag();
    return absl::OkStatus();
  }

  const Person& Rectifier() const { return world_.Of(acts_.at("loop").at("receipt").at("by")); }

  absl::Status Receive(Date day) {
    issues::v1::ConfirmReceiptRequest request;
    request.set_name(notice_);
    request.set_etag(notice_etag_);
    request.set_signed_by(Rectifier().name);
    *request.mutable_occur_time() = At(day, kDeskAt + std::chrono::minutes(10));
    return world_.Call<issues::v1::Notice>(Rectifier(), std::string(kNotices) + "ConfirmReceipt", request)
        .status();
  }

  absl::Status Plan(Date day) {
    for (const json* problem : problems_) {
      if (problem->at("severity") == "MINOR") continue;
      issues::v1::SubmitPlanRequest request;
      request.set_measures(acts_.at("loop").at("plan").at("summary").get<std::string>() +
                           problem->at("measure").get<std::string>());
      request.set_responsible_person(problem->at("responsible"));
      request.set_root_cause(problem->at("cause"));
      *request.mutable_occur_time() = At(day, kSubmitAt);
      RETURN_IF_ERROR(OnIssue(world_.Of(acts_.at("loop").at("plan").at("by")), "SubmitPlan",
                              issues_.at(problem->at("no")), request,
                              [](const Issue& issue) { return issue.plan().has_submit_time(); }));
    }
    return absl::OkStatus();
  }

  absl::Status AcceptPlan(Date day) {
    for (const json* problem : problems_) {
      if (problem->at("severity") == "MINOR") continue;
      issues::v1::AcceptPlanRequest request;
      *request.mutable_occur_time() = At(day, kDeskAt);
      RETURN_IF_ERROR(OnIssue(inspector_, "AcceptPlan", issues_.at(problem->at("no")), request,
                              [](const Issue& issue) { return issue.plan().has_accept_time(); }));
    }
    return absl::OkStatus();
  }

  absl::Status Report(const json& problem, size_t round, Date day) {
    const json& evidence = problem.at("evidence").at(round);
    issues::v1::CreateAttachmentRequest file;
    file.set_parent(world_.parent());
    file.set_school(school_);
    file.set_content(evidence.at("text").get<std::string>());
    file.set_sha256(Hex(Sha256(file.content())));
    file.set_media_type("text/plain");
    file.set_file_name(evidence.at("file"));
    ASSIGN_OR_RETURN(auto attachment,
                     world_.Call<issues::v1::Attachment>(
                         Rectifier(), "inspectorate.issues.v1.Attachments.CreateAttachment", file));
    issues::v1::SubmitRectificationRequest request;
    request.set_report("已完成整改:" + problem.at("measure").get<std::string>());
    request.add_evidence(attachment.name());
    request.set_responsible_person(problem.at("responsible"));
    *request.mutable_occur_time() = At(day, kSubmitAt);
    return OnIssue(Rectifier(), "SubmitRectification", issues_.at(problem.at("no")), request,
                   [round](const Issue& issue) {
                     return std::any_of(
                         issue.reports().begin(), issue.reports().end(),
                         [&](const auto& made) { return made.round() == static_cast<int>(round); });
                   });
  }

  // A look-back visit that answers for every issue of the round; the obligations it claims came through the
  // feed.
  absl::Status LookBack(const json& acts, size_t round, Date day) {
    ASSIGN_OR_RETURN(const std::string held,
                     LookedBackBy(issues_.at(acts.at("results").at(0).at("finding")), round));
    if (!held.empty()) return ApproveLookBack(held, day);
    visits::v1::CreateVisitRequest request;
    request.set_parent(world_.parent());
    visits::v1::RecordVisitRequest record;
    SetMethods(acts.at("methods"), &record);
    record.set_minutes(acts.at("duration_min"));
    RETURN_IF_ERROR(Await("look-back obligations", [&]() -> absl::StatusOr<bool> {
      visits::v1::ListOpenItemsRequest list;
      list.set_parent(world_.parent());
      list.set_school(school_);
      ASSIGN_OR_RETURN(auto open, world_.Call<visits::v1::ListOpenItemsResponse>(
                                      inspector_, std::string(kVisits) + "ListOpenItems", list));
      std::map<std::string, visits::v1::OpenItem> items;
      for (const auto& item : open.items()) items[item.issue()] = item;
      request.mutable_visit()->clear_obligations();
      record.clear_look_backs();
      for (const json& result : acts.at("results")) {
        auto item = items.find(issues_.at(result.at("finding")));
        if (item == items.end() || item->second.round() != static_cast<int>(round)) return false;
        request.mutable_visit()->add_obligations(item->second.obligation());
        auto* answer = record.add_look_backs();
        answer->set_issue(item->first);
        answer->set_round(static_cast<int>(round));
        answer->set_passed(result.at("result") == "PASS");
        answer->set_note(result.at("opinion"));
      }
      return true;
    }));
    Visit* visit = request.mutable_visit();
    visit->set_school(school_);
    visit->set_type(visits::v1::LOOK_BACK_VISIT);
    visit->add_panel(inspector_.subject);
    *visit->mutable_planned_day() = resource::ToProto(day);
    visit->set_half_day(visits::v1::AFTERNOON);
    ASSIGN_OR_RETURN(Visit created,
                     world_.Call<Visit>(inspector_, std::string(kVisits) + "CreateVisit", request));
    RETURN_IF_ERROR(CheckIn(created.name(), day, kSubmitAt + std::chrono::minutes(5), true));
    RETURN_IF_ERROR(OnVisit(inspector_, "RecordVisit", created.name(), record, IsHandedIn));
    visits::v1::SubmitVisitRequest submit;
    *submit.mutable_occur_time() = At(day, kDeskAt + std::chrono::minutes(20));
    RETURN_IF_ERROR(OnVisit(inspector_, "SubmitVisit", created.name(), submit, IsHandedIn));
    return ApproveLookBack(created.name(), day);
  }

  absl::Status ApproveLookBack(const std::string& visit, Date day) {
    visits::v1::ApproveVisitRequest approve;
    *approve.mutable_occur_time() = At(day, kDeskAt + std::chrono::minutes(25));
    return OnVisit(world_.Of(acts_.at("approved_by")), "ApproveVisit", visit, approve, IsApproved);
  }

  // The visit that has already looked back on a round of this issue; empty when none has.
  absl::StatusOr<std::string> LookedBackBy(const std::string& issue, size_t round) {
    ASSIGN_OR_RETURN(Issue now, ReadIssue(issue));
    for (const auto& look_back : now.look_backs()) {
      if (look_back.round() == static_cast<int>(round)) return look_back.visit();
    }
    return std::string();
  }

  absl::Status Accept(int number, Date day) {
    const std::string& name = issues_.at(number);
    RETURN_IF_ERROR(Await("a passed look-back", [&]() -> absl::StatusOr<bool> {
      ASSIGN_OR_RETURN(Issue issue, ReadIssue(name));
      return issue.state() == issues::v1::VERIFIED || IsClosed(issue);
    }));
    const json& acceptance = acts_.at("loop").at("acceptance");
    Person acceptor = world_.Of(acceptance.at("by"));
    if (acceptor.subject == inspector_.subject) acceptor = world_.Of("DS001");
    if (acceptor.role == rpc::Role::ROLE_RESPONSIBLE_INSPECTOR) acceptor.role = rpc::Role::ROLE_AREA_LEAD;
    issues::v1::AcceptIssueRequest request;
    request.set_opinion(acceptance.at("opinion"));
    *request.mutable_occur_time() = At(day, kDeskAt + std::chrono::minutes(30));
    return OnIssue(acceptor, "AcceptIssue", name, request, IsClosed);
  }

  World& world_;
  const json& acts_;
  const std::string visit_;
  const std::string school_;
  const Date held_;
  const std::chrono::minutes begin_;
  const Person inspector_;
  Date approved_{};
  std::vector<Step> steps_;
  std::vector<const json*> problems_;
  std::map<int, int> ordinals_;        // ordinal in the visit → number in the acts
  std::map<int, std::string> issues_;  // number in the acts → issue
  std::string notice_;
  std::string notice_etag_;
};

}  // namespace

std::vector<Step> ScriptOf(World& world, const Visit& planned, const json& acts) {
  return std::make_shared<Story>(world, planned, acts)->Tell();
}

}  // namespace inspectorate::demo
