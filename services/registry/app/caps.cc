#include "services/registry/app/caps.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/staffing.h"

namespace inspectorate::registry {
namespace {

using resource::PeriodOf;
using resource::SlugOf;
using resource::UuidOf;

// The number that must not be passed on `day`; nothing where the office only wants to be warned, or has no
// rule.
absl::StatusOr<std::optional<int64_t>> Blocking(work::Unit& unit, const std::string& office,
                                                const std::string& key, Date day) {
  ASSIGN_OR_RETURN(const auto mode,
                   roster::IfInForce(roster::PolicyText(unit.db(), office, key + ".enforce", day)));
  if (mode != "block") return std::optional<int64_t>();
  return roster::IfInForce(roster::PolicyInt(unit.db(), office, key, day));
}

// To end a fact earlier never breaks a cap.
template <class M>
bool Shortens(const M& before, const M& after) {
  const Period was = PeriodOf(before), is = PeriodOf(after);
  return was.from <= is.from && (!was.to || (is.to && *is.to <= *was.to));
}

// Periods of other assignments; a school that closes leaves the count with its last day.
absl::StatusOr<std::vector<Period>> Others(work::Unit& unit, const std::string& table,
                                           const std::string& condition, const db::Params& params) {
  ASSIGN_OR_RETURN(db::Rows rows,
                   unit.db().Query("SELECT a.valid_from, a.valid_to, s.close_date FROM " + table +
                                       " a JOIN school s ON s.school = a.school WHERE " + condition,
                                   params));
  std::vector<Period> periods;
  for (size_t i = 0; i < rows.size(); ++i) {
    Period period{.from = rows.at(i, 0).AsDate(), .to = {}};
    for (size_t column : {size_t{1}, size_t{2}}) {
      if (rows.at(i, column).is_null()) continue;
      const Date end = rows.at(i, column).AsDate();
      if (!period.to || end < *period.to) period.to = end;
    }
    if (!period.to || period.from <= *period.to) periods.push_back(period);
  }
  return periods;
}

// The days that lie in both.
std::optional<Period> Both(const Period& a, const Period& b) {
  if (!Overlap(a, b)) return std::nullopt;
  Period both{.from = std::max(a.from, b.from), .to = a.to ? a.to : b.to};
  if (a.to && b.to) both.to = std::min(*a.to, *b.to);
  return both;
}

}  // namespace

absl::Status CheckAreaCap(work::Unit& unit, const v1::SchoolAssignment* before,
                          const v1::SchoolAssignment& assignment) {
  if (before != nullptr && before->area() == assignment.area() && Shortens(*before, assignment)) {
    return absl::OkStatus();
  }
  const std::string office = SlugOf(assignment.name());
  const Period period = PeriodOf(assignment);
  ASSIGN_OR_RETURN(auto cap, Blocking(unit, office, "area.max_schools", period.from));
  if (!cap) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto others, Others(unit, "school_assignment",
                                       "a.office = ? AND a.area = ? AND a.school_assignment <> ?",
                                       {office, UuidOf(assignment.area()), UuidOf(assignment.name())}));
  if (MostAtOnce(others, period) < *cap) return absl::OkStatus();
  return Error(ErrorReason::AREA_CAP_EXCEEDED,
               {{"area", assignment.area()}, {"limit", std::to_string(*cap)}});
}

absl::Status CheckInspectorCap(work::Unit& unit, const v1::InspectorAssignment* before,
                               const v1::InspectorAssignment& assignment) {
  const bool same = before != nullptr && before->inspector() == assignment.inspector() &&
                    before->duty() == assignment.duty() && Shortens(*before, assignment);
  if (same || assignment.duty() != v1::MAIN) return absl::OkStatus();
  const std::string office = SlugOf(assignment.name());
  const Period period = PeriodOf(assignment);
  ASSIGN_OR_RETURN(auto cap, Blocking(unit, office, "inspector.max_schools", period.from));
  if (!cap) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto others,
                   Others(unit, "inspector_assignment",
                          "a.office = ? AND a.inspector = ? AND a.duty = ? AND a.inspector_assignment <> ?",
                          {office, UuidOf(assignment.inspector()), v1::MAIN, UuidOf(assignment.name())}));
  if (MostAtOnce(others, period) < *cap) return absl::OkStatus();
  return Error(ErrorReason::INSPECTOR_CAP_EXCEEDED,
               {{"inspector", assignment.inspector()}, {"limit", std::to_string(*cap)}});
}

absl::Status CheckAreaStaffed(work::Unit& unit, const v1::AreaMembership& before,
                              const v1::AreaMembership* after) {
  const bool stays = after != nullptr && after->area() == before.area();
  const Period was = PeriodOf(before);
  const auto lost = stays ? Without(was, {PeriodOf(*after)}) : std::vector<Period>{was};
  if (lost.empty()) return absl::OkStatus();
  const std::string office = SlugOf(before.name());
  ASSIGN_OR_RETURN(auto floor, Blocking(unit, office, "area.min_inspectors", lost.front().from));
  if (!floor) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto area, resource::Get<v1::Area>(unit.db(), before.area(), resource::Lock::kForUpdate));
  ASSIGN_OR_RETURN(auto members, resource::Select<v1::AreaMembership>(
                                     unit.db(), "`office` = ? AND `area` = ? AND `area_membership` <> ?",
                                     {office, UuidOf(before.area()), UuidOf(before.name())}));
  // Once in an area at a time: as many as hold, so many are there.
  std::vector<Period> held;
  for (const auto& member : members) held.push_back(PeriodOf(member));
  if (stays) held.push_back(PeriodOf(*after));
  for (const Period& days : lost) {
    const auto within = Both(days, PeriodOf(area));
    const auto day = within ? FirstBelow(held, *within, *floor) : std::nullopt;
    if (!day) continue;
    return Error(ErrorReason::AREA_TOO_FEW_INSPECTORS,
                 {{"area", before.area()}, {"limit", std::to_string(*floor)}, {"date", FormatDate(*day)}});
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
