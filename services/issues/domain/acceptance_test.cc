#include "services/issues/domain/acceptance.h"

#include <gtest/gtest.h>

#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

AcceptanceFacts Entitled() {
  return {.acceptor = {.kind = ActorKind::kOffice, .person = "head"},
          .severity = Severity::kSerious,
          .rectifiers = {"supervisor", "deputy"},
          .lookback_inspectors = {"inspector1", "inspector2"},
          .notice_issuer = "clerk"};
}

// The rule that a refusal names; empty when the status is no refusal of that kind.
std::string RuleOf(const absl::Status& status, std::string_view expected) {
  const auto details = RefusalOf(status);
  if (!details.has_value() || details->reason != expected) return "";
  return details->variables.at("rule");
}

TEST(CanAcceptTest, AnotherPersonOfTheOfficeOrTheAreaLeadAccepts) {
  AcceptanceFacts facts = Entitled();
  EXPECT_TRUE(CanAccept(facts).ok());
  facts.acceptor.kind = ActorKind::kAreaLead;
  EXPECT_TRUE(CanAccept(facts).ok());
}

TEST(CanAcceptTest, NoOtherCapacityAccepts) {
  for (ActorKind kind : {ActorKind::kInspector, ActorKind::kSchool, ActorKind::kSystem}) {
    AcceptanceFacts facts = Entitled();
    facts.acceptor.kind = kind;
    EXPECT_EQ(RuleOf(CanAccept(facts), reason::kActorNotEntitled), "ACCEPTOR_ROLE");
  }
}

TEST(CanAcceptTest, ARectifierOfAnyRoundDoesNotAcceptInAnyCapacity) {
  for (const char* person : {"supervisor", "deputy"}) {
    for (ActorKind kind : {ActorKind::kOffice, ActorKind::kAreaLead}) {
      AcceptanceFacts facts = Entitled();
      facts.acceptor = {.kind = kind, .person = person};
      EXPECT_EQ(RuleOf(CanAccept(facts), reason::kSecondPersonRequired), "ACCEPTOR_IS_RECTIFIER");
    }
  }
}

TEST(CanAcceptTest, NobodyOfTheSchoolAccepts) {
  AcceptanceFacts facts = Entitled();
  facts.acceptor.employed_by_school = true;
  EXPECT_EQ(RuleOf(CanAccept(facts), reason::kSecondPersonRequired), "EMPLOYED_BY_SCHOOL");
  facts = Entitled();
  facts.acceptor.supervisor_of_school = true;
  EXPECT_EQ(RuleOf(CanAccept(facts), reason::kSecondPersonRequired), "SUPERVISOR_OF_SCHOOL");
}

TEST(CanAcceptTest, NobodyWhoIsRecusedAcceptsOrApproves) {
  AcceptanceFacts facts = Entitled();
  facts.acceptor.recusals = {{roster::EligibilityCode::kKinOfHead, "近亲属", "a close relative"}};
  EXPECT_EQ(RuleOf(CanAccept(facts), reason::kSecondPersonRequired), "RECUSED_FROM_SCHOOL");
  EXPECT_EQ(RuleOf(CanApproveDisposition({.approver = facts.acceptor, .proposer = "somebody"}),
                   reason::kSecondPersonRequired),
            "RECUSED_FROM_SCHOOL");
}

TEST(CanAcceptTest, NobodyOfTheLookbackPanelAccepts) {
  for (const char* person : {"inspector1", "inspector2"}) {
    AcceptanceFacts facts = Entitled();
    facts.acceptor = {.kind = ActorKind::kAreaLead, .person = person};
    EXPECT_EQ(RuleOf(CanAccept(facts), reason::kSecondPersonRequired), "ACCEPTOR_WAS_ON_LOOKBACK");
  }
}

TEST(CanAcceptTest, TheNoticesIssuerAcceptsOnlyBelowSerious) {
  AcceptanceFacts facts = Entitled();
  facts.acceptor.person = "clerk";
  for (Severity severity : {Severity::kMinor, Severity::kGeneral}) {
    facts.severity = severity;
    EXPECT_TRUE(CanAccept(facts).ok());
  }
  for (Severity severity : {Severity::kSerious, Severity::kComplex}) {
    facts.severity = severity;
    EXPECT_EQ(RuleOf(CanAccept(facts), reason::kSecondPersonRequired), "ACCEPTOR_ISSUED_NOTICE");
  }
}

TEST(CanAcceptTest, AnUnknownPersonNeverCountsAsDifferent) {
  const auto code = [](auto change) {
    AcceptanceFacts facts = Entitled();
    change(facts);
    return CanAccept(facts).code();
  };
  EXPECT_EQ(code([](auto& f) { f.acceptor.person = ""; }), absl::StatusCode::kInternal);
  EXPECT_EQ(code([](auto& f) { f.rectifiers.clear(); }), absl::StatusCode::kInternal);
  EXPECT_EQ(code([](auto& f) { f.rectifiers.push_back(""); }), absl::StatusCode::kInternal);
  EXPECT_EQ(code([](auto& f) { f.lookback_inspectors.clear(); }), absl::StatusCode::kInternal);
  EXPECT_EQ(code([](auto& f) { f.notice_issuer = ""; }), absl::StatusCode::kInternal);
}

TEST(CanApproveDispositionTest, AnotherPersonOfTheOfficeApproves) {
  const DispositionApprovalFacts facts{.approver = {.kind = ActorKind::kOffice, .person = "head"},
                                       .proposer = "clerk"};
  EXPECT_TRUE(CanApproveDisposition(facts).ok());
}

TEST(CanApproveDispositionTest, NeitherTheProposerNorTheSchoolNorAnotherCapacityApproves) {
  const auto refused = [](Actor approver, std::string_view refusal) {
    return RuleOf(CanApproveDisposition({.approver = std::move(approver), .proposer = "clerk"}), refusal);
  };
  const Actor head{.kind = ActorKind::kOffice, .person = "head"};
  Actor actor = head;
  actor.person = "clerk";
  EXPECT_EQ(refused(actor, reason::kSecondPersonRequired), "APPROVER_IS_PROPOSER");
  actor = head;
  actor.employed_by_school = true;
  EXPECT_EQ(refused(actor, reason::kSecondPersonRequired), "EMPLOYED_BY_SCHOOL");
  actor = head;
  actor.supervisor_of_school = true;
  EXPECT_EQ(refused(actor, reason::kSecondPersonRequired), "SUPERVISOR_OF_SCHOOL");
  for (ActorKind kind : kAllActorKinds) {
    if (kind == ActorKind::kOffice) continue;
    actor = head;
    actor.kind = kind;
    EXPECT_EQ(refused(actor, reason::kActorNotEntitled), "APPROVER_ROLE");
  }
}

TEST(CanApproveDispositionTest, NobodyApprovesTwice) {
  DispositionApprovalFacts facts{.approver = {.kind = ActorKind::kOffice, .person = "head"},
                                 .proposer = "clerk",
                                 .earlier = {"deputy", "head"}};
  EXPECT_EQ(RuleOf(CanApproveDisposition(facts), reason::kSecondPersonRequired), "APPROVER_APPROVED_BEFORE");
  facts.approver.person = "deputy";
  EXPECT_EQ(RuleOf(CanApproveDisposition(facts), reason::kSecondPersonRequired), "APPROVER_APPROVED_BEFORE");
  facts.approver.person = "third";
  EXPECT_TRUE(CanApproveDisposition(facts).ok());
}

TEST(CanApproveDispositionTest, AnUnknownPersonNeverCountsAsDifferent) {
  EXPECT_EQ(CanApproveDisposition(
                {.approver = {.kind = ActorKind::kOffice, .person = "a"}, .proposer = "b", .earlier = {""}})
                .code(),
            absl::StatusCode::kInternal);
  EXPECT_EQ(
      CanApproveDisposition({.approver = {.kind = ActorKind::kOffice, .person = ""}, .proposer = "a"}).code(),
      absl::StatusCode::kInternal);
  EXPECT_EQ(
      CanApproveDisposition({.approver = {.kind = ActorKind::kOffice, .person = "a"}, .proposer = ""}).code(),
      absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace inspectorate::issues
