// Inspectors across the services: a whole life by its documents, leaving with something open, and the same
// answer everywhere to who may act.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/roster/eligibility_facts.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "tests/conformance/lives.h"
#include "tests/conformance/loop.h"
#include "tests/conformance/world.h"

namespace inspectorate::conformance {
namespace {

using namespace registry::v1;
using resource::ToProto;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// The furnished districts stand at the last Friday of March.
const Date kToday = MakeDate(2026, 3, 27);
constexpr std::chrono::days kOne{1};

class InspectorsTest : public ::testing::Test {
 protected:
  World& world() { return World::Get(); }
  District& home() { return world().home(); }
  Lives lives() { return {world(), home()}; }
  const Principal& staff() { return home().people.at(Role::ROLE_DISTRICT_OFFICE); }

  static std::string Method(const std::string& name) { return "inspectorate.registry.v1." + name; }
  template <class Response, class Request>
  Response Must(const std::string& method, const Request& request) {
    return world().Must<Response>("registry", Method(method), staff(), request);
  }
  template <class Request>
  absl::Status Try(const std::string& method, const Request& request, const Principal& by) {
    return world().Call("registry", Method(method), by, request).status;
  }
  template <class Request>
  absl::Status Try(const std::string& method, const Request& request) {
    return Try(method, request, staff());
  }
  template <class Request>
  static Request On(const Inspector& inspector) {
    Request request;
    request.set_name(inspector.name());
    request.set_etag(inspector.etag());
    request.set_document_number("示教督〔2026〕9号");
    return request;
  }
  Inspector Get(const std::string& name) {
    GetInspectorRequest request;
    request.set_name(name);
    return Must<Inspector>("Inspectors.GetInspector", request);
  }
  std::vector<std::string> Against(const std::string& inspector, const std::string& school, Date day) {
    CheckEligibilityRequest request;
    request.set_inspector(inspector);
    request.set_school(school);
    *request.mutable_date() = ToProto(day);
    std::vector<std::string> codes;
    const auto answer = Must<Eligibility>("Inspectors.CheckEligibility", request);
    for (const auto& reason : answer.reasons()) codes.push_back(reason.code());
    return codes;
  }
  std::vector<InspectorAct> ActsOf(const std::string& inspector) {
    ListInspectorActsRequest request;
    request.set_parent(inspector);
    request.set_order_by("create_time");
    const auto list = Must<ListInspectorActsResponse>("InspectorActs.ListInspectorActs", request);
    return {list.inspector_acts().begin(), list.inspector_acts().end()};
  }
  std::vector<InspectorAssignment> AssignmentsOf(const std::string& inspector) {
    ListInspectorAssignmentsRequest request;
    request.set_parent(home().office());
    request.set_filter("inspector = \"" + inspector + "\"");
    const auto list =
        Must<ListInspectorAssignmentsResponse>("InspectorAssignments.ListInspectorAssignments", request);
    return {list.inspector_assignments().begin(), list.inspector_assignments().end()};
  }
  CreateInspectorAssignmentRequest Assign(const std::string& inspector, const std::string& school,
                                          Date from) {
    CreateInspectorAssignmentRequest request;
    request.set_parent(home().office());
    request.mutable_inspector_assignment()->set_inspector(inspector);
    request.mutable_inspector_assignment()->set_school(school);
    request.mutable_inspector_assignment()->set_duty(MAIN);
    *request.mutable_inspector_assignment()->mutable_valid_from() = ToProto(from);
    return request;
  }
};

TEST_F(InspectorsTest, ALifeIsToldByItsActs) {
  const Inspector inspector = lives().OnDuty();
  const std::string school = world().AddSchool(home());
  std::vector<InspectorEvent> events;
  for (const InspectorAct& act : ActsOf(inspector.name())) events.push_back(act.event());
  EXPECT_THAT(events, ElementsAre(REVIEW, PUBLICIZE, APPOINT, INDUCT, TAKE_UP));
  EXPECT_EQ(inspector.state(), ON_DUTY);
  // The term began in September; duty began today.
  EXPECT_THAT(Against(inspector.name(), school, kToday - kOne), ElementsAre("NOT_ON_DUTY"));
  EXPECT_THAT(Against(inspector.name(), school, kToday), IsEmpty());
  EXPECT_THAT(Against(inspector.name(), school, MakeDate(2025, 8, 1)),
              ElementsAre("NO_APPOINTMENT", "NO_CERTIFICATE"));
}

TEST_F(InspectorsTest, AStepOutOfOrderIsRefusedInBothLanguages) {
  const Inspector candidate = lives().Candidate();
  auto appoint = On<AppointInspectorRequest>(candidate);
  *appoint.mutable_valid_from() = ToProto(kToday);
  *appoint.mutable_valid_to() = ToProto(MakeDate(2028, 8, 31));
  const absl::Status refused = Try("Inspectors.AppointInspector", appoint);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), ErrorReason::STATE_TRANSITION_DENIED);
  EXPECT_THAT(MessageOf(refused, "zh-CN"), HasSubstr("候选"));
  EXPECT_THAT(MessageOf(refused, "en"), HasSubstr("candidate"));
  EXPECT_EQ(Get(candidate.name()).revision(), candidate.revision());
}

TEST_F(InspectorsTest, NobodyIsAppointedWhileTheNoticeRuns) {
  auto publicize = On<PublicizeCandidateRequest>(lives().Reviewed());
  const Inspector noticed = Must<Inspector>("Inspectors.PublicizeCandidate", publicize);
  // Five working days after that Friday.
  EXPECT_EQ(resource::FromProto(noticed.notice_to()), MakeDate(2026, 4, 3));
  auto appoint = On<AppointInspectorRequest>(noticed);
  *appoint.mutable_valid_from() = ToProto(kToday);
  *appoint.mutable_valid_to() = ToProto(MakeDate(2028, 8, 31));
  const absl::Status refused = Try("Inspectors.AppointInspector", appoint);
  EXPECT_EQ(ReasonOf(refused), ErrorReason::NOTICE_RUNNING);
  EXPECT_THAT(MessageOf(refused, "zh-CN"), HasSubstr("2026-04-03"));
}

TEST_F(InspectorsTest, TheFourthConsecutiveTermIsRefused) {
  Inspector inspector = lives().OnDuty();
  int year = 2028;
  for (int index = 2; index <= 4; ++index, year += 3) {
    auto renew = On<RenewAppointmentRequest>(inspector);
    *renew.mutable_valid_from() = ToProto(MakeDate(year, 9, 1));
    *renew.mutable_valid_to() = ToProto(MakeDate(year + 3, 8, 31));
    if (index < 4) {
      inspector = Must<Inspector>("Inspectors.RenewAppointment", renew);
      continue;
    }
    EXPECT_EQ(ReasonOf(Try("Inspectors.RenewAppointment", renew)), ErrorReason::TERM_LIMIT_REACHED);
  }
  ListAppointmentsRequest list;
  list.set_parent(inspector.name());
  list.set_order_by("valid_from");
  std::vector<int> indexes;
  const auto terms = Must<ListAppointmentsResponse>("Appointments.ListAppointments", list);
  for (const auto& term : terms.appointments()) indexes.push_back(term.term_index());
  EXPECT_THAT(indexes, ElementsAre(1, 2, 3));
}

TEST_F(InspectorsTest, OnlyTheOfficesOwnStaffActs) {
  const Inspector candidate = lives().Candidate();
  auto review = On<ReviewCandidateRequest>(candidate);
  review.set_passed(true);
  const District& theirs = world().sibling();
  for (const Principal& who :
       {theirs.people.at(Role::ROLE_DISTRICT_OFFICE), home().people.at(Role::ROLE_RESPONSIBLE_INSPECTOR),
        home().people.at(Role::ROLE_AREA_LEAD), home().people.at(Role::ROLE_SYSTEM_INTEGRATOR),
        home().people.at(Role::ROLE_SCHOOL_SUPERVISOR)}) {
    EXPECT_EQ(ReasonOf(Try("Inspectors.ReviewCandidate", review, who)), ErrorReason::PERMISSION_MISSING);
  }
  EXPECT_EQ(Get(candidate.name()).state(), CANDIDATE);
}

TEST_F(InspectorsTest, ASuspensionHoldsFromTheDayAfterUntilReinstatement) {
  const Inspector inspector = lives().Suspended();
  const std::string school = world().AddSchool(home());
  EXPECT_THAT(Against(inspector.name(), school, kToday), IsEmpty());
  EXPECT_THAT(Against(inspector.name(), school, kToday + kOne), ElementsAre("SUSPENDED"));
  auto back = On<ReinstateInspectorRequest>(inspector);
  back.set_reason("调查终结,无违纪");
  EXPECT_EQ(Must<Inspector>("Inspectors.ReinstateInspector", back).state(), ON_DUTY);
  EXPECT_THAT(Against(inspector.name(), school, kToday + kOne), IsEmpty());
}

// Nobody acts for others after their last day.
TEST_F(InspectorsTest, ADelegationEndsWithTheDutyOfWhoActs) {
  const Inspector inspector = lives().OnDuty();
  CreateDelegationRequest act;
  act.set_parent(home().office());
  act.mutable_delegation()->set_delegate(inspector.name());
  act.mutable_delegation()->set_area(home().far_area);
  *act.mutable_delegation()->mutable_valid_from() = ToProto(kToday);
  *act.mutable_delegation()->mutable_valid_to() = ToProto(kToday + std::chrono::days(20));
  act.mutable_delegation()->set_document_number("示教督〔2026〕8号");
  act.mutable_delegation()->set_reason("示例");
  GetDelegationRequest get;
  get.set_name(Must<Delegation>("Delegations.CreateDelegation", act).name());
  *act.mutable_delegation()->mutable_valid_from() = ToProto(kToday + 21 * kOne);
  *act.mutable_delegation()->mutable_valid_to() = ToProto(kToday + 30 * kOne);
  const auto ahead = Must<Delegation>("Delegations.CreateDelegation", act);
  world().Settle();
  auto end = On<EndDutyRequest>(Get(inspector.name()));
  end.set_cause(TRANSFERRED_AWAY);
  Must<Inspector>("Inspectors.EndDuty", end);
  EXPECT_EQ(resource::FromProto(Must<Delegation>("Delegations.GetDelegation", get).valid_to()), kToday);
  const InspectorAct record = ActsOf(inspector.name()).back();
  EXPECT_THAT(record.ended_delegations(), ElementsAre(get.name()));
  EXPECT_THAT(record.dropped_delegations(), ElementsAre(ahead.name()));
}

// Nor is anybody acted for who has no school any more; the record of the act says so.
TEST_F(InspectorsTest, NobodyActsForWhoHasLeftDuty) {
  const Inspector leaver = lives().OnDuty();
  Must<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment",
                            Assign(leaver.name(), world().AddSchool(home()), kToday));
  CreateDelegationRequest act;
  act.set_parent(home().office());
  act.mutable_delegation()->set_delegate(world().AddInspector(home()));
  act.mutable_delegation()->set_delegator(leaver.name());
  *act.mutable_delegation()->mutable_valid_from() = ToProto(kToday);
  *act.mutable_delegation()->mutable_valid_to() = ToProto(kToday + std::chrono::days(20));
  act.mutable_delegation()->set_document_number("示教督〔2026〕8号");
  act.mutable_delegation()->set_reason("示例");
  const std::string delegation = Must<Delegation>("Delegations.CreateDelegation", act).name();
  world().Settle();
  auto suspend = On<SuspendInspectorRequest>(Get(leaver.name()));
  suspend.set_ground(UNDER_INQUIRY);
  suspend.set_reason("示例");
  suspend.set_unsettled_reason("示例");
  Must<Inspector>("Inspectors.SuspendInspector", suspend);
  EXPECT_THAT(ActsOf(leaver.name()).back().ended_delegations(), ElementsAre(delegation));
}

// What is called off before its first day is in no copy of it either.
TEST_F(InspectorsTest, AnAssignmentThatIsCalledOffIsInNoCopy) {
  const std::string inspector = world().AddInspector(home()), school = world().AddSchool(home());
  const auto made = Must<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment",
                                              Assign(inspector, school, kToday + 10 * kOne));
  const auto copies = [&] {
    int64_t rows = 0;
    for (const std::string& service : World::Services()) {
      EXPECT_TRUE(world()
                      .database(service)
                      .Read(db::Budget{},
                            [&](db::Session& session) -> absl::Status {
                              auto found = session.Query(
                                  "SELECT COUNT(*) FROM inspector_assignment WHERE inspector = ?",
                                  {resource::UuidOf(inspector)});
                              if (found.ok()) rows += found->at(0, 0).AsInt();
                              return found.status();
                            })
                      .ok());
    }
    return rows;
  };
  world().Settle();
  EXPECT_EQ(copies(), static_cast<int64_t>(World::Services().size()));
  WithdrawInspectorAssignmentRequest withdraw;
  withdraw.set_name(made.name());
  withdraw.set_etag(made.etag());
  withdraw.set_reason("登记有误");
  Must<InspectorAssignment>("InspectorAssignments.WithdrawInspectorAssignment", withdraw);
  world().Settle();
  EXPECT_EQ(copies(), 0);
}

// A delegate reaches the schools where they may act that day, in every service; what came to light after the
// delegation was made, and what its inspector was given after it, is held against them too.
TEST_F(InspectorsTest, ADelegateReachesNoSchoolWhereTheyMayNotAct) {
  const std::string deputy = world().AddInspector(home()), away = world().AddInspector(home());
  const std::string free = world().AddSchool(home()), recused = world().AddSchool(home()),
                    own = world().AddSchool(home());
  Must<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", Assign(away, free, kToday));
  Must<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", Assign(away, recused, kToday));
  CreateDelegationRequest act;
  act.set_parent(home().office());
  act.mutable_delegation()->set_delegate(deputy);
  act.mutable_delegation()->set_delegator(away);
  *act.mutable_delegation()->mutable_valid_from() = ToProto(kToday);
  *act.mutable_delegation()->mutable_valid_to() = ToProto(kToday + std::chrono::days(20));
  act.mutable_delegation()->set_document_number("示教督〔2026〕8号");
  act.mutable_delegation()->set_reason("进修");
  Must<Delegation>("Delegations.CreateDelegation", act);
  world().Settle();

  const Principal who = testing::Harness::Person(deputy, Role::ROLE_RESPONSIBLE_INSPECTOR, home().slug);
  const auto reaches = [&](const std::string& school) {
    visits::v1::ListOpenItemsRequest items;
    items.set_parent(home().office());
    items.set_school(school);
    issues::v1::CreateAttachmentRequest attach;
    attach.set_parent(home().office());
    attach.set_school(school);
    attach.set_content("photo of " + school);
    attach.set_media_type("image/jpeg");
    attach.set_file_name("a.jpg");
    ListSchoolsRequest list;
    list.set_filter("office = \"" + home().office() + "\"");
    list.set_page_size(1000);
    const auto seen = world().Must<ListSchoolsResponse>("registry", Method("Schools.ListSchools"), who, list);
    std::string by;
    for (const auto& one : seen.schools()) by += one.name() == school ? "registry " : "";
    const auto visits =
        world().Call("visits", "inspectorate.visits.v1.Visits.ListOpenItems", who, items).status;
    const auto issues =
        world().Call("issues", "inspectorate.issues.v1.Attachments.CreateAttachment", who, attach).status;
    for (const auto& status : {visits, issues}) {
      EXPECT_TRUE(status.ok() || ReasonOf(status) == ErrorReason::PERMISSION_MISSING) << status;
    }
    return by + (visits.ok() ? "visits " : "") + (issues.ok() ? "issues" : "");
  };
  EXPECT_EQ(reaches(free), "registry visits issues");
  EXPECT_EQ(reaches(recused), "registry visits issues");
  EXPECT_EQ(reaches(own), "");

  CreateRecusalRequest recuse;
  recuse.set_parent(deputy);
  recuse.mutable_recusal()->set_office(home().office());
  recuse.mutable_recusal()->set_school(recused);
  recuse.mutable_recusal()->set_ground(KIN_OF_HEAD);
  *recuse.mutable_recusal()->mutable_valid_from() = ToProto(kToday);
  Must<Recusal>("Recusals.CreateRecusal", recuse);
  CreateEmploymentRequest serves;
  serves.set_parent(deputy);
  serves.mutable_employment()->set_office(home().office());
  serves.mutable_employment()->set_school(own);
  *serves.mutable_employment()->mutable_valid_from() = ToProto(kToday);
  Must<Employment>("Employments.CreateEmployment", serves);
  Must<InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", Assign(away, own, kToday));
  world().Settle();
  EXPECT_EQ(reaches(free), "registry visits issues");
  EXPECT_EQ(reaches(recused), "");
  EXPECT_EQ(reaches(own), "");

  CreateLeaveRequest leave;
  leave.set_parent(deputy);
  leave.mutable_leave()->set_office(home().office());
  leave.mutable_leave()->set_kind(PERSONAL_LEAVE);
  *leave.mutable_leave()->mutable_valid_from() = ToProto(kToday);
  *leave.mutable_leave()->mutable_valid_to() = ToProto(kToday);
  Must<Leave>("Leaves.CreateLeave", leave);
  world().Settle();
  EXPECT_EQ(reaches(free), "") << "on leave";
}

TEST_F(InspectorsTest, WhatActsDecidedIsNotEdited) {
  const Inspector ended = lives().Ended();
  ListAppointmentsRequest list;
  list.set_parent(ended.name());
  Appointment term = Must<ListAppointmentsResponse>("Appointments.ListAppointments", list).appointments(0);
  EXPECT_TRUE(term.ended());
  EXPECT_EQ(resource::FromProto(term.valid_to()), kToday);
  UpdateAppointmentRequest longer;
  *longer.mutable_appointment() = term;
  *longer.mutable_appointment()->mutable_valid_to() = ToProto(MakeDate(2028, 8, 31));
  longer.mutable_update_mask()->add_paths("valid_to");
  EXPECT_EQ(ReasonOf(Try("Appointments.UpdateAppointment", longer)), ErrorReason::ENDED_BY_DECISION);
}

// The near inspector of the district has visits and issues open.
TEST_F(InspectorsTest, NobodyLeavesWhileSomethingIsOpen) {
  Loop loop(world(), home());
  loop.Registered();
  const visits::v1::Visit planned = loop.Planned();
  const visits::v1::Visit started = loop.Started();
  const std::string leaver = home().people.at(Role::ROLE_RESPONSIBLE_INSPECTOR).subject;
  const std::string school = home().samples.at("inspectorate/School");
  const std::string successor = world().AddInspector(home());
  world().Settle();
  ListOpenDutiesRequest ask;
  ask.set_name(leaver);
  const auto open = Must<ListOpenDutiesResponse>("Inspectors.ListOpenDuties", ask);
  const auto has = [](const ListOpenDutiesResponse& list, const std::string& resource) {
    return std::ranges::any_of(list.duties(), [&](const auto& duty) { return duty.resource() == resource; });
  };
  EXPECT_TRUE(has(open, planned.name()));
  EXPECT_TRUE(has(open, started.name()));
  EXPECT_TRUE(std::ranges::any_of(open.duties(), [](const auto& duty) { return duty.kind() == OPEN_ISSUE; }));

  auto end = On<EndDutyRequest>(Get(leaver));
  end.set_cause(TRANSFERRED_AWAY);
  absl::Status refused = Try("Inspectors.EndDuty", end);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), ErrorReason::DUTIES_OPEN);
  EXPECT_THAT(MessageOf(refused, "zh-CN"), HasSubstr("项未移交"));
  EXPECT_THAT(MessageOf(refused, "en"), HasSubstr("neither handed over"));
  EXPECT_NE(Get(leaver).state(), ENDED);

  // The visit goes to the successor, and is off the list.
  visits::v1::HandOverVisitRequest hand_over;
  hand_over.set_name(planned.name());
  hand_over.set_etag(planned.etag());
  hand_over.set_reason("调离");
  hand_over.set_from_inspector(leaver);
  hand_over.set_to_inspector(successor);
  const auto handed = world().Must<visits::v1::Visit>("visits", "inspectorate.visits.v1.Visits.HandOverVisit",
                                                      staff(), hand_over);
  EXPECT_THAT(handed.panel(), ElementsAre(successor));
  EXPECT_FALSE(has(Must<ListOpenDutiesResponse>("Inspectors.ListOpenDuties", ask), planned.name()));

  // The school, and with it the issues, goes along with the end; what is left needs a reason.
  auto* succession = end.add_successions();
  succession->set_school(school);
  succession->set_inspector(successor);
  refused = Try("Inspectors.EndDuty", end);
  EXPECT_EQ(ReasonOf(refused), ErrorReason::DUTIES_OPEN) << "visits under way stay the leaver's";
  EXPECT_THAT(MessageOf(refused, "en"), Not(HasSubstr("/issues/")));
  end.set_unsettled_reason("已在进行的督导由本人完成记录");
  end.set_request_id(FormatUuid(RandomUuid()));
  const Inspector left = Must<Inspector>("Inspectors.EndDuty", end);
  EXPECT_EQ(left.state(), ENDED);
  EXPECT_EQ(Must<Inspector>("Inspectors.EndDuty", end).revision(), left.revision()) << "repeated";

  for (const auto& assignment : AssignmentsOf(leaver)) {
    EXPECT_LE(resource::FromProto(assignment.valid_to()), kToday) << assignment.ShortDebugString();
  }
  const auto taken = AssignmentsOf(successor);
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(resource::FromProto(taken[0].valid_from()), kToday + kOne);
  EXPECT_EQ(taken[0].school(), school);
  // Past days stay what they were.
  EXPECT_THAT(Against(leaver, school, kToday - kOne), IsEmpty());
  EXPECT_THAT(Against(leaver, school, kToday), IsEmpty());
  EXPECT_THAT(Against(leaver, school, kToday + kOne), ElementsAre("NO_APPOINTMENT", "NO_CERTIFICATE"));
  const InspectorAct act = ActsOf(leaver).back();
  EXPECT_EQ(act.event(), END);
  ASSERT_EQ(act.handovers_size(), 1);
  EXPECT_GT(act.handovers(0).open_issues(), 0);
  EXPECT_GT(act.unsettled_size(), 0);
  EXPECT_EQ(act.unsettled_reason(), end.unsettled_reason());
}

// Both at once, many times: one of them sees the other.
TEST_F(InspectorsTest, AnAssignmentAndTheEndOfDutyDoNotBothGoThrough) {
  for (int round = 0; round < 8; ++round) {
    const Inspector inspector = lives().OnDuty();
    const auto assign = Assign(inspector.name(), world().AddSchool(home()), kToday + kOne);
    auto end = On<EndDutyRequest>(inspector);
    end.set_cause(RESIGNED);
    absl::Status assigned, ended;
    std::thread other([&] { assigned = Try("InspectorAssignments.CreateInspectorAssignment", assign); });
    ended = Try("Inspectors.EndDuty", end);
    other.join();
    if (ended.ok()) {
      EXPECT_THAT(AssignmentsOf(inspector.name()), IsEmpty()) << "round " << round;
    } else {
      EXPECT_EQ(ReasonOf(ended), ErrorReason::TRANSACTION_CONFLICT) << ended;
      EXPECT_TRUE(assigned.ok()) << assigned;
    }
  }
}

TEST_F(InspectorsTest, OfTwoActsOnTheSameStateOneIsDone) {
  for (int round = 0; round < 6; ++round) {
    const Inspector inspector = lives().OnDuty();
    auto end = On<EndDutyRequest>(inspector);
    end.set_cause(RESIGNED);
    auto dismiss = On<DismissInspectorRequest>(inspector);
    dismiss.set_ground(FALSIFICATION);
    dismiss.set_reason("伪造督导记录");
    absl::Status dismissed, ended;
    std::thread other([&] { dismissed = Try("Inspectors.DismissInspector", dismiss); });
    ended = Try("Inspectors.EndDuty", end);
    other.join();
    EXPECT_NE(ended.ok(), dismissed.ok()) << ended << dismissed;
    const ErrorReason lost = ReasonOf(ended.ok() ? dismissed : ended);
    EXPECT_THAT(lost, AnyOf(ErrorReason::ETAG_MISMATCH, ErrorReason::TRANSACTION_CONFLICT));
    EXPECT_THAT(ActsOf(inspector.name()), SizeIs(6));
  }
}

TEST_F(InspectorsTest, AlertsAreThoseOfWhoeverAsks) {
  ListInspectorAlertsRequest ask;
  ask.set_parent(home().office());
  *ask.mutable_as_of() = ToProto(MakeDate(2028, 8, 1));
  const auto all = Must<ListInspectorAlertsResponse>("Inspectors.ListInspectorAlerts", ask);
  std::set<AlertKind> kinds;
  for (const auto& alert : all.alerts()) kinds.insert(alert.kind());
  EXPECT_TRUE(kinds.contains(TERM_ENDING));
  EXPECT_TRUE(kinds.contains(CERTIFICATE_ENDING));
  const Principal& far = home().far.at(Role::ROLE_RESPONSIBLE_INSPECTOR);
  const auto own = world().Must<ListInspectorAlertsResponse>(
      "registry", Method("Inspectors.ListInspectorAlerts"), far, ask);
  EXPECT_GT(own.alerts_size(), 0);
  for (const auto& alert : own.alerts()) EXPECT_EQ(alert.inspector(), far.subject);
  EXPECT_GT(all.alerts_size(), own.alerts_size());
  EXPECT_EQ(ReasonOf(Try("Inspectors.ListInspectorAlerts", ask,
                         world().sibling().people.at(Role::ROLE_DISTRICT_OFFICE))),
            ErrorReason::PERMISSION_MISSING);
}

// --- the same answer everywhere ---------------------------------------------------------------------------

// Random facts of every kind, written through the rpcs.
class Facts {
 public:
  Facts(World& world, District& district, uint32_t seed)
      : world_(world), district_(district), random_(seed) {}

  void Generate(int inspectors, int schools) {
    for (int i = 0; i < schools; ++i) schools_.push_back(world_.AddSchool(district_));
    for (int i = 0; i < inspectors; ++i) {
      const std::string inspector = world_.AddInspector(district_);
      inspectors_.push_back(inspector);
      const int facts = Pick(0, 4);
      for (int fact = 0; fact < facts; ++fact) AddFact(inspector);
    }
    for (int i = 0; i < 4; ++i) {
      inspectors_.push_back(Lives(world_, district_).Suspended().name());
      inspectors_.push_back(Lives(world_, district_).Appointed().name());
      inspectors_.push_back(Lives(world_, district_).Ended().name());
    }
  }
  const std::string& Inspector() { return inspectors_[Index(inspectors_)]; }
  const std::string& School() { return schools_[Index(schools_)]; }
  Date Day() { return MakeDate(2022, 1, 1) + Pick(0, 365 * 8) * kOne; }
  int written() const { return written_; }

 private:
  int Pick(int from, int to) { return std::uniform_int_distribution<int>(from, to)(random_); }
  size_t Index(const std::vector<std::string>& list) { return Pick(0, static_cast<int>(list.size()) - 1); }

  template <class M>
  void SetPeriod(M* dated, bool open) {
    const Date from = Day();
    *dated->mutable_valid_from() = ToProto(from);
    if (!open || Pick(0, 2) > 0) *dated->mutable_valid_to() = ToProto(from + Pick(0, 700) * kOne);
    dated->set_office(district_.office());
  }
  // A fact that overlaps another is refused, and that is well.
  template <class Request>
  void Write(const std::string& method, const Request& request) {
    const auto answer = world_.Call("registry", "inspectorate.registry.v1." + method,
                                    district_.people.at(Role::ROLE_DISTRICT_OFFICE), request);
    if (answer.status.ok()) {
      ++written_;
    } else {
      EXPECT_EQ(ReasonOf(answer.status), ErrorReason::PERIOD_OVERLAP) << method << answer.status;
    }
  }
  void AddFact(const std::string& inspector) {
    switch (Pick(0, 3)) {
      case 0: {
        CreateRecusalRequest request;
        request.set_parent(inspector);
        request.mutable_recusal()->set_school(School());
        request.mutable_recusal()->set_ground(static_cast<RecusalGround>(Pick(1, 5)));
        SetPeriod(request.mutable_recusal(), true);
        return Write("Recusals.CreateRecusal", request);
      }
      case 1: {
        CreateLeaveRequest request;
        request.set_parent(inspector);
        request.mutable_leave()->set_kind(PERSONAL_LEAVE);
        SetPeriod(request.mutable_leave(), false);
        return Write("Leaves.CreateLeave", request);
      }
      case 2: {
        CreateEmploymentRequest request;
        request.set_parent(inspector);
        request.mutable_employment()->set_school(School());
        SetPeriod(request.mutable_employment(), true);
        return Write("Employments.CreateEmployment", request);
      }
      default: {
        CreateQualificationRequest request;
        request.set_parent(inspector);
        request.mutable_qualification()->set_kind(TEACHING_CERTIFICATE);
        request.mutable_qualification()->set_title("小学教师资格");
        if (Pick(0, 3) > 0)
          request.mutable_qualification()->add_stages(Pick(0, 1) == 0 ? PRIMARY : KINDERGARTEN);
        SetPeriod(request.mutable_qualification(), true);
        return Write("Qualifications.CreateQualification", request);
      }
    }
  }

  World& world_;
  District& district_;
  std::mt19937 random_;
  std::vector<std::string> inspectors_, schools_;
  int written_ = 0;
};

std::string Told(const std::vector<roster::EligibilityReason>& reasons) {
  std::string text;
  for (const auto& reason : reasons) {
    text += std::string(roster::CodeName(reason.code)) + " " + reason.zh + " " + reason.en + "\n";
  }
  return text;
}

TEST_F(InspectorsTest, EveryServiceGivesTheSameAnswer) {
  const char* given = std::getenv("INSPECTORATE_SEED");
  const uint32_t seed = given != nullptr ? static_cast<uint32_t>(std::atoi(given)) : std::random_device()();
  SCOPED_TRACE("INSPECTORATE_SEED=" + std::to_string(seed));
  Facts facts(world(), home(), seed);
  facts.Generate(60, 12);
  EXPECT_GT(facts.written(), 60);
  world().Settle();
  constexpr int kQuestions = 1500;
  std::set<std::string> codes;
  int eligible = 0;
  for (int i = 0; i < kQuestions; ++i) {
    const std::string inspector = facts.Inspector(), school = facts.School();
    const Date day = facts.Day();
    std::map<std::string, std::string> told;
    for (const char* service : {"registry", "visits", "issues"}) {
      const auto status =
          world().database(service).Read(db::Budget::Of(std::chrono::seconds(20)), [&](db::Session& session) {
            auto reasons = roster::CheckEligibilityOn(session, resource::UuidOf(inspector),
                                                      resource::UuidOf(school), day);
            if (reasons.ok()) told[service] = Told(*reasons);
            return reasons.status();
          });
      ASSERT_TRUE(status.ok()) << service << status;
    }
    ASSERT_EQ(told["visits"], told["registry"]) << inspector << " " << school << " " << FormatDate(day);
    ASSERT_EQ(told["issues"], told["registry"]) << inspector << " " << school << " " << FormatDate(day);
    eligible += told["registry"].empty() ? 1 : 0;
    if (i % 10 != 0) continue;
    // What a caller is told is that.
    std::string expected;
    for (const std::string& code : Against(inspector, school, day)) {
      codes.insert(code);
      expected += code + " ";
    }
    std::string decided;
    for (size_t at = 0; at < told["registry"].size(); at = told["registry"].find('\n', at) + 1) {
      decided += told["registry"].substr(at, told["registry"].find(' ', at) - at) + " ";
    }
    EXPECT_EQ(expected, decided);
  }
  EXPECT_GT(eligible, kQuestions / 100) << "a set where nobody may act tells little";
  EXPECT_GT(codes.size(), 5u);
}

}  // namespace
}  // namespace inspectorate::conformance
