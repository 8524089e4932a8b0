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
absl::Status CheckMoreKnown(work::Unit& unit, const M* before, const M& after) {
  if (before == nullptr) return absl::OkStatus();
  const bool same = before->school() == after.school();
  return CheckOnlyAdded(unit, resource::SlugOf(after.office()), after.name(), PeriodOf(*before),
                        same ? std::optional<Period>(PeriodOf(after)) : std::nullopt);
}

// Has the inspector been appointed for a day that is settled?
absl::StatusOr<bool> ServedOnSettledDays(work::Unit& unit, const std::string& office, const Uuid& inspector) {
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, office));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   unit.db().Query("SELECT 1 FROM `appointment` WHERE `inspector` = ? AND `valid_from` < ?"
                                   " LIMIT 1",
                                   {inspector, bound}));
  return !rows.empty();
}

// The first qualification that names kinds of school takes away the others, unless the inspector's own record
// names some, or nobody acted by it yet.
absl::StatusOr<bool> TakesNothingAway(work::Unit& unit, const v1::Qualification& first) {
  const Uuid person = PersonOf(first.name());
  ASSIGN_OR_RETURN(const auto inspector,
                   resource::Get<v1::Inspector>(unit.db(), "inspectors/" + FormatUuid(person)));
  if (!inspector.stages().empty()) return true;
  ASSIGN_OR_RETURN(const bool served, ServedOnSettledDays(unit, resource::SlugOf(first.office()), person));
  return !served;
}

template <class M>
bool SameStages(const M& a, const M& b) {
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
  ASSIGN_OR_RETURN(const bool free, TakesNothingAway(unit, after));
  return CheckKept(unit, before, after, before == nullptr || SameStages(*before, after),
                   /*first_is_free=*/free);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Leave* before, const v1::Leave& after) {
  return CheckKept(unit, before, after, /*same=*/true, /*first_is_free=*/false);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Recusal* before, const v1::Recusal& after) {
  return CheckMoreKnown(unit, before, after);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Employment* before, const v1::Employment& after) {
  return CheckMoreKnown(unit, before, after);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::Appointment& before, const v1::Appointment& after) {
  return CheckKept(unit, &before, after, /*same=*/true, /*first_is_free=*/false);
}

absl::Status CheckFactSettled(work::Unit& unit, const v1::SupervisorPosting* before,
                              const v1::SupervisorPosting& after) {
  const auto was = before == nullptr ? std::nullopt : std::optional<Period>(PeriodOf(*before));
  const bool same =
      before == nullptr || (before->supervisor() == after.supervisor() && before->school() == after.school());
  return CheckDaysKept(
      unit, after.name(),
      {.was = was, .is = PeriodOf(after), .same_content = same, .free_in_set_up = before == nullptr});
}

absl::Status CheckStagesSettled(work::Unit& unit, const v1::Inspector& before, const v1::Inspector& after) {
  if (SameStages(before, after)) return absl::OkStatus();
  const std::string office = resource::SlugOf(before.office());
  ASSIGN_OR_RETURN(const bool served, ServedOnSettledDays(unit, office, UuidOf(before.name())));
  if (!served) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool set_up, IsBeingSetUp(unit, office));
  if (set_up && before.stages().empty()) return absl::OkStatus();
  return InvalidFields(
      {{.field = "inspector.stages",
        .zh = "可督导学段没有起止日期，任职之后不再修改；学段变化请登记资格（Qualification）",
        .en = "has no days of its own and is not changed once the inspector serves: record a "
              "Qualification, which is dated"}});
}

}  // namespace inspectorate::registry
