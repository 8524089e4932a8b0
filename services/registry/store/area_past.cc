#include "services/registry/store/area_past.h"

#include <chrono>

#include "common/base/macros.h"
#include "common/resource/table.h"

namespace inspectorate::registry {
namespace {

using resource::SlugOf;
using resource::UuidOf;

absl::StatusOr<v1::Area> Read(const db::Value& was) {
  v1::Area area;
  if (!area.ParseFromString(was.AsString())) return absl::DataLossError("an area of before cannot be read");
  return area;
}

}  // namespace

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
    ASSIGN_OR_RETURN(at->second, Read(rows.at(i, 1)));
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
  return Read(rows.at(0, 0));
}

}  // namespace inspectorate::registry
