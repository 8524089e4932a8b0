#include "services/registry/store/coverage_store.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/acting.h"
#include "common/roster/cover.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/store/area_past.h"

namespace inspectorate::registry {
namespace {

constexpr char kSchoolAreas[] =
    "SELECT school, area FROM school_assignment WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";
constexpr char kAreas[] =
    "SELECT area AS id, display_name, number FROM area WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";
constexpr char kMembers[] =
    "SELECT area, COUNT(DISTINCT inspector) AS members FROM area_membership WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?) GROUP BY area";
constexpr char kLed[] =
    "SELECT DISTINCT area FROM area_membership WHERE office = ? AND duty = 2"  // AreaDuty.LEAD
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";
constexpr char kSupervisors[] =
    "SELECT COUNT(DISTINCT supervisor) FROM supervisor_posting WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?)";

std::string Join(const std::vector<roster::EligibilityReason>& reasons, bool chinese) {
  return absl::StrJoin(reasons, "; ", [chinese](std::string* text, const roster::EligibilityReason& reason) {
    *text += chinese ? reason.zh : reason.en;
  });
}

// With the names that they had then, in the order of the numbers that they had then.
absl::StatusOr<std::vector<Named>> LoadAreas(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query(kAreas, {office, day, day}));
  ASSIGN_OR_RETURN(const auto earlier, AreasAsOf(session, office, day));
  std::multimap<int64_t, Named> by_number;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid id = rows.at(i, "id").AsUuid();
    const auto was = earlier.find(id);
    if (was == earlier.end()) {
      by_number.emplace(rows.at(i, "number").AsInt(), Named{id, rows.at(i, "display_name").AsString()});
    } else {
      by_number.emplace(was->second.number(), Named{id, was->second.display_name()});
    }
  }
  std::vector<Named> areas;
  for (auto& [number, area] : by_number) areas.push_back(std::move(area));
  return areas;
}

absl::StatusOr<std::set<Uuid>> LedAreas(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(kLed, {office, day, day}));
  std::set<Uuid> led;
  for (size_t i = 0; i < rows.size(); ++i) led.insert(rows.at(i, 0).AsUuid());
  // Who acts as lead, and may, leads.
  ASSIGN_OR_RETURN(const auto acting, roster::StandingActingLeads(session, office, day));
  for (const auto& [area, who] : acting) led.insert(area);
  return led;
}

// Caps that the office has no rule for do not warn.
absl::StatusOr<CoverageCaps> LoadCaps(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(roster::Policy policy, roster::LoadPolicy(session, office, day));
  CoverageCaps caps;
  ASSIGN_OR_RETURN(caps.area_max_schools, roster::IfInForce(policy.Int("area.max_schools")));
  ASSIGN_OR_RETURN(caps.area_min_inspectors, roster::IfInForce(policy.Int("area.min_inspectors")));
  ASSIGN_OR_RETURN(caps.inspector_max_schools, roster::IfInForce(policy.Int("inspector.max_schools")));
  const auto blocks = [&](std::string_view key) {
    const auto mode = policy.Text(key);
    return mode.ok() && *mode == "block";
  };
  caps.area_max_schools_blocks = blocks("area.max_schools.enforce");
  caps.area_min_inspectors_blocks = blocks("area.min_inspectors.enforce");
  caps.inspector_max_schools_blocks = blocks("inspector.max_schools.enforce");
  return caps;
}

CoveredSchool::Responsible Told(const roster::Covering& person) {
  if (!person.of_office) return {person.inspector, "不属于本督导室", "belongs to another office"};
  return {person.inspector, Join(person.against, true), Join(person.against, false)};
}

std::vector<CoveredSchool::Responsible> Told(const std::vector<roster::Covering>& persons) {
  std::vector<CoveredSchool::Responsible> told;
  for (const roster::Covering& person : persons) told.push_back(Told(person));
  return told;
}

std::vector<CoveredSchool> SchoolsOf(const roster::Cover& cover) {
  std::vector<CoveredSchool> schools;
  for (const roster::SchoolCover& of_school : cover.schools) {
    schools.push_back({.id = of_school.school.id,
                       .name = of_school.school.name,
                       .kindergarten = of_school.school.kind == v1::KINDERGARTEN,
                       .areas = {},
                       .responsible = Told(of_school.main),
                       .acting = Told(of_school.acting),
                       .assisting = Told(of_school.assisting),
                       .covered = of_school.covered()});
  }
  return schools;
}

// The office's inspectors who stand that day.
absl::Status AddInspectors(db::Session& session, const std::string& office, Date day,
                           const roster::Cover& cover, CoverageFacts& facts) {
  ASSIGN_OR_RETURN(
      const db::Rows named,
      session.Query("SELECT inspector, display_name FROM inspector WHERE office = ? ORDER BY work_number",
                    {office}));
  for (size_t i = 0; i < named.size(); ++i) {
    const Uuid id = named.at(i, 0).AsUuid();
    if (!cover.policy || roster::CheckStanding(cover.inspectors.at(id), day, *cover.policy).empty()) {
      facts.inspectors.push_back({id, named.at(i, 1).AsString()});
    }
  }
  return absl::OkStatus();
}

struct Undocumented {
  Paper paper;
  const char* sql;  // answers id and name; a school's name is known already
};
constexpr Undocumented kUndocumented[] = {
    {Paper::kArea,
     "SELECT area, display_name FROM area WHERE office = ? AND valid_from <= ?"
     " AND (valid_to IS NULL OR valid_to >= ?) AND document_number = '' ORDER BY number"},
    {Paper::kMembership,
     "SELECT DISTINCT m.inspector, i.display_name FROM area_membership m"
     " JOIN inspector i ON i.inspector = m.inspector WHERE m.office = ? AND m.valid_from <= ?"
     " AND (m.valid_to IS NULL OR m.valid_to >= ?) AND m.document_number = '' ORDER BY m.inspector"},
    {Paper::kSchoolArea,
     "SELECT school, '' FROM school_assignment WHERE office = ? AND valid_from <= ?"
     " AND (valid_to IS NULL OR valid_to >= ?) AND document_number = '' ORDER BY school"},
    {Paper::kResponsible,
     "SELECT DISTINCT school, '' FROM inspector_assignment WHERE office = ? AND valid_from <= ?"
     " AND (valid_to IS NULL OR valid_to >= ?) AND document_number = '' ORDER BY school"},
};

// What stands in the roster of the day without a paper, where the office's rule asks for papers.
absl::Status AddUndocumented(db::Session& session, const std::string& office, Date day,
                             const std::map<Uuid, CoveredSchool*>& schools, CoverageFacts& facts) {
  ASSIGN_OR_RETURN(const auto rule,
                   roster::IfInForce(roster::PolicyText(session, office, "roster.document", day)));
  if (!rule || *rule == "off") return absl::OkStatus();
  for (const auto& [paper, sql] : kUndocumented) {
    ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql, {office, day, day}));
    for (size_t i = 0; i < rows.size(); ++i) {
      WithoutPaper lacks{.paper = paper, .id = rows.at(i, 0).AsUuid(), .name = rows.at(i, 1).AsString()};
      if (paper == Paper::kSchoolArea || paper == Paper::kResponsible) {
        const auto school = schools.find(lacks.id);
        if (school == schools.end()) continue;
        lacks.name = school->second->name;
      }
      facts.without_paper.push_back(std::move(lacks));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StoredCoverage> LoadCoverage(db::Session& session, const std::string& office, Date day) {
  const db::Params on_day = {office, day, day};
  StoredCoverage stored;
  CoverageFacts& facts = stored.facts;
  ASSIGN_OR_RETURN(const roster::Cover cover, roster::LoadCover(session, office, day));
  facts.schools = SchoolsOf(cover);
  std::map<Uuid, CoveredSchool*> schools;
  for (CoveredSchool& school : facts.schools) schools[school.id] = &school;
  ASSIGN_OR_RETURN(db::Rows in_areas, session.Query(kSchoolAreas, on_day));
  for (size_t i = 0; i < in_areas.size(); ++i) {
    auto at = schools.find(in_areas.at(i, 0).AsUuid());
    if (at != schools.end()) at->second->areas.push_back(in_areas.at(i, 1).AsUuid());
  }
  ASSIGN_OR_RETURN(facts.areas, LoadAreas(session, office, day));
  ASSIGN_OR_RETURN(db::Rows members, session.Query(kMembers, on_day));
  for (size_t i = 0; i < members.size(); ++i) {
    facts.members[members.at(i, 0).AsUuid()] = static_cast<int>(members.at(i, 1).AsInt());
  }
  ASSIGN_OR_RETURN(facts.led, LedAreas(session, office, day));
  RETURN_IF_ERROR(AddInspectors(session, office, day, cover, facts));
  RETURN_IF_ERROR(AddUndocumented(session, office, day, schools, facts));
  ASSIGN_OR_RETURN(facts.caps, LoadCaps(session, office, day));
  ASSIGN_OR_RETURN(db::Rows supervisors, session.Query(kSupervisors, on_day));
  stored.supervisors = static_cast<int>(supervisors.at(0, 0).AsInt());
  return stored;
}

absl::StatusOr<std::vector<Named>> AreasWithoutLead(db::Session& session, const std::string& office,
                                                    Date day) {
  ASSIGN_OR_RETURN(std::vector<Named> areas, LoadAreas(session, office, day));
  ASSIGN_OR_RETURN(const std::set<Uuid> led, LedAreas(session, office, day));
  std::erase_if(areas, [&led](const Named& area) { return led.contains(area.id); });
  return areas;
}

absl::StatusOr<std::vector<Named>> OperatingOn(db::Session& session, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const auto operating, roster::OperatingSchools(session, office, day));
  std::vector<Named> schools;
  for (const roster::OperatingSchool& school : operating) schools.push_back({school.id, school.name});
  return schools;
}

}  // namespace inspectorate::registry
