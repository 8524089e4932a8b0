#include "common/roster/acting.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "common/base/macros.h"
#include "common/db/many_rows.h"
#include "common/roster/eligibility_facts.h"

namespace inspectorate::roster {
namespace {

// `d`: holds on the day and is the office's.
constexpr std::string_view kHolds = " d.`office` = ? AND d.`valid_from` <= ? AND d.`valid_to` >= ?";
// `a`: an assignment on the day that the delegation `d` is about.
constexpr std::string_view kAbout =
    " a.`office` = d.`office` AND a.`inspector` = d.`delegator` AND a.`valid_from` <= ?"
    " AND (a.`valid_to` IS NULL OR a.`valid_to` >= ?) AND (d.`school` IS NULL OR d.`school` = a.`school`)";
constexpr std::string_view kMain = " AND a.`duty` = 1";  // AssignmentDuty.MAIN
constexpr std::string_view kLeads = "SELECT d.`area`, d.`delegation`, d.`delegate` FROM `delegation` d WHERE";
constexpr std::string_view kLedSchools =
    "SELECT d.`area`, s.`school` FROM `delegation` d LEFT JOIN `school_assignment` s ON s.`office` = "
    "d.`office`"
    " AND s.`area` = d.`area` AND s.`valid_from` <= ? AND (s.`valid_to` IS NULL OR s.`valid_to` >= ?) WHERE"
    " d.`area` IS NOT NULL AND";

std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string sql;
  for (const std::string_view part : parts) sql += part;
  return sql;
}

// By school or area: key, delegation, delegate. The first of a key holds.
absl::StatusOr<std::map<Uuid, Acting>> Load(db::Session& session, const std::string& sql,
                                            const db::Params& params) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql, params));
  std::map<Uuid, Acting> acting;
  for (size_t i = 0; i < rows.size(); ++i) {
    acting.emplace(rows.at(i, 0).AsUuid(),
                   Acting{.delegation = rows.at(i, 1).AsUuid(), .delegate = rows.at(i, 2).AsUuid()});
  }
  return acting;
}

// Of those that an inspector leads for another.
struct Led {
  std::set<Uuid> areas;
  std::set<Uuid> schools;
};

absl::StatusOr<Led> LedForAnother(db::Session& session, const std::string& office, const Uuid& inspector,
                                  Date day) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(Joined({kLedSchools, kHolds, " AND d.`delegate` = ?"}),
                                                      {day, day, office, day, day, inspector}));
  Led led;
  for (size_t i = 0; i < rows.size(); ++i) {
    led.areas.insert(rows.at(i, 0).AsUuid());
    if (!rows.at(i, 1).is_null()) led.schools.insert(rows.at(i, 1).AsUuid());
  }
  return led;
}

}  // namespace

std::string NameOf(const std::string& office, const Acting& acting) {
  return "offices/" + office + "/delegations/" + FormatUuid(acting.delegation);
}

absl::StatusOr<std::map<Uuid, Acting>> ActingAtSchools(db::Session& session, const std::string& office,
                                                       Date day) {
  return Load(session,
              Joined({"SELECT a.`school`, d.`delegation`, d.`delegate` FROM `delegation` d"
                      " JOIN `inspector_assignment` a ON",
                      kAbout, kMain, " WHERE", kHolds}),
              {day, day, office, day, day});
}

// From the schools to their inspectors to what these handed over, whatever the server makes of the tables'
// sizes: an office has many delegations, an inspector few.
absl::StatusOr<std::map<Uuid, Acting>> ActingAtSchools(db::Session& session, const std::string& office,
                                                       const std::vector<Uuid>& schools, Date day) {
  if (schools.empty()) return std::map<Uuid, Acting>();
  db::Params params = {day, day, office, day, day};
  params.insert(params.end(), schools.begin(), schools.end());
  db::FillUp(&params, 1, 5);
  return Load(session,
              Joined({"SELECT STRAIGHT_JOIN a.`school`, d.`delegation`, d.`delegate` FROM"
                      " `inspector_assignment` a JOIN `delegation` d ON",
                      kAbout, kMain, " WHERE", kHolds, " AND a.`school` IN (",
                      db::Repeated("?", schools.size()), ")"}),
              params);
}

absl::StatusOr<std::map<Uuid, Acting>> ActingLeads(db::Session& session, const std::string& office,
                                                   Date day) {
  return Load(session, Joined({kLeads, kHolds, " AND d.`area` IS NOT NULL"}), {office, day, day});
}

absl::StatusOr<std::optional<Acting>> ActingLead(db::Session& session, const std::string& office,
                                                 const Uuid& area, Date day) {
  ASSIGN_OR_RETURN(const auto leads,
                   Load(session, Joined({kLeads, kHolds, " AND d.`area` = ?"}), {office, day, day, area}));
  return leads.empty() ? std::nullopt : std::optional(leads.begin()->second);
}

absl::StatusOr<std::map<Uuid, Acting>> SchoolsActedAt(db::Session& session, const std::string& office,
                                                      const Uuid& inspector, Date day) {
  return Load(session,
              Joined({"SELECT a.`school`, d.`delegation`, d.`delegate` FROM `delegation` d"
                      " JOIN `inspector_assignment` a ON",
                      kAbout, " WHERE", kHolds, " AND d.`delegate` = ? ORDER BY a.`duty`, d.`delegation`"}),
              {day, day, office, day, day, inspector});
}

absl::StatusOr<ReachedByActing> WhatIsReachedByActing(db::Session& session, const std::string& office,
                                                      const Uuid& inspector, Date day, bool as_lead) {
  ASSIGN_OR_RETURN(const auto acted_at, SchoolsActedAt(session, office, inspector, day));
  Led led;
  if (as_lead) {
    ASSIGN_OR_RETURN(led, LedForAnother(session, office, inspector, day));
  }
  ReachedByActing reached;
  if (acted_at.empty() && led.areas.empty()) return reached;
  ASSIGN_OR_RETURN(const auto policy, FindEligibilityPolicy(session, office, day));
  ASSIGN_OR_RETURN(const auto found, LoadInspectors(session, {inspector}));
  if (!policy || found.empty()) return reached;
  const InspectorFacts& facts = found.begin()->second;
  const bool stands = CheckStanding(facts, day, *policy).empty();
  if (stands) reached.areas.assign(led.areas.begin(), led.areas.end());
  std::vector<Uuid> all(led.schools.begin(), led.schools.end());
  for (const auto& [school, acting] : acted_at) all.push_back(school);
  ASSIGN_OR_RETURN(const auto schools, LoadSchools(session, all, day));
  for (const auto& [id, school] : schools) {
    const bool leads =
        stands && led.schools.contains(id) && CheckRecusal(facts, school.facts, day, *policy).empty();
    if (leads || (acted_at.contains(id) && CheckEligibility(facts, school.facts, day, *policy).empty())) {
      reached.schools.push_back(id);
    }
  }
  return reached;
}

absl::StatusOr<std::map<Uuid, Acting>> StandingActingLeads(db::Session& session, const std::string& office,
                                                           Date day) {
  ASSIGN_OR_RETURN(auto leads, ActingLeads(session, office, day));
  if (leads.empty()) return leads;
  ASSIGN_OR_RETURN(const auto policy, FindEligibilityPolicy(session, office, day));
  if (!policy) return leads;
  std::vector<Uuid> persons;
  for (const auto& [area, acting] : leads) persons.push_back(acting.delegate);
  ASSIGN_OR_RETURN(const auto facts, LoadInspectors(session, persons));
  std::erase_if(leads, [&](const auto& lead) {
    const auto person = facts.find(lead.second.delegate);
    return person == facts.end() || !CheckStanding(person->second, day, *policy).empty();
  });
  return leads;
}

}  // namespace inspectorate::roster
