#include "tests/replay/smc/replay.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/cli/demo/world.h"
#include "tests/replay/smc/mapping.h"
#include "tests/replay/smc/rosters.h"

namespace inspectorate::smc {
namespace {

using demo::Person;
using demo::World;
using issues::v1::Issue;
using resource::FromProto;
using resource::ToProto;
using std::chrono::minutes;
using visits::v1::Visit;

constexpr char kRegistry[] = "inspectorate.registry.v1.";
constexpr char kVisits[] = "inspectorate.visits.v1.Visits.";
constexpr char kFindings[] = "inspectorate.visits.v1.Findings.";
constexpr char kIssues[] = "inspectorate.issues.v1.Issues.";
constexpr char kNotices[] = "inspectorate.issues.v1.Notices.";
constexpr char kWatermarks[] = "inspectorate.feed.v1.ChangeFeed.GetWatermarks";

// The records have days, no times. A day goes in this order.
constexpr minutes kReportAt(8 * 60);
constexpr minutes kFirstVisitAt(9 * 60);
constexpr minutes kBetweenVisits(40);
constexpr minutes kVisitLasts(20);
constexpr minutes kFeedbackAfter(25);
constexpr minutes kTriageAt(17 * 60 + 30);
constexpr minutes kNoticeAt(17 * 60 + 35);
constexpr minutes kReceiptAt(17 * 60 + 40);
constexpr minutes kPlanAt(17 * 60 + 45);
constexpr minutes kPlanAcceptedAt(17 * 60 + 50);
constexpr minutes kCuredReportAt(18 * 60);
constexpr minutes kAcceptedAt(18 * 60 + 10);
constexpr minutes kClockAt(18 * 60 + 30);

constexpr auto kFeedLimit = std::chrono::seconds(120);
constexpr int kPage = 1000;

google::protobuf::Timestamp At(Date day, minutes time) { return ToProto(ChinaMidnight(day) + time); }

// What happens at one place on one day.
struct Job {
  const Place* place = nullptr;
  std::vector<const Inspection*> inspections;
  std::vector<std::string> visits;  // as made, one an inspection
};

class Replay {
 public:
  Replay(ReplayOptions options, const std::vector<Place>& places)
      : options_(std::move(options)),
        places_(places),
        towns_(NumberTowns(places)),
        world_(options_.endpoints, std::move(options_.issuer), options_.office) {}

  absl::Status Run(ReplayResult* result) {
    std::map<Date, std::vector<Job>> days = Days();
    if (days.empty()) return absl::InvalidArgumentError("no inspections");
    const absl::Status status = RunDays(days, result);
    result->calls = calls_;
    return status;
  }

 private:
  std::map<Date, std::vector<Job>> Days() const {
    std::map<Date, std::vector<Job>> days;
    for (const Place& place : places_) {
      for (const Inspection& inspection : place.inspections) {
        if (options_.until && inspection.date >= *options_.until) continue;
        std::vector<Job>& jobs = days[inspection.date];
        if (jobs.empty() || jobs.back().place != &place) jobs.push_back({&place, {}, {}});
        jobs.back().inspections.push_back(&inspection);
      }
    }
    return days;
  }

  // Of all records, also where only the first are replayed: the lists are the same whatever the cut.
  int LastYear() const {
    Date last{};
    for (const Place& place : places_) {
      if (!place.inspections.empty()) last = std::max(last, place.inspections.back().date);
    }
    return YearOf(last);
  }

  absl::Status RunDays(std::map<Date, std::vector<Job>>& days, ReplayResult* result) {
    RETURN_IF_ERROR(Prepare(days.begin()->first, LastYear()));
    const auto begin = std::chrono::steady_clock::now();
    Date month{};
    for (auto& [day, jobs] : days) {
      if (day < resumed_) continue;
      RETURN_IF_ERROR(RunDay(day, jobs));
      ++result->days;
      for (const Job& job : jobs) {
        for (const Inspection* inspection : job.inspections) {
          ++result->visits;
          result->findings += static_cast<int64_t>(inspection->violations.size());
        }
      }
      result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
      if (options_.say && MonthBegin(day) != month) {
        month = MonthBegin(day);
        options_.say(FormatDate(day) + ": " + std::to_string(result->visits) + " visits, " +
                     std::to_string(result->findings) + " findings, " + std::to_string(calls_) + " calls, " +
                     std::to_string(static_cast<int64_t>(result->seconds)) + " s");
      }
    }
    RETURN_IF_ERROR(world_.Settle());
    result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return absl::OkStatus();
  }

  // --- calls
  // --------------------------------------------------------------------------------------------------------

  // The id says which record asks for what: two inspections of one place, day and reason are two, and the
  // same one asked for again after a kill is answered as it was the first time.
  std::string IdOf(const std::string& key) const {
    static const Uuid space = *ParseUuid("8c1d7a2e-52a0-5d6f-9f5b-6f0c1b7e4d31");
    return FormatUuid(DerivedUuid(space, options_.office + "\n" + key));
  }

  absl::Status Count() {
    const int64_t made = ++calls_;
    return options_.stop_after_calls > 0 && made > options_.stop_after_calls
               ? absl::AbortedError("stopped, as asked, after so many calls")
               : absl::OkStatus();
  }

  template <class Response, class Request>
  absl::StatusOr<Response> Read(const Person& who, const std::string& method, const Request& request) {
    RETURN_IF_ERROR(Count());
    return world_.Call<Response>(who, method, request);
  }
  template <class Response, class Request>
  absl::StatusOr<Response> Write(const Person& who, const std::string& method, Request request,
                                 const std::string& key) {
    RETURN_IF_ERROR(Count());
    request.set_request_id(IdOf(key));
    return world_.Call<Response>(who, method, std::move(request));
  }

  // Runs `act` for each index, several at a time; the first failure is the answer.
  absl::Status ForAll(size_t count, const std::function<absl::Status(size_t)>& act) {
    std::atomic<size_t> next = 0;
    std::mutex mutex;
    absl::Status first;
    const auto work = [&] {
      for (size_t i = next++; i < count; i = next++) {
        const absl::Status status = act(i);
        if (status.ok()) continue;
        const std::lock_guard<std::mutex> lock(mutex);
        if (first.ok()) first = status;
        next = count;
      }
    };
    std::vector<std::thread> threads;
    const size_t workers = std::min(count, static_cast<size_t>(options_.workers));
    for (size_t i = 1; i < workers; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    return first;
  }

  absl::StatusOr<feed::v1::GetWatermarksResponse> WatermarksOf(const std::string& service) {
    feed::v1::GetWatermarksRequest request;
    request.set_parent(world_.parent());
    feed::v1::GetWatermarksResponse response;
    RETURN_IF_ERROR(world_.CallOn(service, World::Watcher(), kWatermarks, request, &response));
    return response;
  }

  // Waits until `follower` has applied what `source` has emitted up to now.
  absl::Status Follow(const std::string& follower, const std::string& source) {
    ASSIGN_OR_RETURN(const auto head, WatermarksOf(source));
    const auto until = std::chrono::steady_clock::now() + kFeedLimit;
    auto pause = std::chrono::milliseconds(1);
    while (std::chrono::steady_clock::now() < until) {
      ASSIGN_OR_RETURN(const auto marks, WatermarksOf(follower));
      for (const auto& mark : marks.watermarks()) {
        if (mark.source() == source && mark.position() >= head.position()) return absl::OkStatus();
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::milliseconds(20));
    }
    return absl::DeadlineExceededError(follower + " does not catch up with " + source);
  }

  // --- the office
  // ---------------------------------------------------------------------------------------------------

  absl::Status Prepare(Date first, int last_year) {
    const Date from = MakeDate(YearOf(first), 1, 1);
    RETURN_IF_ERROR(CreateOffice());
    registry::v1::GetOfficeRequest get;
    get.set_name(world_.parent());
    ASSIGN_OR_RETURN(
        const auto office,
        Read<registry::v1::Office>(World::Operator(), std::string(kRegistry) + "Offices.GetOffice", get));
    if (office.has_sandbox_time()) {
      resumed_ = ChinaDate(FromProto(office.sandbox_time()));
    } else {
      RETURN_IF_ERROR(world_.SetClock(ChinaMidnight(first - std::chrono::days(1)) + kReportAt));
    }
    RETURN_IF_ERROR(world_.LoadPeople());
    // The lists come in all together or not at all: where there are people, there is all.
    if (!world_.peopled()) {
      RETURN_IF_ERROR(ImportLists(from, last_year));
      RETURN_IF_ERROR(world_.LoadPeople());
    }
    RETURN_IF_ERROR(AdaptRules(from, first));
    return world_.Settle();
  }

  absl::Status CreateOffice() {
    registry::v1::CreateOfficeRequest request;
    request.set_office_id(options_.office);
    registry::v1::Office* office = request.mutable_office();
    office->set_display_name("圣马特奥县督导室（回放）");
    office->set_level(registry::v1::COUNTY);
    office->set_sandbox(true);
    office->set_work_calendar(registry::v1::WEEKENDS_ONLY);
    office->set_document_prefix("圣督回放");
    const absl::Status made =
        Write<registry::v1::Office>(World::Operator(), std::string(kRegistry) + "Offices.CreateOffice",
                                    request, "office")
            .status();
    return ReasonOf(made) == ErrorReason::RESOURCE_EXISTS ? absl::OkStatus() : made;
  }

  Person Importer() const {
    return {"offices/" + options_.office + "/systems/replay", "记录回放", rpc::Role::ROLE_SYSTEM_INTEGRATOR};
  }

  absl::Status ImportLists(Date from, int last_year) {
    registry::v1::ImportRosterRequest request = RostersOf(places_, from, last_year);
    request.set_parent(world_.parent());
    ASSIGN_OR_RETURN(auto operation,
                     Write<google::longrunning::Operation>(
                         Importer(), std::string(kRegistry) + "Imports.ImportRoster", request, "rosters"));
    registry::v1::ImportRosterResponse response;
    RETURN_IF_ERROR(world_.Await(
        "registry", Importer(), operation, [](int64_t, int64_t) {}, &response));
    for (const auto& row : response.rows()) {
      for (const auto& defect : row.defects()) {
        return absl::FailedPreconditionError(row.file() + ":" + std::to_string(row.line()) + " " +
                                             defect.column() + " " + defect.message_en());
      }
    }
    return absl::OkStatus();
  }

  // The shipped rules ask for methods and judgements, which these records do not have, and know no matter for
  // kitchens before the autumn of 2013. The office sets its own, as it may (docs/rules.md), with its reason
  // as the source.
  absl::Status AdaptRules(Date from, Date first) {
    for (const char* key : {"visit.min_methods", "visit.min_judged_matters"}) {
      RETURN_IF_ERROR(AskForNone(key, from));
    }
    for (const char* catalogue : {"school-matters", "kindergarten-matters"})
      RETURN_IF_ERROR(KnowMattersFrom(catalogue, first));
    return absl::OkStatus();
  }

  static constexpr char kNoneSource[] = "回放：记录中没有督导方式，部分没有结论";

  absl::Status AddRuleOfNone(const registry::v1::PolicyRule& rule, Date from) {
    registry::v1::CreatePolicyRuleRequest create;
    create.set_parent(world_.parent());
    *create.mutable_policy_rule() = rule;
    create.mutable_policy_rule()->clear_name();
    create.mutable_policy_rule()->set_value("0");
    create.mutable_policy_rule()->set_source(kNoneSource);
    *create.mutable_policy_rule()->mutable_valid_from() = ToProto(from);
    return Write<registry::v1::PolicyRule>(
               Importer(), std::string(kRegistry) + "PolicyRules.CreatePolicyRule", create, rule.key())
        .status();
  }

  absl::Status MakeRuleOfNone(const registry::v1::PolicyRule& rule) {
    registry::v1::UpdatePolicyRuleRequest update;
    *update.mutable_policy_rule() = rule;
    update.mutable_policy_rule()->set_value("0");
    update.mutable_policy_rule()->set_source(kNoneSource);
    for (const char* path : {"value", "source"}) update.mutable_update_mask()->add_paths(path);
    return Write<registry::v1::PolicyRule>(Importer(),
                                           std::string(kRegistry) + "PolicyRules.UpdatePolicyRule", update,
                                           rule.key() + " ahead")
        .status();
  }

  absl::Status AskForNone(const std::string& key, Date from) {
    registry::v1::ListPolicyRulesRequest list;
    list.set_parent(world_.parent());
    list.set_filter("key = \"" + key + "\"");
    ASSIGN_OR_RETURN(const auto rules,
                     Read<registry::v1::ListPolicyRulesResponse>(
                         Importer(), std::string(kRegistry) + "PolicyRules.ListPolicyRules", list));
    for (const registry::v1::PolicyRule& rule : rules.policy_rules()) {
      if (rule.value() == "0") continue;
      RETURN_IF_ERROR(AddRuleOfNone(rule, from));
      // What ships begins later than the records do: it is still ahead, and may be changed.
      if (FromProto(rule.valid_from()) > from) RETURN_IF_ERROR(MakeRuleOfNone(rule));
    }
    return absl::OkStatus();
  }

  // What ships is in force from 2013 on: the same items, from the first day that is replayed.
  absl::Status KnowMattersFrom(const std::string& catalogue, Date first) {
    registry::v1::ListCatalogueVersionsRequest list;
    list.set_parent(world_.parent() + "/catalogues/" + catalogue);
    *list.mutable_as_of() = ToProto(first);
    ASSIGN_OR_RETURN(const auto known,
                     Read<registry::v1::ListCatalogueVersionsResponse>(
                         Importer(), std::string(kRegistry) + "Catalogues.ListCatalogueVersions", list));
    if (known.total_size() > 0) return absl::OkStatus();
    registry::v1::CreateCatalogueVersionRequest draft;
    draft.set_parent(list.parent());
    draft.mutable_catalogue_version()->set_note("回放：记录早于督导事项的施行日期");
    ASSIGN_OR_RETURN(const auto drafted,
                     Write<registry::v1::CatalogueVersion>(
                         Importer(), std::string(kRegistry) + "Catalogues.CreateCatalogueVersion", draft,
                         "draft " + catalogue));
    registry::v1::PublishCatalogueVersionRequest publish;
    publish.set_name(drafted.name());
    publish.set_etag(drafted.etag());
    *publish.mutable_valid_from() = ToProto(first);
    publish.set_document_number("回放");
    return Write<registry::v1::CatalogueVersion>(
               world_.Of(kAcceptorNumber), std::string(kRegistry) + "Catalogues.PublishCatalogueVersion",
               publish, "publish " + catalogue)
        .status();
  }

  // --- a day
  // --------------------------------------------------------------------------------------------------------

  const Person& InspectorOf(const Place& place) const {
    return world_.Of(InspectorNumber(towns_.at(TownOf(place))));
  }
  const Person& SupervisorOf(const Place& place) const { return world_.Of(SupervisorNumber(place.id)); }

  absl::Status RunDay(Date day, std::vector<Job>& jobs) {
    looked_back_ = day == resumed_;
    RETURN_IF_ERROR(SetClock(day));
    std::atomic<bool> reported = false;
    RETURN_IF_ERROR(ForAll(jobs.size(), [&](size_t i) { return FileReports(jobs[i], day, &reported); }));
    if (reported || day == resumed_) RETURN_IF_ERROR(Follow("visits", "issues"));
    RETURN_IF_ERROR(ForAll(jobs.size(), [&](size_t i) { return HoldVisits(&jobs[i], day); }));
    RETURN_IF_ERROR(Follow("issues", "visits"));
    RETURN_IF_ERROR(ForAll(jobs.size(), [&](size_t i) { return TreatIssues(jobs[i], day); }));
    return looked_back_ ? AcceptVerified(day) : absl::OkStatus();
  }

  absl::Status SetClock(Date day) {
    registry::v1::SetSandboxClockRequest request;
    request.set_name(world_.parent());
    *request.mutable_sandbox_time() = At(day, kClockAt);
    const absl::Status set =
        Write<registry::v1::Office>(World::Operator(), std::string(kRegistry) + "Offices.SetSandboxClock",
                                    request, "clock/" + FormatDate(day))
            .status();
    if (!set.ok() && ReasonOf(set) != ErrorReason::CLOCK_BACKWARDS) return set;
    RETURN_IF_ERROR(Follow("visits", "registry"));
    return Follow("issues", "registry");
  }

  // --- visits
  // -------------------------------------------------------------------------------------------------------

  absl::Status HoldVisits(Job* job, Date day) {
    bool answered = false;
    job->visits.clear();
    for (size_t i = 0; i < job->inspections.size(); ++i) {
      if (answered) {  // what the visit before has answered is no longer due at this one
        RETURN_IF_ERROR(Follow("issues", "visits"));
        RETURN_IF_ERROR(Follow("visits", "issues"));
      }
      ASSIGN_OR_RETURN(const Visit visit, HoldVisit(*job->place, *job->inspections[i], day,
                                                    kFirstVisitAt + static_cast<int>(i) * kBetweenVisits));
      answered = visit.look_backs_size() > 0;
      if (answered) looked_back_ = true;
      job->visits.push_back(visit.name());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Visit> CreateVisit(const Place& place, const Inspection& inspection, Date day) {
    visits::v1::CreateVisitRequest create;
    create.set_parent(world_.parent());
    Visit* wanted = create.mutable_visit();
    wanted->set_school(world_.School(place.id));
    wanted->set_type(TypeOf(inspection));
    wanted->add_panel(InspectorOf(place).subject);
    *wanted->mutable_planned_day() = ToProto(day);
    ASSIGN_OR_RETURN(Visit visit, Write<Visit>(InspectorOf(place), std::string(kVisits) + "CreateVisit",
                                               create, inspection.key + "/visit"));
    if (day != resumed_) return visit;
    // The answer is that of the first time; since then a run before may have gone further.
    visits::v1::GetVisitRequest get;
    get.set_name(visit.name());
    return Read<Visit>(InspectorOf(place), std::string(kVisits) + "GetVisit", get);
  }

  template <class Request>
  absl::Status ActOn(Visit* visit, const Person& who, const char* method, Request request,
                     const std::string& key) {
    request.set_name(visit->name());
    request.set_etag(visit->etag());
    ASSIGN_OR_RETURN(*visit, Write<Visit>(who, std::string(kVisits) + method, request, key));
    return absl::OkStatus();
  }

  absl::StatusOr<Visit> HoldVisit(const Place& place, const Inspection& inspection, Date day, minutes at) {
    const Person& inspector = InspectorOf(place);
    ASSIGN_OR_RETURN(Visit visit, CreateVisit(place, inspection, day));
    if (!visit.has_check_in()) {
      visits::v1::StartVisitRequest start;
      *start.mutable_occur_time() = At(day, at);
      RETURN_IF_ERROR(ActOn(&visit, inspector, "StartVisit", start, inspection.key + "/start"));
    }
    if (!visit.has_submit_time()) {
      if (visit.judgements().empty()) RETURN_IF_ERROR(Record(place, inspection, &visit));
      RETURN_IF_ERROR(Find(place, inspection, visit));
      visits::v1::SubmitVisitRequest submit;
      *submit.mutable_occur_time() = At(day, at + kVisitLasts);
      RETURN_IF_ERROR(ActOn(&visit, inspector, "SubmitVisit", submit, inspection.key + "/submit"));
    }
    if (!visit.has_feedback_time()) {
      visits::v1::RecordFeedbackRequest feedback;
      *feedback.mutable_occur_time() = At(day, at + kFeedbackAfter);
      feedback.set_fed_back_to(SupervisorOf(place).name);
      RETURN_IF_ERROR(ActOn(&visit, inspector, "RecordFeedback", feedback, inspection.key + "/feedback"));
    }
    return visit;
  }

  // Whoever comes next looks at what awaits verification, whatever the reason of the visit: the platform asks
  // for it.
  absl::Status Record(const Place& place, const Inspection& inspection, Visit* visit) {
    visits::v1::ListOpenItemsRequest list;
    list.set_parent(world_.parent());
    list.set_school(world_.School(place.id));
    ASSIGN_OR_RETURN(const auto open, Read<visits::v1::ListOpenItemsResponse>(
                                          InspectorOf(place), std::string(kVisits) + "ListOpenItems", list));
    visits::v1::RecordVisitRequest record;
    auto* judged = record.add_judgements();
    judged->set_matter(MatterOf(place.name));
    judged->set_judgement(JudgementOf(inspection));
    judged->set_note(NoteOf(inspection));
    for (const auto& item : open.items()) {
      auto* answer = record.add_look_backs();
      answer->set_issue(item.issue());
      answer->set_round(item.round());
      answer->set_passed(!FoundAgain(inspection, item.fact()));
      answer->set_note(answer->passed() ? "not found again: " + inspection.key
                                        : "found again: " + inspection.key);
    }
    return ActOn(visit, InspectorOf(place), "RecordVisit", record, inspection.key + "/record");
  }

  // One after the other: the n-th violation is the n-th finding.
  absl::Status Find(const Place& place, const Inspection& inspection, const Visit& visit) {
    int number = 0;
    for (const Violation& violation : inspection.violations) {
      visits::v1::CreateFindingRequest create;
      create.set_parent(visit.name());
      visits::v1::Finding* finding = create.mutable_finding();
      finding->set_kind(visits::v1::PROBLEM);
      finding->set_matter(MatterOf(place.name));
      finding->set_severity(SeverityOf(violation));
      finding->set_fact(FactOf(violation));
      finding->set_basis(BasisOf(violation));
      RETURN_IF_ERROR(Write<visits::v1::Finding>(InspectorOf(place), std::string(kFindings) + "CreateFinding",
                                                 create,
                                                 inspection.key + "/finding/" + std::to_string(number++))
                          .status());
    }
    return absl::OkStatus();
  }

  // --- issues
  // -------------------------------------------------------------------------------------------------------

  absl::StatusOr<std::vector<Issue>> ListIssues(const Person& who, const std::string& filter) {
    issues::v1::ListIssuesRequest request;
    request.set_parent(world_.parent());
    request.set_filter(filter);
    request.set_page_size(kPage);
    std::vector<Issue> list;
    do {
      ASSIGN_OR_RETURN(const auto page, Read<issues::v1::ListIssuesResponse>(
                                            who, std::string(kIssues) + "ListIssues", request));
      list.insert(list.end(), page.issues().begin(), page.issues().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    std::sort(list.begin(), list.end(),
              [](const Issue& a, const Issue& b) { return a.ordinal() < b.ordinal(); });
    return list;
  }

  template <class Request>
  absl::Status ActOn(Issue* issue, const Person& who, const char* method, Request request, Date day,
                     minutes at, const std::string& step) {
    request.set_name(issue->name());
    request.set_etag(issue->etag());
    *request.mutable_occur_time() = At(day, at);
    ASSIGN_OR_RETURN(*issue, Write<Issue>(who, std::string(kIssues) + method, request,
                                          issue->name() + "/" + step + "/" + std::to_string(issue->round())));
    return absl::OkStatus();
  }

  // Evidence is a file; these records have none, so it is their own words.
  absl::StatusOr<std::string> Evidence(const Person& who, const Place& place, const std::string& text,
                                       const std::string& key) {
    issues::v1::CreateAttachmentRequest request;
    request.set_parent(world_.parent());
    request.set_school(world_.School(place.id));
    request.set_content(text);
    request.set_sha256(Hex(Sha256(text)));
    request.set_media_type("text/plain");
    request.set_file_name("record.txt");
    ASSIGN_OR_RETURN(const auto made,
                     Write<issues::v1::Attachment>(who, "inspectorate.issues.v1.Attachments.CreateAttachment",
                                                   request, key + "/evidence"));
    return made.name();
  }

  absl::Status Report(const Place& place, Issue* issue, const std::string& text, Date day, minutes at) {
    const Person& supervisor = SupervisorOf(place);
    const std::string key = issue->name() + "/" + std::to_string(issue->round());
    ASSIGN_OR_RETURN(const std::string evidence, Evidence(supervisor, place, text + "\n" + key + "\n", key));
    issues::v1::SubmitRectificationRequest request;
    request.set_report(text);
    request.add_evidence(evidence);
    return ActOn(issue, supervisor, "SubmitRectification", request, day, at, "report");
  }

  // A place that is followed up today has said before that it is done: what was found within the window.
  absl::Status FileReports(const Job& job, Date day, std::atomic<bool>* reported) {
    const auto follow_up =
        std::find_if(job.inspections.begin(), job.inspections.end(),
                     [](const Inspection* i) { return TypeOf(*i) == visits::v1::LOOK_BACK_VISIT; });
    if (follow_up == job.inspections.end()) return absl::OkStatus();
    ASSIGN_OR_RETURN(auto open, ListIssues(SupervisorOf(*job.place),
                                           "school = \"" + world_.School(job.place->id) +
                                               "\" (state = ACKNOWLEDGED OR state = RECTIFYING)"));
    for (Issue& issue : open) {
      const bool today = std::any_of(issue.reports().begin(), issue.reports().end(), [&](const auto& report) {
        return ChinaDate(FromProto(report.submit_time())) == day;
      });
      if (today || !FollowsUp(**follow_up, FromProto(issue.found_day()))) continue;
      RETURN_IF_ERROR(Report(*job.place, &issue, "followed up by " + (*follow_up)->key, day, kReportAt));
      *reported = true;
    }
    return absl::OkStatus();
  }

  absl::Status TreatIssues(const Job& job, Date day) {
    for (size_t i = 0; i < job.inspections.size(); ++i) {
      if (job.inspections[i]->violations.empty()) continue;
      RETURN_IF_ERROR(TreatIssuesOf(*job.place, *job.inspections[i], job.visits[i], day));
    }
    return absl::OkStatus();
  }

  absl::Status TreatIssuesOf(const Place& place, const Inspection& inspection, const std::string& visit,
                             Date day) {
    const std::string of_visit = "visit = \"" + visit + "\"";
    ASSIGN_OR_RETURN(auto issues, ListIssues(InspectorOf(place), of_visit));
    if (issues.size() != inspection.violations.size()) {
      return absl::InternalError(inspection.key + ": " + std::to_string(inspection.violations.size()) +
                                 " findings, " + std::to_string(issues.size()) + " issues");
    }
    std::vector<std::string> to_notify;
    for (size_t i = 0; i < issues.size(); ++i) {
      const Violation& violation = inspection.violations[i];
      RETURN_IF_ERROR(Triage(place, violation, day, &issues[i]));
      if (issues[i].state() != issues::v1::REGISTERED) continue;
      if (!ClosesOnTheSpot(violation)) {
        to_notify.push_back(issues[i].name());
        continue;
      }
      RETURN_IF_ERROR(CloseOnTheSpot(place, inspection, violation, day, &issues[i]));
    }
    if (std::all_of(inspection.violations.begin(), inspection.violations.end(), ClosesOnTheSpot)) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(Notify(place, inspection, to_notify, issues, day));
    if (std::none_of(inspection.violations.begin(), inspection.violations.end(), NeedsPlan))
      return absl::OkStatus();
    ASSIGN_OR_RETURN(issues, ListIssues(InspectorOf(place), of_visit));
    for (size_t i = 0; i < issues.size(); ++i) {
      if (NeedsPlan(inspection.violations[i])) {
        RETURN_IF_ERROR(Plan(place, inspection, inspection.violations[i], day, &issues[i]));
      }
    }
    return absl::OkStatus();
  }

  // Graver than minor: a plan first (issue.plan_required_severity), and never closed on the spot.
  static bool NeedsPlan(const Violation& violation) { return TriagedAs(violation) != issues::v1::MINOR; }

  absl::Status Triage(const Place& place, const Violation& violation, Date day, Issue* issue) {
    if (!issue->triaged_by().empty()) return absl::OkStatus();
    issues::v1::TriageIssueRequest request;
    request.set_severity(TriagedAs(violation));
    request.set_route(ClosesOnTheSpot(violation) ? issues::v1::ON_THE_SPOT : issues::v1::NOTICE);
    return ActOn(issue, InspectorOf(place), "TriageIssue", request, day, kTriageAt, "triage");
  }

  absl::Status CloseOnTheSpot(const Place& place, const Inspection& inspection, const Violation& violation,
                              Date day, Issue* issue) {
    const std::string text = inspection.key + ": corrected on the spot: " + FactOf(violation);
    ASSIGN_OR_RETURN(const std::string evidence,
                     Evidence(InspectorOf(place), place, text + "\n" + issue->name() + "\n", issue->name()));
    issues::v1::CloseOnSpotRequest request;
    request.set_remedy(text);
    request.add_evidence(evidence);
    return ActOn(issue, InspectorOf(place), "CloseOnSpot", request, day, kTriageAt, "spot");
  }

  // The county leaves its report at the place: notice and receipt on the day.
  absl::Status Notify(const Place& place, const Inspection& inspection,
                      const std::vector<std::string>& to_notify, const std::vector<Issue>& issues, Date day) {
    issues::v1::Notice notice;
    if (!to_notify.empty()) {
      issues::v1::IssueNoticeRequest request;
      request.set_parent(world_.parent());
      for (const std::string& issue : to_notify) request.add_issues(issue);
      *request.mutable_occur_time() = At(day, kNoticeAt);
      ASSIGN_OR_RETURN(
          notice, Write<issues::v1::Notice>(world_.Of(kIssuerNumber), std::string(kNotices) + "IssueNotice",
                                            request, inspection.key + "/notice"));
    } else {
      const auto notified = std::find_if(issues.begin(), issues.end(), [](const Issue& issue) {
        return issue.state() == issues::v1::NOTIFIED;
      });
      if (notified == issues.end()) return absl::OkStatus();
      issues::v1::GetNoticeRequest get;
      get.set_name(notified->notice());
      ASSIGN_OR_RETURN(notice, Read<issues::v1::Notice>(world_.Of(kIssuerNumber),
                                                        std::string(kNotices) + "GetNotice", get));
    }
    issues::v1::ConfirmReceiptRequest receipt;
    receipt.set_name(notice.name());
    receipt.set_etag(notice.etag());
    receipt.set_signed_by(SupervisorOf(place).name);
    *receipt.mutable_occur_time() = At(day, kReceiptAt);
    return Write<issues::v1::Notice>(SupervisorOf(place), std::string(kNotices) + "ConfirmReceipt", receipt,
                                     inspection.key + "/receipt")
        .status();
  }

  absl::Status Plan(const Place& place, const Inspection& inspection, const Violation& violation, Date day,
                    Issue* issue) {
    if (issue->state() == issues::v1::ACKNOWLEDGED && !issue->plan().has_submit_time()) {
      issues::v1::SubmitPlanRequest plan;
      plan.set_measures("as the record of " + inspection.key + " asks");
      plan.set_responsible_person(SupervisorOf(place).name);
      RETURN_IF_ERROR(ActOn(issue, SupervisorOf(place), "SubmitPlan", plan, day, kPlanAt, "plan"));
    }
    if (issue->state() == issues::v1::ACKNOWLEDGED) {
      RETURN_IF_ERROR(ActOn(issue, InspectorOf(place), "AcceptPlan", issues::v1::AcceptPlanRequest(), day,
                            kPlanAcceptedAt, "plan-accepted"));
    }
    if (!CuredOnTheSpot(violation) || issue->state() != issues::v1::RECTIFYING || issue->reports_size() > 0) {
      return absl::OkStatus();
    }
    return Report(place, issue, inspection.key + ": corrected on the spot: " + FactOf(violation), day,
                  kCuredReportAt);
  }

  // After a look-back that passed, the office accepts: a person who issued no notice and looked at nothing.
  absl::Status AcceptVerified(Date day) {
    ASSIGN_OR_RETURN(auto verified, ListIssues(world_.Of(kAcceptorNumber), "state = VERIFIED"));
    return ForAll(verified.size(), [&](size_t i) {
      issues::v1::AcceptIssueRequest request;
      request.set_opinion("not found again");
      return ActOn(&verified[i], world_.Of(kAcceptorNumber), "AcceptIssue", request, day, kAcceptedAt,
                   "accept");
    });
  }

  ReplayOptions options_;
  const std::vector<Place>& places_;
  const std::map<std::string, int> towns_;
  World world_;
  Date resumed_{};  // the day on which a run before was interrupted
  std::atomic<bool> looked_back_ = false;
  std::atomic<int64_t> calls_ = 0;
};

}  // namespace

absl::Status RunReplay(ReplayOptions options, const std::vector<Place>& places, ReplayResult* result) {
  return Replay(std::move(options), places).Run(result);
}

}  // namespace inspectorate::smc
