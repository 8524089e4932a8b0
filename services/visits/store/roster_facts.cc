#include "services/visits/store/roster_facts.h"

#include <algorithm>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/acting.h"
#include "common/roster/school_rest.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::visits {
namespace {

using registry::v1::School;
using registry::v1::Term;
using resource::FromProto;
using resource::IsSet;
using resource::UuidOf;

constexpr char kTouches[] = "`office` = ? AND `valid_from` < ? AND (`valid_to` IS NULL OR `valid_to` >= ?)";

std::string InOfficeOn(std::string_view more = {}) {
  std::string condition = "`office` = ? AND " + std::string(resource::kValidOn);
  if (!more.empty()) condition += " AND " + std::string(more);
  return condition;
}

// The first column by the second, over dated rows of an office; the earliest row of each key holds.
absl::StatusOr<std::map<Uuid, Uuid>> PairsOn(db::Session& session, std::string_view select,
                                             const std::string& office, Date day) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query(std::string(select) + " WHERE " + InOfficeOn() + " ORDER BY `valid_from`",
                                 {office, day, day}));
  std::map<Uuid, Uuid> pairs;
  for (size_t i = 0; i < rows.size(); ++i) pairs.emplace(rows.at(i, 0).AsUuid(), rows.at(i, 1).AsUuid());
  return pairs;
}

// A school that has ended operated until its last day; one that never opened does not, and when one rests its
// changes say.
bool Operates(const School& school) {
  switch (school.state()) {
    case registry::v1::OPERATING:
    case registry::v1::SUSPENDED:
      return true;
    case registry::v1::MERGED:
    case registry::v1::CLOSED:
      return IsSet(school.close_date());
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<std::vector<SchoolInOperation>> SchoolsInOperation(db::Session& session,
                                                                  const std::string& office, Date month) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT `school`, `area` FROM `school_assignment` WHERE " +
                                                    std::string(kTouches) + " ORDER BY `valid_from`",
                                                {office, NextMonth(month), month}));
  std::map<Uuid, Uuid> areas;
  for (size_t i = 0; i < rows.size(); ++i) areas.emplace(rows.at(i, 0).AsUuid(), rows.at(i, 1).AsUuid());
  ASSIGN_OR_RETURN(auto schools,
                   resource::Select<School>(session, "`office` = ?", {office}, "ORDER BY `school`"));
  ASSIGN_OR_RETURN(auto rests, roster::LoadRestPeriods(session, office));
  std::vector<SchoolInOperation> operating;
  for (const School& school : schools) {
    if (!Operates(school)) continue;
    SchoolInOperation row{.id = UuidOf(school.name()),
                          .area = {},
                          .audience = school.kind() == registry::v1::KINDERGARTEN
                                          ? registry::v1::KINDERGARTENS
                                          : registry::v1::SCHOOLS,
                          .operating = {.from = Date::min(), .to = {}},
                          .rests = std::move(rests[UuidOf(school.name())])};
    if (auto area = areas.find(row.id); area != areas.end()) row.area = area->second;
    if (IsSet(school.open_date())) row.operating.from = FromProto(school.open_date());
    if (IsSet(school.close_date())) row.operating.to = FromProto(school.close_date());
    operating.push_back(row);
  }
  return operating;
}

absl::StatusOr<std::set<Uuid>> SchoolsReached(db::Session& session, const roster::Reach& reach) {
  std::string select = "SELECT `school` FROM `school` WHERE `office` = ?";
  db::Params params = {reach.office};
  if (const query::Condition reached = reach.SchoolsIn("`school`"); !reached.sql.empty()) {
    select += " AND (" + reached.sql + ")";
    params.insert(params.end(), reached.params.begin(), reached.params.end());
  }
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(select, params));
  std::set<Uuid> schools;
  for (size_t i = 0; i < rows.size(); ++i) schools.insert(rows.at(i, 0).AsUuid());
  return schools;
}

absl::StatusOr<std::vector<TermFact>> TermsIn(db::Session& session, const std::string& office, Date month) {
  ASSIGN_OR_RETURN(auto rows, resource::Select<Term>(session, kTouches, {office, NextMonth(month), month},
                                                     "ORDER BY `valid_from`"));
  std::vector<TermFact> terms;
  for (const Term& row : rows) {
    TermFact term{.id = std::string(resource::LastSegment(row.name())),
                  .audience = row.audience(),
                  .from = FromProto(row.valid_from()),
                  .to = FromProto(row.valid_to()),
                  .teaching_months = {}};
    for (const std::string& taught : row.teaching_months()) {
      ASSIGN_OR_RETURN(Date first, ParseDate(taught + "-01"));
      term.teaching_months.push_back(first);
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

absl::StatusOr<Uuid> AreaOfSchool(db::Session& session, const std::string& office, const Uuid& school,
                                  Date day) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT `area` FROM `school_assignment` WHERE " +
                                                    InOfficeOn("`school` = ?") + " ORDER BY `valid_from`",
                                                {office, day, day, school}));
  return rows.empty() ? Uuid{} : rows.at(0, 0).AsUuid();
}

absl::StatusOr<bool> IsAssigned(db::Session& session, const std::string& office, const Uuid& inspector,
                                const Uuid& school, Date day) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT 1 FROM `inspector_assignment` WHERE " +
                                                    InOfficeOn("`inspector` = ? AND `school` = ?"),
                                                {office, day, day, inspector, school}));
  if (!rows.empty()) return true;
  ASSIGN_OR_RETURN(const auto acted_at, roster::SchoolsActedAt(session, office, inspector, day));
  return acted_at.contains(school);
}

absl::StatusOr<std::map<Uuid, Uuid>> AreasOfSchools(db::Session& session, const std::string& office,
                                                    Date day) {
  return PairsOn(session, "SELECT `school`, `area` FROM `school_assignment`", office, day);
}

absl::StatusOr<std::map<Uuid, Uuid>> AreasOfInspectors(db::Session& session, const std::string& office,
                                                       Date day) {
  return PairsOn(session, "SELECT `inspector`, `area` FROM `area_membership`", office, day);
}

absl::StatusOr<std::map<Uuid, std::vector<Uuid>>> AssignedInspectors(db::Session& session,
                                                                     const std::string& office, Date day) {
  // AssignmentDuty.MAIN is 1.
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT `school`, `inspector` FROM `inspector_assignment` WHERE " +
                                     InOfficeOn() + " ORDER BY `duty`, `valid_from`, `inspector`",
                                 {office, day, day}));
  ASSIGN_OR_RETURN(const auto acting, roster::ActingAtSchools(session, office, day));
  std::map<Uuid, std::vector<Uuid>> assigned;
  for (const auto& [school, deputy] : acting) assigned[school] = {deputy.delegate};
  for (size_t i = 0; i < rows.size(); ++i) {
    assigned[rows.at(i, 0).AsUuid()].push_back(rows.at(i, 1).AsUuid());
  }
  return assigned;
}

absl::StatusOr<int> CatalogOf(db::Session& session, const std::string& office, std::string_view matter,
                              Date day) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   session.Query("SELECT `catalog` FROM `matter` WHERE " + InOfficeOn("`matter` = ?"),
                                 {office, day, day, matter}));
  return rows.empty() ? 0 : static_cast<int>(rows.at(0, 0).AsInt());
}

absl::StatusOr<uint64_t> RegistryPosition(db::Session& session, const std::string& office) {
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT position FROM feed_checkpoint WHERE source = 'registry' AND office = ?",
                    {office}));
  return rows.empty() ? 0 : rows.at(0, 0).AsUint();
}

}  // namespace inspectorate::visits
