#include "services/registry/store/area_design_store.h"

#include <map>

#include "common/base/macros.h"

namespace inspectorate::registry {
namespace {

constexpr char kSchools[] =
    "SELECT s.school AS id, s.display_name, s.town, s.latitude, s.longitude, s.students,"
    " (SELECT a.area FROM school_assignment a WHERE a.office = s.office AND a.school = s.school"
    "   AND a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to >= ?) LIMIT 1) AS area"
    // SchoolState.OPERATING; one that is over (MERGED, CLOSED) operated until its last day.
    " FROM school s WHERE s.office = ? AND (s.state = 2 OR (s.state IN (4, 5) AND s.close_date IS NOT NULL))"
    " AND (s.open_date IS NULL OR s.open_date <= ?) AND (s.close_date IS NULL OR s.close_date >= ?)"
    " ORDER BY s.external_id, s.school";
constexpr char kAreas[] =
    "SELECT area AS id, number, display_name FROM area WHERE office = ?"
    " AND valid_from <= ? AND (valid_to IS NULL OR valid_to >= ?) ORDER BY number, area";

}  // namespace

absl::StatusOr<OfficeToDivide> LoadOfficeToDivide(db::Session& session, const std::string& office, Date day) {
  OfficeToDivide found;
  ASSIGN_OR_RETURN(db::Rows schools, session.Query(kSchools, {day, day, office, day, day}));
  for (size_t i = 0; i < schools.size(); ++i) {
    SchoolToDivide& school = found.schools.emplace_back();
    school.id = schools.at(i, "id").AsUuid();
    school.name = schools.at(i, "display_name").AsString();
    school.town = schools.at(i, "town").AsString();
    school.position = {schools.at(i, "latitude").AsDouble(), schools.at(i, "longitude").AsDouble()};
    school.students = schools.at(i, "students").AsInt();
    if (!schools.at(i, "area").is_null()) school.area = schools.at(i, "area").AsUuid();
  }
  ASSIGN_OR_RETURN(db::Rows areas, session.Query(kAreas, {office, day, day}));
  for (size_t i = 0; i < areas.size(); ++i) {
    found.areas.push_back({areas.at(i, "id").AsUuid(), static_cast<int>(areas.at(i, "number").AsInt()),
                           areas.at(i, "display_name").AsString()});
  }
  return found;
}

}  // namespace inspectorate::registry
