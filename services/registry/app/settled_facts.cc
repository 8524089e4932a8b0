#include "services/registry/app/settled_facts.h"

#include <algorithm>
#include <optional>
#include <string>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "services/registry/app/settled.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/settled.h"

namespace inspectorate::registry {
namespace {

using resource::PeriodOf;
using resource::UuidOf;

// "inspectors/{inspector}/…": whose it is.
Uuid PersonOf(const std::string& name) { return UuidOf(name.substr(0, name.find('/', 11))); }

absl::Status Settled(Date bound, const std::string& name) {
  return Error(ErrorReason::DAYS_SETTLED, {{"date", FormatDate(bound)}, {"resource", name}});
}

template <class M>
absl::StatusOr<bool> IsFirstOf(work::Unit& unit, const M& fact) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   unit.db().Query("SELECT 1 FROM `" + resource::Description::Of<M>().table() +
                                       "` WHERE `inspector` = ? LIMIT 1",
                                   {PersonOf(fact.name())}));
  return rows.empty();
}

// `same`: edited, it says the same of each day on which it holds.
template <class M>
absl::Status CheckKept(work::Unit& unit, const M* before, const M& after, bool same, bool first_is_free) {
  const std::string office = resource::SlugOf(after.office());
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, office));
  const auto was = before == nullptr ? std::nullopt : std::optional<Period>(PeriodOf(*before));
  if (LeavesSettledDays(was, PeriodOf(after), same, bound)) return absl::OkStatus();
  if (before != nullptr) return Settled(bound, after.name());
  ASSIGN_OR_RETURN(bool free, IsBeingSetUp(unit, office));
  if (!free && first_is_free) {
    ASSIGN_OR_RETURN(free, IsFirstOf(unit, after));
  }
  return free ? absl::OkStatus() : Settled(bound, after.name());
}

// Only more is known of settled days than before.
template <class M>
absl::Status CheckOnlyAdded(work::Unit& unit, const M* before, const M& after) {
  if (before == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, resource::SlugOf(after.office())));
  const auto was = SettledPart(PeriodOf(*before), bound);
  if (!was) return absl::OkStatus();
  const auto is = SettledPart(PeriodOf(after), bound);
  if (is && Within(*was, *is) && before->school() == after.school()) return absl::OkStatus();
  return Settled(bound, after.name());
}

bool SameStages(const v1::Qualification& a, const v1::Qualification& b) {
  return std::ranges::equal(a.stages(), b.stages());
}

}  // namespace

absl::Status CheckFactSettled(work::Unit& unit, const v1::Certificate* before, const v1::Certificate& after) {
  return CheckKept(unit, before, after, /*same=*/true, /*first_is_free=*/true);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Qualification* before,
                              const v1::Qualification& after) {
  // One that names no kinds of school decides nothing.
  if (after.stages().empty() && (before == nullptr || before->stages().empty())) return absl::OkStatus();
  return CheckKept(unit, before, after, before == nullptr || SameStages(*before, after),
                   /*first_is_free=*/true);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Leave* before, const v1::Leave& after) {
  return CheckKept(unit, before, after, /*same=*/true, /*first_is_free=*/false);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Recusal* before, const v1::Recusal& after) {
  return CheckOnlyAdded(unit, before, after);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Employment* before, const v1::Employment& after) {
  return CheckOnlyAdded(unit, before, after);
}

}  // namespace inspectorate::registry
