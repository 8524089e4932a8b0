#include "common/roster/cover.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/select.h"
#include "common/roster/acting.h"
#include "common/roster/school_past.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::roster {
namespace {

constexpr char kSchools[] =
    "SELECT `school`, `display_name`, `kind`, `state`, `open_date`, `close_date` FROM `school` WHERE "
    "`office` = ?"
    " ORDER BY `external_id`, `school`";

registry::v1::School RecordOf(const db::Rows& rows, size_t i) {
  registry::v1::School school;
  school.set_display_name(rows.at(i, "display_name").AsString());
  school.set_kind(static_cast<registry::v1::SchoolKind>(rows.at(i, "kind").AsInt()));
  school.set_state(static_cast<registry::v1::SchoolState>(rows.at(i, "state").AsInt()));
  const auto date = [&](const char* column, google::type::Date* out) {
    if (!rows.at(i, column).is_null()) *out = resource::ToProto(rows.at(i, column).AsDate());
  };
  date("open_date", school.mutable_open_date());
  date("close_date", school.mutable_close_date());
  return school;
}

// Judges persons by the facts of a cover.
class Judge {
 public:
  Judge(const Cover& cover, Date day) : cover_(cover), day_(day) {}

  Covering Of(const Uuid& inspector, const OperatingSchool& school) const {
    Covering covering{.inspector = inspector};
    const auto person = cover_.inspectors.find(inspector);
    covering.of_office = person != cover_.inspectors.end();
    if (covering.of_office && cover_.policy) {
      covering.against =
          CheckEligibility(person->second, {.id = school.id, .kind = school.kind}, day_, *cover_.policy);
    }
    return covering;
  }

 private:
  const Cover& cover_;
  Date day_;
};

absl::Status AddResponsible(db::Session& session, const std::string& office, Date day,
                            const std::map<Uuid, SchoolCover*>& schools, const Judge& judge) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query(
          "SELECT `school`, `inspector`, `duty` FROM `inspector_assignment` WHERE `office` = ? AND " +
              std::string(resource::kValidOn),
          {office, day, day}));
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto at = schools.find(rows.at(i, 0).AsUuid());
    if (at == schools.end()) continue;
    SchoolCover& cover = *at->second;
    const bool main = rows.at(i, 2).AsInt() == registry::v1::MAIN;
    (main ? cover.main : cover.assisting).push_back(judge.Of(rows.at(i, 1).AsUuid(), cover.school));
  }
  return absl::OkStatus();
}

bool AnyMayAct(const std::vector<Covering>& persons) {
  return std::ranges::any_of(persons, [](const Covering& person) { return person.MayAct(); });
}

}  // namespace

bool SchoolCover::covered() const { return AnyMayAct(main) || AnyMayAct(acting); }

absl::StatusOr<std::vector<OperatingSchool>> OperatingSchools(db::Session& session, const std::string& office,
                                                              Date day) {
  ASSIGN_OR_RETURN(const db::Rows rows, session.Query(kSchools, {office}));
  ASSIGN_OR_RETURN(const auto that_day, SchoolsAsOf(session, day, "`office` = ?", {office}));
  std::vector<OperatingSchool> operating;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid id = rows.at(i, "school").AsUuid();
    const auto was = that_day.find(id);
    const registry::v1::School school = was == that_day.end() ? RecordOf(rows, i) : was->second;
    if (StateOn(school, day) != registry::v1::OPERATING) continue;
    operating.push_back({.id = id, .name = school.display_name(), .kind = school.kind()});
  }
  return operating;
}

absl::StatusOr<Cover> LoadCover(db::Session& session, const std::string& office, Date day) {
  Cover cover;
  ASSIGN_OR_RETURN(auto operating, OperatingSchools(session, office, day));
  for (OperatingSchool& school : operating) cover.schools.push_back({.school = std::move(school)});
  std::map<Uuid, SchoolCover*> schools;
  for (SchoolCover& of_school : cover.schools) schools[of_school.school.id] = &of_school;
  ASSIGN_OR_RETURN(cover.inspectors, LoadOfficeInspectors(session, office));
  ASSIGN_OR_RETURN(cover.policy, FindEligibilityPolicy(session, office, day));
  const Judge judge(cover, day);
  RETURN_IF_ERROR(AddResponsible(session, office, day, schools, judge));
  ASSIGN_OR_RETURN(const auto acting, ActingAtSchools(session, office, day));
  for (const auto& [school, who] : acting) {
    const auto at = schools.find(school);
    if (at != schools.end()) at->second->acting.push_back(judge.Of(who.delegate, at->second->school));
  }
  return cover;
}

}  // namespace inspectorate::roster
