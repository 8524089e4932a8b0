#include "services/registry/store/coverage_store.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/store/school_past.h"

namespace inspectorate::registry {
namespace {

using resource::ToProto;

constexpr char kSchools[] =
    "SELECT school AS id, display_name, kind, state, open_date, close_date FROM school WHERE office = ?"
    " ORDER BY external_id, school";
constexpr char kSchoolAreas[] =
    "SELECT school, area FROM school_assignment WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";
constexpr char kOfArea[] =
    "`office` = ? AND `school` IN (SELECT `school` FROM `school_assignment` WHERE `office` = ? AND `area` = ?"
    " AND `valid_from` <= ? AND (`valid_to` IS NULL OR `valid_to` >= ?))";
constexpr char kResponsible[] =
    "SELECT school, inspector, duty FROM inspector_assignment WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";
constexpr char kAreas[] =
    "SELECT area AS id, display_name FROM area WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?) ORDER BY number";
constexpr char kMembers[] =
    "SELECT area, COUNT(DISTINCT inspector) AS members FROM area_membership WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?) GROUP BY area";
constexpr char kLed[] =
    "SELECT DISTINCT area FROM area_membership WHERE office = ? AND duty = 2"  // AreaDuty.LEAD
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";
constexpr char kSupervisors[] =
    "SELECT COUNT(DISTINCT supervisor) FROM supervisor_posting WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";

// One school as far as coverage asks.
v1::School SchoolOf(const db::Rows& rows, size_t i) {
  v1::School school;
  school.set_display_name(rows.at(i, "display_name").AsString());
  school.set_kind(static_cast<v1::SchoolKind>(rows.at(i, "kind").AsInt()));
  school.set_state(static_cast<v1::SchoolState>(rows.at(i, "state").AsInt()));
  const auto date = [&](const char* column, google::type::Date* out) {
    if (!rows.at(i, column).is_null()) *out = ToProto(rows.at(i, column).AsDate());
  };
  date("open_date", school.mutable_open_date());
  date("close_date", school.mutable_close_date());
  return school;
}

struct Operating {
  std::vector<CoveredSchool> schools;
  std::map<Uuid, int> kinds;
};

// The schools that operated on the day, as they were then.
absl::StatusOr<Operating> LoadOperating(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(kSchools, {office}));
  ASSIGN_OR_RETURN(const auto earlier, SchoolsAsOf(session, day, "`office` = ?", {office}));
  Operating found;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid id = rows.at(i, "id").AsUuid();
    const auto was = earlier.find(id);
    const v1::School school = was == earlier.end() ? SchoolOf(rows, i) : was->second;
    if (StateOn(school, day) != v1::OPERATING) continue;
    CoveredSchool& covered = found.schools.emplace_back();
    covered.id = id;
    covered.name = school.display_name();
    covered.kindergarten = school.kind() == v1::KINDERGARTEN;
    found.kinds[id] = school.kind();
  }
  return found;
}

std::string Join(const std::vector<roster::EligibilityReason>& reasons, bool chinese) {
  return absl::StrJoin(reasons, "; ", [chinese](std::string* text, const roster::EligibilityReason& reason) {
    *text += chinese ? reason.zh : reason.en;
  });
}

absl::StatusOr<std::vector<Named>> LoadAreas(db::Session& session, const db::Params& on_day) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(kAreas, on_day));
  std::vector<Named> areas;
  for (size_t i = 0; i < rows.size(); ++i) {
    areas.push_back({rows.at(i, "id").AsUuid(), rows.at(i, "display_name").AsString()});
  }
  return areas;
}

absl::StatusOr<std::set<Uuid>> LedAreas(db::Session& session, const db::Params& on_day) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(kLed, on_day));
  std::set<Uuid> led;
  for (size_t i = 0; i < rows.size(); ++i) led.insert(rows.at(i, 0).AsUuid());
  return led;
}

// Caps that the office has no rule for do not warn; any other failure is one.
absl::StatusOr<std::optional<int64_t>> Cap(const roster::Policy& policy, std::string_view key) {
  auto value = policy.Int(key);
  if (value.ok()) return std::optional<int64_t>(*value);
  if (ReasonOf(value.status()) == ErrorReason::POLICY_MISSING) return std::optional<int64_t>();
  return value.status();
}

absl::StatusOr<CoverageCaps> LoadCaps(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(roster::Policy policy, roster::LoadPolicy(session, office, day));
  CoverageCaps caps;
  ASSIGN_OR_RETURN(caps.area_max_schools, Cap(policy, "area.max_schools"));
  ASSIGN_OR_RETURN(caps.area_min_inspectors, Cap(policy, "area.min_inspectors"));
  ASSIGN_OR_RETURN(caps.inspector_max_schools, Cap(policy, "inspector.max_schools"));
  const auto blocks = [&](std::string_view key) {
    const auto mode = policy.Text(key);
    return mode.ok() && *mode == "block";
  };
  caps.area_max_schools_blocks = blocks("area.max_schools.enforce");
  caps.area_min_inspectors_blocks = blocks("area.min_inspectors.enforce");
  caps.inspector_max_schools_blocks = blocks("inspector.max_schools.enforce");
  return caps;
}

// Who is responsible where, judged by the same rules as visits and plans.
absl::Status AddResponsible(db::Session& session, const std::string& office, Date day,
                            const db::Params& on_day, const std::map<Uuid, int>& kinds,
                            std::map<Uuid, CoveredSchool*>& schools, CoverageFacts& facts) {
  ASSIGN_OR_RETURN(auto inspectors, roster::LoadOfficeInspectors(session, office));
  ASSIGN_OR_RETURN(auto policy, roster::LoadEligibilityPolicy(session, office, day));
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(kResponsible, on_day));
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid school = rows.at(i, "school").AsUuid();
    const Uuid inspector = rows.at(i, "inspector").AsUuid();
    auto at = schools.find(school);
    if (at == schools.end()) continue;
    const bool main = rows.at(i, "duty").AsInt() == v1::MAIN;
    auto& of_duty = main ? at->second->responsible : at->second->assisting;
    auto who = inspectors.find(inspector);
    if (who == inspectors.end()) {
      of_duty.push_back({inspector, "不属于本督导室", "belongs to another office"});
      continue;
    }
    const auto reasons =
        roster::CheckEligibility(who->second, {.id = school, .kind = kinds.at(school)}, day, policy);
    of_duty.push_back({inspector, Join(reasons, true), Join(reasons, false)});
  }
  ASSIGN_OR_RETURN(
      db::Rows named,
      session.Query("SELECT inspector, display_name FROM inspector WHERE office = ? ORDER BY work_number",
                    {office}));
  for (size_t i = 0; i < named.size(); ++i) {
    const Uuid id = named.at(i, 0).AsUuid();
    if (roster::CheckStanding(inspectors.at(id), day, policy).empty()) {
      facts.inspectors.push_back({id, named.at(i, 1).AsString()});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoredCoverage> LoadCoverage(db::Session& session, const std::string& office, Date day) {
  const db::Params on_day = {office, day, day};
  StoredCoverage stored;
  CoverageFacts& facts = stored.facts;
  ASSIGN_OR_RETURN(Operating operating, LoadOperating(session, office, day));
  facts.schools = std::move(operating.schools);
  std::map<Uuid, CoveredSchool*> schools;
  for (CoveredSchool& school : facts.schools) schools[school.id] = &school;
  ASSIGN_OR_RETURN(db::Rows in_areas, session.Query(kSchoolAreas, on_day));
  for (size_t i = 0; i < in_areas.size(); ++i) {
    auto at = schools.find(in_areas.at(i, 0).AsUuid());
    if (at != schools.end()) at->second->areas.push_back(in_areas.at(i, 1).AsUuid());
  }
  ASSIGN_OR_RETURN(facts.areas, LoadAreas(session, on_day));
  ASSIGN_OR_RETURN(db::Rows members, session.Query(kMembers, on_day));
  for (size_t i = 0; i < members.size(); ++i) {
    facts.members[members.at(i, 0).AsUuid()] = static_cast<int>(members.at(i, 1).AsInt());
  }
  ASSIGN_OR_RETURN(facts.led, LedAreas(session, on_day));
  RETURN_IF_ERROR(AddResponsible(session, office, day, on_day, operating.kinds, schools, facts));
  ASSIGN_OR_RETURN(facts.caps, LoadCaps(session, office, day));
  ASSIGN_OR_RETURN(db::Rows supervisors, session.Query(kSupervisors, on_day));
  stored.supervisors = static_cast<int>(supervisors.at(0, 0).AsInt());
  return stored;
}

absl::StatusOr<std::vector<Named>> AreasWithoutLead(db::Session& session, const std::string& office,
                                                    Date day) {
  const db::Params on_day = {office, day, day};
  ASSIGN_OR_RETURN(std::vector<Named> areas, LoadAreas(session, on_day));
  ASSIGN_OR_RETURN(const std::set<Uuid> led, LedAreas(session, on_day));
  std::erase_if(areas, [&led](const Named& area) { return led.contains(area.id); });
  return areas;
}

absl::StatusOr<std::vector<Named>> OperatingOn(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const Operating operating, LoadOperating(session, office, day));
  std::vector<Named> schools;
  for (const CoveredSchool& school : operating.schools) schools.push_back({school.id, school.name});
  return schools;
}

absl::StatusOr<v1::Roster> LoadRoster(db::Session& session, const std::string& area, Date day) {
  v1::Roster roster;
  ASSIGN_OR_RETURN(*roster.mutable_area(), resource::Get<v1::Area>(session, area));
  *roster.mutable_as_of() = ToProto(day);
  const std::string office = resource::SlugOf(area);
  const Uuid id = resource::UuidOf(area);
  ASSIGN_OR_RETURN(db::Rows inspectors,
                   session.Query("SELECT m.inspector, i.display_name, i.work_number, m.duty,"
                                 " (SELECT COUNT(*) FROM inspector_assignment a WHERE a.office = m.office"
                                 "   AND a.inspector = m.inspector AND a.duty = 1 AND a.valid_from <= ?"
                                 "   AND (a.valid_to IS NULL OR a.valid_to >= ?)) AS schools"
                                 " FROM area_membership m JOIN inspector i ON i.inspector = m.inspector"
                                 " WHERE m.office = ? AND m.area = ? AND m.valid_from <= ? AND (m.valid_to "
                                 "IS NULL OR m.valid_to >= ?)"
                                 " ORDER BY i.work_number",
                                 {day, day, office, id, day, day}));
  for (size_t i = 0; i < inspectors.size(); ++i) {
    auto* member = roster.add_inspectors();
    member->set_inspector("inspectors/" + FormatUuid(inspectors.at(i, "inspector").AsUuid()));
    member->set_display_name(inspectors.at(i, "display_name").AsString());
    member->set_work_number(inspectors.at(i, "work_number").AsString());
    member->set_duty(static_cast<v1::AreaDuty>(inspectors.at(i, "duty").AsInt()));
    member->set_schools(static_cast<int>(inspectors.at(i, "schools").AsInt()));
  }
  ASSIGN_OR_RETURN(
      db::Rows schools,
      session.Query(
          "SELECT s.school, c.display_name, c.kind, a.inspector, i.display_name AS inspector_name"
          " FROM school_assignment s JOIN school c ON c.school = s.school"
          " LEFT JOIN inspector_assignment a ON a.school = s.school AND a.office = s.office AND a.duty = 1"
          "   AND a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to >= ?)"
          " LEFT JOIN inspector i ON i.inspector = a.inspector"
          " WHERE s.office = ? AND s.area = ? AND s.valid_from <= ? AND (s.valid_to IS NULL OR s.valid_to >= "
          "?)"
          " ORDER BY c.external_id, s.school",
          {day, day, office, id, day, day}));
  ASSIGN_OR_RETURN(const auto earlier, SchoolsAsOf(session, day, kOfArea, {office, office, id, day, day}));
  for (size_t i = 0; i < schools.size(); ++i) {
    auto* school = roster.add_schools();
    const Uuid of_row = schools.at(i, "school").AsUuid();
    const auto was = earlier.find(of_row);
    school->set_school("schools/" + FormatUuid(of_row));
    school->set_display_name(was == earlier.end() ? schools.at(i, "display_name").AsString()
                                                  : was->second.display_name());
    school->set_kind(was == earlier.end() ? static_cast<v1::SchoolKind>(schools.at(i, "kind").AsInt())
                                          : was->second.kind());
    if (schools.at(i, "inspector").is_null()) continue;
    school->set_inspector("inspectors/" + FormatUuid(schools.at(i, "inspector").AsUuid()));
    school->set_inspector_name(schools.at(i, "inspector_name").AsString());
  }
  return roster;
}

}  // namespace inspectorate::registry
