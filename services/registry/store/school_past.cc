#include "services/registry/store/school_past.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/domain/school_life.h"
#include "services/registry/store/dates.h"

namespace inspectorate::registry {

absl::StatusOr<std::map<Uuid, v1::School>> SchoolsAsOf(db::Session& session, Date day,
                                                       std::string_view condition, db::Params params) {
  params.insert(params.end(), {v1::CHANGE_IN_FORCE, day});
  ASSIGN_OR_RETURN(auto later,
                   resource::Select<v1::SchoolChange>(
                       session, std::string(condition) + " AND `state` = ? AND `effective_date` > ?", params,
                       "ORDER BY `effective_date`, `school_change`"));
  std::map<Uuid, v1::School> schools;
  for (v1::SchoolChange& change : later) {
    const auto [at, first] = schools.try_emplace(resource::UuidOf(change.school()));
    if (!first) continue;
    at->second = std::move(*change.mutable_before());
    at->second.set_name(change.school());
  }
  return schools;
}

v1::SchoolState StateOn(const v1::School& school, Date day) {
  return static_cast<v1::SchoolState>(StandingOn(static_cast<SchoolStanding>(school.state()),
                                                 DateOf(school.open_date()), DateOf(school.close_date()),
                                                 day));
}

}  // namespace inspectorate::registry
