#include "services/issues/domain/acceptance.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

// `rule` is for programs, `why` is put into the message of either language.
absl::Status AnotherPerson(std::string rule, std::string why) {
  return Refuse(reason::kSecondPersonRequired, {{"rule", std::move(rule)}, {"why", std::move(why)}});
}

absl::Status NotEntitled(const Actor& actor, std::string rule, std::string why) {
  return Refuse(reason::kActorNotEntitled,
                {{"actor", actor.person}, {"rule", std::move(rule)}, {"why", std::move(why)}});
}

bool Contains(const std::vector<std::string>& persons, const std::string& person) {
  return std::find(persons.begin(), persons.end(), person) != persons.end();
}

bool Complete(const std::vector<std::string>& persons) { return !persons.empty() && !Contains(persons, ""); }

absl::Status Unattached(const Actor& actor) {
  if (actor.employed_by_school) {
    return AnotherPerson("EMPLOYED_BY_SCHOOL", "本校人员须回避 (employed by the school)");
  }
  if (actor.supervisor_of_school) {
    return AnotherPerson("SUPERVISOR_OF_SCHOOL", "本校校级督学须回避 (supervisor of the school)");
  }
  if (!actor.recusals.empty()) {
    return AnotherPerson("RECUSED_FROM_SCHOOL",
                         "须回避该校 (recused from the school): " + roster::TextOf(actor.recusals));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CanAccept(const AcceptanceFacts& facts) {
  const Actor& acceptor = facts.acceptor;
  if (acceptor.kind != ActorKind::kOffice && acceptor.kind != ActorKind::kAreaLead) {
    return NotEntitled(acceptor, "ACCEPTOR_ROLE",
                       "由督导室或责任区组长验收 (the office or the area lead accepts)");
  }
  const bool issuer_matters = facts.severity >= Severity::kSerious;
  if (acceptor.person.empty() || !Complete(facts.rectifiers) || !Complete(facts.lookback_inspectors) ||
      (issuer_matters && facts.notice_issuer.empty())) {
    return absl::InternalError("acceptance without knowing every person concerned");
  }
  if (Contains(facts.rectifiers, acceptor.person)) {
    return AnotherPerson("ACCEPTOR_IS_RECTIFIER", "整改人不得验收 (the rectifier does not accept)");
  }
  RETURN_IF_ERROR(Unattached(acceptor));
  if (Contains(facts.lookback_inspectors, acceptor.person)) {
    return AnotherPerson("ACCEPTOR_WAS_ON_LOOKBACK",
                         "回头看督学不得验收 (the look-back inspector does not accept)");
  }
  if (issuer_matters && facts.notice_issuer == acceptor.person) {
    return AnotherPerson(
        "ACCEPTOR_ISSUED_NOTICE",
        "严重问题的通知书签发人不得验收 (for a serious issue the notice's issuer does not accept)");
  }
  return absl::OkStatus();
}

absl::Status CanApproveDisposition(const DispositionApprovalFacts& facts) {
  const Actor& approver = facts.approver;
  if (approver.kind != ActorKind::kOffice) {
    return NotEntitled(approver, "APPROVER_ROLE", "由督导室批准 (the office approves)");
  }
  if (approver.person.empty() || facts.proposer.empty() || Contains(facts.earlier, "")) {
    return absl::InternalError("approval without knowing every person");
  }
  if (facts.proposer == approver.person) {
    return AnotherPerson("APPROVER_IS_PROPOSER", "提出人不得批准 (the proposer does not approve)");
  }
  if (Contains(facts.earlier, approver.person)) {
    return AnotherPerson("APPROVER_APPROVED_BEFORE", "已经批准过 (has approved it already)");
  }
  return Unattached(approver);
}

}  // namespace inspectorate::issues
