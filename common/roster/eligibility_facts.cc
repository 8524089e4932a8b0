#include "common/roster/eligibility_facts.h"

#include <chrono>
#include <set>

#include "common/base/macros.h"
#include "common/db/many_rows.h"
#include "common/resource/select.h"
#include "common/roster/policy.h"
#include "common/roster/school_past.h"
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

absl::StatusOr<std::map<Uuid, InspectorFacts>> LoadOwn(db::Session& session, const std::string& own,
                                                       const db::Params& params) {
  ASSIGN_OR_RETURN(auto rows, resource::Select<Inspector>(session, own, params));
  std::map<Uuid, InspectorFacts> inspectors;
  for (const Inspector& row : rows) inspectors.emplace(UuidOf(row.name()), FactsOf(row));
  return inspectors;
}

// These, at least one, as a condition on `column` and its parameters.
struct These {
  These(const std::string& column, const std::vector<Uuid>& ids)
      : sql("`" + column + "` IN (" + db::Repeated("?", ids.size()) + ")"), params(ids.begin(), ids.end()) {
    db::FillUp(&params, 1);
  }
  std::string sql;
  db::Params params;
};

// `own` chooses inspectors; `theirs` the facts of the same ones, which are found by their inspector and not
// by the office that recorded them: after a move they still hold.
absl::StatusOr<std::map<Uuid, InspectorFacts>> Load(db::Session& session, const std::string& own,
                                                    const std::string& theirs, const db::Params& params) {
  ASSIGN_OR_RETURN(auto inspectors, LoadOwn(session, own, params));
  RETURN_IF_ERROR(Join<Appointment>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Certificate>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Recusal>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Leave>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Employment>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Suspension>(session, theirs, params, inspectors));
  RETURN_IF_ERROR(Join<Qualification>(session, theirs, params, inspectors));
  return inspectors;
}

// `condition` is on columns that both the schools and their changes have.
absl::StatusOr<std::map<Uuid, SchoolInCharge>> SchoolsOn(db::Session& session, const std::string& condition,
                                                         const db::Params& params, Date day) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `school`, `kind`, `office` FROM `school` WHERE " + condition, params));
  ASSIGN_OR_RETURN(const auto that_day, SchoolsAsOf(session, day, condition, params));
  std::map<Uuid, SchoolInCharge> schools;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid id = rows.at(i, 0).AsUuid();
    const auto was = that_day.find(id);
    const int kind = was == that_day.end() ? static_cast<int>(rows.at(i, 1).AsInt()) : was->second.kind();
    schools[id] = {.facts = {.id = id, .kind = kind}, .office = rows.at(i, 2).AsString()};
  }
  return schools;
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
  const These these("inspector", inspectors);
  return Load(session, these.sql, these.sql, these.params);
}

absl::StatusOr<InspectorFacts> LoadRecusalFacts(db::Session& session, const std::vector<Uuid>& inspectors) {
  InspectorFacts person;
  if (inspectors.empty()) return person;
  const These these("inspector", inspectors);
  ASSIGN_OR_RETURN(auto found, LoadOwn(session, these.sql, these.params));
  RETURN_IF_ERROR(Join<Recusal>(session, these.sql, these.params, found));
  RETURN_IF_ERROR(Join<Employment>(session, these.sql, these.params, found));
  for (const auto& [inspector, facts] : found) {
    person.employments.insert(person.employments.end(), facts.employments.begin(), facts.employments.end());
    person.recusals.insert(person.recusals.end(), facts.recusals.begin(), facts.recusals.end());
  }
  return person;
}

absl::StatusOr<std::map<Uuid, SchoolInCharge>> LoadSchools(db::Session& session,
                                                           const std::vector<Uuid>& schools, Date day) {
  if (schools.empty()) return std::map<Uuid, SchoolInCharge>();
  const These these("school", schools);
  return SchoolsOn(session, these.sql, these.params, day);
}

absl::StatusOr<std::map<Uuid, SchoolInCharge>> LoadOfficeSchools(db::Session& session,
                                                                 const std::string& office, Date day) {
  return SchoolsOn(session, "`office` = ?", {office}, day);
}

absl::StatusOr<SchoolInCharge> LoadSchoolFacts(db::Session& session, const Uuid& school, Date day) {
  ASSIGN_OR_RETURN(auto found, LoadSchools(session, {school}, day));
  if (found.empty()) return NotFound("schools/" + FormatUuid(school));
  return std::move(found.begin()->second);
}

absl::StatusOr<EligibilityPolicy> EligibilityPolicyOf(const Policy& policy) {
  ASSIGN_OR_RETURN(int64_t years, policy.Int(kEligibilityRules[0]));
  ASSIGN_OR_RETURN(int64_t terms, policy.Int(kEligibilityRules[1]));
  return EligibilityPolicy{.former_employer_years = static_cast<int>(years),
                           .part_time_max_terms = static_cast<int>(terms)};
}

absl::StatusOr<EligibilityPolicy> LoadEligibilityPolicy(db::Session& session, const std::string& office,
                                                        Date day) {
  ASSIGN_OR_RETURN(const Policy policy, LoadPolicy(session, office, day));
  return EligibilityPolicyOf(policy);
}

absl::StatusOr<std::optional<EligibilityPolicy>> FindEligibilityPolicy(db::Session& session,
                                                                       const std::string& office, Date day) {
  return IfInForce(LoadEligibilityPolicy(session, office, day));
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
    ASSIGN_OR_RETURN(const auto policy, FindEligibilityPolicy(session, office, day));
    // Where a rule is missing, the one before it goes on.
    if (policy) policies.push_back({.from = day, .policy = *policy});
  }
  return policies;
}

absl::StatusOr<std::vector<EligibilityReason>> CheckEligibilityOn(db::Session& session, const Uuid& inspector,
                                                                  const Uuid& school, Date day) {
  ASSIGN_OR_RETURN(InspectorFacts facts, LoadInspectorFacts(session, inspector));
  ASSIGN_OR_RETURN(SchoolInCharge at, LoadSchoolFacts(session, school, day));
  ASSIGN_OR_RETURN(EligibilityPolicy policy, LoadEligibilityPolicy(session, at.office, day));
  return CheckEligibility(facts, at.facts, day, policy);
}

}  // namespace inspectorate::roster
