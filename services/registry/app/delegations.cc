#include "services/registry/app/delegations.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/app/ending.h"
#include "services/registry/app/ineligible.h"
#include "services/registry/app/reach.h"
#include "services/registry/app/settled.h"
#include "services/registry/domain/delegation.h"
#include "services/registry/domain/period.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::PeriodOf;
using resource::UuidOf;
using v1::Delegation;
using v1::InspectorAssignment;

Uuid IdOf(const std::string& name) { return name.empty() ? Uuid{} : UuidOf(name); }

// Who acts for whom, and where.
bool SameActing(const Delegation& a, const Delegation& b) {
  return a.delegate() == b.delegate() && a.area() == b.area() && a.delegator() == b.delegator() &&
         a.school() == b.school();
}

// By what document and why, too.
bool SameContent(const Delegation& a, const Delegation& b) {
  return SameActing(a, b) && a.document_number() == b.document_number() && a.reason() == b.reason();
}

std::string DaysOf(const Delegation& delegation) {
  return FormatDate(FromProto(delegation.valid_from())) + " – " +
         FormatDate(FromProto(delegation.valid_to()));
}

absl::Status NotInForce(const std::string& area, const std::string& resource) {
  return Error(ErrorReason::AREA_NOT_IN_FORCE, {{"area", area}, {"resource", resource}});
}

// So that no two of them find the same person or area free, and no area ends meanwhile. In the order of their
// names.
absl::Status LockPeople(work::Unit& unit, const Delegation& delegation) {
  for (const std::string& inspector : std::set<std::string>{delegation.delegate(), delegation.delegator()}) {
    if (inspector.empty()) continue;
    RETURN_IF_ERROR(resource::Get<v1::Inspector>(unit.db(), inspector, resource::Lock::kForUpdate).status());
  }
  return absl::OkStatus();
}

absl::Status CheckAreaInForce(work::Unit& unit, const Delegation& delegation) {
  if (delegation.area().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto area,
                   resource::Get<v1::Area>(unit.db(), delegation.area(), resource::Lock::kForUpdate));
  if (Within(PeriodOf(delegation), PeriodOf(area))) return absl::OkStatus();
  return NotInForce(area.name(), delegation.name());
}

absl::StatusOr<std::vector<Period>> DaysAsLead(work::Unit& unit, const Delegation& delegation) {
  std::vector<Period> days;
  if (delegation.area().empty()) return days;
  ASSIGN_OR_RETURN(const auto rows,
                   resource::Select<v1::AreaMembership>(
                       unit.db(), "`office` = ? AND `area` = ? AND `inspector` = ? AND `duty` = ?",
                       {resource::SlugOf(delegation.name()), UuidOf(delegation.area()),
                        UuidOf(delegation.delegate()), v1::LEAD}));
  for (const auto& row : rows) days.push_back(PeriodOf(row));
  return days;
}

absl::Status ErrorOf(const DelegationVerdict& verdict, const Delegation& wanted,
                     const std::vector<Delegation>& others, int64_t max_days) {
  const std::string days = std::to_string(max_days);
  switch (verdict.problem) {
    case DelegationProblem::kSubject:
      return InvalidFields({{.field = "delegation.area",
                             .zh = "责任区（代理组长）与被代理督学须填且只填一项，机构只随被代理督学填写",
                             .en = "either an area or an inspector, and a school only with the inspector"}});
    case DelegationProblem::kTooLong:
      return InvalidFields({{.field = "delegation.valid_to",
                             .zh = "代理不超过" + days + "天（规则delegation.max_days）",
                             .en = "at most " + days + " days (delegation.max_days)"}});
    case DelegationProblem::kSelf:
      return CannotTakeOn(wanted.delegate(), "不能代理本人", "acts for nobody but others");
    case DelegationProblem::kTwice:
      return Error(ErrorReason::PERIOD_OVERLAP, {{"resource", others[*verdict.with].name()}});
    case DelegationProblem::kChain:
      return CannotTakeOn(wanted.delegate(),
                          "由他人代理期间不得代理，代理不得再转（" + DaysOf(others[*verdict.with]) + "）",
                          "who is acted for acts for nobody (" + DaysOf(others[*verdict.with]) + ")");
  }
  return absl::InternalError("no such problem");
}

absl::Status CheckPeriod(const Delegation& wanted) {
  if (FromProto(wanted.valid_to()) >= FromProto(wanted.valid_from())) return absl::OkStatus();
  return Error(ErrorReason::PERIOD_INVALID);
}

absl::Status CheckBesideOthers(work::Unit& unit, const Delegation& wanted) {
  const std::string office = resource::SlugOf(wanted.name());
  RETURN_IF_ERROR(CheckPeriod(wanted));
  ASSIGN_OR_RETURN(
      const auto others,
      resource::Select<Delegation>(unit.db(), "`office` = ? AND `valid_to` >= ? AND `valid_from` <= ?",
                                   {office, FromProto(wanted.valid_from()), FromProto(wanted.valid_to())}));
  std::vector<DelegationFact> facts;
  facts.reserve(others.size());
  for (const Delegation& other : others) facts.push_back(FactOf(other));
  ASSIGN_OR_RETURN(const auto led, DaysAsLead(unit, wanted));
  ASSIGN_OR_RETURN(const int64_t max_days, roster::PolicyInt(unit.db(), office, "delegation.max_days",
                                                             FromProto(wanted.valid_from())));
  const auto verdict = CheckDelegation(FactOf(wanted), facts, led, max_days);
  return verdict ? ErrorOf(*verdict, wanted, others, max_days) : absl::OkStatus();
}

absl::Status CheckKept(work::Unit& unit, const Delegation* before, const Delegation& after) {
  const auto was = before == nullptr ? std::nullopt : std::optional<Period>(PeriodOf(*before));
  return CheckDaysKept(unit, after.name(),
                       {.was = was,
                        .is = PeriodOf(after),
                        .same_content = before == nullptr || SameContent(*before, after),
                        .free_in_set_up = before == nullptr});
}

// The delegate, and what decides.
struct Judge {
  std::string delegate;
  roster::InspectorFacts facts;
  std::vector<roster::DatedEligibilityPolicy> policies;
};

// The first of `days` on which the delegate may not act at the school, with every reason; `school` empty: at
// none.
absl::Status MayActOn(const Judge& judge, const std::string& name, const roster::SchoolFacts& school,
                      const Period& days) {
  const auto eligible =
      roster::EligibleDays(judge.facts, school, days, judge.policies, roster::OnLeave::kCounts);
  if (eligible == std::vector<Period>{days}) return absl::OkStatus();
  const bool from_the_first = !eligible.empty() && eligible.front().from == days.from;
  const Date day = from_the_first ? *eligible.front().to + std::chrono::days(1) : days.from;
  // There is one: where nobody has decided, nothing stands against it.
  const roster::EligibilityPolicy& policy = *roster::PolicyOn(judge.policies, day);
  const auto reasons = roster::CheckEligibility(judge.facts, school, day, policy);
  return Ineligible(judge.delegate, name, reasons, day);
}

// At each school that the delegator has in the time, on each of the days.
absl::Status MayActAtSchools(work::Unit& unit, const Judge& judge, const Delegation& wanted,
                             const Period& whole) {
  ASSIGN_OR_RETURN(auto assignments, resource::Select<InspectorAssignment>(
                                         unit.db(), "`office` = ? AND `inspector` = ?",
                                         {resource::SlugOf(wanted.name()), UuidOf(wanted.delegator())}));
  std::erase_if(assignments, [&](const InspectorAssignment& assignment) {
    const bool other = !wanted.school().empty() && assignment.school() != wanted.school();
    return other || !Overlap(PeriodOf(assignment), whole);
  });
  if (assignments.empty()) {
    return InvalidFields({{.field = "delegation.delegator",
                           .zh = "在代理期间没有可代理的学校（园）",
                           .en = "has no such school in that time"}});
  }
  for (const InspectorAssignment& assignment : assignments) {
    const Period held = PeriodOf(assignment);
    const Period days{.from = std::max(held.from, whole.from),
                      .to = held.to ? std::min(*held.to, *whole.to) : *whole.to};
    ASSIGN_OR_RETURN(const auto school,
                     roster::LoadSchoolFacts(unit.db(), UuidOf(assignment.school()), days.from));
    RETURN_IF_ERROR(MayActOn(judge, assignment.school(), school.facts, days));
  }
  return absl::OkStatus();
}

absl::Status CheckDelegate(work::Unit& unit, const Delegation& wanted, const Period& days) {
  Judge judge{.delegate = wanted.delegate(), .facts = {}, .policies = {}};
  ASSIGN_OR_RETURN(judge.facts, roster::LoadInspectorFacts(unit.db(), UuidOf(wanted.delegate())));
  ASSIGN_OR_RETURN(judge.policies,
                   roster::LoadEligibilityPolicies(unit.db(), resource::SlugOf(wanted.name()), days.from));
  if (!wanted.delegator().empty()) return MayActAtSchools(unit, judge, wanted, days);
  // A lead visits no school by that alone: whoever stands may be one, like every lead.
  judge.facts.stages.clear();
  judge.facts.qualifications.clear();
  return MayActOn(judge, "", {}, days);
}

// What of the office's delegations `condition` tells goes on no longer than that; what that is, `record`
// tells.
absl::Status EndThose(work::Unit& unit, const std::string& office, const std::string& condition,
                      db::Params params, Date last_day, v1::InspectorAct* record = nullptr) {
  params.insert(params.begin(), office);
  params.emplace_back(last_day);
  ASSIGN_OR_RETURN(auto rows, resource::Select<Delegation>(
                                  unit.db(), "`office` = ? AND " + condition + " AND `valid_to` > ?", params,
                                  "FOR UPDATE"));
  for (Delegation& row : rows) {
    ASSIGN_OR_RETURN(const Ending ending, EndOn(unit, &row, last_day));
    if (record != nullptr && ending == Ending::kEnded) record->add_ended_delegations(row.name());
    if (record != nullptr && ending == Ending::kWithdrawn) record->add_dropped_delegations(row.name());
  }
  return absl::OkStatus();
}

// Of the rows that name the school: whom `field` names, and when.
template <class M>
absl::StatusOr<std::vector<HeldBy>> HoldersOf(work::Unit& unit, const std::string& office,
                                              const std::string& school,
                                              const std::string& (M::*field)() const) {
  ASSIGN_OR_RETURN(const auto rows,
                   resource::Select<M>(unit.db(), "`office` = ? AND `school` = ?", {office, UuidOf(school)}));
  std::vector<HeldBy> held;
  for (const M& row : rows) held.push_back({.who = UuidOf((row.*field)()), .valid = PeriodOf(row)});
  return held;
}

}  // namespace

DelegationFact FactOf(const Delegation& delegation) {
  return {.id = IdOf(delegation.name()),
          .delegate = IdOf(delegation.delegate()),
          .area = IdOf(delegation.area()),
          .delegator = IdOf(delegation.delegator()),
          .school = IdOf(delegation.school()),
          .valid = PeriodOf(delegation)};
}

absl::Status CheckDelegation(work::Unit& unit, const Delegation* before, const Delegation& after) {
  RETURN_IF_ERROR(LockPeople(unit, after));
  std::vector<Period> gained = {PeriodOf(after)};
  if (before != nullptr && SameActing(*before, after)) gained = Without(PeriodOf(after), {PeriodOf(*before)});
  // To end one asks nobody: neither what is beside it nor who may act.
  if (gained.empty()) {
    RETURN_IF_ERROR(CheckPeriod(after));
    return CheckKept(unit, before, after);
  }
  RETURN_IF_ERROR(CheckAreaInForce(unit, after));
  RETURN_IF_ERROR(CheckBesideOthers(unit, after));
  RETURN_IF_ERROR(CheckKept(unit, before, after));
  for (const Period& days : gained) RETURN_IF_ERROR(CheckDelegate(unit, after, days));
  return absl::OkStatus();
}

absl::Status CheckDelegationRecord(work::Unit& unit, const Delegation& record) {
  return CheckBesideOthers(unit, record);
}

absl::StatusOr<Delegation> WithdrawDelegation(work::Unit& unit, const rpc::Call& call,
                                              const v1::WithdrawDelegationRequest& request) {
  ASSIGN_OR_RETURN(const auto reach, ReachToWrite(unit, call, resource::SlugOf(request.name())));
  ASSIGN_OR_RETURN(const auto ahead, resource::GetWithin<Delegation>(reach, call, unit.db(), request.name(),
                                                                     resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(ahead, request.etag()));
  RETURN_IF_ERROR(CallOff(unit, ahead, reach.day, "delegation.withdrawn"));
  return ahead;
}

absl::Status EndDelegationsOf(work::Unit& unit, const std::string& office, const std::string& inspector,
                              Date last_day, v1::InspectorAct* record) {
  const Uuid person = UuidOf(inspector);
  return EndThose(unit, office, "(`delegate` = ? OR `delegator` = ?)", {person, person}, last_day, record);
}

absl::Status TellWithoutEffect(work::Unit& unit, const std::string& inspector, v1::Recusal* recusal) {
  const std::string office = resource::SlugOf(recusal->office());
  const Period days = PeriodOf(*recusal);
  recusal->clear_delegations_without_effect();
  ASSIGN_OR_RETURN(const auto acting, resource::Select<Delegation>(
                                          unit.db(), "`office` = ? AND `delegate` = ? AND `valid_to` >= ?",
                                          {office, UuidOf(inspector), days.from}));
  if (acting.empty()) return absl::OkStatus();
  SchoolHolders at{.school = UuidOf(recusal->school()), .inspectors = {}, .areas = {}};
  ASSIGN_OR_RETURN(at.inspectors, HoldersOf<InspectorAssignment>(unit, office, recusal->school(),
                                                                 &InspectorAssignment::inspector));
  ASSIGN_OR_RETURN(at.areas, HoldersOf<v1::SchoolAssignment>(unit, office, recusal->school(),
                                                             &v1::SchoolAssignment::area));
  for (const Delegation& delegation : acting) {
    if (IsAbout(FactOf(delegation), at, days)) recusal->add_delegations_without_effect(delegation.name());
  }
  return absl::OkStatus();
}

absl::Status EndDelegationsOfArea(work::Unit& unit, const v1::Area& area) {
  const Period is = PeriodOf(area);
  ASSIGN_OR_RETURN(const auto rows, resource::Select<Delegation>(
                                        unit.db(), "`office` = ? AND `area` = ? AND `valid_from` < ?",
                                        {resource::SlugOf(area.name()), UuidOf(area.name()), is.from}));
  if (!rows.empty()) return NotInForce(area.name(), rows.front().name());
  if (!is.to) return absl::OkStatus();
  return EndThose(unit, resource::SlugOf(area.name()), "`area` = ?", {UuidOf(area.name())}, *is.to);
}

absl::Status EndDelegationsOfLead(work::Unit& unit, const v1::AreaMembership& membership) {
  if (membership.duty() != v1::LEAD) return absl::OkStatus();
  const Period is = PeriodOf(membership);
  const Date day_before = is.from - std::chrono::days(1);
  std::string of_lead = "`delegate` = ? AND `area` = ?";
  db::Params params = {UuidOf(membership.inspector()), UuidOf(membership.area())};
  if (is.to) {
    of_lead += " AND `valid_from` <= ?";
    params.emplace_back(*is.to);
  }
  return EndThose(unit, resource::SlugOf(membership.name()), of_lead, params, day_before);
}

}  // namespace inspectorate::registry
