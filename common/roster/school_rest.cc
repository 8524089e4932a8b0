#include "common/roster/school_rest.h"

#include <chrono>

#include "common/base/macros.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"

namespace inspectorate::roster {
namespace {

constexpr std::chrono::days kOne{1};

}  // namespace

std::vector<Period> RestPeriods(const std::vector<RestChange>& changes, bool rests_now) {
  std::vector<Period> periods;
  if (changes.empty() && rests_now) periods.push_back({.from = Date::min(), .to = {}});
  for (const RestChange& change : changes) {
    const bool rests = !periods.empty() && !periods.back().to;
    if (change.suspends && !rests) periods.push_back({.from = change.from, .to = {}});
    if (change.suspends) continue;
    if (periods.empty()) periods.push_back({.from = Date::min(), .to = {}});
    if (!periods.back().to) periods.back().to = change.from - kOne;
  }
  return periods;
}

absl::StatusOr<std::map<Uuid, std::vector<Period>>> LoadRestPeriods(db::Session& session,
                                                                    const std::string& office) {
  using namespace registry::v1;
  std::map<Uuid, std::vector<RestChange>> changes;
  ASSIGN_OR_RETURN(
      const db::Rows resting,
      session.Query("SELECT `school` FROM `school` WHERE `office` = ? AND `state` = ?", {office, SUSPENDED}));
  std::map<Uuid, bool> now;
  for (size_t i = 0; i < resting.size(); ++i) now[resting.at(i, 0).AsUuid()] = true;
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT c.`school`, c.`kind`, c.`effective_date` FROM `school_change` c JOIN `school` s "
                    "ON s.`school` = c.`school` WHERE s.`office` = ? AND c.`kind` IN (?, ?) AND c.`state` IN "
                    "(?, ?) ORDER BY c.`effective_date`, c.`school_change`",
                    {office, SUSPEND_SCHOOL, RESUME_SCHOOL, CHANGE_IN_FORCE, CHANGE_SCHEDULED}));
  for (size_t i = 0; i < rows.size(); ++i) {
    const Uuid school = rows.at(i, 0).AsUuid();
    now.try_emplace(school, false);
    changes[school].push_back(
        {.suspends = rows.at(i, 1).AsInt() == SUSPEND_SCHOOL, .from = rows.at(i, 2).AsDate()});
  }
  std::map<Uuid, std::vector<Period>> periods;
  for (const auto& [school, rests] : now) periods[school] = RestPeriods(changes[school], rests);
  return periods;
}

}  // namespace inspectorate::roster
