#include "services/registry/store/plaque_store.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "common/base/hash.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/store/dates.h"

namespace inspectorate::registry {
namespace {

using resource::UuidOf;
using v1::Plaque;

constexpr char kPhoneRule[] = "plaque.supervision_phone";
// PlaqueState APPROVED to VERIFIED.
constexpr char kLive[] = "`state` IN (2, 3, 4, 5)";
constexpr size_t kAtOnce = 200;  // values of an IN

// "`column` IN (?, ?, …)"; the values are appended.
std::string In(const std::string& column, const std::vector<Uuid>& ids, db::Params* params) {
  std::string marks;
  for (const Uuid& id : ids) {
    marks += marks.empty() ? "?" : ", ?";
    params->emplace_back(id);
  }
  return column + " IN (" + marks + ")";
}

Period PeriodOf(const db::Rows& rows, size_t row) {
  return {.from = rows.at(row, "valid_from").AsDate(), .to = DateOf(rows.at(row, "valid_to"))};
}

absl::Status AddSchools(db::Session& session, const std::string& office, const std::vector<Uuid>& schools,
                        std::map<Uuid, PlaqueSources>* sources) {
  db::Params params;
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query(
          "SELECT s.`school`, s.`office`, s.`display_name`, s.`kind`, s.`state`, "
          "s.`open_date`, s.`close_date`, o.`display_name` AS issuer FROM `school` s JOIN `office` o ON "
          "o.`office` = s.`office` WHERE " +
              In("s.`school`", schools, &params),
          params));
  for (size_t i = 0; i < rows.size(); ++i) {
    PlaqueSources& of_school = (*sources)[rows.at(i, "school").AsUuid()];
    of_school.school_name = rows.at(i, "display_name").AsString();
    of_school.kind = static_cast<int>(rows.at(i, "kind").AsInt());
    of_school.kindergarten = of_school.kind == v1::KINDERGARTEN;
    of_school.first_day = DateOf(rows.at(i, "open_date"));
    of_school.last_day = DateOf(rows.at(i, "close_date"));
    const int64_t state = rows.at(i, "state").AsInt();
    // One that closes on a day to come operates until then.
    of_school.operating = state == v1::OPERATING ||
                          ((state == v1::MERGED || state == v1::CLOSED) && of_school.last_day.has_value());
    // A school that another office is in charge of has no plaque of this one.
    if (rows.at(i, "office").AsString() == office) of_school.issuer = rows.at(i, "issuer").AsString();
  }
  return absl::OkStatus();
}

absl::Status AddAssignments(db::Session& session, const std::string& office, const std::vector<Uuid>& schools,
                            std::map<Uuid, PlaqueSources>* sources, std::set<Uuid>* inspectors) {
  db::Params params = {office};
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `school`, `inspector`, `duty`, `valid_from`, `valid_to` FROM "
                                 "`inspector_assignment` WHERE `office` = ? AND " +
                                     In("`school`", schools, &params),
                                 params));
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto of_school = sources->find(rows.at(i, "school").AsUuid());
    if (of_school == sources->end()) continue;
    const Uuid inspector = rows.at(i, "inspector").AsUuid();
    inspectors->insert(inspector);
    of_school->second.assignments.push_back({.inspector = inspector,
                                             .assisting = rows.at(i, "duty").AsInt() != v1::MAIN,
                                             .valid = PeriodOf(rows, i)});
  }
  return absl::OkStatus();
}

// Leaves the assignments of these schools the days on which they have effect. Who is on leave stays
// responsible, and on the board.
absl::Status LeaveOutWithoutEffect(db::Session& session, const std::string& office, Date today,
                                   const std::set<Uuid>& inspectors, std::map<Uuid, PlaqueSources>* sources) {
  ASSIGN_OR_RETURN(const auto facts, roster::LoadInspectors(session, {inspectors.begin(), inspectors.end()}));
  ASSIGN_OR_RETURN(const auto policies, roster::LoadEligibilityPolicies(session, office, today));
  for (auto& [school, of_school] : *sources) {
    const roster::SchoolFacts at{.id = school, .kind = of_school.kind};
    std::vector<PlaqueSources::Assignment> recorded;
    std::swap(recorded, of_school.assignments);
    for (PlaqueSources::Assignment& assignment : recorded) {
      const auto person = facts.find(assignment.inspector);
      if (person == facts.end()) continue;
      for (const Period& days :
           roster::EligibleDays(person->second, at, assignment.valid, policies, roster::OnLeave::kPasses)) {
        of_school.assignments.push_back(assignment);
        of_school.assignments.back().valid = days;
      }
      of_school.recorded.push_back(std::move(assignment));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<Uuid, PlaquePerson>> LoadPeople(db::Session& session, const std::string& office,
                                                        const std::set<Uuid>& wanted) {
  std::map<Uuid, PlaquePerson> people;
  const std::vector<Uuid> ids(wanted.begin(), wanted.end());
  if (ids.empty()) return people;
  db::Params params;
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `inspector`, `display_name`, `work_number`, `work_phone` FROM "
                                 "`inspector` WHERE " +
                                     In("`inspector`", ids, &params),
                                 params));
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid id = rows.at(i, "inspector").AsUuid();
    people[id] = {.inspector = id,
                  .name = rows.at(i, "display_name").AsString(),
                  .work_number = rows.at(i, "work_number").AsString(),
                  .phone = rows.at(i, "work_phone").AsString()};
  }
  db::Params of_photos = {office, v1::PORTRAIT};
  ASSIGN_OR_RETURN(const db::Rows photos,
                   session.Query("SELECT `inspector`, `photo`, `sha256` FROM `photo` WHERE `office` = ? AND "
                                 "`purpose` = ? AND " +
                                     In("`inspector`", ids, &of_photos) + " ORDER BY `create_time`, `photo`",
                                 of_photos));
  for (size_t i = 0; i < photos.size(); ++i) {  // the last one stays
    PlaquePerson& person = people[photos.at(i, "inspector").AsUuid()];
    person.portrait = photos.at(i, "photo").AsUuid();
    person.portrait_sha256 = photos.at(i, "sha256").AsString();
  }
  return people;
}

// By code, those of the schools' kind.
absl::Status AddMatters(db::Session& session, const std::string& office,
                        std::map<Uuid, PlaqueSources>* sources) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `matter`, `catalog`, `display_name`, `valid_from`, `valid_to` FROM "
                                 "`matter` WHERE `office` = ? AND `catalog` IN (?, ?) ORDER BY `matter`",
                                 {office, v1::SCHOOL_MATTERS, v1::KINDERGARTEN_MATTERS}));
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool kindergarten = rows.at(i, "catalog").AsInt() == v1::KINDERGARTEN_MATTERS;
    for (auto& [school, of_school] : *sources) {
      if (of_school.kindergarten != kindergarten) continue;
      of_school.matters.push_back({.key = rows.at(i, "matter").AsString(),
                                   .text = rows.at(i, "display_name").AsString(),
                                   .valid = PeriodOf(rows, i)});
    }
  }
  return absl::OkStatus();
}

absl::Status AddPhones(db::Session& session, const std::string& office,
                       std::map<Uuid, PlaqueSources>* sources) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `value`, `valid_from`, `valid_to` FROM `policy_rule` WHERE `office` "
                                 "= ? AND `key` = ? ORDER BY `valid_from`",
                                 {office, kPhoneRule}));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (auto& [school, of_school] : *sources) {
      of_school.supervision_phones.push_back(
          {.key = kPhoneRule, .text = rows.at(i, "value").AsString(), .valid = PeriodOf(rows, i)});
    }
  }
  return absl::OkStatus();
}

std::vector<Uuid> Some(const std::vector<Uuid>& all, size_t begin) {
  const auto at = [&](size_t index) { return all.begin() + static_cast<std::ptrdiff_t>(index); };
  return {at(begin), at(std::min(all.size(), begin + kAtOnce))};
}

std::vector<Uuid> Unlike(std::vector<Uuid> ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

}  // namespace

absl::StatusOr<std::map<Uuid, PlaqueSources>> LoadPlaqueSources(db::Session& session,
                                                                const std::string& office,
                                                                const std::vector<Uuid>& schools,
                                                                Date today) {
  std::map<Uuid, PlaqueSources> sources;
  if (schools.empty()) return sources;
  std::set<Uuid> inspectors;
  const std::vector<Uuid> all = Unlike(schools);
  for (size_t begin = 0; begin < all.size(); begin += kAtOnce) {
    const std::vector<Uuid> some = Some(all, begin);
    RETURN_IF_ERROR(AddSchools(session, office, some, &sources));
    RETURN_IF_ERROR(AddAssignments(session, office, some, &sources, &inspectors));
  }
  RETURN_IF_ERROR(LeaveOutWithoutEffect(session, office, today, inspectors, &sources));
  ASSIGN_OR_RETURN(const auto people, LoadPeople(session, office, inspectors));
  for (auto& [school, of_school] : sources) {
    for (const auto& assignment : of_school.assignments) {
      const auto person = people.find(assignment.inspector);
      if (person != people.end()) of_school.people.insert(*person);
    }
  }
  RETURN_IF_ERROR(AddMatters(session, office, &sources));
  RETURN_IF_ERROR(AddPhones(session, office, &sources));
  return sources;
}

v1::PlaqueContent ContentOf(const PlaqueText& text, const std::string& office) {
  v1::PlaqueContent content;
  content.set_school_name(text.school_name);
  content.set_kindergarten(text.kindergarten);
  content.set_supervision_phone(text.supervision_phone);
  content.set_issuer(text.issuer);
  for (const PlaquePerson& person : text.people) {
    v1::PlaqueInspector* out = content.add_inspectors();
    out->set_inspector("inspectors/" + FormatUuid(person.inspector));
    out->set_display_name(person.name);
    out->set_work_number(person.work_number);
    out->set_phone(person.phone);
    out->set_assisting(person.assisting);
    if (person.portrait_sha256.empty()) continue;
    out->set_portrait("offices/" + office + "/photos/" + FormatUuid(person.portrait));
    out->set_portrait_sha256(person.portrait_sha256);
  }
  for (const auto& [code, title] : text.matters) {
    v1::PlaqueMatter* out = content.add_matters();
    out->set_code(code);
    out->set_display_name(title);
  }
  return content;
}

PlaqueText TextOf(const v1::PlaqueContent& content) {
  PlaqueText text;
  text.school_name = content.school_name();
  text.kindergarten = content.kindergarten();
  text.supervision_phone = content.supervision_phone();
  text.issuer = content.issuer();
  for (const v1::PlaqueInspector& person : content.inspectors()) {
    text.people.push_back({.inspector = UuidOf(person.inspector()),
                           .name = person.display_name(),
                           .work_number = person.work_number(),
                           .phone = person.phone(),
                           .portrait = person.portrait().empty() ? Uuid{} : UuidOf(person.portrait()),
                           .portrait_sha256 = person.portrait_sha256(),
                           .assisting = person.assisting()});
  }
  for (const v1::PlaqueMatter& matter : content.matters()) {
    text.matters.emplace_back(matter.code(), matter.display_name());
  }
  return text;
}

absl::Status PutPhotoContent(db::Session& session, const std::string& sha256_hex,
                             const std::string& content) {
  return session
      .Execute(
          "INSERT INTO `photo_content` (`sha256`, `content`) VALUES (UNHEX(?), ?) "
          "ON DUPLICATE KEY UPDATE `sha256` = VALUES(`sha256`)",
          {sha256_hex, content})
      .status();
}

absl::StatusOr<std::string> GetPhotoContent(db::Session& session, const std::string& sha256_hex) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `content` FROM `photo_content` WHERE `sha256` = UNHEX(?)", {sha256_hex}));
  if (rows.empty()) return absl::InternalError("a photograph has lost its content");
  return rows.at(0, 0).AsString();
}

absl::Status PutPlaqueToken(db::Session& session, const Plaque& plaque, const std::string& token) {
  return session
      .Execute("INSERT INTO `plaque_token` (`token_hash`, `office`, `plaque`, `token`) VALUES (?, ?, ?, ?)",
               {Sha256(token), resource::SlugOf(plaque.name()), UuidOf(plaque.name()), token})
      .status();
}

absl::StatusOr<std::string> GetPlaqueToken(db::Session& session, const Plaque& plaque) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `token` FROM `plaque_token` WHERE `office` = ? AND `plaque` = ?",
                                 {resource::SlugOf(plaque.name()), UuidOf(plaque.name())}));
  return rows.empty() ? std::string() : rows.at(0, 0).AsString();
}

absl::StatusOr<std::string> FindPlaqueByToken(db::Session& session, const std::string& token) {
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `office`, `plaque` FROM `plaque_token` WHERE `token_hash` = ?", {Sha256(token)}));
  if (rows.empty()) return std::string();
  return "offices/" + rows.at(0, "office").AsString() + "/plaques/" +
         FormatUuid(rows.at(0, "plaque").AsUuid());
}

absl::Status NamePeople(db::Session& session, const Plaque& plaque) {
  for (const v1::PlaqueInspector& person : plaque.content().inspectors()) {
    RETURN_IF_ERROR(
        session
            .Execute("INSERT INTO `plaque_person` (`inspector`, `office`, `plaque`) VALUES (?, ?, ?) "
                     "ON DUPLICATE KEY UPDATE `office` = VALUES(`office`)",
                     {UuidOf(person.inspector()), resource::SlugOf(plaque.name()), UuidOf(plaque.name())})
            .status());
  }
  return absl::OkStatus();
}

absl::Status ForgetPeople(db::Session& session, const Plaque& plaque) {
  for (const v1::PlaqueInspector& person : plaque.content().inspectors()) {
    RETURN_IF_ERROR(
        session
            .Execute("DELETE FROM `plaque_person` WHERE `inspector` = ? AND `office` = ? AND "
                     "`plaque` = ?",
                     {UuidOf(person.inspector()), resource::SlugOf(plaque.name()), UuidOf(plaque.name())})
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Plaque>> LockLivePlaques(db::Session& session, const std::vector<Uuid>& schools,
                                                    const std::vector<Uuid>& inspectors) {
  std::map<std::string, std::set<Uuid>> found;  // by office
  const auto add = [&](const std::string& select, const std::vector<Uuid>& of,
                       const std::string& tail) -> absl::Status {
    for (size_t begin = 0; begin < of.size(); begin += kAtOnce) {
      const std::vector<Uuid> some = Some(of, begin);
      db::Params params;
      std::string sql = select;
      sql += In("", some, &params);
      sql += tail;
      ASSIGN_OR_RETURN(const db::Rows rows, session.Query(sql, params));
      for (size_t i = 0; i < rows.size(); ++i) found[rows.at(i, 1).AsString()].insert(rows.at(i, 0).AsUuid());
    }
    return absl::OkStatus();
  };
  // A draft counts: who approves it at this moment holds its row, and is waited for below.
  RETURN_IF_ERROR(
      add("SELECT `plaque`, `office` FROM `plaque` WHERE `school`", Unlike(schools), " AND `state` <= 5"));
  RETURN_IF_ERROR(
      add("SELECT `plaque`, `office` FROM `plaque_person` WHERE `inspector`", Unlike(inspectors), ""));
  // All of an office by one statement, in the order of their keys.
  std::vector<Plaque> plaques;
  for (const auto& [office, ids] : found) {
    const std::vector<Uuid> all(ids.begin(), ids.end());
    for (size_t begin = 0; begin < all.size(); begin += kAtOnce) {
      db::Params params = {office};
      const std::string in = In("`plaque`", Some(all, begin), &params);
      ASSIGN_OR_RETURN(auto locked, resource::Select<Plaque>(session, "`office` = ? AND " + in, params,
                                                             "ORDER BY `plaque` FOR UPDATE"));
      for (Plaque& plaque : locked) {
        if (plaque.state() < v1::PLAQUE_APPROVED || plaque.state() > v1::PLAQUE_VERIFIED) continue;
        plaques.push_back(std::move(plaque));
      }
    }
  }
  return plaques;
}

absl::StatusOr<std::vector<Plaque>> LockLivePlaquesOf(db::Session& session, const std::string& office) {
  return resource::Select<Plaque>(session, "`office` = ? AND " + std::string(kLive), {office},
                                  "ORDER BY `plaque` FOR UPDATE");
}

absl::StatusOr<std::vector<Plaque>> LockPlaquesToCheck(db::Session& session, const std::string& office,
                                                       Date today, const Uuid& after, int limit) {
  return resource::Select<Plaque>(
      session,
      "`office` = ? AND " + std::string(kLive) +
          " AND `plaque` > ? AND (`stale_from` <= ? OR `plaque` IN (SELECT r.`plaque` FROM `plaque_recheck` "
          "r WHERE r.`office` = ?))",
      {office, after, today, office}, "ORDER BY `plaque` LIMIT " + std::to_string(limit) + " FOR UPDATE");
}

absl::Status ForgetRechecks(db::Session& session, const std::string& office) {
  return session.Execute("DELETE FROM `plaque_recheck` WHERE `office` = ?", {office}).status();
}

absl::StatusOr<std::vector<std::pair<std::string, Date>>> OfficesWithPlaquesToCheck(db::Session& session) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `office`, MIN(`stale_from`) FROM `plaque` WHERE " +
                                 std::string(kLive) + " AND `stale_from` IS NOT NULL GROUP BY `office`"));
  ASSIGN_OR_RETURN(const db::Rows recheck, session.Query("SELECT DISTINCT `office` FROM `plaque_recheck`"));
  std::vector<std::pair<std::string, Date>> offices;
  for (size_t i = 0; i < rows.size(); ++i) {
    offices.emplace_back(rows.at(i, 0).AsString(), rows.at(i, 1).AsDate());
  }
  for (size_t i = 0; i < recheck.size(); ++i) {
    offices.emplace_back(recheck.at(i, 0).AsString(), Date::min());
  }
  return offices;
}

}  // namespace inspectorate::registry
