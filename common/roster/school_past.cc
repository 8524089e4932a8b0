#include "common/roster/school_past.h"

#include <chrono>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/query/query.h"
#include "common/resource/description.h"
#include "common/resource/select.h"
#include "common/roster/school_standing.h"

namespace inspectorate::roster {
namespace {

using registry::v1::School;
using registry::v1::SchoolChange;
using resource::UuidOf;

std::optional<Date> DateOf(const google::type::Date& date) {
  return resource::IsSet(date) ? std::optional<Date>(resource::FromProto(date)) : std::nullopt;
}

SchoolStanding StandingOf(const School& school) { return static_cast<SchoolStanding>(school.state()); }

// Schools as the changes that are scheduled up to the day will make them.
absl::StatusOr<std::map<Uuid, School>> Expected(db::Session& session, Date day, std::string_view condition,
                                                db::Params params) {
  params.insert(params.end(), {registry::v1::CHANGE_SCHEDULED, day});
  const std::string due = std::string(condition) + " AND `state` = ? AND `effective_date` <= ?";
  ASSIGN_OR_RETURN(
      const auto changes,
      resource::Select<SchoolChange>(session, due, params, "ORDER BY `effective_date`, `school_change`"));
  std::map<Uuid, School> expected;
  if (changes.empty()) return expected;
  ASSIGN_OR_RETURN(
      const auto schools,
      resource::Select<School>(
          session, "`school` IN (SELECT `school` FROM `school_change` WHERE " + due + ")", params));
  for (const School& school : schools) expected[UuidOf(school.name())] = school;
  for (const SchoolChange& change : changes) {
    const auto at = expected.find(UuidOf(change.school()));
    if (at == expected.end()) continue;
    if (auto after = AsChanged(at->second, change)) at->second = *std::move(after);
  }
  return expected;
}

}  // namespace

absl::StatusOr<std::map<Uuid, School>> SchoolsAsOf(db::Session& session, Date day, std::string_view condition,
                                                   db::Params params) {
  ASSIGN_OR_RETURN(auto expected, Expected(session, day, condition, params));
  params.insert(params.end(), {registry::v1::CHANGE_IN_FORCE, day});
  ASSIGN_OR_RETURN(auto later,
                   resource::Select<SchoolChange>(
                       session, std::string(condition) + " AND `state` = ? AND `effective_date` > ?", params,
                       "ORDER BY `effective_date`, `school_change`"));
  std::map<Uuid, School> schools;
  for (SchoolChange& change : later) {
    const auto [at, first] = schools.try_emplace(UuidOf(change.school()));
    if (!first) continue;
    at->second = std::move(*change.mutable_before());
    at->second.set_name(change.school());
  }
  // Where something else is in force from a later day, what was scheduled before it comes too late.
  schools.merge(expected);
  return schools;
}

registry::v1::SchoolState StateOn(const School& school, Date day) {
  return static_cast<registry::v1::SchoolState>(
      StandingOn(StandingOf(school), DateOf(school.open_date()), DateOf(school.close_date()), day));
}

std::optional<School> AsChanged(const School& before, const SchoolChange& change) {
  const auto standing = StandingAfter(StandingOf(before), static_cast<LifeEvent>(change.kind()));
  if (!standing) return std::nullopt;
  School after = before;
  if (change.kind() == registry::v1::CORRECT_IDENT_CODE) {
    // The present code where that is the one in error; one that was replaced since is in no school any more.
    if (after.ident_code() == change.ident_code_in_error()) after.set_ident_code(change.after().ident_code());
  }
  if (change.kind() == registry::v1::CHANGE_SCHOOL_FACTS) {
    google::protobuf::FieldMask mask;
    for (const std::string& name : change.changed_fields()) mask.add_paths(name);
    if (!query::ApplyMask(change.after(), mask, &after).ok()) return std::nullopt;
  }
  after.set_state(static_cast<registry::v1::SchoolState>(*standing));
  if (change.kind() == registry::v1::OPEN_SCHOOL) *after.mutable_open_date() = change.effective_date();
  if (change.kind() == registry::v1::RENAME_SCHOOL) {
    after.set_display_name(change.after().display_name());
    after.set_short_name(change.after().short_name());
  }
  if (IsOver(*standing)) {
    const Date effective = resource::FromProto(change.effective_date());
    *after.mutable_close_date() = resource::ToProto(effective - std::chrono::days(1));
    *after.mutable_successors() = change.others();
  }
  return after;
}

}  // namespace inspectorate::roster
