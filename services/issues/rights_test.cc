// Who may do what to an issue: by role, by school, and by identity. Each refusal names its reason.
#include <map>

#include "common/resource/description.h"
#include "common/testing/registrar.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/issues/testing/district.h"

namespace inspectorate::issues {
namespace {

using rpc::Role;
using testing::Harness;

class RightsTest : public DistrictTest {
 protected:
  template <class Request>
  ErrorReason Tried(const Caller& caller, const std::string& method, const v1::Issue& issue) const {
    return Refusal<v1::Issue>(caller, method, To<Request>(issue));
  }
  // Why somebody else must do it, for programs.
  template <class Request>
  static std::string RuleOf(const Caller& caller, const std::string& method, const Request& request) {
    auto response = caller.Call<v1::Issue>(method, request);
    EXPECT_EQ(ReasonOf(response.status()), ErrorReason::SECOND_PERSON_REQUIRED) << response.status();
    return MetadataOf(response.status())["rule"];
  }
};

TEST_F(RightsTest, ASchoolSeesAndMovesOnlyItsOwn) {
  const v1::Issue issue = Acknowledged();
  v1::GetIssueRequest get;
  get.set_name(issue.name());
  EXPECT_TRUE(supervisor_.Call<v1::Issue>("Issues.GetIssue", get).ok());
  EXPECT_FALSE(stranger_.Call<v1::Issue>("Issues.GetIssue", get).ok());
  v1::ListIssuesRequest list;
  list.set_parent("offices/" + office_);
  auto seen = stranger_.Call<v1::ListIssuesResponse>("Issues.ListIssues", list);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->total_size(), 0);
  v1::GetTimelineRequest timeline;
  timeline.set_name(issue.name());
  EXPECT_EQ(Refusal<v1::Timeline>(stranger_, "Issues.GetTimeline", timeline),
            ErrorReason::PERMISSION_MISSING);

  auto plan = To<v1::SubmitPlanRequest>(issue);
  plan.set_measures("措施");
  plan.set_responsible_person("某人");
  EXPECT_EQ(Refusal<v1::Issue>(stranger_, "Issues.SubmitPlan", plan), ErrorReason::PERMISSION_MISSING);
}

TEST_F(RightsTest, AnotherOfficeReachesNothing) {
  const v1::Issue issue = Verified();
  const Caller foreign = CallerOf(Harness::Staff("elsewhere", "示例·邻区"));
  EXPECT_EQ(Tried<v1::AcceptIssueRequest>(foreign, "Issues.AcceptIssue", issue),
            ErrorReason::PERMISSION_MISSING);
  v1::GetIssueRequest get;
  get.set_name(issue.name());
  EXPECT_EQ(Refusal<v1::Issue>(foreign, "Issues.GetIssue", get), ErrorReason::PERMISSION_MISSING);
}

TEST_F(RightsTest, EachVerbIsRefusedToRolesThatDoNotHaveIt) {
  const v1::Issue issue = Verified();
  auto triage = To<v1::TriageIssueRequest>(issue);
  triage.set_severity(v1::GENERAL);
  triage.set_route(v1::NOTICE);
  EXPECT_EQ(Refusal<v1::Issue>(supervisor_, "Issues.TriageIssue", triage), ErrorReason::PERMISSION_MISSING);
  auto plan = To<v1::SubmitPlanRequest>(issue);
  plan.set_measures("措施");
  plan.set_responsible_person("某人");
  EXPECT_EQ(Refusal<v1::Issue>(head_, "Issues.SubmitPlan", plan), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Tried<v1::AcceptPlanRequest>(supervisor_, "Issues.AcceptPlan", issue),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Tried<v1::AcceptIssueRequest>(supervisor_, "Issues.AcceptIssue", issue),
            ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Tried<v1::AcceptIssueRequest>(inspecting_, "Issues.AcceptIssue", issue),
            ErrorReason::PERMISSION_MISSING);
  auto reopen = To<v1::ReopenIssueRequest>(issue);
  reopen.set_new_fact("新情况");
  EXPECT_EQ(Refusal<v1::Issue>(lead_, "Issues.ReopenIssue", reopen), ErrorReason::PERMISSION_MISSING);
  EXPECT_EQ(Refusal<v1::Notice>(supervisor_, "Notices.IssueNotice", NoticeFor({issue})),
            ErrorReason::PERMISSION_MISSING);
}

TEST_F(RightsTest, NobodyClosesBeforeALookBackHasPassed) {
  EXPECT_EQ(Tried<v1::AcceptIssueRequest>(head_, "Issues.AcceptIssue", AwaitingVerification()),
            ErrorReason::LOOKBACK_REQUIRED);
}

TEST_F(RightsTest, TheLookBackInspectorDoesNotAccept) {
  const v1::Issue issue = AwaitingVerification();
  LookBack(issue, true, lead_.principal.subject);
  const auto accept = To<v1::AcceptIssueRequest>(Get(issue.name()));
  EXPECT_EQ(RuleOf(lead_, "Issues.AcceptIssue", accept), "ACCEPTOR_WAS_ON_LOOKBACK");
  EXPECT_EQ(Must(deputy_, "Issues.AcceptIssue", accept).state(), v1::CLOSED);
}

TEST_F(RightsTest, TheIssuerOfTheNoticeDoesNotAcceptASeriousIssue) {
  const auto serious = To<v1::AcceptIssueRequest>(Verified(v1::SERIOUS));
  EXPECT_EQ(RuleOf(head_, "Issues.AcceptIssue", serious), "ACCEPTOR_ISSUED_NOTICE");
  EXPECT_EQ(Must(deputy_, "Issues.AcceptIssue", serious).state(), v1::CLOSED);
  EXPECT_EQ(Must(head_, "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(Verified(v1::GENERAL))).state(),
            v1::CLOSED);
}

TEST_F(RightsTest, SchoolPeopleDoNotAcceptInAnyCapacity) {
  const auto accept = To<v1::AcceptIssueRequest>(Verified());
  // One work number is one person: D9 works at the school, X1 is its supervisor and handed in the
  // rectification.
  AddInspector("D9", school_);
  EXPECT_EQ(RuleOf(AddStaff("D9"), "Issues.AcceptIssue", accept), "EMPLOYED_BY_SCHOOL");
  EXPECT_EQ(RuleOf(AddStaff("X1"), "Issues.AcceptIssue", accept), "ACCEPTOR_IS_RECTIFIER");
  EXPECT_EQ(RuleOf(AddStaff("D1"), "Issues.AcceptIssue", accept), "ACCEPTOR_WAS_ON_LOOKBACK");
  EXPECT_EQ(Must(AddStaff("A1"), "Issues.AcceptIssue", accept).state(), v1::CLOSED);
}

// The lead of the area, once recused from one of its schools: refused at each step, and told so beforehand.
TEST_F(RightsTest, WhoIsRecusedFromASchoolDecidesNothingThere) {
  const v1::Issue verified = Verified();
  const v1::Issue awaiting = AwaitingVerification();
  auto plan = To<v1::SubmitPlanRequest>(Acknowledged());
  plan.set_measures("每餐留样,专人登记");
  plan.set_responsible_person("示例·后勤主任");
  const v1::Issue planned = Must(supervisor_, "Issues.SubmitPlan", plan);
  const v1::Issue registered = Registered(visits::v1::MINOR);
  testing::Registrar(*harness_, office_).Recusal(lead_.principal.subject, school_, "示例");
  Settle();

  EXPECT_EQ(Tried<v1::AcceptIssueRequest>(lead_, "Issues.AcceptIssue", verified),
            ErrorReason::RECUSAL_CONFLICT);
  EXPECT_EQ(Tried<v1::AcceptPlanRequest>(lead_, "Issues.AcceptPlan", planned), ErrorReason::RECUSAL_CONFLICT);
  auto triage = To<v1::TriageIssueRequest>(registered);
  triage.set_severity(v1::MINOR);
  triage.set_route(v1::ON_THE_SPOT);
  EXPECT_EQ(Refusal<v1::Issue>(lead_, "Issues.TriageIssue", triage), ErrorReason::RECUSAL_CONFLICT);
  auto spot = To<v1::CloseOnSpotRequest>(registered);
  spot.set_remedy("当场补齐");
  spot.add_evidence(Evidence(head_, school_));
  EXPECT_EQ(Refusal<v1::Issue>(lead_, "Issues.CloseOnSpot", spot), ErrorReason::RECUSAL_CONFLICT);
  auto back = To<v1::ReturnPlanRequest>(planned);
  back.set_reason("措施不具体");
  EXPECT_EQ(Refusal<v1::Issue>(lead_, "Issues.ReturnPlan", back), ErrorReason::RECUSAL_CONFLICT);
  auto again = To<v1::ReturnRectificationRequest>(awaiting);
  again.set_reason("材料不全");
  EXPECT_EQ(Refusal<v1::Issue>(lead_, "Issues.ReturnRectification", again), ErrorReason::RECUSAL_CONFLICT);
  auto propose = To<v1::ProposeDispositionRequest>(verified);
  propose.set_disposition(v1::WAIVE);
  propose.set_reason("学校已撤并");
  propose.set_document_number("示教督〔2026〕8号");
  EXPECT_EQ(Refusal<v1::Issue>(lead_, "Issues.ProposeDisposition", propose), ErrorReason::RECUSAL_CONFLICT);

  v1::ListTransitionsRequest list;
  list.set_name(verified.name());
  auto shown = lead_.Call<v1::ListTransitionsResponse>("Issues.ListTransitions", list);
  ASSERT_TRUE(shown.ok()) << shown.status();
  for (const auto& transition : shown->transitions())
    EXPECT_FALSE(transition.allowed()) << transition.method();

  // The same person on the office's staff is the same person; whoever else accepts.
  EXPECT_EQ(RuleOf(AddStaff("D2"), "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(verified)),
            "RECUSED_FROM_SCHOOL");
  EXPECT_EQ(Must(deputy_, "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(verified)).state(), v1::CLOSED);
  // At the other school of the area the lead goes on.
  const std::string visit = Submit(other_, {{.kind = visits::v1::PROBLEM, .severity = visits::v1::MINOR}});
  for (const v1::Issue& issue : Issues()) {
    if (issue.visit() != visit) continue;
    auto there = To<v1::TriageIssueRequest>(issue);
    there.set_severity(v1::GENERAL);
    there.set_route(v1::NOTICE);
    EXPECT_EQ(Must(lead_, "Issues.TriageIssue", there).severity(), v1::GENERAL);
  }
}

// An act that is entered later is one of its own day and of the day on which it is entered: an earlier date
// is no way around a recusal, nor is waiting until it is over.
TEST_F(RightsTest, ARecusalCountsOnTheDayOfTheActAndOnTheDayOfItsRecord) {
  const v1::Issue verified = Verified();
  registry::v1::CreateRecusalRequest recuse;
  recuse.set_parent(lead_.principal.subject);
  recuse.mutable_recusal()->set_office("offices/" + office_);
  recuse.mutable_recusal()->set_school(school_);
  recuse.mutable_recusal()->set_ground(registry::v1::KIN_OF_HEAD);
  *recuse.mutable_recusal()->mutable_valid_from() = resource::ToProto(MakeDate(2026, 3, 11));
  *recuse.mutable_recusal()->mutable_valid_to() = recuse.recusal().valid_from();
  const auto recused =
      harness_->ClientOf("registry", Harness::Staff(office_))
          ->Call<registry::v1::Recusal>("inspectorate.registry.v1.Recusals.CreateRecusal", recuse);
  ASSERT_TRUE(recused.ok()) << recused.status();
  const auto accepted = [&](const std::string& time) {
    auto accept = To<v1::AcceptIssueRequest>(verified);
    *accept.mutable_occur_time() = resource::ToProto(*ParseTime(time));
    return lead_.Call<v1::Issue>("Issues.AcceptIssue", accept);
  };
  SetClock("2026-03-11 09:00");
  EXPECT_EQ(ReasonOf(accepted("2026-03-10T10:00:00+08:00").status()), ErrorReason::RECUSAL_CONFLICT);
  SetClock("2026-03-12 09:00");
  EXPECT_EQ(ReasonOf(accepted("2026-03-11T10:00:00+08:00").status()), ErrorReason::RECUSAL_CONFLICT);
  const auto of_another_day = accepted("2026-03-10T10:00:00+08:00");
  EXPECT_TRUE(of_another_day.ok()) << of_another_day.status();
}

TEST_F(RightsTest, ADispositionTakesTwoPersons) {
  auto propose = To<v1::ProposeDispositionRequest>(Notified());
  propose.set_disposition(v1::WAIVE);
  propose.set_reason("学校已撤并");
  propose.set_document_number("示教督〔2026〕8号");
  const v1::Issue proposed = Must(head_, "Issues.ProposeDisposition", propose);
  const auto approve = To<v1::ApproveDispositionRequest>(proposed);
  EXPECT_EQ(RuleOf(head_, "Issues.ApproveDisposition", approve), "APPROVER_IS_PROPOSER");
  const v1::Issue waived = Must(deputy_, "Issues.ApproveDisposition", approve);
  EXPECT_EQ(waived.state(), v1::WAIVED);
  EXPECT_TRUE(waived.disposition().approved());
  for (const v1::LegalClock& clock : waived.clocks()) EXPECT_TRUE(clock.has_met_date());
}

TEST_F(RightsTest, ATransferNamesWhoTakesItOver) {
  auto propose = To<v1::ProposeDispositionRequest>(Triaged());
  propose.set_disposition(v1::TRANSFER);
  propose.set_reason("属消防职责");
  propose.set_document_number("示教督〔2026〕9号");
  EXPECT_EQ(Refusal<v1::Issue>(head_, "Issues.ProposeDisposition", propose), ErrorReason::GROUNDS_REQUIRED);
  propose.set_transferred_to("示例区消防救援大队");
  const v1::Issue proposed = Must(head_, "Issues.ProposeDisposition", propose);
  const v1::Issue moved =
      Must(deputy_, "Issues.ApproveDisposition", To<v1::ApproveDispositionRequest>(proposed));
  EXPECT_EQ(moved.state(), v1::TRANSFERRED);
  EXPECT_EQ(moved.disposition().transferred_to(), "示例区消防救援大队");
}

TEST_F(RightsTest, AMergeNeedsAnOpenIssueOfTheSameSchool) {
  const v1::Issue closed = Must(deputy_, "Issues.AcceptIssue", To<v1::AcceptIssueRequest>(Verified()));
  auto propose = To<v1::ProposeDispositionRequest>(Triaged());
  propose.set_disposition(v1::MERGE);
  propose.set_reason("同一问题");
  propose.set_document_number("示教督〔2026〕11号");
  EXPECT_EQ(Refusal<v1::Issue>(head_, "Issues.ProposeDisposition", propose), ErrorReason::GROUNDS_REQUIRED);
  propose.set_merged_into(closed.name());
  EXPECT_EQ(Refusal<v1::Issue>(head_, "Issues.ProposeDisposition", propose),
            ErrorReason::STATE_TRANSITION_DENIED);
  propose.set_merged_into("offices/" + office_ + "/issues/" + FormatUuid(RandomUuid()));
  EXPECT_EQ(Refusal<v1::Issue>(head_, "Issues.ProposeDisposition", propose), ErrorReason::RESOURCE_NOT_FOUND);
  propose.set_merged_into(Triaged().name());
  const v1::Issue proposed = Must(head_, "Issues.ProposeDisposition", propose);
  EXPECT_EQ(Must(deputy_, "Issues.ApproveDisposition", To<v1::ApproveDispositionRequest>(proposed)).state(),
            v1::MERGED);
}

TEST_F(RightsTest, ListTransitionsSaysWhatTheActWouldSay) {
  const v1::Issue issue = Verified(v1::SERIOUS);
  v1::ListTransitionsRequest request;
  request.set_name(issue.name());
  const auto of = [&](const Caller& caller) {
    std::map<std::string, v1::Transition> transitions;
    auto response = caller.Call<v1::ListTransitionsResponse>("Issues.ListTransitions", request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return transitions;
    for (const auto& transition : response->transitions()) transitions[transition.method()] = transition;
    return transitions;
  };
  EXPECT_FALSE(of(head_)["AcceptIssue"].allowed());
  EXPECT_THAT(of(head_)["AcceptIssue"].reason_zh(), ::testing::HasSubstr("签发人"));
  EXPECT_TRUE(of(deputy_)["AcceptIssue"].allowed());
  EXPECT_TRUE(of(deputy_)["ReopenIssue"].allowed());
  EXPECT_FALSE(of(deputy_)["TriageIssue"].allowed());
  EXPECT_FALSE(of(deputy_)["ExtendDeadline"].allowed());  // rectified already
  EXPECT_FALSE(of(supervisor_)["AcceptIssue"].allowed());
  const Caller auditor = CallerOf(Harness::Person("auditors/a", Role::ROLE_AUDITOR, office_));
  for (const auto& [method, transition] : of(auditor)) EXPECT_FALSE(transition.allowed()) << method;
}

}  // namespace
}  // namespace inspectorate::issues
