#include "services/registry/store/coverage_store.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/acting.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/store/area_past.h"
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
constexpr char kResponsible[] =
    "SELECT school, inspector, duty FROM inspector_assignment WHERE office = ?"
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
  // Who acts as lead leads.
  ASSIGN_OR_RETURN(const auto acting, roster::ActingLeads(session, office, day));
  for (const auto& [area, who] : acting) led.insert(area);
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
  const auto rule = roster::PolicyText(session, office, "roster.document", day);
  if (ReasonOf(rule.status()) == ErrorReason::POLICY_MISSING) return absl::OkStatus();
  RETURN_IF_ERROR(rule.status());
  if (*rule == "off") return absl::OkStatus();
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
  ASSIGN_OR_RETURN(Operating operating, LoadOperating(session, office, day));
  facts.schools = std::move(operating.schools);
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
  RETURN_IF_ERROR(AddResponsible(session, office, day, on_day, operating.kinds, schools, facts));
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
  ASSIGN_OR_RETURN(const Operating operating, LoadOperating(session, office, day));
  std::vector<Named> schools;
  for (const CoveredSchool& school : operating.schools) schools.push_back({school.id, school.name});
  return schools;
}

}  // namespace inspectorate::registry
