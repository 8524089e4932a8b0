// The policy library and the facts that eligibility follows from, over real sockets: what an office may set,
// from when and by how many; and that nobody stays assigned, or is shown as responsible, who may not act.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

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
using resource::FromProto;
using resource::ToProto;
using testing::Harness;
using ::testing::HasSubstr;

constexpr Date kToday = std::chrono::year{2026} / 3 / 2;
constexpr Date kBegin = std::chrono::year{2025} / 9 / 1;
constexpr Date kEnd = std::chrono::year{2028} / 8 / 31;
constexpr std::chrono::days kDay{1};

class RulesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { harness_ = new Harness({&Definition()}); }
  static void TearDownTestSuite() { delete harness_; }

  void SetUp() override {
    static int count = 0;
    office_ = "rules-" + std::to_string(++count);
    harness_->CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_->ClientOf("registry", Harness::Staff(office_));
    second_ = harness_->ClientOf("registry",
                                 Harness::Person("offices/" + office_ + "/staff/" + FormatUuid(RandomUuid()),
                                                 rpc::Role::ROLE_DISTRICT_OFFICE, office_));
  }

  template <class Response, class Request>
  absl::StatusOr<Response> CallAs(rpc::Client& who, const std::string& method, const Request& request) {
    return who.Call<Response>("inspectorate.registry.v1." + method, request);
  }
  template <class Response, class Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    return CallAs<Response>(*staff_, method, request);
  }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    auto response = Call<Response>(method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  std::string Name() const { return "offices/" + office_; }

  // --- rules
  CreatePolicyRuleRequest Rule(const std::string& key, const std::string& value, RuleUnit unit,
                               Date from) const {
    CreatePolicyRuleRequest request;
    request.set_parent(Name());
    request.mutable_policy_rule()->set_key(key);
    request.mutable_policy_rule()->set_value(value);
    request.mutable_policy_rule()->set_unit(unit);
    request.mutable_policy_rule()->set_source("示例文件");
    *request.mutable_policy_rule()->mutable_valid_from() = ToProto(from);
    return request;
  }
  absl::StatusOr<PolicyRule> Set(const std::string& key, const std::string& value, RuleUnit unit,
                                 Date from = kToday) {
    return Call<PolicyRule>("PolicyRules.CreatePolicyRule", Rule(key, value, unit, from));
  }
  PolicyRule Shipped(const std::string& key) {
    ListPolicyRulesRequest list;
    list.set_parent(Name());
    list.set_filter("key = \"" + key + "\"");
    const auto rules = Must<ListPolicyRulesResponse>("PolicyRules.ListPolicyRules", list);
    EXPECT_EQ(rules.policy_rules_size(), 1) << key;
    return rules.policy_rules_size() == 1 ? rules.policy_rules(0) : PolicyRule();
  }
  absl::StatusOr<PolicyRule> Change(const PolicyRule& rule, const char* field) {
    UpdatePolicyRuleRequest update;
    *update.mutable_policy_rule() = rule;
    update.mutable_update_mask()->add_paths(field);
    return Call<PolicyRule>("PolicyRules.UpdatePolicyRule", update);
  }
  static ApprovePolicyRuleRequest Approve(const PolicyRule& rule) {
    ApprovePolicyRuleRequest request;
    request.set_name(rule.name());
    request.set_etag(rule.etag());
    return request;
  }

  // From now on the past is closed to first records.
  void EndSetUp() {
    const auto proposed = Set("roster.setup_days", "0", DAY);
    ASSERT_TRUE(proposed.ok()) << proposed.status();
    const auto approved = CallAs<PolicyRule>(*second_, "PolicyRules.ApprovePolicyRule", Approve(*proposed));
    ASSERT_TRUE(approved.ok()) << approved.status();
  }

  // --- people
  Area NewArea(int number, Date from) {
    CreateAreaRequest request;
    request.set_parent(Name());
    request.mutable_area()->set_number(number);
    request.mutable_area()->set_display_name("第" + std::to_string(number) + "责任区");
    *request.mutable_area()->mutable_valid_from() = ToProto(from);
    return Must<Area>("Areas.CreateArea", request);
  }
  School NewSchool(const std::string& number) {
    CreateSchoolRequest request;
    request.mutable_school()->set_office(Name());
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_kind(PRIMARY);
    return Must<School>("Schools.CreateSchool", request);
  }
  Certificate Certify(const std::string& inspector, const std::string& number, Date from, Date to) {
    CreateCertificateRequest certificate;
    certificate.set_parent(inspector);
    certificate.mutable_certificate()->set_office(Name());
    certificate.mutable_certificate()->set_number(number);
    *certificate.mutable_certificate()->mutable_valid_from() = ToProto(from);
    *certificate.mutable_certificate()->mutable_valid_to() = ToProto(to);
    return Must<Certificate>("Certificates.CreateCertificate", certificate);
  }
  Inspector NewCandidate(const std::string& number, InspectorKind kind = PART_TIME) {
    CreateInspectorRequest request;
    request.mutable_inspector()->set_office(Name());
    request.mutable_inspector()->set_work_number(number);
    request.mutable_inspector()->set_display_name("示例·" + number);
    request.mutable_inspector()->set_kind(kind);
    return Must<Inspector>("Inspectors.CreateInspector", request);
  }
  CreateAppointmentRequest Term(const Inspector& inspector, int index, Date from, Date to) const {
    CreateAppointmentRequest term;
    term.set_parent(inspector.name());
    term.mutable_appointment()->set_office(Name());
    term.mutable_appointment()->set_kind(inspector.kind());
    term.mutable_appointment()->set_term_index(index);
    *term.mutable_appointment()->mutable_valid_from() = ToProto(from);
    *term.mutable_appointment()->mutable_valid_to() = ToProto(to);
    return term;
  }
  // With a certificate and a term from 2025-09-01 to `until`.
  Inspector NewInspector(const std::string& number, Date until = kEnd, int index = 1) {
    Inspector inspector = NewCandidate(number);
    certificate_ = Certify(inspector.name(), "证" + number, kBegin, kEnd);
    term_ = Must<Appointment>("Appointments.CreateAppointment", Term(inspector, index, kBegin, until));
    return inspector;
  }
  Inspector Again(const Inspector& inspector) {
    GetInspectorRequest get;
    get.set_name(inspector.name());
    return Must<Inspector>("Inspectors.GetInspector", get);
  }
  // One field of it, as `change` leaves it.
  absl::Status Edit(const Inspector& inspector, const std::string& field,
                    const std::function<void(Inspector*)>& change) {
    UpdateInspectorRequest update;
    *update.mutable_inspector() = Again(inspector);
    change(update.mutable_inspector());
    update.mutable_update_mask()->add_paths(field);
    return Call<Inspector>("Inspectors.UpdateInspector", update).status();
  }
  absl::Status Edit(const Appointment& term, const std::string& field,
                    const std::function<void(Appointment*)>& change) {
    UpdateAppointmentRequest update;
    *update.mutable_appointment() = term;
    update.mutable_appointment()->clear_etag();
    change(update.mutable_appointment());
    update.mutable_update_mask()->add_paths(field);
    return Call<Appointment>("Appointments.UpdateAppointment", update).status();
  }
  absl::StatusOr<InspectorAssignment> Assign(const Inspector& inspector, const School& school, Date from,
                                             AssignmentDuty duty = MAIN) {
    CreateInspectorAssignmentRequest request;
    request.set_parent(Name());
    request.mutable_inspector_assignment()->set_inspector(inspector.name());
    request.mutable_inspector_assignment()->set_school(school.name());
    request.mutable_inspector_assignment()->set_duty(duty);
    *request.mutable_inspector_assignment()->mutable_valid_from() = ToProto(from);
    return Call<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", request);
  }
  InspectorAssignment Again(const InspectorAssignment& assignment) {
    GetInspectorAssignmentRequest get;
    get.set_name(assignment.name());
    return Must<InspectorAssignment>("InspectorAssignments.GetInspectorAssignment", get);
  }
  std::string Reasons(const Inspector& inspector, const School& school, Date day) {
    CheckEligibilityRequest request;
    request.set_inspector(inspector.name());
    request.set_school(school.name());
    *request.mutable_date() = ToProto(day);
    std::string codes;
    const auto answer = Must<Eligibility>("Inspectors.CheckEligibility", request);
    for (const auto& reason : answer.reasons()) codes += reason.code() + " ";
    return codes;
  }
  absl::StatusOr<Inspector> Employ(const Inspector& inspector, const School& at, std::optional<Date> from) {
    UpdateInspectorRequest update;
    update.mutable_inspector()->set_name(inspector.name());
    update.mutable_inspector()->set_employer_school(at.name());
    update.mutable_update_mask()->add_paths("employer_school");
    if (from) {
      *update.mutable_inspector()->mutable_employer_from() = ToProto(*from);
      update.mutable_update_mask()->add_paths("employer_from");
    }
    return Call<Inspector>("Inspectors.UpdateInspector", update);
  }
  CreateEmploymentRequest Post(const Inspector& inspector, const School& at, Date from) const {
    CreateEmploymentRequest request;
    request.set_parent(inspector.name());
    request.mutable_employment()->set_office(Name());
    request.mutable_employment()->set_school(at.name());
    *request.mutable_employment()->mutable_valid_from() = ToProto(from);
    return request;
  }
  Coverage CoverageOn(Date day) {
    CheckCoverageRequest request;
    request.set_parent(Name());
    *request.mutable_as_of() = ToProto(day);
    return Must<Coverage>("Areas.CheckCoverage", request);
  }
  static std::string Told(const Coverage& coverage, const std::string& code) {
    for (const auto& exception : coverage.exceptions()) {
      if (exception.code() == code) return exception.message_zh();
    }
    return "";
  }

  static inline Harness* harness_ = nullptr;
  std::string office_;
  std::unique_ptr<rpc::Client> staff_, second_;
  Certificate certificate_;  // of the inspector made last
  Appointment term_;
};

TEST_F(RulesTest, ARuleSaysWhatItsReaderUnderstands) {
  struct Wrong {
    const char *key, *value;
    RuleUnit unit;
    const char* field;
  };
  for (const Wrong& wrong : {Wrong{"inspector.max_terms", "三", COUNT, "policy_rule.value"},
                             Wrong{"rotation.months", "3", YEAR, "policy_rule.unit"},
                             Wrong{"area.max_schools.enforce", "Block", TEXT, "policy_rule.value"},
                             Wrong{"area.max_school", "20", COUNT, "policy_rule.key"},
                             Wrong{"visit.panel_min.thematic", "0", COUNT, "policy_rule.value"}}) {
    const auto set = Set(wrong.key, wrong.value, wrong.unit);
    ASSERT_EQ(ReasonOf(set.status()), ErrorReason::INVALID_FIELDS) << wrong.key;
    const auto violations = ViolationsOf(set.status());
    ASSERT_EQ(violations.size(), 1U) << wrong.key;
    EXPECT_EQ(violations[0].field, wrong.field);
    EXPECT_THAT(violations[0].zh, HasSubstr(wrong.key));
    EXPECT_THAT(violations[0].en, HasSubstr(wrong.key));
  }
  EXPECT_TRUE(Set("inspector.max_terms", "4", COUNT).ok());
  // What the platform does with it is told with it.
  EXPECT_EQ(Shipped("visit.report_days").use(), RULE_DEADLINE_ONLY);
  EXPECT_EQ(Shipped("issue.relapse_months").use(), RULE_IN_USE);
  EXPECT_EQ(Shipped("rotation.months").use(), RULE_IN_USE);
}

TEST_F(RulesTest, DaysThatHavePassedKeepTheirRules) {
  PolicyRule rule = Shipped("recusal.former_employer_years");
  rule.set_value("5");
  EXPECT_EQ(ReasonOf(Change(rule, "value").status()), ErrorReason::INVALID_FIELDS);
  rule = Shipped("recusal.former_employer_years");
  *rule.mutable_valid_from() = ToProto(kToday);
  EXPECT_EQ(ReasonOf(Change(rule, "valid_from").status()), ErrorReason::INVALID_FIELDS);
  rule = Shipped("recusal.former_employer_years");
  *rule.mutable_valid_to() = ToProto(kToday - kDay);
  EXPECT_EQ(ReasonOf(Change(rule, "valid_to").status()), ErrorReason::INVALID_FIELDS);
  *rule.mutable_valid_to() = ToProto(kToday);
  EXPECT_TRUE(Change(rule, "valid_to").ok()) << "it ends today";
  // Another value begins today or later, and may be changed until then.
  auto next = Set("recusal.former_employer_years", "5", YEAR, kToday + 10 * kDay);
  ASSERT_TRUE(next.ok()) << next.status();
  next->set_value("4");
  next = Change(*next, "value");
  ASSERT_TRUE(next.ok()) << next.status();
  PolicyRule earlier = *next;
  *earlier.mutable_valid_from() = ToProto(kToday - kDay);
  EXPECT_EQ(ReasonOf(Change(earlier, "valid_from").status()), ErrorReason::INVALID_FIELDS);
  harness_->SetClock(office_, "2026-03-13T01:00:00Z");
  next->set_value("6");
  EXPECT_EQ(ReasonOf(Change(*next, "value").status()), ErrorReason::INVALID_FIELDS)
      << "in force since yesterday";
  next->set_value("4");
  next->set_note("经局务会议");
  EXPECT_TRUE(Change(*next, "note").ok());
}

TEST_F(RulesTest, ANewValueBeginsInThePastOnlyWhileTheOfficeIsSetUp) {
  EXPECT_TRUE(Set("area.max_schools", "15", COUNT, kBegin).ok());
  const auto none = Set("roster.setup_days", "0", DAY);
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_TRUE(Set("area.max_schools", "16", COUNT, kBegin + kDay).ok()) << "not approved yet";
  ASSERT_TRUE(CallAs<PolicyRule>(*second_, "PolicyRules.ApprovePolicyRule", Approve(*none)).ok());
  EXPECT_EQ(ReasonOf(Set("area.max_schools", "17", COUNT, kToday - kDay).status()),
            ErrorReason::INVALID_FIELDS);
  EXPECT_TRUE(Set("area.max_schools", "17", COUNT, kToday).ok());
}

TEST_F(RulesTest, HowFarThePastIsOpenIsSetByTwoPersons) {
  const School school = NewSchool("P1");
  const Inspector inspector = NewInspector("P1");
  ASSERT_TRUE(Assign(NewInspector("P2"), school, kBegin, MAIN).ok()) << "the first is free";
  const auto late = [&] { return Assign(inspector, school, kToday - 60 * kDay, CO).status(); };
  ASSERT_TRUE(Assign(inspector, school, kToday, CO).ok());
  const Inspector third = NewInspector("P3");
  const auto third_late = [&] { return ReasonOf(Assign(third, school, kToday - 60 * kDay, CO).status()); };
  EXPECT_FALSE(late().ok());
  EXPECT_EQ(third_late(), ErrorReason::DAYS_SETTLED);

  EXPECT_EQ(ReasonOf(Set("roster.correction_days", "90", DAY, kToday - kDay).status()),
            ErrorReason::INVALID_FIELDS);
  const auto proposed = Set("roster.correction_days", "90", DAY);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  EXPECT_TRUE(proposed->awaits_approval());
  EXPECT_EQ(third_late(), ErrorReason::DAYS_SETTLED) << "nobody approved it";
  EXPECT_EQ(ReasonOf(Call<PolicyRule>("PolicyRules.ApprovePolicyRule", Approve(*proposed)).status()),
            ErrorReason::SECOND_PERSON_REQUIRED);
  // Who changes a proposal is its proposer.
  PolicyRule changed = *proposed;
  changed.set_value("80");
  UpdatePolicyRuleRequest update;
  *update.mutable_policy_rule() = changed;
  update.mutable_update_mask()->add_paths("value");
  const auto by_second = CallAs<PolicyRule>(*second_, "PolicyRules.UpdatePolicyRule", update);
  ASSERT_TRUE(by_second.ok()) << by_second.status();
  EXPECT_EQ(
      ReasonOf(CallAs<PolicyRule>(*second_, "PolicyRules.ApprovePolicyRule", Approve(*by_second)).status()),
      ErrorReason::SECOND_PERSON_REQUIRED);
  EXPECT_EQ(ReasonOf(Call<PolicyRule>("PolicyRules.ApprovePolicyRule", Approve(*proposed)).status()),
            ErrorReason::ETAG_MISMATCH);
  const auto approved = Call<PolicyRule>("PolicyRules.ApprovePolicyRule", Approve(*by_second));
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_FALSE(approved->awaits_approval());
  EXPECT_NE(approved->approved_by(), approved->proposed_by());
  EXPECT_TRUE(Assign(third, school, kToday - 60 * kDay, CO).ok());
  EXPECT_EQ(ReasonOf(Call<PolicyRule>("PolicyRules.ApprovePolicyRule", Approve(*approved)).status()),
            ErrorReason::STATE_TRANSITION_DENIED);
  // One of them alone changes and ends it no more.
  changed = *approved;
  changed.set_value("3000");
  EXPECT_EQ(ReasonOf(Change(changed, "value").status()), ErrorReason::SECOND_PERSON_REQUIRED);
  *changed.mutable_valid_to() = ToProto(kToday);
  EXPECT_EQ(ReasonOf(Change(changed, "valid_to").status()), ErrorReason::SECOND_PERSON_REQUIRED);
}

TEST_F(RulesTest, WhatWasNeverRecordedIsFreeOnlyWhileTheOfficeIsSetUp) {
  const auto belongs = [&](const School& school, const std::string& area, Date from) {
    CreateSchoolAssignmentRequest request;
    request.set_parent(Name());
    request.mutable_school_assignment()->set_school(school.name());
    request.mutable_school_assignment()->set_area(area);
    *request.mutable_school_assignment()->mutable_valid_from() = ToProto(from);
    return ReasonOf(Call<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request).status());
  };
  const auto joins = [&](const Inspector& inspector, const std::string& area, Date from) {
    CreateAreaMembershipRequest request;
    request.set_parent(Name());
    request.mutable_area_membership()->set_inspector(inspector.name());
    request.mutable_area_membership()->set_area(area);
    request.mutable_area_membership()->set_duty(MEMBER);
    *request.mutable_area_membership()->mutable_valid_from() = ToProto(from);
    return ReasonOf(Call<AreaMembership>("AreaMemberships.CreateAreaMembership", request).status());
  };
  const School early = NewSchool("F1"), late = NewSchool("F2");
  const Inspector first = NewInspector("F1"), second = NewInspector("F2");
  const std::string area = NewArea(1, kBegin).name();
  EXPECT_EQ(belongs(early, area, kBegin), ErrorReason());
  EXPECT_EQ(joins(first, area, kBegin), ErrorReason());
  EXPECT_TRUE(Assign(first, early, kBegin).ok());
  EndSetUp();
  const Date open = kToday - 31 * kDay, settled = open - kDay;
  EXPECT_EQ(belongs(late, area, settled), ErrorReason::DAYS_SETTLED);
  EXPECT_EQ(belongs(late, area, open), ErrorReason());
  EXPECT_EQ(joins(second, area, settled), ErrorReason::DAYS_SETTLED);
  EXPECT_EQ(joins(second, area, open), ErrorReason());
  EXPECT_EQ(ReasonOf(Assign(second, late, settled).status()), ErrorReason::DAYS_SETTLED);
  EXPECT_TRUE(Assign(second, late, open).ok());
  CreateAreaRequest another;
  another.set_parent(Name());
  another.mutable_area()->set_number(2);
  another.mutable_area()->set_display_name("第2责任区");
  *another.mutable_area()->mutable_valid_from() = ToProto(settled);
  EXPECT_EQ(ReasonOf(Call<Area>("Areas.CreateArea", another).status()), ErrorReason::DAYS_SETTLED);
  *another.mutable_area()->mutable_valid_from() = ToProto(open);
  EXPECT_TRUE(Call<Area>("Areas.CreateArea", another).ok());
}

TEST_F(RulesTest, ASchoolOpensIntoAnAreaWhereTheRuleBlocks) {
  const std::string area = NewArea(1, kBegin).name();
  const auto create = [&](const std::string& number, SchoolState state) {
    CreateSchoolRequest request;
    request.mutable_school()->set_office(Name());
    request.mutable_school()->set_display_name("示例小学" + number);
    request.mutable_school()->set_external_id(number);
    request.mutable_school()->set_kind(PRIMARY);
    request.mutable_school()->set_state(state);
    return Call<School>("Schools.CreateSchool", request);
  };
  ASSERT_TRUE(Set("area.every_school", "block", TEXT).ok());
  EXPECT_TRUE(create("E1", OPERATING).ok()) << "while the office enters what there is";
  EndSetUp();
  EXPECT_EQ(ReasonOf(create("E2", OPERATING).status()), ErrorReason::SCHOOL_WITHOUT_AREA);
  const auto preparing = create("E3", PREPARING);
  ASSERT_TRUE(preparing.ok()) << preparing.status();
  ChangeSchoolRequest open;
  open.set_name(preparing->name());
  open.set_etag(preparing->etag());
  open.set_kind(OPEN_SCHOOL);
  open.set_document_number("示教体〔2026〕6号");
  *open.mutable_effective_date() = ToProto(kToday);
  const auto opened = [&] { return Call<SchoolChange>("SchoolChanges.ChangeSchool", open).status(); };
  EXPECT_EQ(ReasonOf(opened()), ErrorReason::SCHOOL_WITHOUT_AREA);
  open.set_area(area);
  ASSERT_TRUE(opened().ok()) << opened();
  GetRosterRequest get;
  get.set_name(area);
  const Roster roster = Must<Roster>("Areas.GetRoster", get);
  ASSERT_EQ(roster.schools_size(), 1);
  EXPECT_EQ(roster.schools(0).school(), preparing->name());
  EXPECT_EQ(roster.schools(0).document_number(), "示教体〔2026〕6号");
  // Of another act it is no part.
  GetSchoolRequest again;
  again.set_name(preparing->name());
  open.set_etag(Must<School>("Schools.GetSchool", again).etag());
  open.set_kind(SUSPEND_SCHOOL);
  EXPECT_EQ(ReasonOf(opened()), ErrorReason::INVALID_FIELDS);
}

TEST_F(RulesTest, AProposalThatWaitsBeginsWhenItIsApproved) {
  const auto proposed = Set("roster.correction_days", "90", DAY);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  harness_->SetClock(office_, "2026-03-20T01:00:00Z");
  const auto approved = CallAs<PolicyRule>(*second_, "PolicyRules.ApprovePolicyRule", Approve(*proposed));
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(FromProto(approved->valid_from()), MakeDate(2026, 3, 20));
}

// --- nobody stays assigned who may not act
// ------------------------------------------------------------------

TEST_F(RulesTest, WhoComesToServeAtASchoolIsNotAssignedToItAnyMore) {
  const School school = NewSchool("E1"), other = NewSchool("E2");
  const Inspector inspector = NewInspector("E1");
  const auto main = Assign(inspector, school, kBegin), elsewhere = Assign(inspector, other, kBegin);
  ASSERT_TRUE(main.ok() && elsewhere.ok()) << main.status();
  ASSERT_TRUE(Employ(inspector, school, {}).ok());
  EXPECT_EQ(Reasons(inspector, school, kToday), "OWN_SCHOOL ");
  EXPECT_EQ(FromProto(Again(*main).valid_to()), kToday - kDay);
  EXPECT_FALSE(Again(*elsewhere).has_valid_to());
  // From a day on that is known ahead.
  const Date next = MakeDate(2026, 9, 1);
  ASSERT_TRUE(Employ(inspector, other, next).ok());
  EXPECT_EQ(FromProto(Again(*elsewhere).valid_to()), next - kDay);
}

TEST_F(RulesTest, NobodyIsAssignedBeyondAPostThatIsKnown) {
  const School school = NewSchool("K1"), own = NewSchool("K2");
  const Inspector inspector = NewInspector("K1");
  const Date next = MakeDate(2026, 9, 1);
  ASSERT_TRUE(Call<Employment>("Employments.CreateEmployment", Post(inspector, school, next)).ok());
  EXPECT_EQ(ReasonOf(Assign(inspector, school, kToday).status()), ErrorReason::RECUSAL_CONFLICT);
  ASSERT_TRUE(Employ(inspector, own, next).ok());
  EXPECT_EQ(ReasonOf(Assign(inspector, own, kToday, CO).status()), ErrorReason::RECUSAL_CONFLICT);
}

// A day is judged by the kind that the school had or will have on it, whatever it is now.
TEST_F(RulesTest, WhoMayActIsJudgedByTheKindOfTheDay) {
  const Inspector inspector = NewInspector("Q1");
  CreateQualificationRequest qualified;
  qualified.set_parent(inspector.name());
  qualified.mutable_qualification()->set_office(Name());
  qualified.mutable_qualification()->set_kind(TEACHING_CERTIFICATE);
  qualified.mutable_qualification()->set_title("小学教师资格");
  qualified.mutable_qualification()->add_stages(PRIMARY);
  *qualified.mutable_qualification()->mutable_valid_from() = ToProto(kBegin);
  Must<Qualification>("Qualifications.CreateQualification", qualified);
  const auto become = [&](const School& school, Date effective) {
    ProposeSchoolFactsRequest propose;
    propose.mutable_school()->set_name(school.name());
    propose.mutable_school()->set_kind(NINE_YEAR);
    *propose.mutable_effective_date() = ToProto(effective);
    propose.set_basis("示教体〔2026〕1号");
    const auto proposed = Must<SchoolChange>("SchoolChanges.ProposeSchoolFacts", propose);
    ApproveSchoolChangeRequest approve;
    approve.set_name(proposed.name());
    approve.set_etag(proposed.etag());
    const auto approved = CallAs<SchoolChange>(*second_, "SchoolChanges.ApproveSchoolChange", approve);
    EXPECT_TRUE(approved.ok()) << approved.status();
  };
  const School changed = NewSchool("Q1"), announced = NewSchool("Q2");
  EXPECT_EQ(Reasons(inspector, changed, kToday), "");
  become(changed, kToday);
  EXPECT_EQ(Reasons(inspector, changed, kToday), "OUTSIDE_STAGES ");
  EXPECT_EQ(Reasons(inspector, changed, kToday - kDay), "");
  become(announced, kToday + 30 * kDay);
  EXPECT_EQ(Reasons(inspector, announced, kToday + 29 * kDay), "");
  EXPECT_EQ(Reasons(inspector, announced, kToday + 30 * kDay), "OUTSIDE_STAGES ");
}

TEST_F(RulesTest, CoverageNamesWhoAssistsAndMayNotAct) {
  const School school = NewSchool("C1");
  ASSERT_TRUE(Assign(NewInspector("C1"), school, kBegin).ok());
  const Inspector assisting = NewInspector("C2", MakeDate(2026, 3, 31));
  ASSERT_TRUE(Assign(assisting, school, kBegin, CO).ok());
  EXPECT_EQ(Told(CoverageOn(kToday), "INELIGIBLE_CO_INSPECTOR"), "");
  const Coverage later = CoverageOn(MakeDate(2026, 4, 1));
  EXPECT_THAT(Told(later, "INELIGIBLE_CO_INSPECTOR"), HasSubstr("没有有效聘任"));
  EXPECT_EQ(later.covered(), 1) << "the school still has its own";
}

TEST_F(RulesTest, TheRosterSaysWhatHasNoEffect) {
  CreateAreaRequest create;
  create.set_parent(Name());
  create.mutable_area()->set_number(1);
  create.mutable_area()->set_display_name("第一责任区");
  *create.mutable_area()->mutable_valid_from() = ToProto(kBegin);
  const Area area = Must<Area>("Areas.CreateArea", create);
  const School school = NewSchool("W1");
  CreateSchoolAssignmentRequest belongs;
  belongs.set_parent(Name());
  belongs.mutable_school_assignment()->set_school(school.name());
  belongs.mutable_school_assignment()->set_area(area.name());
  *belongs.mutable_school_assignment()->mutable_valid_from() = ToProto(kBegin);
  Must<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", belongs);
  const Inspector inspector = NewInspector("W1", MakeDate(2026, 3, 31));
  ASSERT_TRUE(Assign(inspector, school, kBegin).ok());
  CreateAreaMembershipRequest member;
  member.set_parent(Name());
  member.mutable_area_membership()->set_inspector(inspector.name());
  member.mutable_area_membership()->set_area(area.name());
  member.mutable_area_membership()->set_duty(MEMBER);
  *member.mutable_area_membership()->mutable_valid_from() = ToProto(kBegin);
  Must<AreaMembership>("AreaMemberships.CreateAreaMembership", member);

  const auto on = [&](Date day) {
    GetRosterRequest request;
    request.set_name(area.name());
    *request.mutable_as_of() = ToProto(day);
    return Must<Roster>("Areas.GetRoster", request);
  };
  Roster roster = on(MakeDate(2026, 3, 31));
  EXPECT_EQ(roster.schools(0).without_effect_zh() + roster.inspectors(0).without_effect_zh(), "");
  roster = on(MakeDate(2026, 4, 1));  // the term ran out; the assignment stands (decision record 0032)
  EXPECT_EQ(roster.schools(0).inspector(), inspector.name());
  EXPECT_THAT(roster.schools(0).without_effect_zh(), HasSubstr("没有有效聘任"));
  EXPECT_THAT(roster.inspectors(0).without_effect_en(), HasSubstr("no appointment"));

  // Nor does it pass unnoticed that nobody leads the area.
  EXPECT_THAT(Told(CoverageOn(kToday), "AREA_WITHOUT_LEAD"), HasSubstr("组长"));
  ListInspectorAlertsRequest list;
  list.set_parent(Name());
  int alerts = 0;
  const auto told = Must<ListInspectorAlertsResponse>("Inspectors.ListInspectorAlerts", list);
  for (const auto& alert : told.alerts()) {
    if (alert.kind() == AREA_WITHOUT_LEAD && alert.area() == area.name()) ++alerts;
  }
  EXPECT_EQ(alerts, 1);
}

// 《教育督导条例》第七条: a hint to who decides about a candidate, which refuses nothing.
TEST_F(RulesTest, YearsInEducationOfACandidateAreTold) {
  CreateInspectorRequest create;
  create.mutable_inspector()->set_office(Name());
  create.mutable_inspector()->set_work_number("候1");
  create.mutable_inspector()->set_display_name("示例·候选");
  create.mutable_inspector()->set_kind(PART_TIME);
  *create.mutable_inspector()->mutable_education_since() = ToProto(kToday + std::chrono::days(1));
  EXPECT_EQ(ReasonOf(Call<Inspector>("Inspectors.CreateInspector", create).status()),
            ErrorReason::INVALID_FIELDS);
  create.mutable_inspector()->clear_education_since();
  Inspector candidate = Must<Inspector>("Inspectors.CreateInspector", create);
  const auto told = [&] {
    ListInspectorAlertsRequest list;
    list.set_parent(Name());
    std::vector<InspectorAlert> of_candidate;
    const auto all = Must<ListInspectorAlertsResponse>("Inspectors.ListInspectorAlerts", list);
    for (const auto& alert : all.alerts()) {
      if (alert.inspector() == candidate.name()) of_candidate.push_back(alert);
    }
    return of_candidate;
  };
  ASSERT_EQ(told().size(), 1u);
  EXPECT_EQ(told()[0].kind(), EDUCATION_YEARS_UNKNOWN);
  UpdateInspectorRequest update;
  *update.mutable_inspector() = candidate;
  *update.mutable_inspector()->mutable_education_since() = ToProto(MakeDate(2019, 8, 1));
  update.mutable_update_mask()->add_paths("education_since");
  candidate = Must<Inspector>("Inspectors.UpdateInspector", update);
  ASSERT_EQ(told().size(), 1u);
  EXPECT_EQ(told()[0].kind(), EDUCATION_YEARS_SHORT);
  EXPECT_EQ(FromProto(told()[0].day()), MakeDate(2029, 8, 1));
  EXPECT_THAT(told()[0].message_zh(), HasSubstr("《教育督导条例》第七条"));
  EXPECT_THAT(told()[0].message_zh(), HasSubstr("满6年"));
  ReviewCandidateRequest review;
  review.set_name(candidate.name());
  review.set_etag(candidate.etag());
  review.set_passed(true);
  EXPECT_EQ(Must<Inspector>("Inspectors.ReviewCandidate", review).state(), REVIEWED);
  ASSERT_EQ(told().size(), 1u) << "until duty is taken up";
  ASSERT_TRUE(Set("inspector.min_education_years", "6", YEAR).ok());
  EXPECT_TRUE(told().empty());
}

// --- whether somebody might act on a settled day stays
// ------------------------------------------------------

TEST_F(RulesTest, CertificatesAndLeaveOfSettledDaysStay) {
  const Inspector inspector = NewInspector("S1");
  const Certificate certificate = certificate_;
  const auto end = [&](Date last) {
    UpdateCertificateRequest update;
    *update.mutable_certificate() = certificate;
    *update.mutable_certificate()->mutable_valid_to() = ToProto(last);
    update.mutable_certificate()->clear_etag();
    update.mutable_update_mask()->add_paths("valid_to");
    return Call<Certificate>("Certificates.UpdateCertificate", update).status();
  };
  EXPECT_EQ(ReasonOf(end(MakeDate(2025, 9, 30))), ErrorReason::DAYS_SETTLED);
  EXPECT_TRUE(end(kToday - 10 * kDay).ok()) << "within the days of correction";
  EXPECT_TRUE(end(MakeDate(2027, 9, 30)).ok());

  CreateLeaveRequest leave;
  leave.set_parent(inspector.name());
  leave.mutable_leave()->set_office(Name());
  leave.mutable_leave()->set_kind(SICK_LEAVE);
  *leave.mutable_leave()->mutable_valid_from() = ToProto(kBegin);
  *leave.mutable_leave()->mutable_valid_to() = ToProto(kToday + 10 * kDay);
  UpdateLeaveRequest update;
  *update.mutable_leave() = Must<Leave>("Leaves.CreateLeave", leave);  // the office is being set up
  *update.mutable_leave()->mutable_valid_from() = ToProto(kToday);
  update.mutable_update_mask()->add_paths("valid_from");
  EXPECT_EQ(ReasonOf(Call<Leave>("Leaves.UpdateLeave", update).status()), ErrorReason::DAYS_SETTLED);
}

TEST_F(RulesTest, ARecusalMayComeToLightAndIsNotTakenBack) {
  const School school = NewSchool("R1");
  const Inspector inspector = NewInspector("R1");
  const auto main = Assign(inspector, school, kBegin);
  ASSERT_TRUE(main.ok());
  CreateRecusalRequest create;
  create.set_parent(inspector.name());
  create.mutable_recusal()->set_office(Name());
  create.mutable_recusal()->set_school(school.name());
  create.mutable_recusal()->set_ground(KIN_OF_HEAD);
  *create.mutable_recusal()->mutable_valid_from() = ToProto(kBegin);
  const Recusal recusal = Must<Recusal>("Recusals.CreateRecusal", create);
  EXPECT_EQ(FromProto(Again(*main).valid_to()), kToday - kDay) << "who was responsible stays";
  EXPECT_EQ(Reasons(inspector, school, kBegin), "KIN_OF_HEAD ");
  UpdateRecusalRequest update;
  *update.mutable_recusal() = recusal;
  *update.mutable_recusal()->mutable_valid_from() = ToProto(kToday);
  update.mutable_update_mask()->add_paths("valid_from");
  EXPECT_EQ(ReasonOf(Call<Recusal>("Recusals.UpdateRecusal", update).status()), ErrorReason::DAYS_SETTLED);
  // It began earlier than was known; and it ends some day.
  *update.mutable_recusal()->mutable_valid_from() = ToProto(kBegin - kDay);
  *update.mutable_recusal()->mutable_valid_to() = ToProto(kToday);
  update.mutable_update_mask()->add_paths("valid_to");
  EXPECT_TRUE(Call<Recusal>("Recusals.UpdateRecusal", update).ok());
}

// --- no way around the acts
// ------------------------------------------------------------------------------------------

TEST_F(RulesTest, OnceTheOfficeIsSetUpOnlyActsAppoint) {
  const Inspector ended = NewInspector("E1", kToday - kDay);
  EXPECT_EQ(Again(ended).state(), ENDED);
  EndSetUp();
  const Inspector candidate = NewCandidate("E2");
  Certify(candidate.name(), "证E2", kToday, kEnd);
  for (const Inspector& who : {candidate, ended}) {
    const auto entered = Call<Appointment>("Appointments.CreateAppointment", Term(who, 1, kToday, kEnd));
    ASSERT_EQ(ReasonOf(entered.status()), ErrorReason::ENDED_BY_DECISION) << entered.status();
    for (const char* language : {"zh-CN", "en"}) {
      EXPECT_THAT(MessageOf(entered.status(), language), HasSubstr("AppointInspector")) << language;
    }
  }
  EXPECT_EQ(Again(candidate).state(), CANDIDATE);
  EXPECT_EQ(Again(ended).state(), ENDED);
}

TEST_F(RulesTest, ATermKeepsItsKindAndItsNumber) {
  const Inspector third = NewInspector("T1", kEnd, 3);
  EXPECT_EQ(ReasonOf(Edit(term_, "term_index", [](Appointment* term) { term->set_term_index(1); })),
            ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Edit(term_, "kind", [](Appointment* term) { term->set_kind(FULL_TIME); })),
            ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(ReasonOf(Edit(third, "kind", [](Inspector* who) { who->set_kind(FULL_TIME); })),
            ErrorReason::INVALID_FIELDS);
  RenewAppointmentRequest renew;
  renew.set_name(third.name());
  renew.set_etag(Again(third).etag());
  renew.set_document_number("示教督〔2026〕9号");
  *renew.mutable_valid_from() = ToProto(kEnd + kDay);
  *renew.mutable_valid_to() = ToProto(kEnd + 365 * kDay);
  EXPECT_EQ(ReasonOf(Call<Inspector>("Inspectors.RenewAppointment", renew).status()),
            ErrorReason::TERM_LIMIT_REACHED);
  // Ten years of full time beside it are no way around that.
  const std::string create = "Appointments.CreateAppointment";
  CreateAppointmentRequest beside = Term(third, 1, kEnd + kDay, kEnd + 3650 * kDay);
  beside.mutable_appointment()->set_kind(FULL_TIME);
  beside.mutable_appointment()->set_document_number("示教体〔2026〕1号");
  EXPECT_EQ(ReasonOf(Call<Appointment>(create, beside).status()), ErrorReason::INVALID_FIELDS);
  // Full-time service has a paper, and keeps it.
  const Inspector full = NewCandidate("T2", FULL_TIME);
  beside = Term(full, 1, kBegin, kEnd + 3650 * kDay);
  EXPECT_EQ(ReasonOf(Call<Appointment>(create, beside).status()), ErrorReason::INVALID_FIELDS);
  beside.mutable_appointment()->set_document_number("示教体〔2026〕1号");
  const auto appointed = Must<Appointment>(create, beside);
  EXPECT_EQ(
      ReasonOf(Edit(appointed, "document_number", [](Appointment* term) { term->clear_document_number(); })),
      ErrorReason::INVALID_FIELDS);
  // Who has no term that runs may become the other.
  EXPECT_TRUE(
      Edit(NewInspector("T3", kToday - kDay), "kind", [](Inspector* who) { who->set_kind(FULL_TIME); }).ok());
}

TEST_F(RulesTest, TheFormerSchoolGoesOnToRecuse) {
  const School former = NewSchool("F1"), next = NewSchool("F2"), typed = NewSchool("F3");
  const Inspector inspector = NewInspector("F1");
  ASSERT_TRUE(Employ(inspector, former, kBegin).ok());
  ASSERT_TRUE(Employ(inspector, next, std::nullopt).ok());
  EXPECT_EQ(Reasons(inspector, former, kBegin), "OWN_SCHOOL ") << "as it was told before";
  EXPECT_EQ(Reasons(inspector, former, kToday - kDay), "OWN_SCHOOL ");
  EXPECT_EQ(Reasons(inspector, former, kToday), "FORMER_EMPLOYER ");
  EXPECT_EQ(Reasons(inspector, next, kToday), "OWN_SCHOOL ");
  const auto clear = [](Inspector* who) { who->clear_employer_school(); };
  ASSERT_TRUE(Edit(inspector, "employer_school", clear).ok());
  EXPECT_EQ(Reasons(inspector, next, kToday), "FORMER_EMPLOYER ");
  // What is entered and taken back on one day held on none.
  ASSERT_TRUE(Employ(inspector, typed, kToday).ok());
  ASSERT_TRUE(Edit(inspector, "employer_school", clear).ok());
  EXPECT_EQ(Reasons(inspector, typed, kToday), "");
  ListEmploymentsRequest list;
  list.set_parent(inspector.name());
  list.set_order_by("valid_from");
  const auto kept = Must<ListEmploymentsResponse>("Employments.ListEmployments", list);
  ASSERT_EQ(kept.employments_size(), 2);
  for (const Employment& post : kept.employments()) {
    EXPECT_EQ(FromProto(post.valid_from()), kBegin);
    EXPECT_EQ(FromProto(post.valid_to()), kToday - kDay);
  }
  // Back at the former school: what is known of it is not told twice.
  ASSERT_TRUE(Employ(inspector, former, kBegin).ok());
  ASSERT_TRUE(Edit(inspector, "employer_school", clear).ok());
  EXPECT_EQ(Must<ListEmploymentsResponse>("Employments.ListEmployments", list).employments_size(), 2);
  // Nor are settled days of the present one taken away.
  ASSERT_TRUE(Employ(inspector, former, kBegin).ok());
  const auto begins = [&](Date day) {
    return Edit(inspector, "employer_from",
                [&](Inspector* who) { *who->mutable_employer_from() = ToProto(day); });
  };
  EXPECT_EQ(ReasonOf(begins(kToday)), ErrorReason::DAYS_SETTLED);
  EXPECT_TRUE(begins(kBegin - kDay).ok());
}

TEST_F(RulesTest, TermsPostingsAndStagesOfSettledDaysStay) {
  const Inspector inspector = NewInspector("P1"), other = NewInspector("P2", kEnd - kDay);
  const auto begins = [&](Date day) {
    return ReasonOf(
        Edit(term_, "valid_from", [&](Appointment* term) { *term->mutable_valid_from() = ToProto(day); }));
  };
  EXPECT_EQ(begins(kBegin + 30 * kDay), ErrorReason::DAYS_SETTLED);
  EXPECT_EQ(begins(kBegin - 30 * kDay), ErrorReason::DAYS_SETTLED);
  EXPECT_TRUE(
      Edit(term_, "valid_to", [](Appointment* term) { *term->mutable_valid_to() = ToProto(kEnd); }).ok());
  // Kinds of school are completed while the office is being set up; then they are dated.
  const auto stages = [&](const Inspector& who, SchoolKind kind) {
    return ReasonOf(Edit(who, "stages", [&](Inspector* edited) {
      edited->clear_stages();
      edited->add_stages(kind);
    }));
  };
  EXPECT_EQ(stages(inspector, PRIMARY), ErrorReason::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(stages(inspector, KINDERGARTEN), ErrorReason::INVALID_FIELDS);
  const School school = NewSchool("P1");
  CreateSupervisorRequest person;
  person.set_parent(Name());
  person.mutable_supervisor()->set_display_name("示例·X1");
  person.mutable_supervisor()->set_work_number("X1");
  CreateSupervisorPostingRequest post;
  post.set_parent(Name());
  post.mutable_supervisor_posting()->set_supervisor(
      Must<Supervisor>("Supervisors.CreateSupervisor", person).name());
  post.mutable_supervisor_posting()->set_school(school.name());
  *post.mutable_supervisor_posting()->mutable_valid_from() = ToProto(kBegin);
  const auto posted = Must<SupervisorPosting>("SupervisorPostings.CreateSupervisorPosting", post);
  EndSetUp();
  EXPECT_EQ(stages(other, PRIMARY), ErrorReason::INVALID_FIELDS);
  EXPECT_EQ(stages(NewCandidate("P3"), PRIMARY), ErrorReason::ERROR_REASON_UNSPECIFIED);
  UpdateSupervisorPostingRequest moved;
  *moved.mutable_supervisor_posting() = posted;
  moved.mutable_supervisor_posting()->set_school(NewSchool("P2").name());
  moved.mutable_update_mask()->add_paths("school");
  EXPECT_EQ(ReasonOf(Call<SupervisorPosting>("SupervisorPostings.UpdateSupervisorPosting", moved).status()),
            ErrorReason::DAYS_SETTLED);
  post.mutable_supervisor_posting()->set_school(NewSchool("P3").name());
  const auto create = [&] {
    return Call<SupervisorPosting>("SupervisorPostings.CreateSupervisorPosting", post).status();
  };
  EXPECT_EQ(ReasonOf(create()), ErrorReason::DAYS_SETTLED);
  *post.mutable_supervisor_posting()->mutable_valid_from() = ToProto(kToday);
  EXPECT_TRUE(create().ok());
}

TEST_F(RulesTest, AFirstQualificationTakesNothingAwayOfSettledDays) {
  const Inspector whoever = NewInspector("Q1"), named = NewInspector("Q2");
  ASSERT_TRUE(Edit(named, "stages", [](Inspector* who) { who->add_stages(PRIMARY); }).ok());
  EndSetUp();
  const auto qualify = [&](const Inspector& who, Date from) {
    CreateQualificationRequest request;
    request.set_parent(who.name());
    request.mutable_qualification()->set_office(Name());
    request.mutable_qualification()->set_kind(TEACHING_CERTIFICATE);
    request.mutable_qualification()->set_title("幼儿园教师资格");
    request.mutable_qualification()->add_stages(KINDERGARTEN);
    *request.mutable_qualification()->mutable_valid_from() = ToProto(from);
    return ReasonOf(Call<Qualification>("Qualifications.CreateQualification", request).status());
  };
  EXPECT_EQ(qualify(whoever, kBegin), ErrorReason::DAYS_SETTLED);
  EXPECT_EQ(qualify(whoever, kToday), ErrorReason::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(qualify(named, kBegin), ErrorReason::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(qualify(NewCandidate("Q3"), kBegin), ErrorReason::ERROR_REASON_UNSPECIFIED);
}

TEST_F(RulesTest, WhatIsDecidedForALaterDayStaysBesideAnEarlierMove) {
  const School school = NewSchool("M1");
  const Area first = NewArea(1, kBegin), second = NewArea(2, kBegin), third = NewArea(3, kBegin);
  const auto move = [&](const Area& to, Date from) {
    MoveSchoolRequest request;
    request.set_parent(Name());
    request.set_school(school.name());
    request.set_area(to.name());
    *request.mutable_valid_from() = ToProto(from);
    return Call<SchoolAssignment>("SchoolAssignments.MoveSchool", request);
  };
  ASSERT_TRUE(move(first, kBegin).ok());
  const Date later = MakeDate(2026, 10, 1), sooner = MakeDate(2026, 9, 1);
  ASSERT_TRUE(move(second, later).ok());
  const auto between = move(third, sooner);
  ASSERT_TRUE(between.ok()) << between.status();
  EXPECT_EQ(FromProto(between->valid_to()), later - kDay);
  for (const auto& [day, area] : {std::pair{sooner - kDay, first}, {sooner, third}, {later, second}}) {
    ListSchoolAssignmentsRequest list;
    list.set_parent(Name());
    *list.mutable_as_of() = ToProto(day);
    const auto held = Must<ListSchoolAssignmentsResponse>("SchoolAssignments.ListSchoolAssignments", list);
    ASSERT_EQ(held.school_assignments_size(), 1) << FormatDate(day);
    EXPECT_EQ(held.school_assignments(0).area(), area.name()) << FormatDate(day);
  }
}

TEST_F(RulesTest, AnAreaKeepsItsInspectorsOnEachOfTheDaysThatADepartureLeaves) {
  ASSERT_TRUE(Set("area.min_inspectors.enforce", "block", TEXT).ok());
  const Area area = NewArea(1, kBegin);
  std::vector<AreaMembership> members;
  for (const char* number : {"M1", "M2", "M3"}) {
    CreateAreaMembershipRequest join;
    join.set_parent(Name());
    join.mutable_area_membership()->set_area(area.name());
    join.mutable_area_membership()->set_inspector(NewInspector(number).name());
    join.mutable_area_membership()->set_duty(MEMBER);
    *join.mutable_area_membership()->mutable_valid_from() = ToProto(kBegin);
    members.push_back(Must<AreaMembership>("AreaMemberships.CreateAreaMembership", join));
  }
  const auto leaves = [&](const AreaMembership& member, Date last) {
    UpdateAreaMembershipRequest end;
    *end.mutable_area_membership() = member;
    *end.mutable_area_membership()->mutable_valid_to() = ToProto(last);
    end.mutable_update_mask()->add_paths("valid_to");
    return Call<AreaMembership>("AreaMemberships.UpdateAreaMembership", end).status();
  };
  ASSERT_TRUE(leaves(members[0], MakeDate(2026, 6, 30)).ok());
  // On the day after there would be two; from July on one.
  const absl::Status second = leaves(members[1], MakeDate(2026, 5, 31));
  EXPECT_EQ(ReasonOf(second), ErrorReason::AREA_TOO_FEW_INSPECTORS);
  EXPECT_THAT(MessageOf(second, "zh-CN"), HasSubstr("第1责任区自2026-07-01起"));
  EXPECT_EQ(ReasonOf(leaves(members[1], kEnd)), ErrorReason::AREA_TOO_FEW_INSPECTORS) << "nor later";
}

// Entered for a day to come by mistake: it is off the roster of those days, and an act says why.
TEST_F(RulesTest, AnAssignmentThatHasNotBegunIsCalledOff) {
  const School school = NewSchool("S1");
  const Inspector inspector = NewInspector("D1"), other = NewInspector("D2");
  const Date first = kToday + 10 * kDay;
  const auto made = Assign(inspector, school, first);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(Told(CoverageOn(first), "NO_INSPECTOR"), "");
  WithdrawInspectorAssignmentRequest withdraw;
  withdraw.set_name(made->name());
  withdraw.set_etag(made->etag());
  const auto call = [&](rpc::Client& by) {
    return CallAs<InspectorAssignment>(by, "InspectorAssignments.WithdrawInspectorAssignment", withdraw);
  };
  EXPECT_EQ(ReasonOf(call(*staff_).status()), ErrorReason::INVALID_FIELDS) << "without a reason";
  withdraw.set_reason("登记有误");
  withdraw.set_etag("another");
  EXPECT_EQ(ReasonOf(call(*staff_).status()), ErrorReason::ETAG_MISMATCH);
  withdraw.set_etag(made->etag());
  const auto lead =
      harness_->ClientOf("registry", Harness::Person(inspector.name(), rpc::Role::ROLE_AREA_LEAD, office_));
  EXPECT_EQ(ReasonOf(call(*lead).status()), ErrorReason::PERMISSION_MISSING) << "who may not record one";
  withdraw.set_validate_only(true);
  EXPECT_TRUE(call(*staff_).ok());
  EXPECT_EQ(Again(*made).revision(), made->revision());
  withdraw.set_validate_only(false);
  const auto withdrawn = call(*staff_);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_NE(Told(CoverageOn(first), "NO_INSPECTOR"), "");
  ListInspectorActsRequest list;
  list.set_parent(inspector.name());
  const auto acts = Must<ListInspectorActsResponse>("InspectorActs.ListInspectorActs", list);
  ASSERT_EQ(acts.inspector_acts_size(), 1);
  const InspectorAct& act = acts.inspector_acts(0);
  EXPECT_EQ(act.event(), CALL_OFF_ASSIGNMENT);
  EXPECT_EQ(act.state_after(), Again(inspector).state());
  EXPECT_EQ(act.reason(), "登记有误");
  EXPECT_EQ(act.school(), school.name());
  EXPECT_EQ(resource::FromProto(act.act_date()), kToday);
  EXPECT_EQ(resource::FromProto(act.effective_date()), first);
  // The place is free again; and what has begun is ended, not called off.
  const auto second = Assign(other, school, kToday);
  ASSERT_TRUE(second.ok()) << second.status();
  withdraw.set_name(second->name());
  withdraw.set_etag(second->etag());
  const absl::Status begun = call(*staff_).status();
  EXPECT_EQ(ReasonOf(begun), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_THAT(MessageOf(begun, "zh-CN"), HasSubstr("示例·D2"));
  EXPECT_EQ(Again(*second).revision(), second->revision());
}

}  // namespace
}  // namespace inspectorate::registry
