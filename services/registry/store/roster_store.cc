#include "services/registry/store/roster_store.h"

#include <map>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/school_past.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/store/area_past.h"

namespace inspectorate::registry {
namespace {

// An end that is only announced leaves the assignments until its day comes: the school's last day decides.
constexpr char kMembers[] =
    "SELECT m.inspector, i.display_name, i.work_number, m.duty, m.document_number,"
    " (SELECT COUNT(*) FROM inspector_assignment a JOIN school c ON c.school = a.school"
    "   WHERE a.office = m.office AND a.inspector = m.inspector AND a.duty = 1 AND a.valid_from <= ?"
    "   AND (a.valid_to IS NULL OR a.valid_to >= ?) AND (c.close_date IS NULL OR c.close_date >= ?))"
    "   AS schools"
    " FROM area_membership m JOIN inspector i ON i.inspector = m.inspector"
    " WHERE m.office = ? AND m.area = ? AND m.valid_from <= ? AND (m.valid_to IS NULL OR m.valid_to >= ?)"
    " ORDER BY i.work_number";
constexpr char kSchools[] =
    "SELECT s.school, c.display_name, c.kind, s.document_number, a.inspector,"
    " a.document_number AS inspector_document_number, i.display_name AS inspector_name"
    " FROM school_assignment s JOIN school c ON c.school = s.school"
    " LEFT JOIN inspector_assignment a ON a.school = s.school AND a.office = s.office AND a.duty = 1"
    "   AND a.valid_from <= ? AND (a.valid_to IS NULL OR a.valid_to >= ?)"
    " LEFT JOIN inspector i ON i.inspector = a.inspector"
    " WHERE s.office = ? AND s.area = ? AND s.valid_from <= ? AND (s.valid_to IS NULL OR s.valid_to >= ?)"
    "   AND (c.close_date IS NULL OR c.close_date >= ?)"
    " ORDER BY c.external_id, s.school";
constexpr char kOfArea[] =
    "`office` = ? AND `school` IN (SELECT `school` FROM `school_assignment` WHERE `office` = ? AND `area` = ?"
    " AND `valid_from` <= ? AND (`valid_to` IS NULL OR `valid_to` >= ?))";

class RosterOf {
 public:
  RosterOf(db::Session& session, const std::string& area, Date day)
      : session_(session),
        area_(area),
        office_(resource::SlugOf(area)),
        id_(resource::UuidOf(area)),
        day_(day) {}

  absl::StatusOr<v1::Roster> Load() {
    ASSIGN_OR_RETURN(*roster_.mutable_area(), AreaAsOf(session_, area_, day_));
    *roster_.mutable_as_of() = resource::ToProto(day_);
    RETURN_IF_ERROR(AddInspectors());
    RETURN_IF_ERROR(AddSchools());
    return std::move(roster_);
  }

 private:
  absl::Status AddInspectors() {
    ASSIGN_OR_RETURN(const db::Rows rows,
                     session_.Query(kMembers, {day_, day_, day_, office_, id_, day_, day_}));
    for (size_t i = 0; i < rows.size(); ++i) {
      auto* member = roster_.add_inspectors();
      member->set_inspector("inspectors/" + FormatUuid(rows.at(i, "inspector").AsUuid()));
      member->set_display_name(rows.at(i, "display_name").AsString());
      member->set_work_number(rows.at(i, "work_number").AsString());
      member->set_duty(static_cast<v1::AreaDuty>(rows.at(i, "duty").AsInt()));
      member->set_schools(static_cast<int>(rows.at(i, "schools").AsInt()));
      member->set_document_number(rows.at(i, "document_number").AsString());
    }
    return absl::OkStatus();
  }

  absl::Status AddSchools() {
    ASSIGN_OR_RETURN(const db::Rows rows,
                     session_.Query(kSchools, {day_, day_, office_, id_, day_, day_, day_}));
    ASSIGN_OR_RETURN(const auto as_of,
                     roster::SchoolsAsOf(session_, day_, kOfArea, {office_, office_, id_, day_, day_}));
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto was = as_of.find(rows.at(i, "school").AsUuid());
      AddSchool(rows, i, was == as_of.end() ? nullptr : &was->second);
    }
    return absl::OkStatus();
  }

  // `was`: the school on that day, where its record says otherwise.
  void AddSchool(const db::Rows& rows, size_t i, const v1::School* was) {
    auto* school = roster_.add_schools();
    school->set_school("schools/" + FormatUuid(rows.at(i, "school").AsUuid()));
    school->set_display_name(was == nullptr ? rows.at(i, "display_name").AsString() : was->display_name());
    school->set_kind(was == nullptr ? static_cast<v1::SchoolKind>(rows.at(i, "kind").AsInt()) : was->kind());
    school->set_document_number(rows.at(i, "document_number").AsString());
    if (rows.at(i, "inspector").is_null()) return;
    school->set_inspector("inspectors/" + FormatUuid(rows.at(i, "inspector").AsUuid()));
    school->set_inspector_name(rows.at(i, "inspector_name").AsString());
    school->set_inspector_document_number(rows.at(i, "inspector_document_number").AsString());
  }

  db::Session& session_;
  const std::string area_;
  const std::string office_;
  const Uuid id_;
  const Date day_;
  v1::Roster roster_;
};

}  // namespace

absl::StatusOr<v1::Roster> LoadRoster(db::Session& session, const std::string& area, Date day) {
  return RosterOf(session, area, day).Load();
}

}  // namespace inspectorate::registry
