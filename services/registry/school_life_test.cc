// The life of schools over real sockets: acts as of a day, two persons, codes over all time, what was so
// when.
#include "services/registry/app/school_life.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/definition.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::ToProto;
using testing::Harness;

constexpr Date kToday = std::chrono::year{2026} / 3 / 2;
constexpr Date kBegin = std::chrono::year{2022} / 9 / 1;
constexpr std::chrono::days kDay{1};

std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }

class SchoolLifeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    static int count = 0;
    office_ = "life-" + std::to_string(++count);
    code_ = 990000 + count * 100;
    harness_->CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
    second_ = harness_->ClientOf("registry",
                                 Harness::Person("offices/" + office_ + "/staff/" + FormatUuid(RandomUuid()),
                                                 rpc::Role::ROLE_DISTRICT_OFFICE, office_));
    // What is entered here lies years back.
    CorrectionDays("3650");
  }

  // From today; another one a day later. Two persons set it.
  void CorrectionDays(const std::string& days) {
    CreatePolicyRuleRequest rule;
    rule.set_parent("offices/" + office_);
    rule.mutable_policy_rule()->set_key("roster.correction_days");
    rule.mutable_policy_rule()->set_value(days);
    rule.mutable_policy_rule()->set_unit(DAY);
    rule.mutable_policy_rule()->set_source("示例文件");
    *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(kToday + std::chrono::days(own_rules_++));
    const auto proposed = Must<PolicyRule>(*staff_, "PolicyRules.CreatePolicyRule", rule);
    ApprovePolicyRuleRequest approve;
    approve.set_name(proposed.name());
    approve.set_etag(proposed.etag());
    Must<PolicyRule>(*second_, "PolicyRules.ApprovePolicyRule", approve);
  }

  // By the clock of the office, which takes up what is due.
  void TheDayIs(const std::string& day) { harness_->SetClock(office_, day + "T01:00:00Z"); }
  int Alerts(AlertKind kind, const School& school) {
    ListInspectorAlertsRequest list;
    list.set_parent("offices/" + office_);
    int told = 0;
    const auto all = Must<ListInspectorAlertsResponse>(*staff_, "Inspectors.ListInspectorAlerts", list);
    for (const auto& alert : all.alerts()) {
      told += alert.kind() == kind && alert.school() == school.name() ? 1 : 0;
    }
    return told;
  }

  std::string NewCode(const std::string& school_class) {
    return school_class + "37" + std::to_string(++code_);
  }
  template <class Response, class Request>
  static Response Must(rpc::Client& by, const std::string& method, const Request& request) {
    auto response = by.Call<Response>(Method(method), request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *std::move(response) : Response();
  }
  template <class Response, class Request>
  static ErrorReason Refused(rpc::Client& by, const std::string& method, const Request& request) {
    const auto response = by.Call<Response>(Method(method), request);
    EXPECT_FALSE(response.ok()) << method;
    return ReasonOf(response.status());
  }

  School Create(const std::string& number, const std::string& code = "", SchoolKind kind = PRIMARY,
                Date opened = kBegin) {
    CreateSchoolRequest request;
    request.mutable_school()->set_office("offices/" + office_);
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_kind(kind);
    request.mutable_school()->set_ident_code(code);
    *request.mutable_school()->mutable_open_date() = ToProto(opened);
    return Must<School>(*staff_, "Schools.CreateSchool", request);
  }
  absl::StatusOr<School> CreateAs(School school) {
    CreateSchoolRequest request;
    school.set_office("offices/" + office_);
    school.set_display_name("示例小学");
    school.set_kind(PRIMARY);
    *request.mutable_school() = school;
    return staff_->Call<School>(Method("Schools.CreateSchool"), request);
  }
  School Now(const School& school) {
    GetSchoolRequest request;
    request.set_name(school.name());
    return Must<School>(*staff_, "Schools.GetSchool", request);
  }
  School On(const School& school, Date day) {
    GetSchoolRequest request;
    request.set_name(school.name());
    *request.mutable_as_of() = ToProto(day);
    return Must<School>(*staff_, "Schools.GetSchool", request);
  }
  ChangeSchoolRequest Act(const School& school, SchoolChangeKind kind, Date effective) {
    ChangeSchoolRequest request;
    request.set_name(school.name());
    request.set_etag(Now(school).etag());
    request.set_kind(kind);
    *request.mutable_effective_date() = ToProto(effective);
    request.set_document_number("沾教体〔2026〕1号");
    return request;
  }
  SchoolChange Do(const ChangeSchoolRequest& request) {
    return Must<SchoolChange>(*staff_, "SchoolChanges.ChangeSchool", request);
  }
  ErrorReason RefusedAct(const ChangeSchoolRequest& request) {
    return Refused<SchoolChange>(*staff_, "SchoolChanges.ChangeSchool", request);
  }
  ProposeSchoolFactsRequest Propose(const School& school, Date effective = kToday) {
    ProposeSchoolFactsRequest request;
    request.mutable_school()->set_name(school.name());
    *request.mutable_effective_date() = ToProto(effective);
    request.set_basis("实地核对");
    return request;
  }
  ProposeCodeCorrectionRequest Correction(const School& school, const std::string& code,
                                          const std::string& right = "") {
    ProposeCodeCorrectionRequest request;
    request.set_name(school.name());
    request.set_etag(Now(school).etag());
    request.set_ident_code(code);
    request.set_right_ident_code(right);
    request.set_document_number("沾教体〔2026〕9号");
    request.set_basis("录入时看错行，经与学籍系统核对");
    return request;
  }
  SchoolChange MustCorrect(const School& school, const std::string& code, const std::string& right = "") {
    return Must<SchoolChange>(*staff_, "SchoolChanges.ProposeCodeCorrection",
                              Correction(school, code, right));
  }
  ErrorReason Correct(const School& school, const std::string& code, const std::string& right = "") {
    return Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeCodeCorrection",
                                 Correction(school, code, right));
  }
  // One person writes the code into the school; what speaks against it.
  ErrorReason Fill(const School& school, const std::string& code) {
    UpdateSchoolRequest update;
    update.mutable_school()->set_name(school.name());
    update.mutable_school()->set_ident_code(code);
    return ReasonOf(staff_->Call<School>(Method("Schools.UpdateSchool"), update).status());
  }
  static ApproveSchoolChangeRequest Approve(const SchoolChange& change) {
    ApproveSchoolChangeRequest request;
    request.set_name(change.name());
    request.set_etag(change.etag());
    return request;
  }
  SchoolChange Get(const SchoolChange& change) {
    GetSchoolChangeRequest request;
    request.set_name(change.name());
    return Must<SchoolChange>(*staff_, "SchoolChanges.GetSchoolChange", request);
  }
  SchoolChange Withdraw(const SchoolChange& change) {
    RejectSchoolChangeRequest request;
    request.set_name(change.name());
    request.set_etag(change.etag());
    request.set_note("文件撤销");
    return Must<SchoolChange>(*staff_, "SchoolChanges.RejectSchoolChange", request);
  }
  // 1 September of the office; the service looks for what is due in its next round, here because it begins.
  void TheDayComes() {
    harness_->SetClock(office_, "2026-09-01T01:00:00Z");
    harness_->Stop("registry");
    harness_->Start("registry");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
  }
  SchoolChange Await(const SchoolChange& change, SchoolChangeState state) {
    SchoolChange now = Get(change);
    for (int i = 0; i < 200 && now.state() != state; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      now = Get(change);
    }
    EXPECT_EQ(now.state(), state) << now.ShortDebugString();
    return now;
  }
  std::string Lookup(const std::string& code, std::optional<Date> day = {}) {
    LookupSchoolRequest request;
    request.set_ident_code(code);
    if (day) *request.mutable_as_of() = ToProto(*day);
    const auto school = staff_->Call<School>(Method("Schools.LookupSchool"), request);
    return school.ok() ? school->name() : type::v1::ErrorReason_Name(ReasonOf(school.status()));
  }
  std::string AreaOf(const std::string& number) {
    CreateAreaRequest request;
    request.set_parent("offices/" + office_);
    request.mutable_area()->set_number(std::stoi(number));
    request.mutable_area()->set_display_name("责任区" + number);
    *request.mutable_area()->mutable_valid_from() = ToProto(kBegin);
    return Must<Area>(*staff_, "Areas.CreateArea", request).name();
  }
  SchoolAssignment Assign(const School& school, const std::string& area, Date from, std::optional<Date> to) {
    CreateSchoolAssignmentRequest request;
    request.set_parent("offices/" + office_);
    request.mutable_school_assignment()->set_school(school.name());
    request.mutable_school_assignment()->set_area(area);
    *request.mutable_school_assignment()->mutable_valid_from() = ToProto(from);
    if (to) *request.mutable_school_assignment()->mutable_valid_to() = ToProto(*to);
    return Must<SchoolAssignment>(*staff_, "SchoolAssignments.CreateSchoolAssignment", request);
  }

  static inline Harness* harness_ = nullptr;
  std::string office_;
  int code_ = 0;
  std::unique_ptr<rpc::Client> staff_, second_;
  int own_rules_ = 0;
};

TEST_F(SchoolLifeTest, WhatASchoolWasOnADay) {
  const School school = Create("1");
  auto rename = Act(school, RENAME_SCHOOL, MakeDate(2023, 9, 1));
  rename.set_display_name("新名小学");
  Do(rename);
  Do(Act(school, SUSPEND_SCHOOL, MakeDate(2024, 1, 1)));
  Do(Act(school, RESUME_SCHOOL, MakeDate(2024, 9, 1)));
  Do(Act(school, CLOSE_SCHOOL, MakeDate(2026, 2, 1)));
  const struct {
    Date day;
    const char* name;
    SchoolState state;
  } history[] = {{kBegin - kDay, "示例小学1", PREPARING},
                 {kBegin, "示例小学1", OPERATING},
                 {MakeDate(2023, 8, 31), "示例小学1", OPERATING},
                 {MakeDate(2023, 9, 1), "新名小学", OPERATING},
                 {MakeDate(2023, 12, 31), "新名小学", OPERATING},
                 {MakeDate(2024, 1, 1), "新名小学", SUSPENDED},
                 {MakeDate(2024, 8, 31), "新名小学", SUSPENDED},
                 {MakeDate(2024, 9, 1), "新名小学", OPERATING},
                 {MakeDate(2026, 1, 31), "新名小学", OPERATING},
                 {MakeDate(2026, 2, 1), "新名小学", CLOSED},
                 {kToday, "新名小学", CLOSED}};
  for (const auto& at : history) {
    const School then = On(school, at.day);
    EXPECT_EQ(then.display_name(), at.name) << FormatDate(at.day);
    EXPECT_EQ(then.state(), at.state) << FormatDate(at.day);
    // The coverage of that day speaks of the school as it was, too: it has no area, which is said of who
    // operates.
    CheckCoverageRequest coverage;
    coverage.set_parent("offices/" + office_);
    *coverage.mutable_as_of() = ToProto(at.day);
    const auto covered = Must<Coverage>(*staff_, "Areas.CheckCoverage", coverage);
    EXPECT_EQ(covered.schools(), at.state == OPERATING ? 1 : 0) << FormatDate(at.day);
    for (const auto& exception : covered.exceptions()) EXPECT_EQ(exception.display_name(), at.name);
  }
  // The history is a list too, and says by which document.
  ListSchoolChangesRequest list;
  list.set_parent("offices/" + office_);
  list.set_filter("school = \"" + school.name() + "\"");
  list.set_order_by("effective_date");
  const auto changes = Must<ListSchoolChangesResponse>(*staff_, "SchoolChanges.ListSchoolChanges", list);
  ASSERT_EQ(changes.school_changes_size(), 4);
  EXPECT_EQ(changes.school_changes(0).kind(), RENAME_SCHOOL);
  EXPECT_EQ(changes.school_changes(3).kind(), CLOSE_SCHOOL);
  EXPECT_EQ(changes.school_changes(3).document_number(), "沾教体〔2026〕1号");
  EXPECT_EQ(changes.school_changes(3).proposer(), Harness::Staff(office_).subject);
}

TEST_F(SchoolLifeTest, ACorrectedNameIsHistoryToo) {
  const School school = Create("1");
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(school.name());
  update.mutable_school()->set_display_name("示例小学一");
  Must<School>(*staff_, "Schools.UpdateSchool", update);
  EXPECT_EQ(On(school, kToday - kDay).display_name(), "示例小学1");
  EXPECT_EQ(On(school, kToday).display_name(), "示例小学一");
}

TEST_F(SchoolLifeTest, ImpossibleActsAreRefused) {
  const School school = Create("1");
  EXPECT_EQ(RefusedAct(Act(school, OPEN_SCHOOL, kToday)), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_EQ(RefusedAct(Act(school, RESUME_SCHOOL, kToday)), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_EQ(RefusedAct(Act(school, CHANGE_SCHOOL_FACTS, kToday)), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(RefusedAct(Act(school, RENAME_SCHOOL, kToday)), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(RefusedAct(Act(school, MERGE_SCHOOL, kToday)), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(RefusedAct(Act(school, CLOSE_SCHOOL, kBegin)), ErrorReason::PERIOD_INVALID);
  auto self = Act(school, MERGE_SCHOOL, kToday);
  self.add_others(school.name());
  EXPECT_EQ(RefusedAct(self), ErrorReason::INVALID_FIELDS);
  Do(Act(school, SUSPEND_SCHOOL, MakeDate(2026, 1, 1)));
  EXPECT_EQ(RefusedAct(Act(school, RESUME_SCHOOL, MakeDate(2025, 12, 31))), ErrorReason::CHANGE_OUT_OF_ORDER);
  Do(Act(school, CLOSE_SCHOOL, kToday));
  EXPECT_EQ(RefusedAct(Act(school, CLOSE_SCHOOL, kToday)), ErrorReason::STATE_TRANSITION_DENIED);
  // Nobody merges into what is over.
  auto merge = Act(Create("2"), MERGE_SCHOOL, kToday);
  merge.add_others(school.name());
  EXPECT_EQ(RefusedAct(merge), ErrorReason::STATE_TRANSITION_DENIED);
  // What an act changes, no plain update does.
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(Create("3").name());
  *update.mutable_school()->mutable_close_date() = ToProto(kToday - kDay);
  EXPECT_EQ(Refused<School>(*staff_, "Schools.UpdateSchool", update), ErrorReason::INVALID_FIELDS);
}

// --- decided on for a later day
// -----------------------------------------------------------------------------

constexpr Date kSeptember = std::chrono::year{2026} / 9 / 1;

TEST_F(SchoolLifeTest, AnEndThatIsToComeIsKnownAndHappensOnItsDay) {
  const std::string code = NewCode("21");
  const School school = Create("1", code);
  const SchoolAssignment assignment = Assign(school, AreaOf("1"), kBegin, {});
  const SchoolChange change = Do(Act(school, CLOSE_SCHOOL, kSeptember));
  EXPECT_EQ(change.state(), CHANGE_SCHEDULED);
  EXPECT_EQ(Now(school).state(), OPERATING);
  EXPECT_EQ(resource::FromProto(Now(school).close_date()), kSeptember - kDay);
  EXPECT_EQ(On(school, kSeptember - kDay).state(), OPERATING);
  EXPECT_EQ(On(school, kSeptember).state(), CLOSED);
  // After that day it does nothing, so nothing is decided on for it.
  EXPECT_EQ(RefusedAct(Act(school, SUSPEND_SCHOOL, kSeptember + kDay)), ErrorReason::STATE_TRANSITION_DENIED);
  TheDayComes();
  const SchoolChange done = Await(change, CHANGE_IN_FORCE);
  EXPECT_EQ(Now(school).state(), CLOSED);
  EXPECT_EQ(done.proposer(), change.proposer());
  ASSERT_EQ(done.ended_assignments_size(), 1);
  EXPECT_EQ(done.ended_assignments(0), assignment.name());
  EXPECT_EQ(On(school, kSeptember - kDay).state(), OPERATING);
  // The code is nobody's again.
  CreateSchoolRequest again;
  again.mutable_school()->set_office("offices/" + office_);
  again.mutable_school()->set_display_name("示例小学2");
  again.mutable_school()->set_kind(PRIMARY);
  again.mutable_school()->set_ident_code(code);
  EXPECT_EQ(Refused<School>(*staff_, "Schools.CreateSchool", again), ErrorReason::CODE_RETIRED);
}

TEST_F(SchoolLifeTest, NamesAndFactsThatAreToComeHoldFromTheirDay) {
  const School renamed = Create("1");
  auto rename = Act(renamed, RENAME_SCHOOL, kSeptember);
  rename.set_display_name("示例实验小学");
  const SchoolChange name = Do(rename);
  const School moved = Create("2");
  auto proposal = Propose(moved, kSeptember);
  proposal.mutable_school()->set_urban_rural("210");
  const SchoolChange proposed = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", proposal);
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ApproveSchoolChange", Approve(proposed)),
            ErrorReason::SECOND_PERSON_REQUIRED);
  const SchoolChange facts =
      Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(proposed));
  EXPECT_EQ(facts.state(), CHANGE_SCHEDULED);
  EXPECT_EQ(Now(renamed).display_name(), "示例小学1");
  EXPECT_EQ(Now(moved).urban_rural(), moved.urban_rural());
  TheDayComes();
  Await(name, CHANGE_IN_FORCE);
  Await(facts, CHANGE_IN_FORCE);
  EXPECT_EQ(Now(renamed).display_name(), "示例实验小学");
  EXPECT_EQ(On(renamed, kSeptember - kDay).display_name(), "示例小学1");
  EXPECT_EQ(Now(moved).urban_rural(), "210");
}

TEST_F(SchoolLifeTest, WhatIsToComeIsTakenBack) {
  const School school = Create("1");
  const SchoolChange later = Do(Act(school, CLOSE_SCHOOL, kSeptember));
  const SchoolChange sooner = Do(Act(school, CLOSE_SCHOOL, MakeDate(2026, 7, 1)));
  EXPECT_EQ(resource::FromProto(Now(school).close_date()), MakeDate(2026, 6, 30));
  EXPECT_EQ(Withdraw(sooner).state(), CHANGE_WITHDRAWN);
  EXPECT_EQ(resource::FromProto(Now(school).close_date()), kSeptember - kDay);
  EXPECT_EQ(Withdraw(later).state(), CHANGE_WITHDRAWN);
  EXPECT_FALSE(Now(school).has_close_date());
  EXPECT_EQ(Now(school).state(), OPERATING);
  RejectSchoolChangeRequest again;
  again.set_name(later.name());
  again.set_etag(Get(later).etag());
  again.set_note("文件撤销");
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.RejectSchoolChange", again),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(SchoolLifeTest, DaysOfBeforeComeBackWithTheLastOfSeveralChanges) {
  CreateSchoolRequest create;
  create.mutable_school()->set_office("offices/" + office_);
  create.mutable_school()->set_display_name("示例小学1");
  create.mutable_school()->set_kind(PRIMARY);
  *create.mutable_school()->mutable_open_date() = ToProto(kBegin);
  *create.mutable_school()->mutable_close_date() = ToProto(MakeDate(2027, 6, 30));
  const School school = Must<School>(*staff_, "Schools.CreateSchool", create);
  const SchoolChange later = Do(Act(school, CLOSE_SCHOOL, kSeptember));
  const SchoolChange sooner = Do(Act(school, CLOSE_SCHOOL, MakeDate(2026, 7, 1)));
  // In the order in which they were scheduled: the second had the first one's day before it.
  Withdraw(Get(later));
  EXPECT_EQ(resource::FromProto(Now(school).close_date()), MakeDate(2026, 6, 30));
  Withdraw(Get(sooner));
  EXPECT_EQ(resource::FromProto(Now(school).close_date()), MakeDate(2027, 6, 30));
}

TEST_F(SchoolLifeTest, AnOpeningThatIsTakenBackLeavesASchoolThatHasOpenedAlone) {
  const School school = Create("1", "", PRIMARY, kSeptember);
  const SchoolChange later = Do(Act(school, OPEN_SCHOOL, MakeDate(2026, 10, 1)));
  EXPECT_EQ(resource::FromProto(Now(school).open_date()), MakeDate(2026, 10, 1));
  Do(Act(school, OPEN_SCHOOL, kToday));
  Withdraw(later);
  EXPECT_EQ(resource::FromProto(Now(school).open_date()), kToday);
  EXPECT_EQ(On(school, kToday).state(), OPERATING);
}

TEST_F(SchoolLifeTest, WhatIsScheduledTwiceIsRefused) {
  const School school = Create("1");
  const auto suspend = Act(school, SUSPEND_SCHOOL, kSeptember);
  Do(suspend);
  EXPECT_EQ(RefusedAct(suspend), ErrorReason::STATE_TRANSITION_DENIED);
}

// With the rule as it ships: the days between are more than an office may correct.
TEST_F(SchoolLifeTest, AnEndThatWasDecidedAheadIsCarriedOutHoweverLate) {
  const School school = Create("1");
  Assign(school, AreaOf("1"), kBegin, {});
  Do(Act(school, SUSPEND_SCHOOL, kToday));
  const SchoolChange change = Do(Act(school, CLOSE_SCHOOL, MakeDate(2026, 4, 1)));
  CorrectionDays("31");
  TheDayComes();
  EXPECT_EQ(Await(change, CHANGE_IN_FORCE).ended_assignments_size(), 1);
  EXPECT_EQ(Now(school).state(), CLOSED);
  EXPECT_EQ(resource::FromProto(Now(school).close_date()), MakeDate(2026, 3, 31));
}

TEST_F(SchoolLifeTest, WhatIsDueIsNotTakenBack) {
  const School school = Create("1");
  const SchoolChange change = Do(Act(school, CLOSE_SCHOOL, kSeptember));
  TheDayIs("2026-09-01");
  RejectSchoolChangeRequest withdraw;
  withdraw.set_name(change.name());
  withdraw.set_etag(Get(change).etag());
  withdraw.set_note("文件撤销");
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.RejectSchoolChange", withdraw),
            ErrorReason::STATE_TRANSITION_DENIED);
}

TEST_F(SchoolLifeTest, WhatIsNotPossibleWhenItsDayComesLapses) {
  const School merging = Create("1");
  const School other = Create("2");
  auto merge = Act(merging, MERGE_SCHOOL, kSeptember);
  merge.add_others(other.name());
  const SchoolChange merger = Do(merge);
  Do(Act(other, CLOSE_SCHOOL, kToday));
  TheDayComes();
  const SchoolChange lapsed = Await(merger, CHANGE_LAPSED);
  EXPECT_FALSE(lapsed.decision_note().empty());
  EXPECT_EQ(Now(merging).state(), OPERATING);
  EXPECT_FALSE(Now(merging).has_close_date()) << "it goes on";
  // Nobody need look for it, until the office says that it knows.
  EXPECT_EQ(Alerts(CHANGE_LAPSED_ALERT, merging), 1);
  const SchoolChange known = Withdraw(lapsed);
  EXPECT_EQ(known.state(), CHANGE_WITHDRAWN);
  EXPECT_NE(known.decision_note().find("未能生效"), std::string::npos) << "why it lapsed stays";
  EXPECT_EQ(Alerts(CHANGE_LAPSED_ALERT, merging), 0);
}

TEST_F(SchoolLifeTest, WhatLapsedIsToldForAWhile) {
  const School merging = Create("1"), other = Create("2");
  auto merge = Act(merging, MERGE_SCHOOL, kSeptember);
  merge.add_others(other.name());
  Do(merge);
  Do(Act(other, CLOSE_SCHOOL, kToday));
  TheDayIs("2026-11-29");
  EXPECT_EQ(Alerts(CHANGE_LAPSED_ALERT, merging), 1);
  TheDayIs("2026-11-30");
  EXPECT_EQ(Alerts(CHANGE_LAPSED_ALERT, merging), 0);
}

TEST_F(SchoolLifeTest, RenamingsFollowEachOther) {
  const School school = Create("1");
  auto rename = Act(school, RENAME_SCHOOL, MakeDate(2026, 7, 1));
  rename.set_display_name("示例实验小学");
  Do(rename);
  rename = Act(school, RENAME_SCHOOL, kSeptember);
  rename.set_display_name("示例第一小学");
  const SchoolChange second = Do(rename);
  // Nor does a correction in between overtake what a paper orders.
  UpdateSchoolRequest correct;
  correct.mutable_school()->set_name(school.name());
  correct.mutable_school()->set_display_name("示例小学一");
  Must<School>(*staff_, "Schools.UpdateSchool", correct);
  EXPECT_EQ(On(school, MakeDate(2026, 7, 1)).display_name(), "示例实验小学");
  EXPECT_EQ(On(school, kSeptember).display_name(), "示例第一小学");
  // A clock that jumps takes up all that is due, at once.
  TheDayIs("2026-09-01");
  EXPECT_EQ(Now(school).display_name(), "示例第一小学");
  const SchoolChange done = Get(second);
  EXPECT_EQ(done.state(), CHANGE_IN_FORCE);
  EXPECT_EQ(done.before().display_name(), "示例实验小学");
  EXPECT_EQ(On(school, kSeptember - kDay).display_name(), "示例实验小学");
  EXPECT_EQ(On(school, MakeDate(2026, 6, 30)).display_name(), "示例小学一");
}

TEST_F(SchoolLifeTest, ActsDoNotReachIntoSettledDays) {
  const Date settled = MakeDate(2026, 1, 31), open = MakeDate(2026, 2, 1);
  const School school = Create("1"), other = Create("2"), third = Create("3");
  const School suspended = Create("4");
  Do(Act(suspended, SUSPEND_SCHOOL, kBegin + kDay));
  School coming;
  coming.set_state(PREPARING);
  const School preparing = *CreateAs(coming);
  CorrectionDays("31");
  TheDayIs("2026-03-04");
  const auto act = [&](SchoolChangeKind kind, Date effective) {
    const School& of = kind == RESUME_SCHOOL ? suspended : kind == OPEN_SCHOOL ? preparing : school;
    ChangeSchoolRequest request = Act(of, kind, effective);
    if (kind == RENAME_SCHOOL) request.set_display_name("新名小学");
    if (kind == MERGE_SCHOOL || kind == SPLIT_OFF_SCHOOL || kind == SPLIT_UP_SCHOOL)
      request.add_others(other.name());
    if (kind == SPLIT_UP_SCHOOL) request.add_others(third.name());
    request.set_validate_only(true);
    return request;
  };
  for (const SchoolChangeKind kind : {OPEN_SCHOOL, RENAME_SCHOOL, MERGE_SCHOOL, SPLIT_OFF_SCHOOL,
                                      SPLIT_UP_SCHOOL, SUSPEND_SCHOOL, RESUME_SCHOOL, CLOSE_SCHOOL}) {
    EXPECT_EQ(RefusedAct(act(kind, settled)), ErrorReason::DAYS_SETTLED) << kind;
    Do(act(kind, open));
  }
  auto facts = Propose(school, settled);
  facts.mutable_school()->set_urban_rural("210");
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", facts),
            ErrorReason::DAYS_SETTLED);
  *facts.mutable_effective_date() = ToProto(open);
  const auto proposed = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", facts);
  // Nor by waiting with the approval.
  TheDayIs("2026-03-10");
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(proposed)),
            ErrorReason::DAYS_SETTLED);
}

TEST_F(SchoolLifeTest, ASchoolBeginsWhereItIsSaidToStand) {
  const auto standing = [&](SchoolState state, std::optional<Date> opened, std::optional<Date> closed) {
    School school;
    school.set_state(state);
    if (opened) *school.mutable_open_date() = ToProto(*opened);
    if (closed) *school.mutable_close_date() = ToProto(*closed);
    const auto created = CreateAs(school);
    return created.ok() ? SchoolState_Name(created->state())
                        : type::v1::ErrorReason_Name(ReasonOf(created.status()));
  };
  EXPECT_EQ(standing(PREPARING, {}, {}), "PREPARING");
  EXPECT_EQ(standing(PREPARING, kToday + kDay, {}), "PREPARING");
  EXPECT_EQ(standing(PREPARING, kToday, {}), "INVALID_FIELDS");
  EXPECT_EQ(standing(OPERATING, {}, {}), "OPERATING");
  EXPECT_EQ(standing(OPERATING, kToday + kDay, {}), "INVALID_FIELDS");
  EXPECT_EQ(standing(SUSPENDED, kBegin, {}), "SUSPENDED");
  EXPECT_EQ(standing(CLOSED, kBegin, kToday - kDay), "CLOSED");
  EXPECT_EQ(standing(CLOSED, kBegin, {}), "INVALID_FIELDS");
  EXPECT_EQ(standing(MERGED, kBegin, kToday - kDay), "INVALID_FIELDS");
  EXPECT_EQ(standing(SCHOOL_STATE_UNSPECIFIED, kToday + kDay, {}), "PREPARING");
  // Later an act changes it, and an edit does not.
  const School school = Create("1");
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(school.name());
  update.mutable_school()->set_state(SUSPENDED);
  EXPECT_EQ(Refused<School>(*staff_, "Schools.UpdateSchool", update), ErrorReason::INVALID_FIELDS);
  update.mutable_school()->set_state(OPERATING);
  update.mutable_school()->set_students(9);
  EXPECT_EQ(Must<School>(*staff_, "Schools.UpdateSchool", update).students(), 9);
}

TEST_F(SchoolLifeTest, ASchoolOpensOnItsDay) {
  const School school = Create("1", "", PRIMARY, kToday + kDay);
  EXPECT_EQ(school.state(), PREPARING);
  Do(Act(school, OPEN_SCHOOL, kToday));
  EXPECT_EQ(Now(school).state(), OPERATING);
  EXPECT_EQ(On(school, kToday - kDay).state(), PREPARING);
}

TEST_F(SchoolLifeTest, AMergedSchoolLeavesItsAreaAndItsCodeLeadsOn) {
  const std::string first = NewCode("21"), second = NewCode("21"), third = NewCode("21");
  const School a = Create("1", first), b = Create("2", second), c = Create("3", third);
  const std::string one = AreaOf("1"), two = AreaOf("2");
  const SchoolAssignment past = Assign(a, one, kBegin, MakeDate(2024, 8, 31));
  const SchoolAssignment present = Assign(a, two, MakeDate(2024, 9, 1), MakeDate(2026, 8, 31));
  const SchoolAssignment future = Assign(a, one, MakeDate(2026, 9, 1), {});
  const Date merged = MakeDate(2026, 2, 1);
  auto merge = Act(a, MERGE_SCHOOL, merged);
  merge.add_others(b.name());
  const SchoolChange change = Do(merge);
  EXPECT_EQ(change.ended_assignments_size(), 1);
  EXPECT_EQ(change.ended_assignments(0), present.name());
  ASSERT_EQ(change.dropped_assignments_size(), 1);
  EXPECT_EQ(change.dropped_assignments(0), future.name());
  GetSchoolAssignmentRequest get;
  get.set_name(present.name());
  const auto ended = Must<SchoolAssignment>(*staff_, "SchoolAssignments.GetSchoolAssignment", get);
  EXPECT_EQ(resource::FromProto(ended.valid_to()), merged - kDay);
  get.set_name(past.name());
  EXPECT_EQ(Must<SchoolAssignment>(*staff_, "SchoolAssignments.GetSchoolAssignment", get).revision(), 1);
  const School over = Now(a);
  EXPECT_EQ(over.state(), MERGED);
  EXPECT_EQ(resource::FromProto(over.close_date()), merged - kDay);
  EXPECT_EQ(over.successors(0), b.name());

  EXPECT_EQ(Lookup(first), b.name());
  EXPECT_EQ(Lookup(first, merged), b.name());
  EXPECT_EQ(Lookup(first, merged - kDay), a.name());
  auto again = Act(b, MERGE_SCHOOL, kToday);
  again.add_others(c.name());
  Do(again);
  EXPECT_EQ(Lookup(first), c.name());
  EXPECT_EQ(Lookup(first, merged), b.name());
  // Never again, by nobody.
  CreateSchoolRequest reuse;
  reuse.mutable_school()->set_office("offices/" + office_);
  reuse.mutable_school()->set_display_name("又一所");
  reuse.mutable_school()->set_kind(PRIMARY);
  reuse.mutable_school()->set_ident_code(first);
  EXPECT_EQ(Refused<School>(*staff_, "Schools.CreateSchool", reuse), ErrorReason::CODE_RETIRED);
  reuse.mutable_school()->set_ident_code(third);
  EXPECT_EQ(Refused<School>(*staff_, "Schools.CreateSchool", reuse), ErrorReason::CODE_IN_USE);
}

TEST_F(SchoolLifeTest, ASchoolIsSplit) {
  const std::string code = NewCode("21");
  const School whole = Create("1", code), left = Create("2"), right = Create("3");
  auto off = Act(whole, SPLIT_OFF_SCHOOL, MakeDate(2025, 9, 1));
  off.add_others(left.name());
  EXPECT_EQ(Do(off).after().state(), OPERATING);
  auto up = Act(whole, SPLIT_UP_SCHOOL, kToday);
  up.add_others(left.name());
  EXPECT_EQ(RefusedAct(up), ErrorReason::INVALID_FIELDS);
  up.add_others(right.name());
  EXPECT_EQ(Do(up).after().state(), CLOSED);
  EXPECT_EQ(Now(whole).successors_size(), 2);
  // No one school took its place: the code tells of the one that had it.
  EXPECT_EQ(Lookup(code), whole.name());
}

TEST_F(SchoolLifeTest, FactsNeedTwoPersons) {
  CreateSchoolRequest create;
  create.mutable_school()->set_office("offices/" + office_);
  create.mutable_school()->set_display_name("示例小学");
  create.mutable_school()->set_kind(PRIMARY);
  create.mutable_school()->set_latitude(37.7);
  create.mutable_school()->set_organiser("831");
  create.mutable_school()->set_address("示例路1号");
  const School school = Must<School>(*staff_, "Schools.CreateSchool", create);
  // What is empty is filled in by one; what stands is not changed by one.
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(school.name());
  update.mutable_school()->set_longitude(118.1);
  update.mutable_school()->set_students(100);
  Must<School>(*staff_, "Schools.UpdateSchool", update);
  for (const auto& change :
       {+[](School& s) { s.set_latitude(37.8); }, +[](School& s) { s.set_longitude(118.2); },
        +[](School& s) { s.set_organiser("811"); }, +[](School& s) { s.set_address("示例路2号"); },
        +[](School& s) { s.set_kind(NINE_YEAR); }}) {
    update.mutable_school()->Clear();
    update.mutable_school()->set_name(school.name());
    change(*update.mutable_school());
    EXPECT_EQ(Refused<School>(*staff_, "Schools.UpdateSchool", update), ErrorReason::SECOND_PERSON_REQUIRED);
  }
  auto propose = Propose(school, MakeDate(2026, 2, 1));
  propose.mutable_school()->set_latitude(37.8);
  propose.mutable_school()->set_location_source(SURVEYED);
  const auto proposed = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", propose);
  EXPECT_EQ(proposed.state(), CHANGE_PROPOSED);
  EXPECT_EQ(proposed.changed_fields_size(), 2);
  EXPECT_EQ(Now(school).latitude(), 37.7);
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ApproveSchoolChange", Approve(proposed)),
            ErrorReason::SECOND_PERSON_REQUIRED);
  auto second = Propose(school);
  second.mutable_school()->set_latitude(37.9);
  const auto rival = Must<SchoolChange>(*second_, "SchoolChanges.ProposeSchoolFacts", second);

  const auto approved = Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(proposed));
  EXPECT_EQ(approved.state(), CHANGE_IN_FORCE);
  EXPECT_EQ(approved.proposer(), Harness::Staff(office_).subject);
  EXPECT_NE(approved.decider(), approved.proposer());
  EXPECT_TRUE(approved.has_decide_time());
  EXPECT_EQ(Now(school).latitude(), 37.8);
  EXPECT_EQ(Now(school).students(), 100);
  EXPECT_EQ(On(school, MakeDate(2026, 1, 31)).latitude(), 37.7);
  EXPECT_EQ(On(school, MakeDate(2026, 2, 1)).latitude(), 37.8);
  // Decided once; and what was proposed for a school that has moved on is not approved.
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(approved)),
            ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ApproveSchoolChange", Approve(rival)),
            ErrorReason::ETAG_MISMATCH);
  RejectSchoolChangeRequest reject;
  reject.set_name(rival.name());
  reject.set_etag(rival.etag());
  reject.set_note("已另行更正");
  EXPECT_EQ(Must<SchoolChange>(*staff_, "SchoolChanges.RejectSchoolChange", reject).state(), CHANGE_REJECTED);
  // Only the facts of this kind, and only ones that differ.
  auto name = Propose(school);
  name.mutable_school()->set_display_name("别名");
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", name),
            ErrorReason::FIELD_MASK_INVALID);
  auto same = Propose(school);
  same.mutable_school()->set_latitude(37.8);
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", same),
            ErrorReason::INVALID_FIELDS);
}

TEST_F(SchoolLifeTest, ACodeIsReissuedWithTheClassAndKeptOnARenaming) {
  const std::string primary = NewCode("21"), nine = NewCode("31");
  const School school = Create("1", primary);
  auto rename = Act(school, RENAME_SCHOOL, MakeDate(2023, 9, 1));
  rename.set_display_name("新名小学");
  EXPECT_EQ(Do(rename).after().ident_code(), primary);
  auto kind = Propose(school, MakeDate(2025, 9, 1));
  kind.mutable_school()->set_kind(NINE_YEAR);
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", kind),
            ErrorReason::INVALID_FIELDS);
  kind.mutable_school()->set_ident_code(nine);
  const auto proposed = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", kind);
  EXPECT_EQ(Lookup(nine), "RESOURCE_NOT_FOUND");
  Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(proposed));
  EXPECT_EQ(Lookup(primary), school.name());
  EXPECT_EQ(Lookup(nine), school.name());
  EXPECT_EQ(Lookup(nine, MakeDate(2025, 8, 31)), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(On(school, MakeDate(2025, 8, 31)).ident_code(), primary);
  EXPECT_EQ(On(school, MakeDate(2025, 9, 1)).ident_code(), nine);
  // Not even the school itself gets the old one back.
  auto back = Propose(school);
  back.mutable_school()->set_kind(PRIMARY);
  back.mutable_school()->set_ident_code(primary);
  const auto wrong = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", back);
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(wrong)),
            ErrorReason::CODE_RETIRED);
}

// Entered for another school by mistake: two persons correct it, and the rightful school has it.
TEST_F(SchoolLifeTest, ACodeRecordedInErrorGoesToItsRightfulSchool) {
  const std::string code = NewCode("21"), right = NewCode("21");
  const School wrong = Create("1", code), rightful = Create("2");
  EXPECT_EQ(Lookup(code), wrong.name());
  EXPECT_EQ(Fill(rightful, code), ErrorReason::CODE_IN_USE);
  TheDayIs("2026-03-20");
  const auto proposed = MustCorrect(wrong, code, right);
  EXPECT_EQ(proposed.state(), CHANGE_PROPOSED);
  EXPECT_EQ(proposed.code_recorded_by(), Harness::Staff(office_).subject) << "for the second person to see";
  EXPECT_EQ(Now(wrong).ident_code(), code) << "nothing yet";
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ApproveSchoolChange", Approve(proposed)),
            ErrorReason::SECOND_PERSON_REQUIRED);
  TheDayIs("2026-03-25");
  const auto approved = Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(proposed));
  // History: for which school, from when to when, by whom, and by which paper it was corrected.
  EXPECT_EQ(approved.state(), CHANGE_IN_FORCE);
  EXPECT_EQ(approved.kind(), CORRECT_IDENT_CODE);
  EXPECT_EQ(approved.ident_code_in_error(), code);
  EXPECT_EQ(resource::FromProto(approved.code_recorded_from()), kToday);
  EXPECT_EQ(resource::FromProto(approved.code_recorded_to()), MakeDate(2026, 3, 24));
  EXPECT_EQ(resource::FromProto(approved.effective_date()), MakeDate(2026, 3, 25));
  EXPECT_EQ(approved.document_number(), "沾教体〔2026〕9号");
  EXPECT_EQ(approved.proposer(), Harness::Staff(office_).subject);
  EXPECT_NE(approved.decider(), approved.proposer());
  EXPECT_EQ(Now(wrong).ident_code(), right);
  EXPECT_EQ(On(wrong, MakeDate(2026, 3, 24)).ident_code(), code) << "the record of that day";
  EXPECT_EQ(On(wrong, MakeDate(2026, 3, 25)).ident_code(), right);
  EXPECT_EQ(Lookup(right), wrong.name());
  EXPECT_EQ(Lookup(code), "RESOURCE_NOT_FOUND") << "nobody's";

  EXPECT_EQ(Fill(rightful, code), ErrorReason::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(Lookup(code), rightful.name());
  EXPECT_EQ(Lookup(code, kToday), rightful.name()) << "it was so before it was recorded";
  ListSchoolChangesRequest list;
  list.set_parent("offices/" + office_);
  list.set_filter("ident_code_in_error = \"" + code + "\"");
  EXPECT_EQ(Must<ListSchoolChangesResponse>(*staff_, "SchoolChanges.ListSchoolChanges", list).total_size(),
            1);
  // Truly assigned it is never another's again.
  EXPECT_EQ(Correct(rightful, NewCode("21")), ErrorReason::INVALID_FIELDS) << "not recorded for it";
  Do(Act(rightful, CLOSE_SCHOOL, MakeDate(2026, 3, 25)));
  EXPECT_EQ(Fill(wrong, code), ErrorReason::SECOND_PERSON_REQUIRED);
  EXPECT_EQ(Fill(Create("3"), code), ErrorReason::CODE_RETIRED);
}

// Also where two persons had replaced it before, as if it had been reissued.
TEST_F(SchoolLifeTest, ACodeInErrorThatWasReplacedIsCorrectedToo) {
  const std::string code = NewCode("21"), right = NewCode("21");
  const School wrong = Create("1", code), rightful = Create("2");
  TheDayIs("2026-03-10");
  auto facts = Propose(wrong, MakeDate(2026, 3, 10));
  facts.mutable_school()->set_ident_code(right);
  Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange",
                     Approve(Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", facts)));
  EXPECT_EQ(Fill(rightful, code), ErrorReason::CODE_RETIRED);
  EXPECT_EQ(Correct(wrong, code, right), ErrorReason::INVALID_FIELDS) << "the present code is right already";
  TheDayIs("2026-03-20");
  const auto proposed = MustCorrect(wrong, code);
  const auto rival = MustCorrect(wrong, code);
  const std::string revision = Now(wrong).etag();
  const auto approved = Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(proposed));
  EXPECT_EQ(resource::FromProto(approved.code_recorded_from()), kToday);
  EXPECT_EQ(resource::FromProto(approved.code_recorded_to()), MakeDate(2026, 3, 9));
  EXPECT_EQ(approved.changed_fields_size(), 0);
  EXPECT_EQ(Now(wrong).etag(), revision) << "the school says nothing else";
  EXPECT_EQ(Now(wrong).ident_code(), right);
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(rival)),
            ErrorReason::ETAG_MISMATCH)
      << "corrected once";
  EXPECT_EQ(Fill(rightful, code), ErrorReason::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(Lookup(code), rightful.name());
  EXPECT_EQ(On(wrong, MakeDate(2026, 3, 9)).ident_code(), code);
}

TEST_F(SchoolLifeTest, WhatWasTrulyAssignedIsNotRecycledAsAnError) {
  const std::string merged = NewCode("21"), closed = NewCode("21"), kept = NewCode("21");
  const School a = Create("1", merged), b = Create("2", closed), c = Create("3", kept);
  auto merge = Act(a, MERGE_SCHOOL, kToday);
  merge.add_others(c.name());
  Do(merge);
  Do(Act(b, CLOSE_SCHOOL, kToday));
  // A school that is over, and the code that ended with it.
  EXPECT_EQ(Correct(a, merged), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_EQ(Correct(b, closed), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_EQ(Correct(c, merged), ErrorReason::INVALID_FIELDS) << "of another school";
  EXPECT_EQ(Correct(c, kept, kept), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(Correct(c, kept, NewCode("31")), ErrorReason::INVALID_FIELDS) << "of another class";
  auto request = Correction(c, kept);
  request.clear_document_number();
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeCodeCorrection", request),
            ErrorReason::INVALID_FIELDS);
  request = Correction(c, kept);
  request.clear_basis();
  EXPECT_EQ(Refused<SchoolChange>(*staff_, "SchoolChanges.ProposeCodeCorrection", request),
            ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(RefusedAct(Act(c, CORRECT_IDENT_CODE, kToday)), ErrorReason::INVALID_FIELDS);
  // The right code may be somebody's.
  const School d = Create("4", NewCode("21"));
  const auto taken = MustCorrect(c, kept, d.ident_code());
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(taken)),
            ErrorReason::CODE_IN_USE);
  // A school that closes between proposal and decision takes its code along.
  const auto late = MustCorrect(d, d.ident_code());
  Do(Act(d, CLOSE_SCHOOL, kToday));
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(late)),
            ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_EQ(Fill(Create("5"), d.ident_code()), ErrorReason::CODE_RETIRED);
  // What two persons have replaced meanwhile is another case than the proposer saw.
  const auto stale = MustCorrect(c, kept);
  auto facts = Propose(c);
  facts.mutable_school()->set_ident_code(NewCode("21"));
  Must<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange",
                     Approve(Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", facts)));
  EXPECT_EQ(Refused<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", Approve(stale)),
            ErrorReason::ETAG_MISMATCH);
}

TEST_F(SchoolLifeTest, IsFoundByTheIdsOfOtherSystems) {
  const School school = Create("1");
  UpdateSchoolRequest update;
  update.mutable_school()->set_name(school.name());
  auto* id = update.mutable_school()->add_external_ids();
  id->set_system("xueji");
  id->set_id("A-77");
  Must<School>(*staff_, "Schools.UpdateSchool", update);
  LookupSchoolRequest lookup;
  lookup.set_office("offices/" + office_);
  lookup.set_system("xueji");
  lookup.set_external_id("A-77");
  EXPECT_EQ(Must<School>(*staff_, "Schools.LookupSchool", lookup).name(), school.name());
  lookup.set_system("other");
  EXPECT_EQ(Refused<School>(*staff_, "Schools.LookupSchool", lookup), ErrorReason::RESOURCE_NOT_FOUND);
  update.mutable_school()->set_name(Create("2").name());
  EXPECT_EQ(Refused<School>(*staff_, "Schools.UpdateSchool", update), ErrorReason::CODE_IN_USE);
  auto* twice = update.mutable_school()->add_external_ids();
  twice->set_system("xueji");
  twice->set_id("A-78");
  EXPECT_EQ(Refused<School>(*staff_, "Schools.UpdateSchool", update), ErrorReason::INVALID_FIELDS);
  // Given up, it is free for another.
  UpdateSchoolRequest clear;
  clear.mutable_school()->set_name(school.name());
  clear.mutable_update_mask()->add_paths("external_ids");
  Must<School>(*staff_, "Schools.UpdateSchool", clear);
  update.mutable_school()->mutable_external_ids()->RemoveLast();
  Must<School>(*staff_, "Schools.UpdateSchool", update);
}

TEST_F(SchoolLifeTest, OthersDoNotReachIt) {
  const School school = Create("1");
  const std::string other = office_ + "-other";
  harness_->CreateSandbox(other, "2026-03-02T01:00:00Z");
  const auto stranger = harness_->ClientOf("registry", Harness::Staff(other));
  EXPECT_EQ(
      Refused<SchoolChange>(*stranger, "SchoolChanges.ChangeSchool", Act(school, SUSPEND_SCHOOL, kToday)),
      ErrorReason::PERMISSION_MISSING);
  auto propose = Propose(school);
  propose.mutable_school()->set_organiser("811");
  EXPECT_EQ(Refused<SchoolChange>(*stranger, "SchoolChanges.ProposeSchoolFacts", propose),
            ErrorReason::PERMISSION_MISSING);
  const auto proposed = Must<SchoolChange>(*staff_, "SchoolChanges.ProposeSchoolFacts", propose);
  EXPECT_EQ(Refused<SchoolChange>(*stranger, "SchoolChanges.ApproveSchoolChange", Approve(proposed)),
            ErrorReason::PERMISSION_MISSING);
  GetSchoolChangeRequest get;
  get.set_name(proposed.name());
  EXPECT_EQ(Refused<SchoolChange>(*stranger, "SchoolChanges.GetSchoolChange", get),
            ErrorReason::PERMISSION_MISSING);
  // A stale etag, and the same request twice.
  auto act = Act(school, SUSPEND_SCHOOL, kToday);
  act.set_request_id(FormatUuid(RandomUuid()));
  const SchoolChange done = Do(act);
  EXPECT_EQ(Do(act).SerializeAsString(), done.SerializeAsString());
  act.clear_request_id();
  EXPECT_EQ(RefusedAct(act), ErrorReason::ETAG_MISMATCH);
}

// --- told by another registry
// -------------------------------------------------------------------------------

SchoolChange Told(SchoolChangeState state, SchoolChangeKind kind, const std::string& field) {
  SchoolChange change;
  change.set_state(state);
  change.set_kind(kind);
  change.add_changed_fields(field);
  return change;
}

TEST(ToldSchoolChange, WhatWouldStillHaveAnEffectIsDecidedAnew) {
  EXPECT_TRUE(CheckToldChange(Told(CHANGE_IN_FORCE, RENAME_SCHOOL, "display_name")).ok());
  EXPECT_TRUE(CheckToldChange(Told(CHANGE_REJECTED, CHANGE_SCHOOL_FACTS, "latitude")).ok());
  EXPECT_FALSE(CheckToldChange(Told(CHANGE_SCHEDULED, RENAME_SCHOOL, "display_name")).ok());
  EXPECT_FALSE(CheckToldChange(Told(CHANGE_PROPOSED, CHANGE_SCHOOL_FACTS, "latitude")).ok());
}

TEST(ToldSchoolChange, NamesFieldsThatItCanHaveChanged) {
  EXPECT_FALSE(CheckToldChange(Told(CHANGE_IN_FORCE, RENAME_SCHOOL, "foo")).ok());
  EXPECT_FALSE(CheckToldChange(Told(CHANGE_IN_FORCE, CHANGE_SCHOOL_FACTS, "state")).ok());
}

}  // namespace
}  // namespace inspectorate::registry
