#include "services/registry/store/area_past.h"

#include <chrono>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "google/protobuf/util/message_differencer.h"

namespace inspectorate::registry {
namespace {

using resource::SlugOf;
using resource::UuidOf;

// By what an area of before is told: neither revisions nor times, which are of the registry that kept it.
bool SaysTheSame(const v1::Area& a, const v1::Area& b) {
  using google::protobuf::util::MessageDifferencer;
  return a.number() == b.number() && a.display_name() == b.display_name() &&
         a.document_number() == b.document_number() &&
         MessageDifferencer::Equals(a.valid_from(), b.valid_from()) &&
         MessageDifferencer::Equals(a.valid_to(), b.valid_to());
}

}  // namespace

absl::StatusOr<v1::Area> AreaOfBefore(const db::Value& was) {
  v1::Area area;
  if (!area.ParseFromString(was.AsString())) return absl::DataLossError("an area of before cannot be read");
  return area;
}

absl::StatusOr<Taken> EnterAreaPast(db::Session& session, const v1::Area& was, Date last_day) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `was` FROM `area_past` WHERE `office` = ? AND `area` = ?"
                                 " AND `last_day` = ? FOR UPDATE",
                                 {SlugOf(was.name()), UuidOf(was.name()), last_day}));
  if (rows.empty()) {
    RETURN_IF_ERROR(KeepAreaAsWas(session, was, last_day + std::chrono::days(1)));
    return Taken::kNew;
  }
  ASSIGN_OR_RETURN(const v1::Area held, AreaOfBefore(rows.at(0, 0)));
  if (SaysTheSame(held, was)) return Taken::kSame;
  return InvalidFields({{.field = "former_area.last_day",
                         .zh = "到这一天为止的名称已有登记，不能改写",
                         .en = "what the area was up to that day is recorded otherwise"}});
}

absl::Status KeepAreaAsWas(db::Session& session, const v1::Area& was, Date today) {
  return session
      .Execute(
          "INSERT INTO `area_past` (`office`, `area`, `last_day`, `was`) VALUES (?, ?, ?, ?)"
          " ON DUPLICATE KEY UPDATE `last_day` = `last_day`",
          {SlugOf(was.name()), UuidOf(was.name()), today - std::chrono::days(1), was.SerializeAsString()})
      .status();
}

absl::StatusOr<std::map<Uuid, v1::Area>> AreasAsOf(db::Session& session, const std::string& office,
                                                   Date day) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `area`, `was` FROM `area_past` WHERE `office` = ?"
                                 " AND `last_day` >= ? ORDER BY `area`, `last_day`",
                                 {office, day}));
  std::map<Uuid, v1::Area> areas;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto [at, first] = areas.try_emplace(rows.at(i, 0).AsUuid());
    if (!first) continue;
    ASSIGN_OR_RETURN(at->second, AreaOfBefore(rows.at(i, 1)));
  }
  return areas;
}

absl::StatusOr<v1::Area> AreaAsOf(db::Session& session, const std::string& name, Date day) {
  ASSIGN_OR_RETURN(v1::Area area, resource::Get<v1::Area>(session, name));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `was` FROM `area_past` WHERE `office` = ? AND `area` = ?"
                                 " AND `last_day` >= ? ORDER BY `last_day` LIMIT 1",
                                 {SlugOf(name), UuidOf(name), day}));
  if (rows.empty()) return area;
  return AreaOfBefore(rows.at(0, 0));
}

}  // namespace inspectorate::registry
