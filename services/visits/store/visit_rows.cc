#include "services/visits/store/visit_rows.h"

#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"

namespace inspectorate::visits {
namespace {

using resource::UuidOf;

// Cancelled and missed visits take nobody's time.
constexpr char kStanding[] =
    "v.`office` = ? AND v.`planned_day` >= ? AND v.`planned_day` < ?"
    " AND v.`state` NOT IN (?, ?)";

}  // namespace

absl::Status InsertPanel(db::Session& session, const v1::Visit& visit, bool sent) {
  for (const std::string& member : visit.panel()) {
    RETURN_IF_ERROR(
        session
            .Execute("INSERT INTO `visit_panel` (`office`, `inspector`, `visit`, `sent`) VALUES (?, ?, ?, ?)",
                     {resource::SlugOf(visit.name()), UuidOf(member), UuidOf(visit.name()), sent})
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> SentByOffice(db::Session& session, const std::string& office, const Uuid& visit) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT MIN(`sent`) FROM `visit_panel` WHERE `office` = ? AND `visit` = ?",
                                 {office, visit}));
  return !rows.empty() && rows.at(0, 0).AsBool();
}

query::Condition InPanel(const roster::Reach& reach) {
  return {"`visit` IN (SELECT p.`visit` FROM `visit_panel` p WHERE p.`office` = ? AND p.`inspector` = ?)",
          {reach.office, reach.person}};
}

absl::StatusOr<Standing> StandingIn(db::Session& session, const std::string& office, Date month) {
  const db::Params in_month = {office, month, NextMonth(month), v1::CANCELLED, v1::MISSED};
  Standing standing;
  ASSIGN_OR_RETURN(db::Rows schools,
                   session.Query("SELECT v.`school`, v.`planned_day` FROM `visit` v WHERE " +
                                     std::string(kStanding) + " ORDER BY v.`visit`",
                                 in_month));
  for (size_t i = 0; i < schools.size(); ++i) {
    standing.schools[schools.at(i, 0).AsUuid()].push_back(schools.at(i, 1).AsDate());
  }
  ASSIGN_OR_RETURN(db::Rows panels,
                   session.Query("SELECT p.`inspector`, v.`planned_day`, v.`half_day` FROM `visit` v"
                                 " JOIN `visit_panel` p ON p.`office` = v.`office` AND p.`visit` = v.`visit`"
                                 " WHERE " +
                                     std::string(kStanding) + " ORDER BY v.`visit`",
                                 in_month));
  for (size_t i = 0; i < panels.size(); ++i) {
    standing.inspectors[panels.at(i, 0).AsUuid()].push_back(
        {panels.at(i, 1).AsDate(), static_cast<HalfDay>(panels.at(i, 2).AsInt())});
  }
  return standing;
}

absl::StatusOr<std::map<Uuid, HeldVisit>> LastComprehensive(db::Session& session, const std::string& office,
                                                            Date day) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `school`, `visit`, `held_day` FROM `visit` WHERE `office` = ?"
                    " AND `type` = ? AND `held_day` <= ? AND `state` IN (?, ?, ?)"
                    " ORDER BY `held_day`, `visit`",
                    {office, v1::COMPREHENSIVE, day, v1::SUBMITTED, v1::RETURNED, v1::APPROVED}));
  std::map<Uuid, HeldVisit> last;
  for (size_t i = 0; i < rows.size(); ++i) {
    last[rows.at(i, 0).AsUuid()] = {.visit = rows.at(i, 1).AsUuid(), .day = rows.at(i, 2).AsDate()};
  }
  return last;
}

absl::StatusOr<std::vector<v1::Finding>> LockFindings(db::Session& session, const std::string& office,
                                                      const Uuid& visit) {
  return resource::Select<v1::Finding>(session, "`office` = ? AND `visit` = ?", {office, visit},
                                       "ORDER BY `ordinal` FOR UPDATE");
}

absl::StatusOr<int> NextOrdinal(db::Session& session, const std::string& office, const Uuid& visit) {
  RETURN_IF_ERROR(session
                      .Execute("INSERT INTO `finding_ordinal` (`office`, `visit`, `last`) VALUES (?, ?, 1)"
                               " ON DUPLICATE KEY UPDATE `last` = `last` + 1",
                               {office, visit})
                      .status());
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT `last` FROM `finding_ordinal` WHERE `office` = ? AND `visit` = ?",
                                 {office, visit}));
  return static_cast<int>(rows.at(0, 0).AsInt());
}

}  // namespace inspectorate::visits
