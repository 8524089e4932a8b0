#include "services/issues/app/register_from_visits.h"

#include <algorithm>
#include <map>
#include <string>

#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "common/identity/issue_id.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/issues/app/act.h"
#include "services/issues/app/facts.h"
#include "services/issues/app/relapses.h"
#include "services/issues/domain/reasons.h"

namespace inspectorate::issues {
namespace {

using feed::v1::Change;
using resource::Description;
using resource::FromProto;
using resource::ToProto;
using visits::v1::Finding;
using visits::v1::Visit;

constexpr char kSelf[] = "services/issues";

template <class M>
absl::StatusOr<M> AfterOf(const Change& change) {
  M message;
  if (!change.after().UnpackTo(&message)) {
    return absl::InternalError("change " + change.event_id() + " does not hold its " +
                               change.resource_type());
  }
  return message;
}

// "offices/o/visits/v/findings/3" → "offices/o/visits/v".
std::string VisitOf(const std::string& finding) { return finding.substr(0, finding.rfind("/findings/")); }

v1::Issue IssueOf(const Change& change, const Finding& finding, Date found) {
  const std::string visit = VisitOf(finding.name());
  const auto ordinal = static_cast<uint32_t>(finding.ordinal());
  v1::Issue issue;
  issue.set_name("offices/" + change.office() + "/issues/" +
                 FormatUuid(IssueId(resource::UuidOf(visit), ordinal)));
  issue.set_source(v1::FROM_VISIT);
  issue.set_visit(visit);
  issue.set_ordinal(finding.ordinal());
  issue.set_source_position(change.position());
  issue.set_school(finding.school());
  issue.set_area(finding.area());
  issue.set_matter(finding.matter());
  issue.set_aspect(finding.aspect());
  issue.set_fact(finding.fact());
  issue.set_basis(finding.basis());
  issue.set_advice(finding.advice());
  issue.set_severity(static_cast<v1::Severity>(finding.severity()));  // proposed; triage settles it
  issue.set_urgent(finding.urgent());
  *issue.mutable_found_day() = ToProto(found);
  issue.set_state(v1::REGISTERED);
  *issue.mutable_register_time() = change.occur_time();
  return issue;
}

// The day of the visit when it comes with the finding, else the day of the seal.
Date FoundOn(const std::map<std::string, Date>& held, const Finding& finding) {
  auto it = held.find(VisitOf(finding.name()));
  return it != held.end() ? it->second : ChinaDate(FromProto(finding.seal_time()));
}

absl::Status Register(work::Unit& unit, const Change& change, const std::map<std::string, Date>& held) {
  ASSIGN_OR_RETURN(const Finding finding, AfterOf<Finding>(change));
  if (finding.kind() != visits::v1::PROBLEM || finding.sealed_in() == 0) return absl::OkStatus();
  v1::Issue issue = IssueOf(change, finding, FoundOn(held, finding));
  v1::Issue known;
  ASSIGN_OR_RETURN(const bool registered,
                   resource::Load(unit.db(), Description::Of<v1::Issue>(), issue.name(), &known));
  if (registered) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Transition transition,
                   Decide(IssueFacts{}, {.event = Event::kRegister, .actor = {.kind = ActorKind::kSystem}}));
  ASSIGN_OR_RETURN(const std::string repeated, FindRelapse(unit, issue));
  issue.set_relapse_of(repeated);
  return resource::Insert(unit, Description::Of<v1::Issue>(), &issue, EventName(transition),
                          FromProto(change.occur_time()));
}

// The answer was taken in before, or the issue has moved on since the school's report: a paper check failed
// it, or two persons ended it.
bool Settled(const v1::Issue& issue, const Visit& visit, const visits::v1::LookBackAnswer& answer) {
  if (issue.state() != v1::AWAITING_VERIFICATION || issue.round() != answer.round()) return true;
  return std::any_of(issue.look_backs().begin(), issue.look_backs().end(),
                     [&](const v1::LookBack& look_back) {
                       return look_back.round() == answer.round() && look_back.visit() == visit.name();
                     });
}

Deed DeedOf(const Visit& visit, const visits::v1::LookBackAnswer& answer, Time held) {
  Deed deed;
  deed.command = {.event = answer.passed() ? Event::kPassLookback : Event::kFailLookback,
                  .actor = {.kind = ActorKind::kInspector, .person = visit.panel(0)},
                  .reason = answer.note(),
                  .lookback_visit = visit.name(),
                  .lookback_inspectors = {visit.panel().begin(), visit.panel().end()}};
  deed.record = [visit, answer, held](const Transition&, const Occasion&, v1::Issue* issue) {
    v1::LookBack* look_back = issue->add_look_backs();
    look_back->set_round(answer.round());
    look_back->set_visit(visit.name());
    *look_back->mutable_inspectors() = visit.panel();
    look_back->set_passed(answer.passed());
    look_back->set_note(answer.note());
    *look_back->mutable_time() = ToProto(held);
    if (answer.passed()) *issue->mutable_verify_time() = ToProto(held);
  };
  return deed;
}

absl::Status TakeAnswer(work::Unit& unit, const std::string& office, const Visit& visit,
                        const visits::v1::LookBackAnswer& answer) {
  ASSIGN_OR_RETURN(v1::Issue issue,
                   resource::Get<v1::Issue>(unit.db(), answer.issue(), resource::Lock::kForUpdate));
  if (Settled(issue, visit, answer)) return absl::OkStatus();
  if (visit.panel().empty()) return absl::InternalError("a visit without a panel: " + visit.name());
  const Time held = FromProto(visit.has_check_in() ? visit.check_in().time() : visit.submit_time());
  ASSIGN_OR_RETURN(const Time now, unit.Now(office));
  ASSIGN_OR_RETURN(const Occasion occasion, OccasionAt(unit.db(), office, now, held));
  return ConductForSystem(unit, occasion, kSelf, DeedOf(visit, answer, held), &issue);
}

absl::Status TakeAnswers(work::Unit& unit, const Change& change) {
  ASSIGN_OR_RETURN(const Visit visit, AfterOf<Visit>(change));
  if (visit.state() != visits::v1::SUBMITTED && visit.state() != visits::v1::APPROVED)
    return absl::OkStatus();
  for (const auto& answer : visit.look_backs()) {
    RETURN_IF_ERROR(TakeAnswer(unit, change.office(), visit, answer));
  }
  return absl::OkStatus();
}

// Days of the visits that the same message brings.
absl::StatusOr<std::map<std::string, Date>> HeldDays(const std::vector<Change>& changes) {
  std::map<std::string, Date> held;
  for (const Change& change : changes) {
    if (change.resource_type() != "inspectorate/Visit" || change.kind() == Change::TOMBSTONED) continue;
    ASSIGN_OR_RETURN(const Visit visit, AfterOf<Visit>(change));
    if (visit.has_held_day()) held[visit.name()] = FromProto(visit.held_day());
  }
  return held;
}

}  // namespace

feed::Apply RegisterFromVisits() {
  return [](work::Unit& unit, const std::vector<Change>& changes) -> absl::Status {
    ASSIGN_OR_RETURN(const auto held, HeldDays(changes));
    for (const Change& change : changes) {
      if (change.kind() == Change::TOMBSTONED) continue;  // of a draft: what is sealed is never removed
      if (change.resource_type() == "inspectorate/Finding") RETURN_IF_ERROR(Register(unit, change, held));
      if (change.resource_type() == "inspectorate/Visit") RETURN_IF_ERROR(TakeAnswers(unit, change));
    }
    return absl::OkStatus();
  };
}

}  // namespace inspectorate::issues
