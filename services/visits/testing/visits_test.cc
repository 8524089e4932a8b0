// The visits service over real sockets, beside the registry, on the demo district: a month from what is owed
// to what was seen.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/period.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/empty.pb.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/type/v1/operations.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/registry/definition.h"
#include "services/visits/app/look_backs.h"
#include "services/visits/definition.h"

namespace inspectorate::visits {
namespace {

using namespace v1;
using google::longrunning::Operation;
using google::protobuf::Empty;
using resource::FromProto;
using resource::ToProto;
using resource::UuidOf;
using testing::Harness;

constexpr char kOffice[] = "offices/zhanhua";
constexpr char kListChanges[] = "inspectorate.feed.v1.ChangeFeed.ListChanges";
constexpr char kHashOfNothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string ReadFile(const std::string& name) {
  const char* source = std::getenv("INSPECTORATE_SOURCE");
  std::ifstream file(
      std::string(source != nullptr ? source : ".") + "/deploy/local/district/zhanhua/" + name + ".csv",
      std::ios::binary);
  EXPECT_TRUE(file.good()) << name;
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

// One district for all cases, its March planned and published; the clock stands at the end of that month.
class VisitsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    harness_ = new Harness({&registry::Definition(), &Definition()});
    harness_->CreateSandbox("zhanhua", "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("visits", Harness::Staff("zhanhua")).release();
    registry_ = harness_->ClientOf("registry", Harness::Staff("zhanhua")).release();
    ImportDistrict();
    PlanMarch();
    harness_->SetClock("zhanhua", "2026-03-31T02:00:00Z");
  }
  static void TearDownTestSuite() {
    delete staff_;
    delete registry_;
    delete harness_;
  }

  static void ImportDistrict() {
    using namespace registry::v1;
    ImportRosterRequest request;
    request.set_parent(kOffice);
    for (const auto& [kind, name] :
         std::vector<std::pair<ImportKind, const char*>>{{IMPORT_STAFF, "督导室人员"},
                                                         {IMPORT_AREAS, "责任区"},
                                                         {IMPORT_SCHOOLS, "机构"},
                                                         {IMPORT_INSPECTORS, "责任督学"},
                                                         {IMPORT_INSPECTOR_ASSIGNMENTS, "督学分工"},
                                                         {IMPORT_RECUSALS, "回避"},
                                                         {IMPORT_SUPERVISORS, "校级督学"},
                                                         {IMPORT_TERMS, "校历"}}) {
      auto* file = request.add_files();
      file->set_kind(kind);
      file->set_file_name(name);
      file->set_content(ReadFile(name));
    }
    auto operation = registry_->Call<Operation>("inspectorate.registry.v1.Imports.ImportRoster", request);
    ASSERT_TRUE(operation.ok()) << operation.status();
    const Operation done = Wait(*registry_, *operation);
    ASSERT_TRUE(done.has_response()) << done.ShortDebugString();
    harness_->Settle("zhanhua");
  }

  static void PlanMarch() {
    GenerateObligationsRequest generate;
    generate.set_parent(kOffice);
    *generate.mutable_month() = ToProto(MakeDate(2026, 3, 1));
    auto generated = Call<GenerateObligationsResponse>("Obligations.GenerateObligations", generate);
    ASSERT_TRUE(generated.ok()) << generated.status();
    generated_ = *generated;
    CreatePlanRequest create;
    create.set_parent(kOffice);
    *create.mutable_month() = ToProto(MakeDate(2026, 3, 9));
    create.set_seed(7);
    create.set_must_cover(true);
    for (Plan* plan : {&first_plan_, &plan_}) {
      auto operation = Call<Operation>("Plans.CreatePlan", create);
      ASSERT_TRUE(operation.ok()) << operation.status();
      const Operation done = Wait(*staff_, *operation);
      ASSERT_TRUE(done.response().UnpackTo(plan)) << done.ShortDebugString();
    }
    publish_.set_name(plan_.name());
    publish_.set_etag(plan_.etag());
    publish_.set_request_id(FormatUuid(RandomUuid()));
    auto published = Call<Plan>("Plans.PublishPlan", publish_);
    ASSERT_TRUE(published.ok()) << published.status();
    published_ = *published;
  }

  static Operation Wait(rpc::Client& client, const Operation& operation) {
    type::v1::WaitOperationRequest wait;
    wait.set_name(operation.name());
    wait.mutable_timeout()->set_seconds(9);
    Operation done = operation;
    for (int i = 0; i < 6 && !done.done(); ++i) {
      auto waited = client.Call<Operation>("inspectorate.type.v1.Operations.WaitOperation", wait);
      EXPECT_TRUE(waited.ok()) << waited.status();
      if (waited.ok()) done = *waited;
    }
    return done;
  }

  template <class Response, class Request>
  static absl::StatusOr<Response> CallBy(rpc::Client& client, const std::string& method,
                                         const Request& request) {
    return client.Call<Response>("inspectorate.visits.v1." + method, request);
  }
  template <class Response, class Request>
  static absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return CallBy<Response>(*staff_, method, request);
  }

  static std::unique_ptr<rpc::Client> ClientOf(const std::string& subject,
                                               rpc::Role role = rpc::Role::ROLE_RESPONSIBLE_INSPECTOR) {
    return harness_->ClientOf("visits", Harness::Person(subject, role, "zhanhua"));
  }

  // A visit of the plan that no other case has taken, to a school that is no kindergarten.
  static Visit NextVisit() {
    static int taken = 0;
    ListVisitsRequest list;
    list.set_parent(kOffice);
    list.set_page_size(1000);
    auto visits = Call<ListVisitsResponse>("Visits.ListVisits", list);
    EXPECT_TRUE(visits.ok()) << visits.status();
    std::vector<Visit> free;
    for (const Visit& visit : visits->visits()) {
      registry::v1::GetSchoolRequest get;
      get.set_name(visit.school());
      auto school = registry_->Call<registry::v1::School>("inspectorate.registry.v1.Schools.GetSchool", get);
      if (school.ok() && school->kind() == registry::v1::PRIMARY && visit.plan() == plan_.name()) {
        free.push_back(visit);
        if (static_cast<int>(free.size()) > taken) break;
      }
    }
    return free.at(static_cast<size_t>(taken++));
  }

  // The next whose area somebody leads who is not sent, and who that is.
  static std::pair<Visit, std::string> NextVisitOfAnother() {
    for (int i = 0; i < 10; ++i) {
      const Visit visit = NextVisit();
      registry::v1::ListAreaMembershipsRequest list;
      list.set_parent(kOffice);
      list.set_filter("area = \"" + visit.area() + "\" AND duty = LEAD");
      const auto leads = registry_->Call<registry::v1::ListAreaMembershipsResponse>(
          "inspectorate.registry.v1.AreaMemberships.ListAreaMemberships", list);
      EXPECT_TRUE(leads.ok() && leads->area_memberships_size() > 0) << leads.status();
      if (!leads.ok() || leads->area_memberships_size() == 0) break;
      const std::string& lead = leads->area_memberships(0).inspector();
      if (lead != visit.panel(0)) return {visit, lead};
    }
    return {};
  }

  static void Recuse(const std::string& inspector, const std::string& school, const Period& valid) {
    registry::v1::CreateRecusalRequest recuse;
    recuse.set_parent(inspector);
    recuse.mutable_recusal()->set_office(kOffice);
    recuse.mutable_recusal()->set_school(school);
    recuse.mutable_recusal()->set_ground(registry::v1::KIN_OF_HEAD);
    *recuse.mutable_recusal()->mutable_valid_from() = ToProto(valid.from);
    if (valid.to) *recuse.mutable_recusal()->mutable_valid_to() = ToProto(*valid.to);
    const auto recused =
        registry_->Call<registry::v1::Recusal>("inspectorate.registry.v1.Recusals.CreateRecusal", recuse);
    EXPECT_TRUE(recused.ok()) << recused.status();
    harness_->Settle("zhanhua");
  }

  template <class Request>
  static Request On(const Visit& visit) {
    Request request;
    request.set_name(visit.name());
    request.set_etag(visit.etag());
    return request;
  }
  static absl::StatusOr<Visit> Start(rpc::Client& by, const Visit& visit) {
    auto request = On<StartVisitRequest>(visit);
    request.set_met_by("示例·接待人");
    request.set_certificate_shown(true);
    return CallBy<Visit>(by, "Visits.StartVisit", request);
  }
  static absl::StatusOr<Visit> Record(rpc::Client& by, const Visit& visit) {
    auto request = On<RecordVisitRequest>(visit);
    auto* method = request.add_methods();
    method->set_method(CAMPUS_PATROL);
    method->set_count(1);
    auto* judgement = request.add_judgements();
    judgement->set_matter("B01");
    judgement->set_judgement(GOOD);
    return CallBy<Visit>(by, "Visits.RecordVisit", request);
  }
  static absl::StatusOr<Visit> Submit(rpc::Client& by, const Visit& visit) {
    return CallBy<Visit>(by, "Visits.SubmitVisit", On<SubmitVisitRequest>(visit));
  }
  static absl::StatusOr<Finding> Find(rpc::Client& by, const Visit& visit, const std::string& matter,
                                      const std::string& fact) {
    CreateFindingRequest request;
    request.set_parent(visit.name());
    request.mutable_finding()->set_kind(PROBLEM);
    request.mutable_finding()->set_matter(matter);
    request.mutable_finding()->set_fact(fact);
    request.mutable_finding()->set_severity(GENERAL);
    return CallBy<Finding>(by, "Findings.CreateFinding", request);
  }
  static Obligation ObligationOf(const std::string& name) {
    GetObligationRequest get;
    get.set_name(name);
    auto obligation = Call<Obligation>("Obligations.GetObligation", get);
    EXPECT_TRUE(obligation.ok()) << obligation.status();
    return obligation.ok() ? *obligation : Obligation();
  }
  static VisitCoverage March() {
    GetCoverageRequest request;
    request.set_parent(kOffice);
    *request.mutable_window_from() = ToProto(MakeDate(2026, 3, 1));
    *request.mutable_window_to() = ToProto(MakeDate(2026, 3, 31));
    auto coverage = Call<VisitCoverage>("Obligations.GetCoverage", request);
    EXPECT_TRUE(coverage.ok()) << coverage.status();
    return coverage.ok() ? *coverage : VisitCoverage();
  }

  // An inspector or a school by the number that the lists give.
  static std::string InspectorOf(const std::string& number) {
    registry::v1::ListInspectorsRequest list;
    list.set_filter("work_number = \"" + number + "\"");
    auto found = registry_->Call<registry::v1::ListInspectorsResponse>(
        "inspectorate.registry.v1.Inspectors.ListInspectors", list);
    EXPECT_TRUE(found.ok() && found->inspectors_size() == 1) << found.status();
    return found->inspectors(0).name();
  }
  static std::string SchoolOf(const std::string& number) {
    registry::v1::LookupSchoolRequest lookup;
    lookup.set_office(kOffice);
    lookup.set_external_id(number);
    auto school =
        registry_->Call<registry::v1::School>("inspectorate.registry.v1.Schools.LookupSchool", lookup);
    EXPECT_TRUE(school.ok()) << school.status();
    return school->name();
  }

  // A suspension or a resumption.
  static void Decide(const std::string& school, registry::v1::SchoolChangeKind kind, Date from) {
    registry::v1::GetSchoolRequest get;
    get.set_name(school);
    auto now = registry_->Call<registry::v1::School>("inspectorate.registry.v1.Schools.GetSchool", get);
    ASSERT_TRUE(now.ok()) << now.status();
    registry::v1::ChangeSchoolRequest request;
    request.set_name(school);
    request.set_etag(now->etag());
    request.set_kind(kind);
    request.set_document_number("沾教发〔2026〕12号");
    request.set_basis("校舍加固");
    *request.mutable_effective_date() = ToProto(from);
    auto change = registry_->Call<registry::v1::SchoolChange>(
        "inspectorate.registry.v1.SchoolChanges.ChangeSchool", request);
    ASSERT_TRUE(change.ok()) << change.status();
  }
  // The first and last days of a school's monthly duties in the month.
  static std::vector<std::pair<Date, Date>> OwedIn(const std::string& school, Date month) {
    GenerateObligationsRequest generate;
    generate.set_parent(kOffice);
    *generate.mutable_month() = ToProto(month);
    EXPECT_TRUE(Call<GenerateObligationsResponse>("Obligations.GenerateObligations", generate).ok());
    ListObligationsRequest list;
    list.set_parent(kOffice);
    list.set_page_size(1000);
    list.set_filter("school = \"" + school + "\" AND kind = MONTHLY_VISIT AND window_from >= \"" +
                    FormatDate(month) + "\" AND window_from < \"" + FormatDate(NextMonth(month)) + "\"");
    auto obligations = Call<ListObligationsResponse>("Obligations.ListObligations", list);
    EXPECT_TRUE(obligations.ok()) << obligations.status();
    std::vector<std::pair<Date, Date>> windows;
    if (!obligations.ok()) return windows;
    for (const Obligation& owed : obligations->obligations()) {
      windows.emplace_back(FromProto(owed.window_from()), FromProto(owed.window_to()));
    }
    return windows;
  }
  // What the feed of issues would bring.
  static absl::Status Tell(const issues::v1::Issue& issue) {
    auto database = db::Database::Open(harness_->database("visits"));
    if (!database.ok()) return database.status();
    work::Writer writer(**database);
    feed::v1::Change change;
    change.set_office("zhanhua");
    change.set_kind(feed::v1::Change::STATE_CHANGED);
    change.set_resource_type("inspectorate/Issue");
    change.set_resource(issue.name());
    change.mutable_after()->PackFrom(issue);
    return writer.RunInternal(
        db::Budget{}, {.subject = "services/visits", .display_name = {}, .request_id = {}, .trace_id = {}},
        [&](work::Unit& unit) { return ApplyIssues(unit, {change}); });
  }

  static inline Harness* harness_ = nullptr;
  static inline rpc::Client* staff_ = nullptr;
  static inline rpc::Client* registry_ = nullptr;
  static inline GenerateObligationsResponse generated_;
  static inline Plan first_plan_, plan_, published_;
  static inline PublishPlanRequest publish_;
};

TEST_F(VisitsTest, AMonthIsOwedOnceHoweverOftenItIsWrittenDown) {
  EXPECT_EQ(generated_.created(), 148 + 2 * 148);
  EXPECT_EQ(generated_.existing(), 0);
  EXPECT_GT(generated_.position(), 0u);
  GenerateObligationsRequest again;
  again.set_parent(kOffice);
  *again.mutable_month() = ToProto(MakeDate(2026, 3, 20));
  auto repeated = Call<GenerateObligationsResponse>("Obligations.GenerateObligations", again);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->created(), 0);
  EXPECT_EQ(repeated->existing(), 3 * 148);
}

TEST_F(VisitsTest, ThePlanCoversTheMonthInBalanceAndComesOutTheSame) {
  EXPECT_EQ(plan_.covered(), plan_.obligations());
  EXPECT_EQ(plan_.min_load(), 2);
  EXPECT_EQ(plan_.max_load(), 3);
  EXPECT_EQ(plan_.inspectors(), 63);
  EXPECT_EQ(plan_.objective(), plan_.best_bound());
  EXPECT_EQ(plan_.inputs_hash(), first_plan_.inputs_hash());
  EXPECT_EQ(plan_.objective(), first_plan_.objective());
  EXPECT_NE(plan_.name(), first_plan_.name());
  ListPlanItemsRequest list;
  list.set_parent(plan_.name());
  list.set_page_size(1000);
  auto items = Call<ListPlanItemsResponse>("Plans.ListPlanItems", list);
  ASSERT_TRUE(items.ok()) << items.status();
  const std::string recused = InspectorOf("DX025");
  const std::string from = SchoolOf("X021");
  std::set<std::string> schools;
  for (const PlanItem& item : items->plan_items()) {
    schools.insert(item.school());
    ASSERT_EQ(item.inspectors_size(), 1);
    if (item.school() == from) {
      EXPECT_NE(item.inspectors(0), recused);
    }
  }
  EXPECT_EQ(schools.size(), 148u);
}

TEST_F(VisitsTest, PublishingMakesTheVisitsOnce) {
  EXPECT_EQ(published_.visits(), 148);
  EXPECT_EQ(published_.state(), PUBLISHED);
  auto repeated = Call<Plan>("Plans.PublishPlan", publish_);
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(repeated->etag(), published_.etag());
  PublishPlanRequest other = publish_;
  other.set_request_id(FormatUuid(RandomUuid()));
  EXPECT_EQ(ReasonOf(Call<Plan>("Plans.PublishPlan", other).status()), ErrorReason::ETAG_MISMATCH);
  GetPlanRequest get;
  get.set_name(first_plan_.name());
  EXPECT_EQ(Call<Plan>("Plans.GetPlan", get)->state(), SUPERSEDED);
}

TEST_F(VisitsTest, AVisitIsHeldSealedReturnedAndApproved) {
  Visit visit = NextVisit();
  auto inspector = ClientOf(visit.panel(0));
  auto started = Start(*inspector, visit);
  ASSERT_TRUE(started.ok()) << started.status();
  EXPECT_EQ(started->state(), IN_PROGRESS);
  EXPECT_EQ(FromProto(started->held_day()), MakeDate(2026, 3, 31));
  EXPECT_EQ(ReasonOf(Submit(*inspector, *started).status()), ErrorReason::RECORD_INCOMPLETE);
  EXPECT_EQ(ReasonOf(Find(*inspector, visit, "K01", "幼儿园事项").status()), ErrorReason::MATTER_UNKNOWN);
  auto dropped = Find(*inspector, visit, "B02", "记错");
  ASSERT_TRUE(dropped.ok()) << dropped.status();
  DeleteFindingRequest drop;
  drop.set_name(dropped->name());
  ASSERT_TRUE(CallBy<Empty>(*inspector, "Findings.DeleteFinding", drop).ok());
  auto finding = Find(*inspector, visit, "B06", "消防通道堆放杂物");
  ASSERT_TRUE(finding.ok()) << finding.status();
  EXPECT_EQ(finding->ordinal(), 2);
  auto recorded = Record(*inspector, *started);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  auto submitted = Submit(*inspector, *recorded);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(submitted->state(), SUBMITTED);
  EXPECT_EQ(submitted->seal().finding_count(), 1);
  EXPECT_EQ(submitted->seal().problem_count(), 1);
  EXPECT_NE(submitted->seal().findings_hash(), kHashOfNothing);
  for (const std::string& obligation : submitted->obligations()) {
    EXPECT_EQ(ObligationOf(obligation).state(), FULFILLED);
  }

  // Sealed: neither changed nor dropped, also while the record is returned.
  UpdateFindingRequest change;
  change.mutable_finding()->set_name(finding->name());
  change.mutable_finding()->set_fact("无问题");
  change.mutable_update_mask()->add_paths("fact");
  drop.set_name(finding->name());
  auto returned = [&] {
    auto request = On<ReturnVisitRequest>(*submitted);
    request.set_reason("补充佐证");
    return Call<Visit>("Visits.ReturnVisit", request);
  }();
  ASSERT_TRUE(returned.ok()) << returned.status();
  EXPECT_EQ(ReasonOf(CallBy<Finding>(*inspector, "Findings.UpdateFinding", change).status()),
            ErrorReason::FINDING_SEALED);
  EXPECT_EQ(ReasonOf(CallBy<Empty>(*inspector, "Findings.DeleteFinding", drop).status()),
            ErrorReason::FINDING_SEALED);
  auto more = Find(*inspector, visit, "B06", "灭火器过期");
  ASSERT_TRUE(more.ok()) << more.status();
  auto again = Submit(*inspector, *returned);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->submissions(), 2);
  EXPECT_EQ(again->seal().finding_count(), 2);
  GetFindingRequest get;
  get.set_name(more->name());
  EXPECT_EQ(Call<Finding>("Findings.GetFinding", get)->sealed_in(), 2);

  auto feedback = On<RecordFeedbackRequest>(*again);
  feedback.set_fed_back_to("示例·校长");
  auto fed_back = CallBy<Visit>(*inspector, "Visits.RecordFeedback", feedback);
  ASSERT_TRUE(fed_back.ok()) << fed_back.status();
  auto lead = ClientOf(visit.panel(0), rpc::Role::ROLE_AREA_LEAD);
  EXPECT_EQ(
      ReasonOf(CallBy<Visit>(*lead, "Visits.ApproveVisit", On<ApproveVisitRequest>(*fed_back)).status()),
      ErrorReason::SECOND_PERSON_REQUIRED);
  auto approved = Call<Visit>("Visits.ApproveVisit", On<ApproveVisitRequest>(*fed_back));
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->state(), APPROVED);
}

TEST_F(VisitsTest, OnlyThePanelHoldsAVisit) {
  const Visit visit = NextVisit();
  EXPECT_EQ(ReasonOf(Start(*staff_, visit).status()), ErrorReason::PERMISSION_MISSING);
  auto stranger = ClientOf("inspectors/" + FormatUuid(RandomUuid()));
  EXPECT_EQ(ReasonOf(Start(*stranger, visit).status()), ErrorReason::PERMISSION_MISSING);
  auto inspector = ClientOf(visit.panel(0));
  auto early = On<StartVisitRequest>(visit);
  *early.mutable_occur_time() = ToProto(*ParseTime("2026-03-31T02:00:01Z"));
  EXPECT_EQ(ReasonOf(CallBy<Visit>(*inspector, "Visits.StartVisit", early).status()),
            ErrorReason::OCCUR_TIME_IN_FUTURE);
  *early.mutable_occur_time() = ToProto(*ParseTime("2026-03-27T02:00:00Z"));
  EXPECT_EQ(ReasonOf(CallBy<Visit>(*inspector, "Visits.StartVisit", early).status()),
            ErrorReason::LATE_ENTRY);
}

TEST_F(VisitsTest, TwoSubmissionsAtOnceAreOne) {
  const Visit visit = NextVisit();
  auto inspector = ClientOf(visit.panel(0));
  auto started = Start(*inspector, visit);
  ASSERT_TRUE(started.ok()) << started.status();
  auto recorded = Record(*inspector, *started);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  absl::Status results[2];
  {
    std::vector<std::jthread> threads;
    for (absl::Status& result : results) {
      threads.emplace_back([&] { result = Submit(*ClientOf(visit.panel(0)), *recorded).status(); });
    }
  }
  EXPECT_NE(results[0].ok(), results[1].ok());
  EXPECT_EQ(ReasonOf(results[0].ok() ? results[1] : results[0]), ErrorReason::ETAG_MISMATCH);
}

TEST_F(VisitsTest, AMissedVisitKeepsItsReasonAndACancelledOneFreesItsDuties) {
  const Visit missed = NextVisit();
  auto miss = On<MarkVisitMissedRequest>(missed);
  miss.set_reason("督学外出培训");
  auto ended = Call<Visit>("Visits.MarkVisitMissed", miss);
  ASSERT_TRUE(ended.ok()) << ended.status();
  const Visit cancelled = NextVisit();
  auto cancel = On<CancelVisitRequest>(cancelled);
  cancel.set_reason("学校停课");
  ASSERT_TRUE(Call<Visit>("Visits.CancelVisit", cancel).ok());
  EXPECT_EQ(ObligationOf(missed.obligations(0)).state(), CLAIMED);
  EXPECT_EQ(ObligationOf(cancelled.obligations(0)).state(), OPEN);
  std::map<std::string, std::string> reasons;
  const VisitCoverage march = March();
  for (const UncoveredSchool& line : march.uncovered()) {
    EXPECT_FALSE(line.display_name().empty());
    EXPECT_FALSE(line.inspector_name().empty());
    reasons[line.school()] = line.reason();
  }
  EXPECT_EQ(reasons[missed.school()], "督学外出培训");
  EXPECT_EQ(reasons[cancelled.school()], "学校停课");

  // A visit made up later takes the missed one's duties over; nobody takes those of a standing one.
  CreateVisitRequest make_up;
  make_up.set_parent(kOffice);
  make_up.mutable_visit()->set_school(missed.school());
  make_up.mutable_visit()->set_type(ROUTINE);
  make_up.mutable_visit()->add_panel(missed.panel(0));
  *make_up.mutable_visit()->mutable_obligations() = missed.obligations();
  *make_up.mutable_visit()->mutable_planned_day() = ToProto(MakeDate(2026, 3, 31));
  auto made_up = Call<Visit>("Visits.CreateVisit", make_up);
  ASSERT_TRUE(made_up.ok()) << made_up.status();
  EXPECT_EQ(ReasonOf(Call<Visit>("Visits.CreateVisit", make_up).status()), ErrorReason::OBLIGATION_TAKEN);
}

TEST_F(VisitsTest, ARecusedInspectorIsNeitherSentNorLetIn) {
  CreateVisitRequest create;
  create.set_parent(kOffice);
  create.mutable_visit()->set_school(SchoolOf("X021"));
  create.mutable_visit()->set_type(ROUTINE);
  create.mutable_visit()->add_panel(InspectorOf("DX025"));
  *create.mutable_visit()->mutable_planned_day() = ToProto(MakeDate(2026, 3, 31));
  const absl::Status refused = Call<Visit>("Visits.CreateVisit", create).status();
  EXPECT_EQ(ReasonOf(refused), ErrorReason::RECUSAL_CONFLICT) << refused;

  const Visit visit = NextVisit();
  registry::v1::CreateRecusalRequest recuse;
  recuse.set_parent(visit.panel(0));
  recuse.mutable_recusal()->set_office(kOffice);
  recuse.mutable_recusal()->set_school(visit.school());
  recuse.mutable_recusal()->set_ground(registry::v1::KIN_ON_STAFF);
  *recuse.mutable_recusal()->mutable_valid_from() = ToProto(MakeDate(2026, 3, 30));
  auto recused =
      registry_->Call<registry::v1::Recusal>("inspectorate.registry.v1.Recusals.CreateRecusal", recuse);
  ASSERT_TRUE(recused.ok()) << recused.status();
  harness_->Settle("zhanhua");
  EXPECT_EQ(ReasonOf(Start(*ClientOf(visit.panel(0)), visit).status()), ErrorReason::RECUSAL_CONFLICT);
}

// A visit of its own to a school, by somebody who may go there.
Visit Single(const std::string& school, const std::vector<std::string>& panel, VisitType type,
             NoticeMode mode, Date day) {
  Visit visit;
  visit.set_school(school);
  visit.set_type(type);
  visit.mutable_panel()->Assign(panel.begin(), panel.end());
  visit.set_notice_mode(mode);
  *visit.mutable_planned_day() = ToProto(day);
  return visit;
}

// On Tuesday the 31st of March. The 4th to the 6th of April are a holiday: by the plain week the 7th would be
// the fifth working day, by the State Council's calendar it is the fourth.
TEST_F(VisitsTest, AShortNoticeThatGoesOutTooEarlyIsMarked) {
  const Visit planned = NextVisit();
  const auto notified = [&](VisitType type, NoticeMode mode, Date day) {
    CreateVisitRequest create;
    create.set_parent(kOffice);
    *create.mutable_visit() = Single(planned.school(), {planned.panel(0)}, type, mode, day);
    if (type == COMPREHENSIVE) {
      create.mutable_visit()->clear_panel();
      for (const char* number : {"DX001", "DX002", "DX003"}) {
        create.mutable_visit()->add_panel(InspectorOf(number));
      }
    }
    auto visit = Call<Visit>("Visits.CreateVisit", create);
    EXPECT_TRUE(visit.ok()) << visit.status();
    if (!visit.ok()) return Visit();
    EXPECT_FALSE(visit->notified_early());
    auto told = Call<Visit>("Visits.NotifyVisit", On<NotifyVisitRequest>(*visit));
    EXPECT_TRUE(told.ok()) << told.status();
    return told.ok() ? *told : Visit();
  };
  EXPECT_FALSE(notified(ROUTINE, SHORT_NOTICE, MakeDate(2026, 4, 2)).notified_early());
  const Visit early = notified(ROUTINE, SHORT_NOTICE, MakeDate(2026, 4, 3));
  EXPECT_TRUE(early.notified_early());
  EXPECT_EQ(early.state(), NOTIFIED) << "it is not refused";
  EXPECT_FALSE(notified(ROUTINE, WRITTEN_NOTICE, MakeDate(2026, 4, 3)).notified_early());
  EXPECT_FALSE(notified(COMPREHENSIVE, SHORT_NOTICE, MakeDate(2026, 4, 3)).notified_early())
      << "announced in writing in any case";

  registry::v1::CreatePolicyRuleRequest rule;
  rule.set_parent(kOffice);
  rule.mutable_policy_rule()->set_key("visit.notice_ahead_days");
  rule.mutable_policy_rule()->set_value("4");
  rule.mutable_policy_rule()->set_unit(registry::v1::WORKING_DAY);
  rule.mutable_policy_rule()->set_source("示例文件");
  *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(MakeDate(2026, 3, 31));
  auto set = registry_->Call<registry::v1::PolicyRule>(
      "inspectorate.registry.v1.PolicyRules.CreatePolicyRule", rule);
  ASSERT_TRUE(set.ok()) << set.status();
  harness_->Settle("zhanhua");
  EXPECT_FALSE(notified(ROUTINE, SHORT_NOTICE, MakeDate(2026, 4, 7)).notified_early());
  EXPECT_TRUE(notified(ROUTINE, SHORT_NOTICE, MakeDate(2026, 4, 8)).notified_early());

  ListVisitsRequest list;
  list.set_parent(kOffice);
  list.set_filter("notified_early = true");
  auto marked = Call<ListVisitsResponse>("Visits.ListVisits", list);
  ASSERT_TRUE(marked.ok()) << marked.status();
  EXPECT_EQ(marked->visits_size(), 2);
  feed::v1::ListChangesRequest changes;
  changes.set_parent(kOffice);
  auto told = staff_->Call<feed::v1::ListChangesResponse>(kListChanges, changes);
  ASSERT_TRUE(told.ok()) << told.status();
  changes.set_after_position(told->head_position() - 1);  // the last notice
  told = staff_->Call<feed::v1::ListChangesResponse>(kListChanges, changes);
  ASSERT_TRUE(told.ok()) << told.status();
  ASSERT_EQ(told->changes_size(), 1);
  EXPECT_EQ(told->changes(0).event(), "visit.notified");
  Visit after;
  ASSERT_TRUE(told->changes(0).after().UnpackTo(&after));
  EXPECT_TRUE(after.notified_early());
}

// A school's last comprehensive inspection is the last whose record was handed in by the day asked about.
TEST_F(VisitsTest, EachSchoolStandsInItsCycleOfComprehensiveInspections) {
  const auto cycles = [](rpc::Client& by, std::optional<Date> as_of, ComprehensiveState state) {
    std::vector<ComprehensiveCycle> rows;
    ListComprehensiveCyclesRequest request;
    request.set_parent(kOffice);
    request.set_page_size(60);
    request.set_state(state);
    if (as_of) *request.mutable_as_of() = ToProto(*as_of);
    do {
      auto page = CallBy<ListComprehensiveCyclesResponse>(by, "Obligations.ListComprehensiveCycles", request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      rows.insert(rows.end(), page->cycles().begin(), page->cycles().end());
      request.set_page_token(page->next_page_token());
      EXPECT_GE(page->total_size(), static_cast<int64_t>(rows.size()));
    } while (!request.page_token().empty());
    return rows;
  };
  const Visit planned = NextVisit();
  const auto of_school = [&](const std::vector<ComprehensiveCycle>& rows) {
    for (const auto& row : rows) {
      if (row.school() == planned.school()) return row;
    }
    ADD_FAILURE() << "the school is not listed";
    return ComprehensiveCycle();
  };
  const auto all = cycles(*staff_, {}, COMPREHENSIVE_STATE_UNSPECIFIED);
  EXPECT_EQ(all.size(), 148u);
  EXPECT_EQ(of_school(all).state(), NEVER);
  EXPECT_FALSE(of_school(all).has_next_by());
  std::set<std::string> distinct;
  for (const auto& row : all) distinct.insert(row.school());
  EXPECT_EQ(distinct.size(), 148u) << "no page repeats or drops a school";

  CreateVisitRequest create;
  create.set_parent(kOffice);
  std::vector<std::string> panel;
  for (const char* number : {"DX001", "DX002", "DX003"}) panel.push_back(InspectorOf(number));
  *create.mutable_visit() =
      Single(planned.school(), panel, COMPREHENSIVE, WRITTEN_NOTICE, MakeDate(2026, 3, 31));
  auto visit = Call<Visit>("Visits.CreateVisit", create);
  ASSERT_TRUE(visit.ok()) << visit.status();
  visit = Call<Visit>("Visits.NotifyVisit", On<NotifyVisitRequest>(*visit));
  ASSERT_TRUE(visit.ok()) << visit.status();
  auto inspector = ClientOf(panel[0]);
  visit = Start(*inspector, *visit);
  ASSERT_TRUE(visit.ok()) << visit.status();
  EXPECT_EQ(of_school(cycles(*staff_, {}, NEVER)).state(), NEVER) << "under way, and not held yet";
  visit = Record(*inspector, *visit);
  ASSERT_TRUE(visit.ok()) << visit.status();
  visit = Submit(*inspector, *visit);
  ASSERT_TRUE(visit.ok()) << visit.status();

  const ComprehensiveCycle now = of_school(cycles(*staff_, {}, NOT_YET));
  EXPECT_EQ(now.last_visit(), visit->name());
  EXPECT_EQ(FromProto(now.last_day()), MakeDate(2026, 3, 31));
  EXPECT_EQ(FromProto(now.next_from()), MakeDate(2029, 3, 31));
  EXPECT_EQ(FromProto(now.next_by()), MakeDate(2031, 3, 31));
  EXPECT_FALSE(now.display_name().empty());
  EXPECT_EQ(of_school(cycles(*staff_, MakeDate(2026, 3, 30), NEVER)).state(), NEVER) << "the day before";
  EXPECT_EQ(of_school(cycles(*staff_, MakeDate(2031, 3, 31), DUE)).state(), DUE);
  const auto overdue = cycles(*staff_, MakeDate(2031, 4, 1), COMPREHENSIVE_STATE_UNSPECIFIED);
  EXPECT_EQ(overdue.front().state(), OVERDUE) << "what presses most comes first";
  EXPECT_EQ(overdue.front().school(), planned.school());

  // An inspector is told of the own schools.
  const auto own = cycles(*ClientOf(planned.panel(0)), {}, COMPREHENSIVE_STATE_UNSPECIFIED);
  EXPECT_GT(own.size(), 0u);
  EXPECT_LT(own.size(), 10u);
}

// The lead of the area, once recused from the school, neither reviews what was seen there nor sends anybody.
TEST_F(VisitsTest, ARecusedLeadReviewsNothingAndSendsNobody) {
  const auto [visit, lead] = NextVisitOfAnother();
  ASSERT_FALSE(lead.empty());
  auto panel = ClientOf(visit.panel(0));
  const auto started = Start(*panel, visit);
  ASSERT_TRUE(started.ok()) << started.status();
  const auto recorded = Record(*panel, *started);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  const auto submitted = Submit(*panel, *recorded);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  auto feedback = On<RecordFeedbackRequest>(*submitted);
  feedback.set_fed_back_to("示例·校长");
  const auto fed_back = CallBy<Visit>(*panel, "Visits.RecordFeedback", feedback);
  ASSERT_TRUE(fed_back.ok()) << fed_back.status();

  Recuse(lead, visit.school(), {MakeDate(2026, 3, 31), std::nullopt});
  auto leading = ClientOf(lead, rpc::Role::ROLE_AREA_LEAD);
  auto back = On<ReturnVisitRequest>(*fed_back);
  back.set_reason("补充佐证");
  EXPECT_EQ(ReasonOf(CallBy<Visit>(*leading, "Visits.ReturnVisit", back).status()),
            ErrorReason::RECUSAL_CONFLICT);
  auto approve = On<ApproveVisitRequest>(*fed_back);
  const absl::Status refused = CallBy<Visit>(*leading, "Visits.ApproveVisit", approve).status();
  EXPECT_EQ(ReasonOf(refused), ErrorReason::RECUSAL_CONFLICT) << refused;
  CreateVisitRequest create;
  create.set_parent(kOffice);
  create.mutable_visit()->set_school(visit.school());
  create.mutable_visit()->set_type(ROUTINE);
  create.mutable_visit()->add_panel(visit.panel(0));
  *create.mutable_visit()->mutable_planned_day() = ToProto(MakeDate(2026, 3, 31));
  EXPECT_EQ(ReasonOf(CallBy<Visit>(*leading, "Visits.CreateVisit", create).status()),
            ErrorReason::RECUSAL_CONFLICT);
  const auto approved = Call<Visit>("Visits.ApproveVisit", approve);
  EXPECT_TRUE(approved.ok()) << approved.status();
}

// Neither by planning ahead nor by waiting: whoever sends somebody is recused neither then nor now.
TEST_F(VisitsTest, ARecusalCountsOnTheDayOfTheVisitAndOnTheDayOfItsRecord) {
  const auto [visit, lead] = NextVisitOfAnother();
  ASSERT_FALSE(lead.empty());
  auto leading = ClientOf(lead, rpc::Role::ROLE_AREA_LEAD);
  // Whom nobody knows is not sent in any case: nothing is made here.
  const auto sends = [&, &school = visit.school()](Date day) {
    CreateVisitRequest create;
    create.set_parent(kOffice);
    create.mutable_visit()->set_school(school);
    create.mutable_visit()->set_type(ROUTINE);
    create.mutable_visit()->add_panel("inspectors/" + FormatUuid(RandomUuid()));
    *create.mutable_visit()->mutable_planned_day() = ToProto(day);
    return ReasonOf(CallBy<Visit>(*leading, "Visits.CreateVisit", create).status());
  };
  const Date today = MakeDate(2026, 3, 31), then = MakeDate(2026, 4, 9), later = MakeDate(2026, 4, 10);
  Recuse(lead, visit.school(), {then, then});
  EXPECT_EQ(sends(then), ErrorReason::RECUSAL_CONFLICT);
  EXPECT_NE(sends(later), ErrorReason::RECUSAL_CONFLICT);
  Recuse(lead, visit.school(), {today, today});
  EXPECT_EQ(sends(later), ErrorReason::RECUSAL_CONFLICT);
}

// Who acts for a school's inspector sends themselves there, on the days of the delegation and no others.
TEST_F(VisitsTest, WhoActsForAnInspectorVisitsTheirSchools) {
  using namespace registry::v1;
  const std::string school = SchoolOf("X033");
  ListInspectorAssignmentsRequest assignments;
  assignments.set_parent(kOffice);
  assignments.set_filter("school = \"" + school + "\"");
  const auto assigned = registry_->Call<ListInspectorAssignmentsResponse>(
      "inspectorate.registry.v1.InspectorAssignments.ListInspectorAssignments", assignments);
  ASSERT_TRUE(assigned.ok() && assigned->inspector_assignments_size() > 0) << assigned.status();
  const std::string main = assigned->inspector_assignments(0).inspector();
  const std::string deputy = InspectorOf(main == InspectorOf("DX001") ? "DX002" : "DX001");
  auto inspector = ClientOf(deputy);
  CreateVisitRequest create;
  create.set_parent(kOffice);
  create.mutable_visit()->set_school(school);
  create.mutable_visit()->set_type(ROUTINE);
  create.mutable_visit()->add_panel(deputy);
  *create.mutable_visit()->mutable_planned_day() = ToProto(MakeDate(2026, 4, 1));
  EXPECT_FALSE(CallBy<Visit>(*inspector, "Visits.CreateVisit", create).ok());

  CreateDelegationRequest delegate;
  delegate.set_parent(kOffice);
  delegate.mutable_delegation()->set_delegate(deputy);
  delegate.mutable_delegation()->set_delegator(main);
  delegate.mutable_delegation()->set_school(school);
  *delegate.mutable_delegation()->mutable_valid_from() = ToProto(MakeDate(2026, 3, 31));
  *delegate.mutable_delegation()->mutable_valid_to() = ToProto(MakeDate(2026, 4, 2));
  delegate.mutable_delegation()->set_document_number("沾教督〔2026〕9号");
  delegate.mutable_delegation()->set_reason("进修");
  const auto delegated =
      registry_->Call<Delegation>("inspectorate.registry.v1.Delegations.CreateDelegation", delegate);
  ASSERT_TRUE(delegated.ok()) << delegated.status();
  harness_->Settle("zhanhua");
  const auto visit = CallBy<Visit>(*inspector, "Visits.CreateVisit", create);
  EXPECT_TRUE(visit.ok()) << visit.status();
  *create.mutable_visit()->mutable_planned_day() = ToProto(MakeDate(2026, 4, 3));
  EXPECT_FALSE(CallBy<Visit>(*inspector, "Visits.CreateVisit", create).ok()) << "beyond the last day";
  if (!visit.ok()) return;
  // At the gate by the day on which they stand there.
  auto started = Start(*inspector, *visit);
  EXPECT_TRUE(started.ok()) << started.status();
}

// What is decided ahead is known ahead: neither owed nor planned are the days on which a school will rest.
TEST_F(VisitsTest, ASuspensionThatIsDecidedAheadIsPlannedAround) {
  const std::string will_rest = SchoolOf("X030"), rests = SchoolOf("X031"), owed_before = SchoolOf("X032");
  using registry::v1::RESUME_SCHOOL, registry::v1::SUSPEND_SCHOOL;
  using Windows = std::vector<std::pair<Date, Date>>;
  const Date april = MakeDate(2026, 4, 1), last = MakeDate(2026, 4, 30), may = MakeDate(2026, 5, 1);
  Decide(will_rest, SUSPEND_SCHOOL, MakeDate(2026, 4, 10));
  Decide(rests, SUSPEND_SCHOOL, MakeDate(2026, 3, 31));
  harness_->Settle("zhanhua");
  EXPECT_EQ(OwedIn(will_rest, april), (Windows{{april, MakeDate(2026, 4, 9)}}));
  EXPECT_EQ(OwedIn(will_rest, may), Windows{});
  EXPECT_EQ(OwedIn(rests, april), Windows{});
  // A resumption ahead, and a suspension after the month was written down.
  Decide(rests, RESUME_SCHOOL, last);
  Decide(owed_before, SUSPEND_SCHOOL, MakeDate(2026, 4, 14));
  harness_->Settle("zhanhua");
  EXPECT_EQ(OwedIn(rests, april), (Windows{{last, last}}));
  EXPECT_EQ(OwedIn(rests, may), (Windows{{may, MakeDate(2026, 5, 31)}}));
  EXPECT_EQ(OwedIn(owed_before, april), (Windows{{april, last}}));

  CreatePlanRequest create;
  create.set_parent(kOffice);
  *create.mutable_month() = ToProto(april);
  create.set_seed(7);
  auto operation = Call<Operation>("Plans.CreatePlan", create);
  ASSERT_TRUE(operation.ok()) << operation.status();
  Plan plan;
  const Operation done = Wait(*staff_, *operation);
  ASSERT_TRUE(done.response().UnpackTo(&plan)) << done.ShortDebugString();
  ListPlanItemsRequest list;
  list.set_parent(plan.name());
  list.set_page_size(1000);
  auto items = Call<ListPlanItemsResponse>("Plans.ListPlanItems", list);
  ASSERT_TRUE(items.ok()) << items.status();
  std::map<std::string, Date> days;
  for (const PlanItem& item : items->plan_items()) days[item.school()] = FromProto(item.day());
  ASSERT_TRUE(days.contains(will_rest) && days.contains(rests) && days.contains(owed_before));
  EXPECT_LT(days[will_rest], MakeDate(2026, 4, 10));
  EXPECT_EQ(days[rests], last);
  EXPECT_LT(days[owed_before], MakeDate(2026, 4, 14));
}

TEST_F(VisitsTest, AnIssueThatAwaitsVerificationIsLookedBackAt) {
  const Visit origin = NextVisit();
  issues::v1::Issue issue;
  issue.set_name(std::string(kOffice) + "/issues/" + FormatUuid(RandomUuid()));
  issue.set_school(origin.school());
  issue.set_matter("B06");
  issue.set_fact("消防通道堆放杂物");
  issue.set_state(issues::v1::AWAITING_VERIFICATION);
  *issue.mutable_rectified_time() = ToProto(*ParseTime("2026-03-30T02:00:00Z"));
  ASSERT_TRUE(Tell(issue).ok());
  ASSERT_TRUE(Tell(issue).ok());  // said twice, owed once
  ListOpenItemsRequest list;
  list.set_parent(kOffice);
  list.set_school(origin.school());
  auto items = Call<ListOpenItemsResponse>("Visits.ListOpenItems", list);
  ASSERT_TRUE(items.ok()) << items.status();
  ASSERT_EQ(items->items_size(), 1);
  // Ten working days after 30 March 2026: 6 April is the rest day of Qingming.
  EXPECT_EQ(FromProto(items->items(0).due()), MakeDate(2026, 4, 14));

  CreateVisitRequest create;
  create.set_parent(kOffice);
  create.mutable_visit()->set_school(origin.school());
  create.mutable_visit()->set_type(LOOK_BACK_VISIT);
  create.mutable_visit()->add_panel(origin.panel(0));
  create.mutable_visit()->add_obligations(items->items(0).obligation());
  *create.mutable_visit()->mutable_planned_day() = ToProto(MakeDate(2026, 3, 31));
  auto visit = Call<Visit>("Visits.CreateVisit", create);
  ASSERT_TRUE(visit.ok()) << visit.status();
  auto inspector = ClientOf(origin.panel(0));
  auto started = Start(*inspector, *visit);
  ASSERT_TRUE(started.ok()) << started.status();
  auto recorded = Record(*inspector, *started);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_EQ(ReasonOf(Submit(*inspector, *recorded).status()), ErrorReason::OPEN_ITEMS_UNANSWERED);
  auto record = On<RecordVisitRequest>(*recorded);
  *record.mutable_methods() = recorded->methods();
  *record.mutable_judgements() = recorded->judgements();
  auto* answer = record.add_look_backs();  // on the first round, which is 0
  answer->set_issue(issue.name());
  answer->set_passed(true);
  auto answered = CallBy<Visit>(*inspector, "Visits.RecordVisit", record);
  ASSERT_TRUE(answered.ok()) << answered.status();
  auto submitted = Submit(*inspector, *answered);
  ASSERT_TRUE(submitted.ok()) << submitted.status();
  EXPECT_EQ(ObligationOf(items->items(0).obligation()).state(), FULFILLED);
  issue.set_state(issues::v1::VERIFIED);
  ASSERT_TRUE(Tell(issue).ok());
  EXPECT_EQ(Call<ListOpenItemsResponse>("Visits.ListOpenItems", list)->items_size(), 0);
  EXPECT_EQ(ObligationOf(items->items(0).obligation()).state(), FULFILLED);
}

// A paper of the State Council that comes out while a look-back is owed. Its days lie in 2027: no other case
// looks that far.
TEST_F(VisitsTest, ALookBackThatIsOwedFallsDueByTheNewPaper) {
  const Visit origin = NextVisit();
  issues::v1::Issue issue;
  issue.set_name(std::string(kOffice) + "/issues/" + FormatUuid(RandomUuid()));
  issue.set_school(origin.school());
  issue.set_matter("B06");
  issue.set_fact("消防通道堆放杂物");
  issue.set_state(issues::v1::AWAITING_VERIFICATION);
  *issue.mutable_rectified_time() = ToProto(*ParseTime("2026-12-28T02:00:00Z"));
  ASSERT_TRUE(Tell(issue).ok());
  ListOpenItemsRequest list;
  list.set_parent(kOffice);
  list.set_school(origin.school());
  const auto owed = [&] {
    auto items = Call<ListOpenItemsResponse>("Visits.ListOpenItems", list);
    EXPECT_TRUE(items.ok()) << items.status();
    for (const OpenItem& item : items->items()) {
      if (item.issue() == issue.name()) return item;
    }
    return OpenItem();
  };
  const OpenItem before = owed();
  ASSERT_EQ(FromProto(before.due()), MakeDate(2027, 1, 11)) << "ten days from Monday to Friday";

  const auto registry = harness_->ClientOf("registry", Harness::Operator());
  registry::v1::PreviewCalendarPapersRequest preview;
  preview.set_papers("year,paper,issued,subject\n2027,示例发电〔2026〕9号,2026-11-04,2027年示例\n");
  preview.set_days(
      "date,kind,name,paper\n2027-01-01,off,元旦,示例发电〔2026〕9号\n2027-01-04,off,元旦,"
      "示例发电〔2026〕9号\n");
  constexpr char kPreview[] = "inspectorate.registry.v1.Calendars.PreviewCalendarPapers";
  constexpr char kPublish[] = "inspectorate.registry.v1.Calendars.PublishCalendarPapers";
  const auto effect = registry->Call<registry::v1::CalendarEffect>(kPreview, preview);
  ASSERT_TRUE(effect.ok()) << effect.status();
  ASSERT_EQ(effect->offices_size(), 1);
  EXPECT_EQ(effect->offices(0).moved_look_backs(), 1);
  EXPECT_EQ(FromProto(owed().due()), MakeDate(2027, 1, 11)) << "looked at and not touched";
  registry::v1::PublishCalendarPapersRequest publish;
  publish.set_papers(preview.papers());
  publish.set_days(preview.days());
  publish.set_etag(effect->etag());
  ASSERT_TRUE(registry->Call<registry::v1::CalendarEffect>(kPublish, publish).ok());
  harness_->Settle("zhanhua");
  EXPECT_EQ(FromProto(owed().due()), MakeDate(2027, 1, 13));
  EXPECT_EQ(FromProto(ObligationOf(before.obligation()).window_to()), MakeDate(2027, 1, 13));
  issue.set_state(issues::v1::VERIFIED);
  ASSERT_TRUE(Tell(issue).ok());
}

TEST_F(VisitsTest, ALookBackThatLostItsIssueIsExcusedAndAReopenedIssueIsOwedAnew) {
  const Visit origin = NextVisit();
  issues::v1::Issue issue;
  issue.set_name(std::string(kOffice) + "/issues/" + FormatUuid(RandomUuid()));
  issue.set_school(origin.school());
  issue.set_matter("B06");
  issue.set_fact("灭火器过期");
  *issue.mutable_rectified_time() = ToProto(*ParseTime("2026-03-30T02:00:00Z"));
  ListOpenItemsRequest list;
  list.set_parent(kOffice);
  list.set_school(origin.school());
  const auto duty = [&] {
    issue.set_state(issues::v1::AWAITING_VERIFICATION);
    EXPECT_TRUE(Tell(issue).ok());
    auto items = Call<ListOpenItemsResponse>("Visits.ListOpenItems", list);
    EXPECT_TRUE(items.ok() && items->items_size() == 1) << items.status();
    return items->items(0).obligation();
  };
  const std::string first = duty();
  issue.set_state(issues::v1::WAIVED);
  ASSERT_TRUE(Tell(issue).ok());
  EXPECT_EQ(ObligationOf(first).state(), EXCUSED);
  EXPECT_FALSE(ObligationOf(first).excuse_reason().empty());
  issue.set_reopen_count(1);
  const std::string second = duty();
  EXPECT_NE(second, first);
  EXPECT_EQ(ObligationOf(second).state(), OPEN);
}

TEST_F(VisitsTest, ASchoolDoesNotSeeWhoWillComeUnannounced) {
  const Visit visit = NextVisit();
  registry::v1::ListSupervisorPostingsRequest list;
  list.set_parent(kOffice);
  list.set_filter("school = \"" + visit.school() + "\"");
  auto postings = registry_->Call<registry::v1::ListSupervisorPostingsResponse>(
      "inspectorate.registry.v1.SupervisorPostings.ListSupervisorPostings", list);
  ASSERT_TRUE(postings.ok() && postings->supervisor_postings_size() > 0) << postings.status();
  auto supervisor =
      ClientOf(postings->supervisor_postings(0).supervisor(), rpc::Role::ROLE_SCHOOL_SUPERVISOR);
  GetVisitRequest get;
  get.set_name(visit.name());
  EXPECT_EQ(ReasonOf(CallBy<Visit>(*supervisor, "Visits.GetVisit", get).status()),
            ErrorReason::PERMISSION_MISSING);
  GetPlanRequest plan;
  plan.set_name(plan_.name());
  EXPECT_EQ(ReasonOf(CallBy<Plan>(*supervisor, "Plans.GetPlan", plan).status()),
            ErrorReason::PERMISSION_MISSING);
  ASSERT_TRUE(Start(*ClientOf(visit.panel(0)), visit).ok());
  auto seen = CallBy<Visit>(*supervisor, "Visits.GetVisit", get);
  EXPECT_TRUE(seen.ok()) << seen.status();
}

}  // namespace
}  // namespace inspectorate::visits
