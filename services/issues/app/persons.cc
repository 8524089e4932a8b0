#include "services/issues/app/persons.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/person.h"
#include "common/roster/scope.h"
#include "common/status/error.h"

namespace inspectorate::issues {
namespace {

using rpc::Role;

// The person as inspector, under the caller's own name or under the same work number.
constexpr char kAsInspector[] =
    "SELECT inspector FROM inspector WHERE inspector = ? "
    "UNION SELECT inspector FROM inspector WHERE office = ? AND work_number <> '' AND work_number = ?";
constexpr char kSupervisorThere[] =
    "SELECT 1 FROM supervisor_posting p JOIN supervisor s ON s.office = p.office AND s.supervisor = "
    "p.supervisor "
    "WHERE p.school = ? AND p.valid_from <= ? AND (p.valid_to IS NULL OR p.valid_to >= ?) "
    "AND (s.supervisor = ? OR (s.office = ? AND s.work_number <> '' AND s.work_number = ?))";

std::optional<ActorKind> KindOf(Role role) {
  switch (role) {
    case Role::ROLE_DISTRICT_OFFICE:
      return ActorKind::kOffice;
    case Role::ROLE_AREA_LEAD:
      return ActorKind::kAreaLead;
    case Role::ROLE_RESPONSIBLE_INSPECTOR:
      return ActorKind::kInspector;
    case Role::ROLE_SCHOOL_SUPERVISOR:
      return ActorKind::kSchool;
    default:
      return std::nullopt;
  }
}

// Empty for a subject that the registry does not know or that has none.
absl::StatusOr<std::string> WorkNumberOf(db::Session& session, const std::string& subject) {
  auto person = roster::FindPerson(session, subject);
  if (person.ok()) return person->work_number;
  if (ReasonOf(person.status()) == ErrorReason::RESOURCE_NOT_FOUND) return std::string();
  return person.status();
}

std::string Identity(const std::string& office, const std::string& subject, const std::string& work_number) {
  return work_number.empty() ? subject : "offices/" + office + "/work-numbers/" + work_number;
}

absl::StatusOr<roster::InspectorFacts> AsInspector(db::Session& session, const std::string& office,
                                                   const Uuid& id, const std::string& work_number) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(kAsInspector, {id, office, work_number}));
  std::vector<Uuid> inspectors;
  for (size_t i = 0; i < rows.size(); ++i) inspectors.push_back(rows.at(i, 0).AsUuid());
  return roster::LoadRecusalFacts(session, inspectors);
}

}  // namespace

absl::StatusOr<std::string> IdentityOf(db::Session& session, const std::string& office,
                                       const std::string& subject) {
  if (subject.empty()) return subject;  // unknown stays unknown, and never counts as different
  ASSIGN_OR_RETURN(const std::string work_number, WorkNumberOf(session, subject));
  return Identity(office, subject, work_number);
}

absl::Status Identify(db::Session& session, const std::string& office, IssueFacts* facts) {
  std::vector<std::vector<std::string>*> lists = {&facts->rectifiers, &facts->lookback_inspectors};
  if (facts->proposed.has_value()) lists.push_back(&facts->proposed->approvers);
  for (std::vector<std::string>* persons : lists) {
    for (std::string& person : *persons) {
      ASSIGN_OR_RETURN(person, IdentityOf(session, office, person));
    }
  }
  ASSIGN_OR_RETURN(facts->notice_issuer, IdentityOf(session, office, facts->notice_issuer));
  if (facts->proposed.has_value()) {
    ASSIGN_OR_RETURN(facts->proposed->proposer, IdentityOf(session, office, facts->proposed->proposer));
  }
  return absl::OkStatus();
}

absl::StatusOr<Actor> ActorOf(db::Session& session, const rpc::Call& call, const Occasion& occasion,
                              const Uuid& school) {
  const std::string& subject = call.principal().subject;
  const auto kind = KindOf(call.principal().role);
  if (!kind.has_value()) return roster::Denied(call);
  ASSIGN_OR_RETURN(const std::string work_number, WorkNumberOf(session, subject));
  Actor actor{.kind = *kind, .person = Identity(occasion.office, subject, work_number)};
  const Uuid id = resource::UuidOf(subject);
  ASSIGN_OR_RETURN(const db::Rows supervising,
                   session.Query(kSupervisorThere,
                                 {school, occasion.day, occasion.day, id, occasion.office, work_number}));
  actor.supervisor_of_school = !supervising.empty();
  ASSIGN_OR_RETURN(const roster::InspectorFacts inspector,
                   AsInspector(session, occasion.office, id, work_number));
  actor.employed_by_school = std::ranges::any_of(inspector.employments, [&](const auto& employment) {
    return employment.school == school && employment.valid.Contains(occasion.day);
  });
  if (inspector.employments.empty() && inspector.recusals.empty()) return actor;
  ASSIGN_OR_RETURN(const auto policy, roster::EligibilityPolicyOf(occasion.policy));
  actor.recusals =
      roster::CheckRecusedFromAct(inspector, {.id = school, .kind = 0}, occasion.day, occasion.today, policy);
  return actor;
}

}  // namespace inspectorate::issues
