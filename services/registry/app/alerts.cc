#include "services/registry/app/alerts.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/app/delegation_alerts.h"
#include "services/registry/app/led_areas.h"
#include "services/registry/app/terms.h"
#include "services/registry/domain/alerts.h"
#include "services/registry/store/coverage_store.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;
using v1::Inspector;
using v1::InspectorAssignment;

constexpr char kMembers[] =
    "SELECT m.`inspector` FROM `area_membership` m WHERE m.`office` = ? AND m.`valid_from` <= ?"
    " AND (m.`valid_to` IS NULL OR m.`valid_to` >= ?) AND ";

absl::StatusOr<std::vector<Inspector>> InReach(db::Session& session, const roster::Reach& reach, Date day) {
  constexpr char kByNumber[] = "ORDER BY `work_number`";
  if (reach.whole_office)
    return resource::Select<Inspector>(session, "`office` = ?", {reach.office}, kByNumber);
  std::string persons = "`inspector` = ?";
  db::Params params = {reach.office, reach.person};
  if (reach.role == rpc::Role::ROLE_AREA_LEAD) {
    const query::Condition led = InLedAreas(reach, day, "m.`area`");
    persons += std::string(" OR `inspector` IN (") + kMembers + led.sql + ")";
    params.insert(params.end(), {reach.office, day, day});
    params.insert(params.end(), led.params.begin(), led.params.end());
  }
  return resource::Select<Inspector>(session, "`office` = ? AND (" + persons + ") ", params, kByNumber);
}

absl::StatusOr<AlertPolicy> PolicyOf(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(roster::Policy rules, roster::LoadPolicy(session, office, day));
  AlertPolicy policy;
  for (auto [key, value] : {std::pair("rotation.months", &policy.rotation_months),
                            {"inspector.term_alert_days", &policy.term_alert_days},
                            {"inspector.certificate_alert_days", &policy.certificate_alert_days},
                            {"inspector.max_terms", &policy.max_terms}}) {
    ASSIGN_OR_RETURN(const int64_t number, rules.Int(key));
    *value = static_cast<int>(number);
  }
  // Only a hint: where no such rule is in force nothing is told.
  ASSIGN_OR_RETURN(const auto education, roster::IfInForce(rules.Rule("inspector.min_education_years")));
  if (!education) return policy;
  ASSIGN_OR_RETURN(const int64_t years, rules.Int("inspector.min_education_years"));
  policy.education_years = static_cast<int>(years);
  policy.education_source = education->source;
  return policy;
}

// What the assignments of an office say, by inspector and school.
using Assigned = std::map<Uuid, std::map<Uuid, std::vector<Period>>>;

absl::StatusOr<Assigned> AssignedIn(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(auto rows, resource::Select<InspectorAssignment>(session, "`office` = ?", {office}));
  Assigned assigned;
  for (const InspectorAssignment& row : rows) {
    assigned[UuidOf(row.inspector())][UuidOf(row.school())].push_back(resource::PeriodOf(row));
  }
  return assigned;
}

AlertFacts FactsOf(const Inspector& inspector, const roster::InspectorFacts& facts) {
  AlertFacts out;
  out.state = static_cast<LifeState>(inspector.state());
  if (IsSet(inspector.notice_to())) out.notice_to = FromProto(inspector.notice_to());
  if (IsSet(inspector.education_since())) out.education_since = FromProto(inspector.education_since());
  for (const auto& term : facts.appointments) {
    out.terms.push_back({.part_time = term.kind == roster::InspectorKind::kPartTime,
                         .index = term.term_index,
                         .valid = term.valid});
  }
  out.certificates = facts.certificates;
  return out;
}

bool HoldsOn(const std::vector<Period>& periods, Date day) {
  for (const Period& period : periods) {
    if (period.Contains(day)) return true;
  }
  return false;
}

AlertFacts::AtSchool At(const roster::SchoolFacts& school, const std::vector<Period>& periods, Date day,
                        const roster::InspectorFacts& facts, const roster::EligibilityPolicy& policy) {
  AlertFacts::AtSchool at{.school = "schools/" + FormatUuid(school.id), .periods = periods};
  if (!HoldsOn(periods, day)) return at;
  for (const auto& reason : roster::CheckEligibility(facts, school, day, policy)) {
    at.against_zh += (at.against_zh.empty() ? "" : ";") + reason.zh;
    at.against_en += (at.against_en.empty() ? "" : "; ") + reason.en;
  }
  return at;
}

absl::StatusOr<OfficeOnDay> LoadOfficeOn(db::Session& session, const std::string& office, Date day) {
  OfficeOnDay known{.day = day, .policy = {}, .inspectors = {}, .schools = {}};
  ASSIGN_OR_RETURN(known.policy, roster::LoadEligibilityPolicy(session, office, day));
  ASSIGN_OR_RETURN(known.inspectors, roster::LoadOfficeInspectors(session, office));
  ASSIGN_OR_RETURN(known.schools, roster::LoadOfficeSchools(session, office, day));
  return known;
}

void Show(const Inspector& inspector, const Alert& alert, v1::ListInspectorAlertsResponse* response) {
  v1::InspectorAlert* out = response->add_alerts();
  out->set_kind(static_cast<v1::AlertKind>(alert.kind));
  out->set_inspector(inspector.name());
  out->set_display_name(inspector.display_name());
  out->set_school(alert.school);
  if (alert.day) *out->mutable_day() = ToProto(*alert.day);
  out->set_message_zh(alert.zh);
  out->set_message_en(alert.en);
}

absl::Status AddAreasWithoutLead(db::Session& session, const std::string& office, Date day,
                                 v1::ListInspectorAlertsResponse* response) {
  ASSIGN_OR_RETURN(const std::vector<Named> areas, AreasWithoutLead(session, office, day));
  for (const Named& area : areas) {
    v1::InspectorAlert* out = response->add_alerts();
    out->set_kind(v1::AREA_WITHOUT_LEAD);
    out->set_area("offices/" + office + "/areas/" + FormatUuid(area.id));
    out->set_display_name(area.name);
    *out->mutable_day() = ToProto(day);
    out->set_message_zh("责任区没有组长");
    out->set_message_en("the area has no lead");
  }
  return absl::OkStatus();
}

// What was announced and has not come about. `today` is the office's: of days to come nothing is overdue.
absl::Status AddLateChanges(db::Session& session, const std::string& office, Date today,
                            v1::ListInspectorAlertsResponse* response) {
  ASSIGN_OR_RETURN(const auto told_days, roster::IfInForce(roster::PolicyInt(
                                             session, office, "school_change.lapsed_alert_days", today)));
  ASSIGN_OR_RETURN(const auto changes,
                   resource::Select<v1::SchoolChange>(
                       session, "`state` IN (?, ?) AND `office` = ? AND `effective_date` <= ?",
                       {v1::CHANGE_SCHEDULED, v1::CHANGE_LAPSED, office, today},
                       "ORDER BY `effective_date`, `school_change`"));
  for (const v1::SchoolChange& change : changes) {
    const Date effective = FromProto(change.effective_date());
    const bool lapsed = change.state() == v1::CHANGE_LAPSED;
    const auto kind = AlertOfChange(lapsed, effective, today, static_cast<int>(told_days.value_or(0)));
    if (!kind) continue;
    v1::InspectorAlert* out = response->add_alerts();
    out->set_kind(static_cast<v1::AlertKind>(*kind));
    out->set_school(change.school());
    out->set_display_name(change.before().display_name());
    *out->mutable_day() = change.effective_date();
    const std::string day = FormatDate(effective);
    const std::string what = ChineseTerm(*v1::SchoolChangeKind_descriptor(), change.kind());
    out->set_message_zh(lapsed ? "定于" + day + "的" + what + change.decision_note()
                               : "定于" + day + "的" + what + "尚未生效");
    out->set_message_en(lapsed ? "what was announced for " + day + " has lapsed: " + change.decision_note()
                               : "what was announced for " + day + " has not been taken up");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListInspectorAlertsResponse> ListInspectorAlerts(db::Session& session,
                                                                    const roster::Reach& reach, Date day) {
  ASSIGN_OR_RETURN(const auto inspectors, InReach(session, reach, day));
  ASSIGN_OR_RETURN(const AlertPolicy policy, PolicyOf(session, reach.office, day));
  ASSIGN_OR_RETURN(const Assigned assigned, AssignedIn(session, reach.office));
  ASSIGN_OR_RETURN(const OfficeOnDay known, LoadOfficeOn(session, reach.office, day));
  v1::ListInspectorAlertsResponse response;
  std::set<Uuid> persons;
  for (const Inspector& inspector : inspectors) {
    const Uuid id = UuidOf(inspector.name());
    persons.insert(id);
    const auto of = known.inspectors.find(id);
    if (of == known.inspectors.end()) continue;
    AlertFacts alert_facts = FactsOf(inspector, of->second);
    if (const auto schools = assigned.find(id); schools != assigned.end()) {
      for (const auto& [school, periods] : schools->second) {
        const auto found = known.schools.find(school);
        const roster::SchoolFacts at =
            found == known.schools.end() ? roster::SchoolFacts{.id = school, .kind = 0} : found->second.facts;
        alert_facts.schools.push_back(At(at, periods, day, of->second, known.policy));
      }
    }
    for (const Alert& alert : DecideAlerts(alert_facts, day, policy)) Show(inspector, alert, &response);
  }
  RETURN_IF_ERROR(
      AddDelegationAlerts(session, reach, known, reach.whole_office ? nullptr : &persons, &response));
  if (!reach.whole_office) return response;
  RETURN_IF_ERROR(AddAreasWithoutLead(session, reach.office, day, &response));
  RETURN_IF_ERROR(AddLateChanges(session, reach.office, reach.day, &response));
  return response;
}

}  // namespace inspectorate::registry
