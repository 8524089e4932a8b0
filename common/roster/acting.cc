#include "common/roster/acting.h"

#include <string_view>

#include "common/base/macros.h"

namespace inspectorate::roster {
namespace {

// `d`: holds on the day and is the office's; `a`: an assignment that it is about. 1: AssignmentDuty.MAIN.
constexpr std::string_view kHolds = " d.`office` = ? AND d.`valid_from` <= ? AND d.`valid_to` >= ?";
constexpr std::string_view kAssignments =
    " FROM `delegation` d JOIN `inspector_assignment` a ON a.`office` = d.`office` AND a.`inspector` ="
    " d.`delegator` AND a.`valid_from` <= ? AND (a.`valid_to` IS NULL OR a.`valid_to` >= ?)"
    " AND (d.`school` IS NULL OR d.`school` = a.`school`)";
constexpr std::string_view kSchools =
    " FROM `delegation` d JOIN `school_assignment` s ON s.`office` = d.`office` AND s.`area` = d.`area`"
    " AND s.`valid_from` <= ? AND (s.`valid_to` IS NULL OR s.`valid_to` >= ?)";

// `by` (school or area), delegation, delegate.
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

// Who acts for the mainly responsible inspector, by school.
std::string AtSchools() {
  std::string sql = "SELECT a.`school`, d.`delegation`, d.`delegate`";
  for (const std::string_view part : {kAssignments, std::string_view(" AND a.`duty` = 1 WHERE"), kHolds}) {
    sql += part;
  }
  return sql;
}

absl::StatusOr<std::vector<Uuid>> SchoolsBy(db::Session& session, std::string_view from,
                                            std::string_view school, const std::string& office,
                                            const Uuid& inspector, Date day) {
  std::string sql = "SELECT DISTINCT ";
  for (const std::string_view part : {school, from, std::string_view(" WHERE"), kHolds}) sql += part;
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query(sql + " AND d.`delegate` = ?", {day, day, office, day, day, inspector}));
  std::vector<Uuid> schools;
  for (size_t i = 0; i < rows.size(); ++i) schools.push_back(rows.at(i, 0).AsUuid());
  return schools;
}

}  // namespace

std::string NameOf(const std::string& office, const Acting& acting) {
  return "offices/" + office + "/delegations/" + FormatUuid(acting.delegation);
}

absl::StatusOr<std::map<Uuid, Acting>> ActingAtSchools(db::Session& session, const std::string& office,
                                                       Date day) {
  return Load(session, AtSchools(), {day, day, office, day, day});
}

absl::StatusOr<std::optional<Acting>> ActingAtSchool(db::Session& session, const std::string& office,
                                                     const Uuid& school, Date day) {
  ASSIGN_OR_RETURN(const auto acting,
                   Load(session, AtSchools() + " AND a.`school` = ?", {day, day, office, day, day, school}));
  return acting.empty() ? std::nullopt : std::optional(acting.begin()->second);
}

absl::StatusOr<std::map<Uuid, Acting>> ActingLeads(db::Session& session, const std::string& office,
                                                   Date day) {
  return Load(session,
              "SELECT d.`area`, d.`delegation`, d.`delegate` FROM `delegation` d WHERE d.`area` IS NOT NULL"
              " AND" +
                  std::string(kHolds),
              {office, day, day});
}

absl::StatusOr<std::vector<Uuid>> SchoolsActedAt(db::Session& session, const std::string& office,
                                                 const Uuid& inspector, Date day) {
  return SchoolsBy(session, kAssignments, "a.`school`", office, inspector, day);
}

absl::StatusOr<std::vector<Uuid>> SchoolsOfActedAreas(db::Session& session, const std::string& office,
                                                      const Uuid& inspector, Date day) {
  return SchoolsBy(session, kSchools, "s.`school`", office, inspector, day);
}

}  // namespace inspectorate::roster
