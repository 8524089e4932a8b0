#include "services/visits/app/obligations.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/person.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "services/visits/app/reach.h"
#include "services/visits/domain/obligations.h"
#include "services/visits/domain/visit_state.h"
#include "services/visits/store/ledger_rows.h"
#include "services/visits/store/roster_facts.h"

namespace inspectorate::visits {
namespace {

using resource::Description;
using resource::FromProto;
using resource::Lock;
using resource::SlugOf;
using resource::UuidOf;

const Description& Ledger() { return Description::Of<v1::Obligation>(); }

ObligationState StateOf(const v1::Obligation& o) { return static_cast<ObligationState>(o.state()); }

absl::Status Step(v1::Obligation& obligation, ObligationEvent event) {
  ASSIGN_OR_RETURN(ObligationState next, Next(StateOf(obligation), event, UuidOf(obligation.name())));
  obligation.set_state(static_cast<v1::ObligationState>(next));
  return absl::OkStatus();
}

absl::Status Save(work::Unit& unit, v1::Obligation& obligation, const char* event,
                  std::optional<Time> occur = {}) {
  return resource::Update(unit, Ledger(), &obligation, event, work::Change::STATE_CHANGED, occur);
}

std::vector<std::string> InOrder(const v1::Visit& visit) {
  std::vector<std::string> names(visit.obligations().begin(), visit.obligations().end());
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<bool> IsMissedVisit(db::Session& session, const std::string& visit) {
  if (visit.empty()) return false;
  ASSIGN_OR_RETURN(v1::Visit claimant, resource::Get<v1::Visit>(session, visit));
  return claimant.state() == v1::MISSED;
}

absl::Status ClaimOne(work::Unit& unit, const v1::Visit& visit, const std::string& name) {
  ASSIGN_OR_RETURN(auto obligation, resource::Get<v1::Obligation>(unit.db(), name, Lock::kForUpdate));
  if (SlugOf(name) != SlugOf(visit.name()) || obligation.school() != visit.school()) {
    return InvalidFields({{.field = "visit.obligations",
                           .zh = name + "不是该校的任务",
                           .en = name + " is no obligation of this school"}});
  }
  if (obligation.state() == v1::CLAIMED) {
    ASSIGN_OR_RETURN(bool missed, IsMissedVisit(unit.db(), obligation.visit()));
    if (missed) RETURN_IF_ERROR(Step(obligation, ObligationEvent::kRelease));
  }
  RETURN_IF_ERROR(Step(obligation, ObligationEvent::kClaim));
  obligation.set_visit(visit.name());
  RETURN_IF_ERROR(Save(unit, obligation, "obligation.claimed"));
  return RecordClaim(unit.db(), SlugOf(name), UuidOf(name), UuidOf(visit.name()));
}

bool ClaimedBy(const v1::Obligation& obligation, const v1::Visit& visit) {
  return obligation.state() == v1::CLAIMED && obligation.visit() == visit.name();
}

// What a coverage line says beside the obligation.
struct CoverageNames {
  std::map<Uuid, std::string> schools;
  std::map<Uuid, std::string> inspectors;
  std::map<Uuid, std::vector<Uuid>> assigned;
  std::map<Uuid, v1::Visit> claims;
};

absl::StatusOr<CoverageNames> LoadNames(db::Session& session, const std::string& office,
                                        v1::ObligationKind kind, Date from, Date to, Date day,
                                        const std::vector<ObligationStanding>& uncovered) {
  CoverageNames names;
  ASSIGN_OR_RETURN(names.assigned, AssignedInspectors(session, office, day));
  ASSIGN_OR_RETURN(names.claims, LastClaims(session, office, kind, from, to));
  std::vector<Uuid> schools, inspectors;
  for (const ObligationStanding& standing : uncovered) {
    schools.push_back(standing.school);
    if (auto it = names.assigned.find(standing.school); it != names.assigned.end()) {
      inspectors.push_back(it->second.front());
    }
  }
  ASSIGN_OR_RETURN(names.schools, roster::SchoolNames(session, schools));
  ASSIGN_OR_RETURN(names.inspectors, roster::InspectorNames(session, inspectors));
  return names;
}

void Describe(const std::string& office, const ObligationStanding& standing, CoverageNames& names,
              v1::UncoveredSchool* line) {
  line->set_school("schools/" + FormatUuid(standing.school));
  line->set_display_name(names.schools[standing.school]);
  line->set_obligation("offices/" + office + "/obligations/" + FormatUuid(standing.id));
  if (auto claim = names.claims.find(standing.id); claim != names.claims.end()) {
    line->set_visit(claim->second.name());
    line->set_visit_state(claim->second.state());
    line->set_reason(claim->second.end_reason());
  }
  if (auto it = names.assigned.find(standing.school); it != names.assigned.end()) {
    line->set_inspector("inspectors/" + FormatUuid(it->second.front()));
    line->set_inspector_name(names.inspectors[it->second.front()]);
  }
}

}  // namespace

absl::StatusOr<v1::GenerateObligationsResponse> GenerateObligations(
    work::Unit& unit, const rpc::Call& call, const v1::GenerateObligationsRequest& request) {
  const std::string office = SlugOf(request.parent());
  RETURN_IF_ERROR(ReachToWrite(unit, call, office).status());
  const Date month = MonthBegin(FromProto(request.month()));
  RETURN_IF_ERROR(LockLedger(unit.db(), office));
  ASSIGN_OR_RETURN(roster::Policy policy, roster::LoadPolicy(unit.db(), office, month));
  ASSIGN_OR_RETURN(int64_t monthly, policy.Int(kMonthlyRule));
  ASSIGN_OR_RETURN(int64_t per_term, policy.Int(kTermRule));
  ASSIGN_OR_RETURN(auto schools, SchoolsInOperation(unit.db(), office, month));
  ASSIGN_OR_RETURN(auto terms, TermsIn(unit.db(), office, month));
  const GeneratedObligations generated = visits::GenerateObligations(
      office, month, schools, terms,
      {.monthly_min = static_cast<int>(monthly), .term_min = static_cast<int>(per_term)});

  std::vector<Uuid> ids;
  for (const Obligation& duty : generated.obligations) ids.push_back(duty.id);
  ASSIGN_OR_RETURN(std::set<Uuid> existing, InLedger(unit.db(), office, ids));
  v1::GenerateObligationsResponse response;
  for (const Obligation& duty : generated.obligations) {
    if (existing.contains(duty.id)) continue;
    v1::Obligation record = RecordOf(office, duty);
    RETURN_IF_ERROR(resource::Insert(unit, Ledger(), &record));
    response.set_created(response.created() + 1);
  }
  response.set_existing(static_cast<int>(existing.size()));
  response.set_out_of_session(generated.out_of_session);
  ASSIGN_OR_RETURN(uint64_t position, RegistryPosition(unit.db(), office));
  response.set_position(position);
  return response;
}

absl::StatusOr<v1::Obligation> ExcuseObligation(work::Unit& unit, const rpc::Call& call,
                                                const v1::ExcuseObligationRequest& request) {
  const std::string office = SlugOf(request.name());
  RETURN_IF_ERROR(ReachToWrite(unit, call, office).status());
  ASSIGN_OR_RETURN(auto obligation,
                   resource::Get<v1::Obligation>(unit.db(), request.name(), Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(obligation, request.etag()));
  ASSIGN_OR_RETURN(Time occur, unit.Now(office));
  if (request.has_occur_time()) occur = FromProto(request.occur_time());
  RETURN_IF_ERROR(IsLateEntry(unit, office, occur).status());
  RETURN_IF_ERROR(Step(obligation, ObligationEvent::kExcuse));
  obligation.set_excuse_reason(request.reason());
  obligation.set_excuse_document(request.document_number());
  obligation.set_excused_by(unit.actor().subject);
  RETURN_IF_ERROR(Save(unit, obligation, "obligation.excused", occur));
  return obligation;
}

absl::StatusOr<v1::VisitCoverage> GetCoverage(db::Session& session, const rpc::Call& call,
                                              const v1::GetCoverageRequest& request) {
  const std::string office = SlugOf(request.parent());
  ASSIGN_OR_RETURN(roster::Reach reach, ReachToRead(session, call, office));
  const Date from = FromProto(request.window_from());
  const Date to = FromProto(request.window_to());
  if (to < from) return Error(ErrorReason::PERIOD_INVALID);
  const v1::ObligationKind kind =
      request.kind() == v1::OBLIGATION_KIND_UNSPECIFIED ? v1::MONTHLY_VISIT : request.kind();
  ASSIGN_OR_RETURN(auto owed, DueBetween(session, office, kind, from, to));
  std::vector<ObligationStanding> standings;
  for (const v1::Obligation& obligation : owed) {
    standings.push_back({UuidOf(obligation.name()), UuidOf(obligation.school()), StateOf(obligation)});
  }
  const Coverage coverage = Cover(standings);
  v1::VisitCoverage response;
  response.set_owed(coverage.owed);
  response.set_excused(coverage.excused);
  response.set_fulfilled(coverage.fulfilled);
  ASSIGN_OR_RETURN(CoverageNames names,
                   LoadNames(session, office, kind, from, to, std::min(reach.day, to), coverage.uncovered));
  for (const ObligationStanding& standing : coverage.uncovered) {
    Describe(office, standing, names, response.add_uncovered());
  }
  return response;
}

absl::Status ClaimObligations(work::Unit& unit, const v1::Visit& visit) {
  for (const std::string& name : InOrder(visit)) RETURN_IF_ERROR(ClaimOne(unit, visit, name));
  return absl::OkStatus();
}

absl::Status ReleaseObligations(work::Unit& unit, const v1::Visit& visit) {
  for (const std::string& name : InOrder(visit)) {
    ASSIGN_OR_RETURN(auto obligation, resource::Get<v1::Obligation>(unit.db(), name, Lock::kForUpdate));
    if (!ClaimedBy(obligation, visit)) continue;
    RETURN_IF_ERROR(Step(obligation, ObligationEvent::kRelease));
    obligation.clear_visit();
    RETURN_IF_ERROR(Save(unit, obligation, "obligation.released"));
  }
  return absl::OkStatus();
}

absl::Status FulfilObligations(work::Unit& unit, const v1::Visit& visit, Time occur) {
  for (const std::string& name : InOrder(visit)) {
    ASSIGN_OR_RETURN(auto obligation, resource::Get<v1::Obligation>(unit.db(), name, Lock::kForUpdate));
    if (!ClaimedBy(obligation, visit)) continue;
    RETURN_IF_ERROR(Step(obligation, ObligationEvent::kFulfil));
    RETURN_IF_ERROR(Save(unit, obligation, "obligation.fulfilled", occur));
  }
  return absl::OkStatus();
}

absl::Status FulfilObligation(work::Unit& unit, const v1::Visit& visit, const std::string& name, Time occur) {
  ASSIGN_OR_RETURN(auto obligation, resource::Get<v1::Obligation>(unit.db(), name, Lock::kForUpdate));
  if (obligation.state() == v1::FULFILLED) return absl::OkStatus();
  if (!ClaimedBy(obligation, visit)) {
    RETURN_IF_ERROR(ClaimOne(unit, visit, name));
    ASSIGN_OR_RETURN(obligation, resource::Get<v1::Obligation>(unit.db(), name, Lock::kForUpdate));
  }
  RETURN_IF_ERROR(Step(obligation, ObligationEvent::kFulfil));
  return Save(unit, obligation, "obligation.fulfilled", occur);
}

absl::Status DropObligation(work::Unit& unit, const std::string& name, std::string_view reason) {
  ASSIGN_OR_RETURN(auto obligation, resource::Get<v1::Obligation>(unit.db(), name, Lock::kForUpdate));
  if (obligation.state() == v1::CLAIMED) RETURN_IF_ERROR(Step(obligation, ObligationEvent::kRelease));
  if (obligation.state() != v1::OPEN) return absl::OkStatus();
  RETURN_IF_ERROR(Step(obligation, ObligationEvent::kExcuse));
  obligation.clear_visit();
  obligation.set_excuse_reason(std::string(reason));
  obligation.set_excused_by(unit.actor().subject);
  return Save(unit, obligation, "obligation.excused");
}

absl::StatusOr<bool> IsLateEntry(work::Unit& unit, const std::string& office, Time occur) {
  ASSIGN_OR_RETURN(Time now, unit.Now(office));
  ASSIGN_OR_RETURN(int64_t days,
                   roster::PolicyInt(unit.db(), office, "visit.late_entry_days", ChinaDate(now)));
  return CheckOccurTime(occur, now, static_cast<int>(days));
}

}  // namespace inspectorate::visits
