// Who acts for another for a time, over real sockets: what stands beside what, who may, and what follows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/db/database.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "common/testing/registrar.h"
#include "common/testing/rows_read.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "services/registry/definition.h"
#include "services/registry/store/roster_acting.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::ToProto;
using rpc::Role;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Harness;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Registrar;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const Date kToday = MakeDate(2026, 3, 2);
const Date kFrom = MakeDate(2026, 3, 9);
const Date kTo = MakeDate(2026, 3, 31);
constexpr std::chrono::days kDay{1};

// An area of two schools with their inspector, who leads it too; two other inspectors.
class DelegationsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    static int count = 0;
    office_ = "acting-" + std::to_string(++count);
    harness_->CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
    Registrar registrar(*harness_, office_);
    for (const char* number : {"S1", "S2", "S3"}) schools_.push_back(registrar.School(number));
    inspector_ = registrar.Inspector("D1");
    deputy_ = registrar.Inspector("D2", schools_[2]);
    third_ = registrar.Inspector("D3");
    for (int i : {0, 1}) registrar.Assign(inspector_, schools_[static_cast<size_t>(i)]);
    area_ = registrar.Area(1, schools_, inspector_);
  }

  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return staff_->Call<Response>("inspectorate.registry.v1." + method, request);
  }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    auto response = Call<Response>(method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }

  CreateDelegationRequest Request(const std::string& delegate) const {
    CreateDelegationRequest request;
    request.set_parent("offices/" + office_);
    request.mutable_delegation()->set_delegate(delegate);
    *request.mutable_delegation()->mutable_valid_from() = ToProto(kFrom);
    *request.mutable_delegation()->mutable_valid_to() = ToProto(kTo);
    request.mutable_delegation()->set_document_number("示教督〔2026〕8号");
    request.mutable_delegation()->set_reason("进修");
    return request;
  }
  CreateDelegationRequest ForArea(const std::string& delegate) const {
    CreateDelegationRequest request = Request(delegate);
    request.mutable_delegation()->set_area(area_);
    return request;
  }
  CreateDelegationRequest ForInspector(const std::string& delegator, const std::string& delegate) const {
    CreateDelegationRequest request = Request(delegate);
    request.mutable_delegation()->set_delegator(delegator);
    return request;
  }
  Delegation Create(const CreateDelegationRequest& request) {
    return Must<Delegation>("Delegations.CreateDelegation", request);
  }
  absl::Status Try(const CreateDelegationRequest& request) {
    return Call<Delegation>("Delegations.CreateDelegation", request).status();
  }
  Delegation Again(const Delegation& delegation) {
    GetDelegationRequest get;
    get.set_name(delegation.name());
    return Must<Delegation>("Delegations.GetDelegation", get);
  }
  absl::Status Edit(const Delegation& delegation, const std::string& field) {
    UpdateDelegationRequest update;
    *update.mutable_delegation() = delegation;
    update.mutable_delegation()->clear_etag();
    update.mutable_update_mask()->add_paths(field);
    return Call<Delegation>("Delegations.UpdateDelegation", update).status();
  }
  Delegation Edited(const Delegation& delegation, const std::string& field) {
    const absl::Status status = Edit(delegation, field);
    EXPECT_TRUE(status.ok()) << status;
    return Again(delegation);
  }
  Roster RosterOn(Date day) {
    GetRosterRequest request;
    request.set_name(area_);
    *request.mutable_as_of() = ToProto(day);
    return Must<Roster>("Areas.GetRoster", request);
  }
  std::set<std::string> ExceptionsOn(Date day) {
    CheckCoverageRequest request;
    request.set_parent("offices/" + office_);
    *request.mutable_as_of() = ToProto(day);
    const auto coverage = Must<Coverage>("Areas.CheckCoverage", request);
    std::set<std::string> codes;
    for (const auto& exception : coverage.exceptions()) codes.insert(exception.code());
    return codes;
  }
  std::string DelegationOf(const std::string& inspector, const std::string& school, Date day) {
    CheckEligibilityRequest request;
    request.set_inspector(inspector);
    request.set_school(school);
    *request.mutable_date() = ToProto(day);
    return Must<Eligibility>("Inspectors.CheckEligibility", request).delegation();
  }
  std::set<std::string> SchoolsSeenBy(const std::string& inspector, Role role) {
    const auto client = harness_->ClientOf("registry", Harness::Person(inspector, role, office_));
    ListSchoolsRequest list;
    list.set_filter("office = \"offices/" + office_ + "\"");
    auto seen = client->Call<ListSchoolsResponse>("inspectorate.registry.v1.Schools.ListSchools", list);
    EXPECT_TRUE(seen.ok()) << seen.status();
    std::set<std::string> names;
    if (!seen.ok()) return names;
    for (const School& school : seen->schools()) names.insert(school.name());
    return names;
  }
  void Leave(const std::string& inspector, Date from, Date to) {
    CreateLeaveRequest leave;
    leave.set_parent(inspector);
    leave.mutable_leave()->set_office("offices/" + office_);
    leave.mutable_leave()->set_kind(OFFICIAL_LEAVE);
    *leave.mutable_leave()->mutable_valid_from() = ToProto(from);
    *leave.mutable_leave()->mutable_valid_to() = ToProto(to);
    Must<v1::Leave>("Leaves.CreateLeave", leave);
  }

  // In Chinese, about delegations.
  std::vector<std::string> Alerts(rpc::Client& reader, Date day) {
    ListInspectorAlertsRequest list;
    list.set_parent("offices/" + office_);
    *list.mutable_as_of() = ToProto(day);
    const auto told = reader.Call<ListInspectorAlertsResponse>(
        "inspectorate.registry.v1.Inspectors.ListInspectorAlerts", list);
    EXPECT_TRUE(told.ok()) << told.status();
    std::vector<std::string> texts;
    if (!told.ok()) return texts;
    for (const InspectorAlert& alert : told->alerts()) {
      if (!alert.delegation().empty()) texts.push_back(alert.message_zh());
    }
    return texts;
  }

  // What no call can do; of this office.
  void InDatabase(const std::string& sql) {
    auto database = db::Database::Open(harness_->database("registry"));
    ASSERT_TRUE(database.ok()) << database.status();
    const auto status = (*database)->Transact(
        db::Budget{}, {}, [&](db::Transaction& tx) { return tx.Execute(sql, {office_}).status(); });
    ASSERT_TRUE(status.ok()) << status;
  }

  static inline Harness* harness_ = nullptr;
  std::string office_, inspector_, deputy_, third_, area_;
  std::vector<std::string> schools_;
  std::unique_ptr<rpc::Client> staff_;
};

TEST_F(DelegationsTest, AnInspectorsSchoolsAreActedForFromTheFirstToTheLastDay) {
  const Delegation made = Create(ForInspector(inspector_, deputy_));
  for (const Date day : {kFrom - kDay, kFrom, kTo, kTo + kDay}) {
    SCOPED_TRACE(FormatDate(day));
    const bool acts = kFrom <= day && day <= kTo;
    const Roster roster = RosterOn(day);
    ASSERT_EQ(roster.schools_size(), 3);
    for (const RosterSchool& school : roster.schools()) {
      const bool his = acts && school.school() != schools_[2];
      EXPECT_EQ(school.acting(), his ? deputy_ : "");
      EXPECT_EQ(school.acting_name(), his ? "示例·D2" : "");
      EXPECT_EQ(school.delegation(), his ? made.name() : "");
    }
    EXPECT_EQ(roster.schools(0).inspector(), inspector_) << "stays responsible";
    EXPECT_EQ(roster.acting_lead(), "");
    EXPECT_EQ(DelegationOf(deputy_, schools_[0], day), acts ? made.name() : "");
    EXPECT_EQ(DelegationOf(inspector_, schools_[0], day), "");
  }
  // Reach is by the day of the office.
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR), IsEmpty());
  harness_->SetClock(office_, "2026-03-09T01:00:00Z");
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR),
              (std::set<std::string>{schools_[0], schools_[1]}));
  EXPECT_THAT(SchoolsSeenBy(third_, Role::ROLE_RESPONSIBLE_INSPECTOR), IsEmpty());
  // It is ended early, and nobody's eligibility is asked for that.
  Leave(deputy_, MakeDate(2026, 3, 12), MakeDate(2026, 3, 20));
  UpdateDelegationRequest end;
  *end.mutable_delegation() = made;
  *end.mutable_delegation()->mutable_valid_to() = ToProto(MakeDate(2026, 3, 9));
  end.mutable_update_mask()->add_paths("valid_to");
  Must<Delegation>("Delegations.UpdateDelegation", end);
  harness_->SetClock(office_, "2026-03-10T01:00:00Z");
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR), IsEmpty());
  // What has passed stays: the days of an ended one are not given back to somebody else later.
  harness_->SetClock(office_, "2026-06-30T01:00:00Z");
  end.mutable_delegation()->clear_etag();
  *end.mutable_delegation()->mutable_valid_to() = ToProto(MakeDate(2026, 3, 30));
  EXPECT_EQ(ReasonOf(Call<Delegation>("Delegations.UpdateDelegation", end).status()),
            ErrorReason::DAYS_SETTLED);
}

TEST_F(DelegationsTest, AnAreaHasAnActingLead) {
  const Delegation made = Create(ForArea(deputy_));
  // The lead goes with the day before; nobody follows yet.
  ListAreaMembershipsRequest list;
  list.set_parent("offices/" + office_);
  UpdateAreaMembershipRequest end;
  *end.mutable_area_membership() =
      Must<ListAreaMembershipsResponse>("AreaMemberships.ListAreaMemberships", list).area_memberships(0);
  *end.mutable_area_membership()->mutable_valid_to() = ToProto(kFrom - kDay);
  end.mutable_update_mask()->add_paths("valid_to");
  Must<AreaMembership>("AreaMemberships.UpdateAreaMembership", end);
  EXPECT_FALSE(ExceptionsOn(kFrom).contains("AREA_WITHOUT_LEAD"));
  EXPECT_FALSE(ExceptionsOn(kTo).contains("AREA_WITHOUT_LEAD"));
  EXPECT_TRUE(ExceptionsOn(kTo + kDay).contains("AREA_WITHOUT_LEAD"));
  const Roster roster = RosterOn(kFrom);
  EXPECT_EQ(roster.acting_lead(), deputy_);
  EXPECT_EQ(roster.acting_lead_name(), "示例·D2");
  EXPECT_EQ(roster.lead_delegation(), made.name());
  EXPECT_EQ(RosterOn(kTo + kDay).acting_lead(), "");
  Leave(deputy_, kTo, kTo);
  EXPECT_TRUE(ExceptionsOn(kTo).contains("AREA_WITHOUT_LEAD")) << "who is away leads nobody";
  EXPECT_FALSE(ExceptionsOn(kTo - kDay).contains("AREA_WITHOUT_LEAD"));
  harness_->SetClock(office_, "2026-03-09T01:00:00Z");
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_AREA_LEAD), (std::set<std::string>{schools_[0], schools_[1]}))
      << "but the one where the deputy serves";
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR), IsEmpty());
}

TEST_F(DelegationsTest, WhatDoesNotStandIsRefused) {
  const auto refused = [&](const CreateDelegationRequest& request) { return ReasonOf(Try(request)); };
  EXPECT_EQ(refused(Request(deputy_)), ErrorReason::INVALID_FIELDS) << "for nobody";
  CreateDelegationRequest both = ForArea(deputy_);
  both.mutable_delegation()->set_delegator(inspector_);
  EXPECT_EQ(refused(both), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(refused(ForInspector(third_, deputy_)), ErrorReason::INVALID_FIELDS) << "who has no school";
  CreateDelegationRequest backwards = ForArea(deputy_);
  *backwards.mutable_delegation()->mutable_valid_to() = ToProto(kFrom - kDay);
  EXPECT_EQ(refused(backwards), ErrorReason::PERIOD_INVALID);
  CreateDelegationRequest long_one = ForArea(deputy_);
  *long_one.mutable_delegation()->mutable_valid_to() = ToProto(kFrom + std::chrono::days(90));
  EXPECT_EQ(refused(long_one), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(refused(ForInspector(inspector_, inspector_)), ErrorReason::INSPECTOR_INELIGIBLE);
  EXPECT_EQ(refused(ForArea(inspector_)), ErrorReason::INSPECTOR_INELIGIBLE) << "the lead";

  const Delegation made = Create(ForInspector(inspector_, deputy_));
  const absl::Status twice = Try(ForInspector(inspector_, third_));
  EXPECT_EQ(ReasonOf(twice), ErrorReason::PERIOD_OVERLAP);
  EXPECT_EQ(MetadataOf(twice).at("resource"), made.name()) << "for programs";
  for (const char* language : {"zh-CN", "en"}) {
    const std::string told = MessageOf(twice, language);
    EXPECT_THAT(told, HasSubstr("示例·D2"));
    EXPECT_THAT(told, HasSubstr("示例·D1"));
    EXPECT_THAT(told, HasSubstr("2026-03-09"));
    EXPECT_THAT(told, Not(HasSubstr("/delegations/")));
  }
  EXPECT_EQ(refused(ForArea(inspector_)), ErrorReason::INSPECTOR_INELIGIBLE);
  Registrar(*harness_, office_).Assign(deputy_, Registrar(*harness_, office_).School("S4"));
  const absl::Status chain = Try(ForInspector(deputy_, third_));
  EXPECT_EQ(ReasonOf(chain), ErrorReason::INSPECTOR_INELIGIBLE);
  EXPECT_THAT(MessageOf(chain, "zh-CN"), HasSubstr("示例·D3不能承担"));
  EXPECT_THAT(MessageOf(chain, "en"), HasSubstr("2026-03-09"));

  // An office that is not being set up any more records nothing of settled days.
  harness_->EndSetUp(office_);
  harness_->SetClock(office_, "2027-06-30T01:00:00Z");
  EXPECT_EQ(refused(ForInspector(inspector_, third_)), ErrorReason::PERIOD_OVERLAP);
  EXPECT_EQ(refused(ForArea(deputy_)), ErrorReason::DAYS_SETTLED);
}

// On each day, at each school.
TEST_F(DelegationsTest, WhoMayNotActThereActsForNobody) {
  Registrar registrar(*harness_, office_);
  const std::string other = registrar.Inspector("D4");
  registrar.Assign(other, schools_[2]);
  // The deputy serves at the third school.
  absl::Status refused = Try(ForInspector(other, deputy_));
  EXPECT_EQ(ReasonOf(refused), ErrorReason::RECUSAL_CONFLICT) << refused;
  EXPECT_EQ(MessageOf(refused, "zh-CN"), "示例·D2对示例小学S3应当回避:2026-03-09：在该校任职");
  EXPECT_EQ(MessageOf(refused, "en"),
            "示例·D2 is recused from 示例小学S3: on 2026-03-09: serves at the school");
  registrar.Recusal(third_, schools_[1], "示例");
  EXPECT_EQ(ReasonOf(Try(ForInspector(inspector_, third_))), ErrorReason::RECUSAL_CONFLICT);
  // Of the schools one is handed over: there the inspector may act.
  CreateDelegationRequest one = ForInspector(inspector_, third_);
  one.mutable_delegation()->set_school(schools_[0]);
  Create(one);
  // A lead visits no school by that alone.
  Create(ForArea(third_));
  // Away for a day in the middle.
  Leave(deputy_, MakeDate(2026, 3, 18), MakeDate(2026, 3, 18));
  CreateDelegationRequest rest = ForInspector(inspector_, deputy_);
  rest.mutable_delegation()->set_school(schools_[1]);
  refused = Try(rest);
  EXPECT_EQ(ReasonOf(refused), ErrorReason::INSPECTOR_INELIGIBLE) << refused;
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << "it is not the caller who may not";
  EXPECT_THAT(MessageOf(refused, "en"), HasSubstr("示例·D2 cannot take this on: on 2026-03-18"));
  EXPECT_THAT(refused.ToString(), HasSubstr("2026-03-18"));
  *rest.mutable_delegation()->mutable_valid_to() = ToProto(MakeDate(2026, 3, 17));
  Create(rest);
}

TEST_F(DelegationsTest, ThePaperOfSettledDaysStays) {
  Delegation made = Create(ForInspector(inspector_, deputy_));
  made.set_document_number("示教督〔2026〕9号");
  made.set_reason("病假");
  made = Edited(made, "document_number");
  harness_->SetClock(office_, "2026-06-30T01:00:00Z");
  made.set_document_number("示教督〔2026〕10号");
  EXPECT_EQ(ReasonOf(Edit(made, "document_number")), ErrorReason::DAYS_SETTLED);
  made.set_reason("进修（更正）");
  EXPECT_EQ(ReasonOf(Edit(made, "reason")), ErrorReason::DAYS_SETTLED);
}

TEST_F(DelegationsTest, OnlyTheDaysGainedAreAskedFor) {
  Delegation made = Create(ForInspector(inspector_, deputy_));
  harness_->SetClock(office_, "2026-03-20T01:00:00Z");
  Leave(deputy_, MakeDate(2026, 3, 10), MakeDate(2026, 3, 11));
  *made.mutable_valid_to() = ToProto(MakeDate(2026, 4, 10));
  made = Edited(made, "valid_to");
  Leave(deputy_, MakeDate(2026, 4, 12), MakeDate(2026, 4, 12));
  *made.mutable_valid_to() = ToProto(MakeDate(2026, 4, 15));
  const absl::Status refused = Edit(made, "valid_to");
  EXPECT_EQ(ReasonOf(refused), ErrorReason::INSPECTOR_INELIGIBLE);
  EXPECT_THAT(refused.ToString(), HasSubstr("2026-04-12"));
}

TEST_F(DelegationsTest, NothingStandsAgainstEndingOne) {
  const std::string far = Registrar(*harness_, office_).Area(2, {}, third_);
  CreateDelegationRequest of_far = ForArea(deputy_);
  of_far.mutable_delegation()->set_area(far);
  Delegation made = Create(of_far), led = Create(ForArea(deputy_));
  // A rule of fewer days is for those that are made from now on.
  CreatePolicyRuleRequest rule;
  rule.set_parent("offices/" + office_);
  rule.mutable_policy_rule()->set_key("delegation.max_days");
  rule.mutable_policy_rule()->set_value("5");
  rule.mutable_policy_rule()->set_unit(DAY);
  rule.mutable_policy_rule()->set_source("示例文件");
  *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(kToday);
  Must<PolicyRule>("PolicyRules.CreatePolicyRule", rule);
  *made.mutable_valid_to() = ToProto(MakeDate(2026, 3, 25));
  made = Edited(made, "valid_to");
  *made.mutable_valid_to() = ToProto(MakeDate(2026, 3, 1));
  EXPECT_EQ(ReasonOf(Edit(made, "valid_to")), ErrorReason::PERIOD_INVALID);
  // It ends with the area,
  UpdateAreaRequest area;
  area.mutable_area()->set_name(far);
  *area.mutable_area()->mutable_valid_to() = ToProto(MakeDate(2026, 3, 15));
  area.mutable_update_mask()->add_paths("valid_to");
  Must<Area>("Areas.UpdateArea", area);
  EXPECT_EQ(resource::FromProto(Again(made).valid_to()), MakeDate(2026, 3, 15));
  // and where the deputy becomes the lead.
  ListAreaMembershipsRequest list;
  list.set_parent("offices/" + office_);
  list.set_filter("area = \"" + area_ + "\"");
  UpdateAreaMembershipRequest end;
  *end.mutable_area_membership() =
      Must<ListAreaMembershipsResponse>("AreaMemberships.ListAreaMemberships", list).area_memberships(0);
  *end.mutable_area_membership()->mutable_valid_to() = ToProto(MakeDate(2026, 3, 19));
  end.mutable_update_mask()->add_paths("valid_to");
  Must<AreaMembership>("AreaMemberships.UpdateAreaMembership", end);
  CreateAreaMembershipRequest lead;
  lead.set_parent("offices/" + office_);
  lead.mutable_area_membership()->set_area(area_);
  lead.mutable_area_membership()->set_inspector(deputy_);
  lead.mutable_area_membership()->set_duty(LEAD);
  *lead.mutable_area_membership()->mutable_valid_from() = ToProto(MakeDate(2026, 3, 20));
  Must<AreaMembership>("AreaMemberships.CreateAreaMembership", lead);
  EXPECT_EQ(resource::FromProto(Again(led).valid_to()), MakeDate(2026, 3, 19));
}

TEST_F(DelegationsTest, WhatHasNotBegunIsCalledOff) {
  const Delegation made = Create(ForInspector(inspector_, deputy_));
  WithdrawDelegationRequest withdraw;
  withdraw.set_name(made.name());
  withdraw.set_etag("another");
  const auto withdrawn = [&] {
    return Call<Delegation>("Delegations.WithdrawDelegation", withdraw).status();
  };
  EXPECT_EQ(ReasonOf(withdrawn()), ErrorReason::ETAG_MISMATCH);
  withdraw.set_etag(made.etag());
  EXPECT_TRUE(withdrawn().ok());
  EXPECT_EQ(RosterOn(kFrom).schools(0).acting(), "");
  // The place is free again.
  const Delegation second = Create(ForInspector(inspector_, deputy_));
  harness_->SetClock(office_, "2026-03-09T01:00:00Z");
  withdraw.set_name(second.name());
  withdraw.set_etag(second.etag());
  const absl::Status begun = withdrawn();
  EXPECT_EQ(ReasonOf(begun), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_THAT(MessageOf(begun, "zh-CN"), HasSubstr("示例·D2"));
  EXPECT_EQ(RosterOn(kFrom).schools(0).acting(), deputy_);
}

// What becomes known later ends no delegation: the roster goes on saying who acted, and that it has no
// effect; nothing is reached by it on such a day, and nothing is in force.
TEST_F(DelegationsTest, WhatHasNoEffectIsToldAndReachesNothing) {
  Create(ForInspector(inspector_, deputy_));
  Create(ForArea(third_));
  harness_->SetClock(office_, "2026-03-20T01:00:00Z");
  const Date today = MakeDate(2026, 3, 20);
  using Names = std::set<std::string>;
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR), (Names{schools_[0], schools_[1]}));
  EXPECT_THAT(SchoolsSeenBy(third_, Role::ROLE_AREA_LEAD), Names(schools_.begin(), schools_.end()));
  Roster roster = RosterOn(today);
  EXPECT_EQ(roster.schools(0).acting_without_effect_zh(), "");
  EXPECT_EQ(roster.acting_lead_without_effect_zh(), "");

  // Recused from one school each, from days that have passed.
  Registrar registrar(*harness_, office_);
  registrar.Recusal(deputy_, schools_[0], "示例");
  registrar.Recusal(third_, schools_[1], "示例");
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR), Names{schools_[1]});
  EXPECT_THAT(SchoolsSeenBy(third_, Role::ROLE_AREA_LEAD), (Names{schools_[0], schools_[2]}));
  for (const Date day : {kFrom, today}) {
    roster = RosterOn(day);
    EXPECT_EQ(roster.schools(0).acting(), deputy_) << FormatDate(day);
    EXPECT_THAT(roster.schools(0).acting_without_effect_zh(), HasSubstr("近亲属"));
    EXPECT_THAT(roster.schools(0).acting_without_effect_en(), HasSubstr("relative"));
    EXPECT_EQ(roster.schools(1).acting_without_effect_zh(), "");
    EXPECT_EQ(roster.schools(2).acting_without_effect_zh(), "") << "nobody acts there";
    EXPECT_EQ(roster.acting_lead_without_effect_zh(), "") << "a lead stands, wherever recused";
  }
  EXPECT_EQ(DelegationOf(deputy_, schools_[0], today), "") << "may not act by it";
  EXPECT_NE(DelegationOf(deputy_, schools_[1], today), "");

  // Away: the lead stands nowhere, and the area has none.
  Leave(third_, today, today + kDay);
  EXPECT_THAT(SchoolsSeenBy(third_, Role::ROLE_AREA_LEAD), IsEmpty());
  roster = RosterOn(today);
  EXPECT_EQ(roster.acting_lead(), third_);
  EXPECT_THAT(roster.acting_lead_without_effect_zh(), HasSubstr("请假"));
  EXPECT_THAT(roster.acting_lead_without_effect_en(), HasSubstr("leave"));
}

// An office has many delegations, an area few: a roster asks for its own.
TEST_F(DelegationsTest, ARosterDoesNotReadWhatOthersHandedOver) {
  constexpr int kOthers = 500;
  const std::string others =
      " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(kOthers) +
      ") SELECT ?, UNHEX(MD5(CONCAT('x', i))), 1, UNHEX(MD5(CONCAT('i', i))), UNHEX(MD5(CONCAT('y', i))), ";
  InDatabase(
      "INSERT INTO inspector_assignment (office, inspector_assignment, revision, inspector, school, duty,"
      " valid_from, document_number)" +
      others + "1, '2025-09-01', '' FROM n");
  InDatabase(
      "INSERT INTO delegation (office, delegation, revision, delegator, delegate, valid_from, valid_to,"
      " document_number, reason)" +
      others + "'2026-03-02', '2026-03-31', '', '' FROM n");
  Create(ForInspector(inspector_, deputy_));
  Roster roster = RosterOn(kFrom);
  EXPECT_EQ(roster.schools(0).acting(), deputy_);
  auto database = db::Database::Open(harness_->database("registry"));
  ASSERT_TRUE(database.ok()) << database.status();
  const auto status = (*database)->Read(db::Budget{}, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(const int64_t rows,
                     testing::RowsReadFor(session, [&] { return ShowActing(session, &roster); }));
    EXPECT_LT(rows, kOthers / 5);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

// One rule, whatever the delegator's duty: who acts for an inspector who assists reaches, visits and is told.
TEST_F(DelegationsTest, WhoeverAssistsIsActedForToo) {
  CreateInspectorAssignmentRequest assist;
  assist.set_parent("offices/" + office_);
  assist.mutable_inspector_assignment()->set_school(schools_[0]);
  assist.mutable_inspector_assignment()->set_inspector(third_);
  assist.mutable_inspector_assignment()->set_duty(CO);
  *assist.mutable_inspector_assignment()->mutable_valid_from() = ToProto(kToday);
  Must<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", assist);
  const Delegation made = Create(ForInspector(third_, deputy_));
  EXPECT_EQ(DelegationOf(deputy_, schools_[0], kFrom), made.name());
  EXPECT_EQ(RosterOn(kFrom).schools(0).acting(), "") << "beside the mainly responsible one nobody acts";
  harness_->SetClock(office_, "2026-03-09T01:00:00Z");
  EXPECT_THAT(SchoolsSeenBy(deputy_, Role::ROLE_RESPONSIBLE_INSPECTOR), std::set<std::string>{schools_[0]});
}

// Where the office has no rules of eligibility that day, the roster marks nobody, and stands.
TEST_F(DelegationsTest, TheRosterOfADayWithoutRulesStands) {
  const Delegation made = Create(ForInspector(inspector_, deputy_));
  Leave(deputy_, MakeDate(2026, 3, 12), MakeDate(2026, 3, 20));
  InDatabase(
      "UPDATE policy_rule SET valid_to = '2026-01-31' WHERE office = ? AND `key` = 'inspector.max_terms'");
  const Roster roster = RosterOn(MakeDate(2026, 3, 12));
  ASSERT_EQ(roster.schools_size(), 3);
  EXPECT_EQ(roster.schools(0).acting(), deputy_);
  EXPECT_EQ(roster.schools(0).delegation(), made.name());
  EXPECT_EQ(roster.schools(0).acting_without_effect_zh(), "");
  EXPECT_EQ(roster.schools(0).without_effect_zh(), "");
}

TEST_F(DelegationsTest, WhatEndsSoonAndWhatHasNoEffectIsToldOf) {
  const Delegation made = Create(ForInspector(inspector_, deputy_)), led = Create(ForArea(third_));
  const Date soon = kTo - std::chrono::days(7);
  EXPECT_THAT(Alerts(*staff_, soon - kDay), IsEmpty());
  EXPECT_THAT(Alerts(*staff_, soon), ElementsAre("代理示例·D1至2026-03-31届满,尚未登记接续",
                                                 "代理示例责任区1组长至2026-03-31届满,尚未登记接续"));
  // Another one goes on from the first; of the second the office's rule tells nothing that early.
  CreateDelegationRequest next = ForInspector(inspector_, third_);
  *next.mutable_delegation()->mutable_valid_from() = ToProto(kTo + kDay);
  *next.mutable_delegation()->mutable_valid_to() = ToProto(kTo + std::chrono::days(20));
  Create(next);
  EXPECT_THAT(Alerts(*staff_, soon), SizeIs(1));

  Registrar registrar(*harness_, office_);
  registrar.Recusal(deputy_, schools_[1], "示例");
  registrar.Recusal(third_, schools_[0], "示例");
  EXPECT_THAT(Alerts(*staff_, kFrom - kDay), IsEmpty());
  const auto told = Alerts(*staff_, kFrom);
  ASSERT_THAT(told, SizeIs(2));
  for (const std::string& text : told) EXPECT_THAT(text, HasSubstr("在该校不起作用:"));
  Leave(third_, kFrom, kFrom);
  EXPECT_THAT(Alerts(*staff_, kFrom), Contains(HasSubstr("代理示例责任区1组长不起作用:在2026-03-09请假")))
      << "told once";
  // Who acts and who is acted for see what is theirs.
  const auto as = [&](const std::string& who) {
    return harness_->ClientOf("registry", Harness::Person(who, Role::ROLE_RESPONSIBLE_INSPECTOR, office_));
  };
  EXPECT_THAT(Alerts(*as(deputy_), kFrom), ElementsAre(HasSubstr("代理示例·D1")));
  EXPECT_THAT(Alerts(*as(inspector_), kFrom), ElementsAre(HasSubstr("代理示例·D1")));
  EXPECT_THAT(Alerts(*as(third_), kFrom), ElementsAre(HasSubstr("代理示例责任区1组长")));
  ListInspectorAlertsRequest list;
  list.set_parent("offices/" + office_);
  *list.mutable_as_of() = ToProto(kFrom);
  const auto alerts = Must<ListInspectorAlertsResponse>("Inspectors.ListInspectorAlerts", list);
  for (const InspectorAlert& alert : alerts.alerts()) {
    if (alert.delegation() != made.name()) continue;
    EXPECT_EQ(alert.kind(), DELEGATION_WITHOUT_EFFECT);
    EXPECT_EQ(alert.inspector(), deputy_);
    EXPECT_EQ(alert.school(), schools_[1]);
    EXPECT_THAT(alert.message_en(), HasSubstr("acting for 示例·D1 has no effect at this school: "));
  }
  // The delegator has no school left.
  harness_->SetClock(office_, "2026-03-09T01:00:00Z");
  ListInspectorAssignmentsRequest assignments;
  assignments.set_parent("offices/" + office_);
  assignments.set_filter("inspector = \"" + inspector_ + "\"");
  const auto his =
      Must<ListInspectorAssignmentsResponse>("InspectorAssignments.ListInspectorAssignments", assignments);
  for (const InspectorAssignment& assignment : his.inspector_assignments()) {
    UpdateInspectorAssignmentRequest end;
    *end.mutable_inspector_assignment() = assignment;
    *end.mutable_inspector_assignment()->mutable_valid_to() = ToProto(kFrom);
    end.mutable_update_mask()->add_paths("valid_to");
    Must<InspectorAssignment>("InspectorAssignments.UpdateInspectorAssignment", end);
  }
  EXPECT_THAT(Alerts(*as(deputy_), kFrom + kDay),
              ElementsAre("代理示例·D1不起作用:当日没有可代理的学校(园)"));
}

// A recusal ends no delegation; it says which ones have no effect at the school.
TEST_F(DelegationsTest, ARecusalTellsWhichDelegationsHaveNoEffectByIt) {
  const Delegation made = Create(ForInspector(inspector_, third_)), led = Create(ForArea(third_));
  const auto recuse = [&](const std::string& school, Date from, std::optional<Date> to) {
    CreateRecusalRequest request;
    request.set_parent(third_);
    request.mutable_recusal()->set_office("offices/" + office_);
    request.mutable_recusal()->set_school(school);
    request.mutable_recusal()->set_ground(OTHER_INTEREST);
    request.mutable_recusal()->add_delegations_without_effect("offices/x/delegations/made-up");
    *request.mutable_recusal()->mutable_valid_from() = ToProto(from);
    if (to) *request.mutable_recusal()->mutable_valid_to() = ToProto(*to);
    return Must<Recusal>("Recusals.CreateRecusal", request);
  };
  const Recusal recusal = recuse(schools_[0], kToday, {});
  EXPECT_THAT(recusal.delegations_without_effect(), UnorderedElementsAre(made.name(), led.name()));
  EXPECT_THAT(recuse(schools_[2], kToday, {}).delegations_without_effect(), ElementsAre(led.name()))
      << "of the area, and not the inspector's";
  EXPECT_THAT(recuse(schools_[1], kToday, kFrom - kDay).delegations_without_effect(), IsEmpty())
      << "over before they begin";
  EXPECT_EQ(resource::FromProto(Again(made).valid_to()), kTo) << "it goes on elsewhere";
}

// Who leads an area for another has what its lead has: alerts and training lists of its people.
TEST_F(DelegationsTest, AnActingLeadHasTheAreasPeople) {
  const std::string ending = Registrar(*harness_, office_).Inspector("D5");
  CreateAreaMembershipRequest join;
  join.set_parent("offices/" + office_);
  join.mutable_area_membership()->set_area(area_);
  join.mutable_area_membership()->set_inspector(ending);
  join.mutable_area_membership()->set_duty(MEMBER);
  *join.mutable_area_membership()->mutable_valid_from() = ToProto(kToday);
  Must<AreaMembership>("AreaMemberships.CreateAreaMembership", join);
  Create(ForArea(deputy_));
  const auto lead = harness_->ClientOf("registry", Harness::Person(deputy_, Role::ROLE_AREA_LEAD, office_));
  const auto files = [&] {
    ListTrainingShortfallsRequest list;
    list.set_parent("offices/" + office_);
    list.set_year(2026);
    const auto told = lead->Call<ListTrainingShortfallsResponse>(
        "inspectorate.registry.v1.Trainings.ListTrainingShortfalls", list);
    EXPECT_TRUE(told.ok()) << told.status();
    std::set<std::string> persons;
    if (told.ok()) {
      for (const auto& shortfall : told->shortfalls()) persons.insert(shortfall.inspector());
    }
    return persons;
  };
  const auto with_alerts = [&] {
    ListInspectorAlertsRequest list;
    list.set_parent("offices/" + office_);
    *list.mutable_as_of() = ToProto(MakeDate(2028, 8, 1));
    const auto told = lead->Call<ListInspectorAlertsResponse>(
        "inspectorate.registry.v1.Inspectors.ListInspectorAlerts", list);
    EXPECT_TRUE(told.ok()) << told.status();
    std::set<std::string> persons;
    if (told.ok()) {
      for (const auto& alert : told->alerts()) persons.insert(alert.inspector());
    }
    return persons;
  };
  const std::set<std::string> own = {deputy_}, all = {deputy_, inspector_, ending};
  EXPECT_EQ(files(), own) << "before the first day";
  EXPECT_EQ(with_alerts(), own);
  harness_->SetClock(office_, "2026-03-09T01:00:00Z");
  EXPECT_EQ(files(), all);
  EXPECT_EQ(with_alerts(), all);
  Leave(deputy_, kFrom, kFrom);
  EXPECT_EQ(files(), own) << "who is away leads nobody";
  harness_->SetClock(office_, "2026-03-10T01:00:00Z");
  EXPECT_EQ(files(), all);
  harness_->SetClock(office_, "2026-04-01T01:00:00Z");
  EXPECT_EQ(files(), own);
}

}  // namespace
}  // namespace inspectorate::registry
