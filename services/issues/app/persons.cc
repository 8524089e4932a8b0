#include "services/issues/app/persons.h"

#include <optional>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/person.h"
#include "common/roster/scope.h"
#include "common/status/error.h"

namespace inspectorate::issues {
namespace {

using rpc::Role;

// By the file of the inspector, or by an employment of its own.
constexpr char kEmployedThere[] =
    "SELECT 1 FROM inspector WHERE employer_school = ? "
    "AND (employer_from IS NULL OR employer_from <= ?) AND (employer_to IS NULL OR employer_to >= ?) "
    "AND (inspector = ? OR (office = ? AND work_number <> '' AND work_number = ?)) "
    "UNION ALL SELECT 1 FROM employment e JOIN inspector i ON i.inspector = e.inspector WHERE e.school = ? "
    "AND e.valid_from <= ? AND (e.valid_to IS NULL OR e.valid_to >= ?) "
    "AND (i.inspector = ? OR (i.office = ? AND i.work_number <> '' AND i.work_number = ?))";
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

absl::StatusOr<Actor> ActorOf(db::Session& session, const rpc::Call& call, const std::string& office,
                              const Uuid& school, Date day) {
  const std::string& subject = call.principal().subject;
  const auto kind = KindOf(call.principal().role);
  if (!kind.has_value()) return roster::Denied(call);
  ASSIGN_OR_RETURN(const std::string work_number, WorkNumberOf(session, subject));
  Actor actor{.kind = *kind, .person = Identity(office, subject, work_number)};
  const db::Params ties = {school, day, day, resource::UuidOf(subject), office, work_number};
  db::Params twice = ties;
  twice.insert(twice.end(), ties.begin(), ties.end());
  ASSIGN_OR_RETURN(db::Rows employed, session.Query(kEmployedThere, twice));
  ASSIGN_OR_RETURN(db::Rows supervising, session.Query(kSupervisorThere, ties));
  actor.employed_by_school = !employed.empty();
  actor.supervisor_of_school = !supervising.empty();
  return actor;
}

}  // namespace inspectorate::issues
