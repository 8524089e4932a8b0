// Random histories of an office, made and looked at through the public methods: schools open, move, merge and
// close, now or as announced, areas come and go and are renamed, inspectors are appointed, renewed, recused,
// suspended and reinstated, leave or are dismissed, act for each other, and people try to rewrite what has
// passed.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "common/testing/harness.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"

namespace inspectorate::registry::history {

using namespace v1;
using resource::FromProto;
using resource::ToProto;
using testing::Harness;

inline const Date kBegin = MakeDate(2025, 9, 1);
inline const Date kFirst = MakeDate(2026, 3, 2);
inline constexpr std::chrono::days kDay{1};

// kExported: only what goes out with an export, which has neither what is announced nor former names of
// areas, and of whose past days nobody learns anything new.
enum class Acts { kAll, kExported };

class History {
 public:
  History(Harness& harness, uint32_t seed, Acts acts = Acts::kAll)
      : harness_(harness), office_("history-" + std::to_string(seed)), random_(seed), acts_(acts) {
    harness_.CreateSandbox(office_, "2026-03-02T01:00:00Z");
    staff_ = harness_.ClientOf("registry", Harness::Staff(office_));
    // Yesterday is settled.
    SetByTwo("roster.correction_days", "0");
    for (int i = 0; i < 3; ++i) NewArea(kBegin);
    for (int i = 0; i < 6; ++i) NewInspector(kBegin);
    for (int i = 0; i < 8; ++i) OpenSchool(kBegin);
    // What was never recorded is not recorded of settled days either. Another office takes such records over.
    if (acts_ == Acts::kExported) return;
    SetByTwo("roster.setup_days", "0");
    set_up_ = false;
  }

  void Step() {
    Renew();
    Act();
    ActOnFacts();
    if (acts_ == Acts::kAll) {
      if (Below(4) == 0) Announce();
      Delegate(today_ + Below(2) * Below(20) * kDay);
      if (Below(4) == 0) RecuseLate();
    }
    for (int i = Below(3); i > 0; --i) RewriteThePast();
    CheckDay(today_);
    for (int ahead : {1, 40, 90}) CheckDay(today_ + ahead * kDay);
    Pass(1 + Below(20));
    if (!told_.empty()) CheckTold(*std::next(told_.begin(), Below(static_cast<int>(told_.size()))));
  }
  void CheckAllTold() {
    for (const auto& day : told_) CheckTold(day);
  }
  std::map<std::string, int> counts;  // by act and outcome

  const std::string& office() const { return office_; }
  rpc::Client& staff() { return *staff_; }
  Date today() const { return today_; }
  const std::vector<std::string>& areas() const { return areas_; }

 private:
  std::string Name() const { return "offices/" + office_; }
  int Below(int bound) { return static_cast<int>(random_() % static_cast<uint32_t>(bound)); }
  template <class T>
  const T& Any(const std::vector<T>& of) {
    return of[static_cast<size_t>(Below(static_cast<int>(of.size())))];
  }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    auto response = staff_->Call<Response>("inspectorate.registry.v1." + method, request);
    EXPECT_TRUE(response.ok()) << method << " on " << FormatDate(today_) << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  // May be refused, for a reason.
  template <class Response, class Request>
  bool Try(const std::string& method, const Request& request) {
    const auto response = staff_->Call<Response>("inspectorate.registry.v1." + method, request);
    EXPECT_FALSE(absl::IsInternal(response.status())) << response.status();
    const std::string outcome =
        response.ok() ? "done" : type::v1::ErrorReason_Name(ReasonOf(response.status()));
    ++counts[method.substr(method.find('.') + 1) + " " + outcome];
    return response.ok();
  }

  void SetByTwo(const std::string& key, const std::string& value) {
    CreatePolicyRuleRequest rule;
    rule.set_parent(Name());
    rule.mutable_policy_rule()->set_key(key);
    rule.mutable_policy_rule()->set_value(value);
    rule.mutable_policy_rule()->set_unit(DAY);
    rule.mutable_policy_rule()->set_source("示例文件");
    *rule.mutable_policy_rule()->mutable_valid_from() = ToProto(today_);
    const auto proposed = Must<PolicyRule>("PolicyRules.CreatePolicyRule", rule);
    ApprovePolicyRuleRequest approve;
    approve.set_name(proposed.name());
    approve.set_etag(proposed.etag());
    const auto second =
        harness_.ClientOf("registry", Harness::Person(Name() + "/staff/" + FormatUuid(RandomUuid()),
                                                      rpc::Role::ROLE_DISTRICT_OFFICE, office_));
    const auto approved =
        second->Call<PolicyRule>("inspectorate.registry.v1.PolicyRules.ApprovePolicyRule", approve);
    EXPECT_TRUE(approved.ok()) << approved.status();
  }

  // --- the office ------------------------------------------------------------------------------------------

  std::string NewArea(Date from) {
    CreateAreaRequest request;
    request.set_parent(Name());
    request.mutable_area()->set_number(++numbers_);
    request.mutable_area()->set_display_name("第" + std::to_string(numbers_) + "责任区");
    *request.mutable_area()->mutable_valid_from() = ToProto(from);
    areas_.push_back(Must<Area>("Areas.CreateArea", request).name());
    return areas_.back();
  }
  void NewInspector(Date from) {
    CreateInspectorRequest create;
    create.mutable_inspector()->set_office(Name());
    create.mutable_inspector()->set_work_number("I" + std::to_string(++numbers_));
    create.mutable_inspector()->set_display_name("示例·督学" + std::to_string(numbers_));
    create.mutable_inspector()->set_kind(PART_TIME);
    const std::string name = Must<Inspector>("Inspectors.CreateInspector", create).name();
    CreateCertificateRequest certificate;
    certificate.set_parent(name);
    certificate.mutable_certificate()->set_office(Name());
    certificate.mutable_certificate()->set_number(office_ + std::to_string(numbers_));
    *certificate.mutable_certificate()->mutable_valid_from() = ToProto(from);
    *certificate.mutable_certificate()->mutable_valid_to() = ToProto(MakeDate(2050, 8, 31));
    Must<Certificate>("Certificates.CreateCertificate", certificate);
    inspectors_.push_back({.name = name, .until = {}, .term = 0});
    Appoint(&inspectors_.back(), from);
    // What was never recorded may be completed for past days: everybody has a first record.
    while (!Join(name, std::max(from, today_))) NewArea(today_);
  }
  bool Join(const std::string& inspector, Date from) {
    CreateAreaMembershipRequest member;
    member.set_parent(Name());
    member.mutable_area_membership()->set_inspector(inspector);
    member.mutable_area_membership()->set_area(Any(areas_));
    member.mutable_area_membership()->set_duty(MEMBER);
    *member.mutable_area_membership()->mutable_valid_from() = ToProto(from);
    member.mutable_area_membership()->set_document_number(NewPaper());
    return Try<AreaMembership>("AreaMemberships.CreateAreaMembership", member);
  }
  struct Serving {
    std::string name;
    Date until;
    int term;
    bool left = false;
    bool suspended = false;
  };
  // Entered while the office is being set up; by the acts afterwards.
  void Appoint(Serving* who, Date from) {
    who->until = from + 2 * 365 * kDay;
    if (++who->term > 1 && !set_up_) {
      Must<Inspector>("Inspectors.RenewAppointment", TermOf<RenewAppointmentRequest>(*who, from));
      return;
    }
    if (!set_up_) return AppointByActs(*who, from);
    CreateAppointmentRequest request;
    request.set_parent(who->name);
    request.mutable_appointment()->set_office(Name());
    request.mutable_appointment()->set_kind(PART_TIME);
    request.mutable_appointment()->set_term_index(who->term);
    *request.mutable_appointment()->mutable_valid_from() = ToProto(from);
    *request.mutable_appointment()->mutable_valid_to() = ToProto(who->until);
    request.mutable_appointment()->set_document_number("示教体〔2025〕1号");
    Must<Appointment>("Appointments.CreateAppointment", request);
  }
  template <class Request>
  Request TermOf(const Serving& who, Date from) {
    auto request = ActOn<Request>(who.name);
    *request.mutable_valid_from() = ToProto(from);
    *request.mutable_valid_to() = ToProto(who.until);
    return request;
  }
  void AppointByActs(const Serving& who, Date from) {
    const auto noticed = ToProto(today_ - 30 * kDay);
    auto review = ActOn<ReviewCandidateRequest>(who.name);
    review.set_passed(true);
    *review.mutable_act_date() = noticed;
    Must<Inspector>("Inspectors.ReviewCandidate", review);
    auto publicize = ActOn<PublicizeCandidateRequest>(who.name);
    *publicize.mutable_act_date() = noticed;
    Must<Inspector>("Inspectors.PublicizeCandidate", publicize);
    Must<Inspector>("Inspectors.AppointInspector", TermOf<AppointInspectorRequest>(who, from));
    Must<Inspector>("Inspectors.InductInspector", ActOn<InductInspectorRequest>(who.name));
    Must<Inspector>("Inspectors.TakeUpDuty", ActOn<TakeUpDutyRequest>(who.name));
  }
  void Renew() {
    for (Serving& who : inspectors_) {
      if (!who.left && !who.suspended && who.until - today_ < 60 * kDay && who.term < 3)
        Appoint(&who, who.until + kDay);
    }
  }
  void OpenSchool(Date from) {
    CreateSchoolRequest create;
    create.mutable_school()->set_office(Name());
    create.mutable_school()->set_display_name("示例小学" + std::to_string(++numbers_));
    create.mutable_school()->set_external_id("S" + std::to_string(numbers_));
    create.mutable_school()->set_kind(PRIMARY);
    *create.mutable_school()->mutable_open_date() = ToProto(from);
    const std::string school = Must<School>("Schools.CreateSchool", create).name();
    // What it belongs to: the first area that is in force.
    bool placed = false;
    for (size_t i = 0; i < areas_.size() && !placed; ++i) placed = Assign(school, Any(areas_), from);
    EXPECT_TRUE(placed || Assign(school, NewArea(from), from));
    schools_.push_back(school);
    for (int i = 0; i < 50 && !MakeResponsible(school, from); ++i) {
    }
  }
  bool Assign(const std::string& school, const std::string& area, Date from) {
    CreateSchoolAssignmentRequest request;
    request.set_parent(Name());
    request.mutable_school_assignment()->set_school(school);
    request.mutable_school_assignment()->set_area(area);
    *request.mutable_school_assignment()->mutable_valid_from() = ToProto(from);
    request.mutable_school_assignment()->set_document_number(NewPaper());
    return Try<SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", request);
  }
  bool MakeResponsible(const std::string& school, Date from, AssignmentDuty duty = MAIN) {
    CreateInspectorAssignmentRequest request;
    request.set_parent(Name());
    request.mutable_inspector_assignment()->set_school(school);
    request.mutable_inspector_assignment()->set_inspector(Any(inspectors_).name);
    request.mutable_inspector_assignment()->set_duty(duty);
    *request.mutable_inspector_assignment()->mutable_valid_from() = ToProto(from);
    request.mutable_inspector_assignment()->set_document_number(NewPaper());
    return Try<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", request);
  }

  // --- facts that eligibility follows from
  // --------------------------------------------------------------------

  void ActOnFacts() {
    const std::string& inspector = Any(inspectors_).name;
    const Date from = today_ + Below(2) * Below(40) * kDay;
    switch (Below(5)) {
      case 0:
        return Employ(inspector, from);
      case 1:
        return EmployAt(inspector, from);
      case 2:
        return TakeLeave(inspector, from);
      case 3:
        return Certify(inspector, from);
      default:
        return RewriteCertificate(inspector);
    }
  }
  void Employ(const std::string& inspector, Date from) {
    CreateEmploymentRequest request;
    request.set_parent(inspector);
    request.mutable_employment()->set_office(Name());
    request.mutable_employment()->set_school(Any(schools_));
    *request.mutable_employment()->mutable_valid_from() = ToProto(from);
    if (Below(2) == 0) *request.mutable_employment()->mutable_valid_to() = ToProto(from + 30 * kDay);
    Try<Employment>("Employments.CreateEmployment", request);
  }
  // The field of the inspector that says the same.
  void EmployAt(const std::string& inspector, Date from) {
    UpdateInspectorRequest request;
    request.mutable_inspector()->set_name(inspector);
    request.mutable_inspector()->set_employer_school(Any(schools_));
    *request.mutable_inspector()->mutable_employer_from() = ToProto(from);
    request.mutable_update_mask()->add_paths("employer_school");
    request.mutable_update_mask()->add_paths("employer_from");
    Try<Inspector>("Inspectors.UpdateInspector", request);
  }
  void TakeLeave(const std::string& inspector, Date from) {
    CreateLeaveRequest request;
    request.set_parent(inspector);
    request.mutable_leave()->set_office(Name());
    request.mutable_leave()->set_kind(SICK_LEAVE);
    *request.mutable_leave()->mutable_valid_from() = ToProto(from);
    *request.mutable_leave()->mutable_valid_to() = ToProto(from + Below(20) * kDay);
    Try<v1::Leave>("Leaves.CreateLeave", request);
  }
  void Certify(const std::string& inspector, Date from) {
    CreateCertificateRequest request;
    request.set_parent(inspector);
    request.mutable_certificate()->set_office(Name());
    request.mutable_certificate()->set_number(office_ + "-" + std::to_string(++numbers_));
    *request.mutable_certificate()->mutable_valid_from() = ToProto(from);
    *request.mutable_certificate()->mutable_valid_to() = ToProto(from + 400 * kDay);
    Try<Certificate>("Certificates.CreateCertificate", request);
  }
  // Some are made to expire soon; of settled days nothing is taken away.
  void RewriteCertificate(const std::string& inspector) {
    ListCertificatesRequest list;
    list.set_parent(inspector);
    const auto all = Must<ListCertificatesResponse>("Certificates.ListCertificates", list);
    UpdateCertificateRequest request;
    *request.mutable_certificate() = all.certificates(Below(all.certificates_size()));
    *request.mutable_certificate()->mutable_valid_to() =
        ToProto(Below(3) == 0 ? AnyDay() : today_ + (30 + Below(60)) * kDay);
    request.mutable_update_mask()->add_paths("valid_to");
    Try<Certificate>("Certificates.UpdateCertificate", request);
  }

  // --- what may happen -------------------------------------------------------------------------------------

  void Act() {
    switch (Below(acts_ == Acts::kAll ? 15 : 13)) {
      case 0:
        OpenSchool(today_);
        break;
      case 13:
        Rename(Any(areas_));
        break;
      case 14:
        Withdraw();
        break;
      case 1:
      case 2:
      case 3:
        Move(Any(schools_), Any(areas_), today_ + Below(2) * Below(60) * kDay);
        break;
      case 4:
        ChangeSchoolBy(Any(schools_), MERGE_SCHOOL, SomeDay());
        break;
      case 5:
        ChangeSchoolBy(Any(schools_), AnyKind(), SomeDay());
        break;
      case 6:
        if (Below(2) == 0) NewArea(today_);
        EndArea(Any(areas_), today_ + Below(30) * kDay);
        break;
      case 7:
        Recuse();
        break;
      case 8:
        NewInspector(today_);
        break;
      case 10:
        Leave(&inspectors_[static_cast<size_t>(Below(static_cast<int>(inspectors_.size())))]);
        break;
      case 11:
        Suspend(&inspectors_[static_cast<size_t>(Below(static_cast<int>(inspectors_.size())))]);
        break;
      case 12:
        for (Serving& who : inspectors_) {
          if (who.suspended) Reinstate(&who);
        }
        break;
      default:
        MakeResponsible(Any(schools_), today_ + Below(30) * kDay, Below(3) == 0 ? CO : MAIN);
    }
  }
  void Move(const std::string& school, const std::string& area, Date from) {
    MoveSchoolRequest request;
    request.set_parent(Name());
    request.set_school(school);
    request.set_area(area);
    *request.mutable_valid_from() = ToProto(from);
    request.set_document_number(NewPaper());
    Try<SchoolAssignment>("SchoolAssignments.MoveSchool", request);
  }
  SchoolChangeKind AnyKind() {
    return Any<SchoolChangeKind>({CLOSE_SCHOOL, RENAME_SCHOOL, SUSPEND_SCHOOL, RESUME_SCHOOL});
  }
  // Today, or as announced.
  Date SomeDay() { return today_ + (acts_ == Acts::kAll ? Below(2) * Below(60) : 0) * kDay; }
  void ChangeSchoolBy(const std::string& school, SchoolChangeKind kind, Date effective) {
    GetSchoolRequest get;
    get.set_name(school);
    ChangeSchoolRequest request;
    request.set_name(school);
    request.set_etag(Must<School>("Schools.GetSchool", get).etag());
    request.set_kind(kind);
    *request.mutable_effective_date() = ToProto(effective);
    request.set_document_number("示教体〔2026〕2号");
    if (kind == RENAME_SCHOOL) request.set_display_name("新名小学" + std::to_string(++numbers_));
    if (kind == MERGE_SCHOOL) {
      const std::string& into = Any(schools_);
      if (into == school) return;
      request.add_others(into);
    }
    const bool done = Try<SchoolChange>("SchoolChanges.ChangeSchool", request);
    if (done && effective > today_) ++counts["announced " + SchoolChangeKind_Name(kind)];
  }
  void Announce() {
    const auto kind = Any<SchoolChangeKind>({RENAME_SCHOOL, MERGE_SCHOOL, CLOSE_SCHOOL, SUSPEND_SCHOOL});
    ChangeSchoolBy(Any(schools_), kind, today_ + (1 + Below(60)) * kDay);
  }
  // What is announced may be taken back.
  void Withdraw() {
    ListSchoolChangesRequest list;
    list.set_parent(Name());
    list.set_filter("state = CHANGE_SCHEDULED");
    const auto all = Must<ListSchoolChangesResponse>("SchoolChanges.ListSchoolChanges", list);
    if (all.school_changes_size() == 0) return;
    const SchoolChange& change = all.school_changes(Below(all.school_changes_size()));
    RejectSchoolChangeRequest request;
    request.set_name(change.name());
    request.set_etag(change.etag());
    request.set_note("示例");
    Try<SchoolChange>("SchoolChanges.RejectSchoolChange", request);
  }
  void Rename(const std::string& area) {
    UpdateAreaRequest request;
    request.mutable_area()->set_name(area);
    request.mutable_area()->set_display_name("新名责任区" + std::to_string(++numbers_));
    if (Below(2) == 0) request.mutable_area()->set_number(++numbers_);
    if (Below(2) == 0)
      request.mutable_area()->set_document_number("示教督〔2026〕" + std::to_string(++numbers_) + "号");
    counts["areas renamed"] += Try<Area>("Areas.UpdateArea", request) ? 1 : 0;
  }
  void EndArea(const std::string& name, Date last) {
    GetAreaRequest get;
    get.set_name(name);
    UpdateAreaRequest request;
    *request.mutable_area() = Must<Area>("Areas.GetArea", get);
    *request.mutable_area()->mutable_valid_to() = ToProto(last);
    request.mutable_update_mask()->add_paths("valid_to");
    Try<Area>("Areas.UpdateArea", request);
  }
  void Recuse() {
    const std::string& inspector = Any(inspectors_).name;
    CreateRecusalRequest request;
    request.set_parent(inspector);
    request.mutable_recusal()->set_office(Name());
    request.mutable_recusal()->set_school(Any(schools_));
    request.mutable_recusal()->set_ground(KIN_OF_HEAD);
    request.mutable_recusal()->set_note("示例");
    *request.mutable_recusal()->mutable_valid_from() = ToProto(today_ + Below(2) * Below(20) * kDay);
    Try<Recusal>("Recusals.CreateRecusal", request);
  }

  // An area, or the schools of an inspector or one of them, from a day on.
  void Delegate(Date from) {
    CreateDelegationRequest request;
    request.set_parent(Name());
    Delegation& wanted = *request.mutable_delegation();
    wanted.set_delegate(Any(inspectors_).name);
    if (Below(3) == 0) {
      wanted.set_area(Any(areas_));
    } else {
      wanted.set_delegator(Any(inspectors_).name);
      if (Below(3) == 0) wanted.set_school(Any(schools_));
    }
    *wanted.mutable_valid_from() = ToProto(from);
    *wanted.mutable_valid_to() = ToProto(from + Below(60) * kDay);
    wanted.set_document_number(NewPaper());
    wanted.set_reason("示例");
    Try<Delegation>("Delegations.CreateDelegation", request);
  }
  void RewriteDelegation() {
    ListDelegationsRequest list;
    list.set_parent(Name());
    list.set_page_size(1000);
    const auto all = Must<ListDelegationsResponse>("Delegations.ListDelegations", list);
    if (all.delegations_size() == 0) return;
    UpdateDelegationRequest request;
    *request.mutable_delegation() = all.delegations(Below(all.delegations_size()));
    *request.mutable_delegation()->mutable_valid_to() = ToProto(AnyDay());
    request.mutable_update_mask()->add_paths("valid_to");
    Try<Delegation>("Delegations.UpdateDelegation", request);
  }
  // It comes to light that somebody was recused already then; mostly somebody who acted for another.
  void RecuseLate() {
    ListDelegationsRequest list;
    list.set_parent(Name());
    list.set_page_size(1000);
    const auto all = Must<ListDelegationsResponse>("Delegations.ListDelegations", list);
    if (all.delegations_size() == 0) return;
    const std::string& inspector = all.delegations(Below(all.delegations_size())).delegate();
    CreateRecusalRequest request;
    request.set_parent(inspector);
    request.mutable_recusal()->set_office(Name());
    request.mutable_recusal()->set_school(Any(schools_));
    request.mutable_recusal()->set_ground(KIN_ON_STAFF);
    request.mutable_recusal()->set_note("示例");
    *request.mutable_recusal()->mutable_valid_from() = ToProto(std::min(AnyDay(), today_));
    counts["recusals come to light"] += Try<Recusal>("Recusals.CreateRecusal", request) ? 1 : 0;
  }

  // What every act about an inspector states.
  template <class Request>
  Request ActOn(const std::string& inspector) {
    GetInspectorRequest get;
    get.set_name(inspector);
    Request request;
    request.set_name(inspector);
    request.set_etag(Must<Inspector>("Inspectors.GetInspector", get).etag());
    request.set_document_number("示教体〔2026〕3号");
    return request;
  }
  // Some of the leaver's schools get somebody new at once; some are left without.
  template <class Request>
  void Succeed(const std::string& leaver, Request* request) {
    *request->mutable_last_day() = ToProto(today_ + Below(2) * Below(40) * kDay);
    for (const std::string& school : Below(2) == 0 ? std::vector<std::string>() : SchoolsOf(leaver)) {
      auto* succession = request->add_successions();
      succession->set_school(school);
      succession->set_inspector(Any(inspectors_).name);
    }
  }
  std::vector<std::string> SchoolsOf(const std::string& inspector) {
    ListInspectorAssignmentsRequest list;
    list.set_parent(Name());
    list.set_page_size(1000);
    list.set_filter("inspector = \"" + inspector + "\"");
    std::vector<std::string> schools;
    const auto all =
        Must<ListInspectorAssignmentsResponse>("InspectorAssignments.ListInspectorAssignments", list);
    for (const auto& held : all.inspector_assignments()) {
      if (resource::PeriodOf(held).Contains(today_)) schools.push_back(held.school());
    }
    return schools;
  }
  void Leave(Serving* who) {
    bool left = false;
    if (Below(4) == 0) {
      auto request = ActOn<DismissInspectorRequest>(who->name);
      request.set_ground(DERELICTION);
      request.set_reason("示例");
      Succeed(who->name, &request);
      left = Try<Inspector>("Inspectors.DismissInspector", request);
    } else {
      auto request = ActOn<EndDutyRequest>(who->name);
      request.set_cause(RETIRED);
      Succeed(who->name, &request);
      left = Try<Inspector>("Inspectors.EndDuty", request);
    }
    who->left = who->left || left;
  }
  void Suspend(Serving* who) {
    auto request = ActOn<SuspendInspectorRequest>(who->name);
    request.set_ground(UNDER_INQUIRY);
    request.set_reason("示例");
    Succeed(who->name, &request);
    who->suspended = Try<Inspector>("Inspectors.SuspendInspector", request) || who->suspended;
  }
  void Reinstate(Serving* who) {
    auto request = ActOn<ReinstateInspectorRequest>(who->name);
    request.set_reason("示例");
    who->suspended = !Try<Inspector>("Inspectors.ReinstateInspector", request);
  }

  // --- and what people may try
  // ------------------------------------------------------------------------------

  SchoolAssignment AnyAssignment() {
    ListSchoolAssignmentsRequest list;
    list.set_parent(Name());
    list.set_page_size(1000);
    const auto all = Must<ListSchoolAssignmentsResponse>("SchoolAssignments.ListSchoolAssignments", list);
    return all.school_assignments(Below(all.school_assignments_size()));
  }
  std::string NewPaper() { return "示教督〔2026〕" + std::to_string(++papers_) + "号"; }
  Date AnyDay() { return kBegin + Below(static_cast<int>((today_ - kBegin).count()) + 60) * kDay; }

  void RewriteThePast() {
    switch (Below(acts_ == Acts::kAll ? 11 : 8)) {
      case 0:
        Move(Any(schools_), Any(areas_), AnyDay());
        break;
      case 9:
        Delegate(AnyDay());
        break;
      case 10:
        RewriteDelegation();
        break;
      case 8:
        ChangeSchoolBy(Any(schools_), AnyKind(), std::min(AnyDay(), today_));
        break;
      case 4:
        Join(Any(inspectors_).name, AnyDay());
        break;
      case 5:
        MakeResponsible(Any(schools_), AnyDay());
        break;
      case 1:
        Assign(Any(schools_), Any(areas_), AnyDay());
        break;
      case 2:
        EndArea(Any(areas_), AnyDay());
        break;
      case 3:
        RewriteResponsible();
        break;
      default:
        RewriteAssignment();
    }
  }
  void RewriteAssignment() {
    UpdateSchoolAssignmentRequest request;
    SchoolAssignment& fact = *request.mutable_school_assignment();
    fact = AnyAssignment();
    if (Below(2) == 0) fact.set_area(Any(areas_));
    if (Below(3) == 0) fact.set_school(Any(schools_));
    if (Below(3) == 0) *fact.mutable_valid_from() = ToProto(AnyDay());
    if (Below(2) == 0) *fact.mutable_valid_to() = ToProto(AnyDay());
    if (acts_ == Acts::kAll && Below(3) == 0) fact.set_document_number(NewPaper());
    for (const char* field : {"area", "school", "valid_from", "valid_to", "document_number"}) {
      request.mutable_update_mask()->add_paths(field);
    }
    Try<SchoolAssignment>("SchoolAssignments.UpdateSchoolAssignment", request);
  }
  void RewriteResponsible() {
    ListInspectorAssignmentsRequest list;
    list.set_parent(Name());
    list.set_page_size(1000);
    const auto all =
        Must<ListInspectorAssignmentsResponse>("InspectorAssignments.ListInspectorAssignments", list);
    if (all.inspector_assignments_size() == 0) return;
    UpdateInspectorAssignmentRequest request;
    InspectorAssignment& fact = *request.mutable_inspector_assignment();
    fact = all.inspector_assignments(Below(all.inspector_assignments_size()));
    if (Below(2) == 0) fact.set_inspector(Any(inspectors_).name);
    if (Below(3) == 0) *fact.mutable_valid_from() = ToProto(AnyDay());
    if (Below(2) == 0) *fact.mutable_valid_to() = ToProto(AnyDay());
    if (acts_ == Acts::kAll && Below(3) == 0) fact.set_document_number(NewPaper());
    for (const char* field : {"inspector", "valid_from", "valid_to", "document_number"}) {
      request.mutable_update_mask()->add_paths(field);
    }
    Try<InspectorAssignment>("InspectorAssignments.UpdateInspectorAssignment", request);
  }

  // --- what must hold
  // ---------------------------------------------------------------------------------------

  void CheckDay(Date day) {
    CheckCoverageRequest request;
    request.set_parent(Name());
    *request.mutable_as_of() = ToProto(day);
    const Coverage coverage = Must<Coverage>("Areas.CheckCoverage", request);
    for (const auto& exception : coverage.exceptions()) {
      const std::string& code = exception.code();
      EXPECT_TRUE(code != "NO_AREA" && code != "SEVERAL_AREAS")
          << FormatDate(today_) << ", on " << FormatDate(day) << ": " << exception.ShortDebugString();
    }
    CheckPeople(day, coverage);
  }
  Eligibility EligibilityOf(const std::string& inspector, const std::string& school, Date day) {
    CheckEligibilityRequest ask;
    ask.set_inspector(inspector);
    ask.set_school(school);
    *ask.mutable_date() = ToProto(day);
    return Must<Eligibility>("Inspectors.CheckEligibility", ask);
  }
  // What may run out or pass (a term, a certificate, leave) leaves an assignment without effect, and coverage
  // and roster say so; whatever else speaks against somebody has ended the assignment.
  void CheckPeople(Date day, const Coverage& coverage) {
    const std::set<std::string> passing = {"NO_APPOINTMENT", "TERM_LIMIT", "NO_CERTIFICATE", "ON_LEAVE"};
    ListInspectorAssignmentsRequest list;
    list.set_parent(Name());
    list.set_page_size(1000);
    *list.mutable_as_of() = ToProto(day);
    const auto all =
        Must<ListInspectorAssignmentsResponse>("InspectorAssignments.ListInspectorAssignments", list);
    std::map<std::string, bool> acts;          // by school: who is responsible may act
    std::multiset<std::string> without, told;  // schools, once for each who may not act
    for (const auto& assignment : all.inspector_assignments()) {
      const Eligibility answer = EligibilityOf(assignment.inspector(), assignment.school(), day);
      if (assignment.duty() == MAIN) acts[assignment.school()] = answer.eligible();
      if (!answer.eligible()) without.insert(assignment.school());
      for (const auto& reason : answer.reasons()) {
        ++counts["without effect " + reason.code()];
        EXPECT_TRUE(passing.contains(reason.code()))
            << FormatDate(today_) << ", on " << FormatDate(day) << ": " << reason.ShortDebugString() << " of "
            << assignment.ShortDebugString();
      }
    }
    for (const auto& exception : coverage.exceptions()) {
      if (exception.code() == "INELIGIBLE_INSPECTOR" || exception.code() == "INELIGIBLE_CO_INSPECTOR") {
        told.insert(exception.resource());
      }
    }
    // Coverage speaks of schools that operate.
    for (const std::string& school : told) EXPECT_EQ(told.count(school), without.count(school)) << school;
    CheckRostersTell(day, acts);
  }
  void CheckRostersTell(Date day, const std::map<std::string, bool>& acts) {
    for (const std::string& area : areas_) {
      GetRosterRequest request;
      request.set_name(area);
      *request.mutable_as_of() = ToProto(day);
      const Roster roster = Must<Roster>("Areas.GetRoster", request);
      for (const auto& school : roster.schools()) {
        const auto responsible = acts.find(school.school());
        EXPECT_EQ(school.without_effect_zh().empty(), responsible == acts.end() || responsible->second)
            << FormatDate(day) << ": " << school.ShortDebugString();
        if (!school.acting().empty()) CheckActing(day, school);
      }
    }
  }
  // Who acts is named, with what speaks against it; who may act, acts by that delegation.
  void CheckActing(Date day, const RosterSchool& school) {
    const Eligibility answer = EligibilityOf(school.acting(), school.school(), day);
    ++counts[answer.eligible() ? "acting with effect" : "acting without effect"];
    EXPECT_EQ(school.acting_without_effect_zh().empty(), answer.eligible())
        << FormatDate(day) << ": " << school.ShortDebugString();
    EXPECT_EQ(answer.delegation(), answer.eligible() ? school.delegation() : "")
        << FormatDate(day) << ": " << school.ShortDebugString();
  }

  // All that is said of the day, save what follows from facts that may come to light late.
  std::string RostersOn(Date day) {
    std::string text;
    for (const std::string& area : areas_) {
      GetRosterRequest request;
      request.set_name(area);
      *request.mutable_as_of() = ToProto(day);
      Roster roster = Must<Roster>("Areas.GetRoster", request);
      if (roster.inspectors_size() + roster.schools_size() == 0) continue;  // not in force, or not yet there
      for (auto& member : *roster.mutable_inspectors()) {
        member.clear_without_effect_zh();
        member.clear_without_effect_en();
      }
      for (auto& school : *roster.mutable_schools()) {
        school.clear_without_effect_zh();
        school.clear_without_effect_en();
        school.clear_acting_without_effect_zh();
        school.clear_acting_without_effect_en();
        if (!school.acting().empty()) ++counts["acting told of a settled day"];
      }
      roster.clear_acting_lead_without_effect_zh();
      roster.clear_acting_lead_without_effect_en();
      text += roster.DebugString();
    }
    return text;
  }
  void Pass(int days) {
    const std::set<Date> passed = {today_, today_ + (days - 1) * kDay};
    today_ += days * kDay;
    harness_.SetClock(office_, FormatDate(today_) + "T01:00:00Z");
    for (Date day : passed) told_.emplace(day, RostersOn(day));
  }
  void CheckTold(const std::pair<const Date, std::string>& told) {
    EXPECT_EQ(RostersOn(told.first), told.second)
        << "what was told of " << FormatDate(told.first) << ", asked on " << FormatDate(today_);
  }

  Harness& harness_;
  const std::string office_;
  std::mt19937 random_;
  const Acts acts_;
  std::unique_ptr<rpc::Client> staff_;
  Date today_ = kFirst;
  int numbers_ = 0, papers_ = 0;
  bool set_up_ = true;
  std::vector<std::string> areas_, schools_;
  std::vector<Serving> inspectors_;
  std::map<Date, std::string> told_;
};

}  // namespace inspectorate::registry::history
