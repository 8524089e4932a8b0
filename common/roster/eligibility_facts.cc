#include "common/roster/eligibility_facts.h"

#include <chrono>
#include <set>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"

namespace inspectorate::roster {
namespace {

using registry::v1::Appointment;
using registry::v1::Certificate;
using registry::v1::Employment;
using registry::v1::Inspector;
using registry::v1::Leave;
using registry::v1::Qualification;
using registry::v1::Recusal;
using registry::v1::Suspension;
using resource::FromProto;
using resource::IsSet;
using resource::PeriodOf;
using resource::UuidOf;

InspectorFacts FactsOf(const Inspector& inspector) {
  InspectorFacts facts;
  for (int kind : inspector.stages()) facts.stages.push_back(kind);
  if (!inspector.employer_school().empty()) {
    EmploymentFact employment{.school = UuidOf(inspector.employer_school()),
                              .valid = {.from = Date::min(), .to = {}}};
    if (IsSet(inspector.employer_from())) employment.valid.from = FromProto(inspector.employer_from());
    if (IsSet(inspector.employer_to())) employment.valid.to = FromProto(inspector.employer_to());
    facts.employments.push_back(employment);
  }
  return facts;
}

void Add(const Appointment& row, InspectorFacts& facts) {
  AppointmentFact fact{.kind = static_cast<InspectorKind>(row.kind()),
                       .term_index = row.term_index(),
                       .valid = PeriodOf(row),
                       .awaits_duty = row.awaits_induction(),
                       .duty_from = {}};
  if (IsSet(row.duty_from())) fact.duty_from = FromProto(row.duty_from());
  facts.appointments.push_back(fact);
}
void Add(const Employment& row, InspectorFacts& facts) {
  facts.employments.push_back({.school = UuidOf(row.school()), .valid = PeriodOf(row)});
}
void Add(const Leave& row, InspectorFacts& facts) { facts.leaves.push_back(PeriodOf(row)); }
void Add(const Suspension& row, InspectorFacts& facts) { facts.suspensions.push_back(PeriodOf(row)); }
void Add(const Qualification& row, InspectorFacts& facts) {
  facts.qualifications.push_back(
      {.stages = {row.stages().begin(), row.stages().end()}, .valid = PeriodOf(row)});
}
void Add(const Certificate& row, InspectorFacts& facts) { facts.certificates.push_back(PeriodOf(row)); }
void Add(const Recusal& row, InspectorFacts& facts) {
  facts.recusals.push_back({.school = UuidOf(row.school()),
                            .ground = static_cast<RecusalGround>(row.ground()),
                            .valid = PeriodOf(row)});
}

// Adds the rows of M to the inspectors they belong to.
template <class M>
absl::Status Join(db::Session& session, std::string_view condition, const db::Params& params,
                  std::map<Uuid, InspectorFacts>& inspectors) {
  ASSIGN_OR_RETURN(auto rows, resource::Select<M>(session, condition, params));
  for (const M& row : rows) {
    auto it = inspectors.find(OwnerOf(row.name()));
    if (it != inspectors.end()) Add(row, it->second);
  }
  return absl::OkStatus();
}

// `own` chooses inspectors; `theirs` the facts of the same ones, which are found by their inspector and not
// by the office that recorded them: after a move they still hold.
absl::StatusOr<std::map<Uuid, InspectorFacts>> Load(db::Session& session, const std::string& own,
                                                    const std::string& theirs, const db::Params& params) {
  ASSIGN_OR_RETURN(auto rows, resource::Select<Inspector>(session, own, params));
  std::map<Uuid, InspectorFacts> inspectors;
  for (const Inspector& row : rows) inspectors.emplace(UuidOf(row.name()), FactsOf(row));
  RETURN_IF_ERROR(Join<Appointment>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Certificate>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Recusal>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Leave>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Employment>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Suspension>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Qualification>(session, theirs, params, inspectors));
  return inspectors;
}

}  // namespace

Uuid OwnerOf(const std::string& name) { return UuidOf(std::string_view(name).substr(0, name.find('/', 11))); }

absl::StatusOr<InspectorFacts> LoadInspectorFacts(db::Session& session, const Uuid& inspector) {
  ASSIGN_OR_RETURN(auto found, LoadInspectors(session, {inspector}));
  if (found.empty()) return NotFound("inspectors/" + FormatUuid(inspector));
  return std::move(found.begin()->second);
}

absl::StatusOr<std::map<Uuid, InspectorFacts>> LoadOfficeInspectors(db::Session& session,
                                                                    const std::string& office) {
  return Load(session, "`office` = ?",
              "`inspector` IN (SELECT i.`inspector` FROM `inspector` i WHERE i.`office` = ?)", {office});
}

absl::StatusOr<std::map<Uuid, InspectorFacts>> LoadInspectors(db::Session& session,
                                                              const std::vector<Uuid>& inspectors) {
  if (inspectors.empty()) return std::map<Uuid, InspectorFacts>();
  std::string these = "`inspector` IN (?";
  db::Params params = {inspectors.front()};
  for (size_t i = 1; i < inspectors.size(); ++i) {
    these += ", ?";
    params.emplace_back(inspectors[i]);
  }
  these += ")";
  return Load(session, these, these, params);
}

absl::StatusOr<SchoolInCharge> LoadSchoolFacts(db::Session& session, const Uuid& school) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT `kind`, `office` FROM `school` WHERE `school` = ?", {school}));
  if (rows.empty()) return NotFound("schools/" + FormatUuid(school));
  return SchoolInCharge{.facts = {.id = school, .kind = static_cast<int>(rows.at(0, 0).AsInt())},
                        .office = rows.at(0, 1).AsString()};
}

absl::StatusOr<EligibilityPolicy> LoadEligibilityPolicy(db::Session& session, const std::string& office,
                                                        Date day) {
  ASSIGN_OR_RETURN(Policy policy, LoadPolicy(session, office, day));
  ASSIGN_OR_RETURN(int64_t years, policy.Int(kEligibilityRules[0]));
  ASSIGN_OR_RETURN(int64_t terms, policy.Int(kEligibilityRules[1]));
  return EligibilityPolicy{.former_employer_years = static_cast<int>(years),
                           .part_time_max_terms = static_cast<int>(terms)};
}

absl::StatusOr<std::vector<DatedEligibilityPolicy>> LoadEligibilityPolicies(db::Session& session,
                                                                            const std::string& office,
                                                                            Date from) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `valid_from`, `valid_to` FROM `policy_rule` WHERE `office` = ? AND "
                                 "`key` IN (?, ?) AND (`valid_to` IS NULL OR `valid_to` >= ?)",
                                 {office, kEligibilityRules[0], kEligibilityRules[1], from}));
  std::set<Date> days = {from};
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows.at(i, 0).AsDate() > from) days.insert(rows.at(i, 0).AsDate());
    if (!rows.at(i, 1).is_null()) days.insert(rows.at(i, 1).AsDate() + std::chrono::days(1));
  }
  std::vector<DatedEligibilityPolicy> policies;
  for (const Date day : days) {
    const auto policy = LoadEligibilityPolicy(session, office, day);
    // Where a rule is missing, the one before it goes on.
    if (ReasonOf(policy.status()) == ErrorReason::POLICY_MISSING) continue;
    RETURN_IF_ERROR(policy.status());
    policies.push_back({.from = day, .policy = *policy});
  }
  return policies;
}

absl::StatusOr<std::vector<EligibilityReason>> CheckEligibilityOn(db::Session& session, const Uuid& inspector,
                                                                  const Uuid& school, Date day) {
  ASSIGN_OR_RETURN(InspectorFacts facts, LoadInspectorFacts(session, inspector));
  ASSIGN_OR_RETURN(SchoolInCharge at, LoadSchoolFacts(session, school));
  ASSIGN_OR_RETURN(EligibilityPolicy policy, LoadEligibilityPolicy(session, at.office, day));
  return CheckEligibility(facts, at.facts, day, policy);
}

}  // namespace inspectorate::roster
