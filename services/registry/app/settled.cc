#include "services/registry/app/settled.h"

#include <optional>
#include <string>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/settled.h"

namespace inspectorate::registry {
namespace {

using resource::PeriodOf;
using resource::UuidOf;
using v1::AreaMembership;
using v1::InspectorAssignment;
using v1::SchoolAssignment;

// A paper that was not recorded may be completed; one that is stays.
template <class M>
bool SamePaper(const M& a, const M& b) {
  return a.document_number().empty() || a.document_number() == b.document_number();
}
bool SameContent(const SchoolAssignment& a, const SchoolAssignment& b) {
  return a.school() == b.school() && a.area() == b.area() && SamePaper(a, b);
}
bool SameContent(const InspectorAssignment& a, const InspectorAssignment& b) {
  return a.school() == b.school() && a.inspector() == b.inspector() && a.duty() == b.duty() &&
         SamePaper(a, b);
}
bool SameContent(const AreaMembership& a, const AreaMembership& b) {
  return a.area() == b.area() && a.inspector() == b.inspector() && a.duty() == b.duty() && SamePaper(a, b);
}

// What else is on record about the same: a school's areas, its inspectors of that duty, the areas of an
// inspector.
struct Subject {
  std::string condition;
  db::Params params;
};
Subject SubjectOf(const SchoolAssignment& fact) { return {"`school` = ?", {UuidOf(fact.school())}}; }
Subject SubjectOf(const InspectorAssignment& fact) {
  return {"`school` = ? AND `duty` = ?", {UuidOf(fact.school()), fact.duty()}};
}
Subject SubjectOf(const AreaMembership& fact) {
  return {"`office` = ? AND `inspector` = ?", {resource::SlugOf(fact.name()), UuidOf(fact.inspector())}};
}

absl::Status Settled(Date bound, const std::string& name) {
  return Error(ErrorReason::DAYS_SETTLED, {{"date", FormatDate(bound)}, {"resource", name}});
}

template <class M>
absl::StatusOr<bool> IsFirst(work::Unit& unit, const M& fact) {
  const Subject subject = SubjectOf(fact);
  ASSIGN_OR_RETURN(const db::Rows rows,
                   unit.db().Query("SELECT 1 FROM `" + resource::Description::Of<M>().table() + "` WHERE " +
                                       subject.condition + " LIMIT 1",
                                   subject.params));
  return rows.empty();
}

template <class M>
absl::Status Check(work::Unit& unit, const M* before, const M* after) {
  const M& fact = before != nullptr ? *before : *after;
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, resource::SlugOf(fact.name())));
  const auto period = [](const M* dated) {
    return dated == nullptr ? std::nullopt : std::optional<Period>(PeriodOf(*dated));
  };
  const bool same = before != nullptr && after != nullptr && SameContent(*before, *after);
  if (LeavesSettledDays(period(before), period(after), same, bound)) return absl::OkStatus();
  if (before == nullptr) {
    ASSIGN_OR_RETURN(const bool first, IsFirst(unit, fact));
    ASSIGN_OR_RETURN(const bool set_up, IsBeingSetUp(unit, resource::SlugOf(fact.name())));
    if (first && set_up) return absl::OkStatus();
  }
  return Settled(bound, fact.name());
}

}  // namespace

absl::StatusOr<Date> SettledBound(work::Unit& unit, const std::string& office) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  ASSIGN_OR_RETURN(const auto days,
                   roster::IfInForce(roster::PolicyInt(unit.db(), office, "roster.correction_days", today)));
  return today - std::chrono::days(days.value_or(0));
}

absl::Status CheckSettled(work::Unit& unit, const SchoolAssignment* before, const SchoolAssignment* after) {
  return Check(unit, before, after);
}
absl::Status CheckSettled(work::Unit& unit, const InspectorAssignment* before,
                          const InspectorAssignment* after) {
  return Check(unit, before, after);
}
absl::Status CheckSettled(work::Unit& unit, const AreaMembership* before, const AreaMembership* after) {
  return Check(unit, before, after);
}

absl::Status CheckDaysKept(work::Unit& unit, const std::string& name, const DatedEdit& edit) {
  const std::string office = resource::SlugOf(name);
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, office));
  if (LeavesSettledDays(edit.was, edit.is, edit.same_content, bound)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool set_up, IsBeingSetUp(unit, office));
  return set_up && edit.free_in_set_up ? absl::OkStatus() : Settled(bound, name);
}

absl::Status CheckOnlyAdded(work::Unit& unit, const std::string& office, const std::string& name,
                            const Period& was, const std::optional<Period>& is) {
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, office));
  const auto before = SettledPart(was, bound);
  if (!before) return absl::OkStatus();
  const auto after = is ? SettledPart(*is, bound) : std::nullopt;
  return after && Within(*before, *after) ? absl::OkStatus() : Settled(bound, name);
}

absl::Status CheckSettled(work::Unit& unit, const v1::Area* before, const v1::Area& after) {
  const auto was = before == nullptr ? std::nullopt : std::optional<Period>(PeriodOf(*before));
  return CheckDaysKept(unit, after.name(),
                       {.was = was, .is = PeriodOf(after), .same_content = true, .free_in_set_up = true});
}

absl::Status CheckOpenDay(work::Unit& unit, const std::string& office, Date from,
                          const std::string& resource) {
  ASSIGN_OR_RETURN(const Date bound, SettledBound(unit, office));
  return from < bound ? Settled(bound, resource) : absl::OkStatus();
}

absl::Status CheckBeingSetUp(work::Unit& unit, const std::string& office) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  ASSIGN_OR_RETURN(const db::Rows rows,
                   unit.db().Query("SELECT `create_time` FROM `office` WHERE `office` = ?", {office}));
  ASSIGN_OR_RETURN(const auto days,
                   roster::IfInForce(roster::PolicyInt(unit.db(), office, "roster.setup_days", today)));
  // By the clock of the server: that of a sandbox stands wherever somebody set it.
  const bool in_time = !rows.empty() && !rows.at(0, 0).is_null() &&
                       unit.recorded() <= rows.at(0, 0).AsTime() + std::chrono::hours(24 * days.value_or(0));
  if (in_time) return absl::OkStatus();
  return Error(ErrorReason::OFFICE_IN_USE,
               {{"office", "offices/" + office}, {"days", std::to_string(*days)}});
}

absl::StatusOr<bool> IsBeingSetUp(work::Unit& unit, const std::string& office) {
  const absl::Status status = CheckBeingSetUp(unit, office);
  if (ReasonOf(status) == ErrorReason::OFFICE_IN_USE) return false;
  RETURN_IF_ERROR(status);
  return true;
}

}  // namespace inspectorate::registry
