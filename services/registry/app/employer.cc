#include "services/registry/app/employer.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "services/registry/app/settled.h"
#include "services/registry/domain/period.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;
using v1::Employment;
using v1::Inspector;

// Stands for a first day that was not recorded: nobody who serves today came earlier.
constexpr Date kLongAgo = std::chrono::year{1900} / 1 / 1;

Period PostOf(const Inspector& inspector) {
  Period post{.from = kLongAgo, .to = {}};
  if (IsSet(inspector.employer_from())) post.from = FromProto(inspector.employer_from());
  if (IsSet(inspector.employer_to())) post.to = FromProto(inspector.employer_to());
  return post;
}

// The days at the former school: as far as they were recorded, else until the day before the next one's
// first, or before today where that lies back or nothing follows.
Period FormerPost(const Inspector& before, const Inspector& after, Date today) {
  Period post = PostOf(before);
  if (post.to) return post;
  Date next = today;
  if (!after.employer_school().empty()) next = std::max(next, PostOf(after).from);
  post.to = next - std::chrono::days(1);
  return post;
}

absl::Status Record(work::Unit& unit, const Inspector& inspector, const Period& days) {
  Employment employment;
  employment.set_office(inspector.office());
  employment.set_school(inspector.employer_school());
  *employment.mutable_valid_from() = ToProto(days.from);
  *employment.mutable_valid_to() = ToProto(*days.to);
  const Description& d = Description::Of<Employment>();
  employment.set_name(resource::NewName(d, inspector.name(), unit.recorded()));
  return resource::Insert(unit, d, &employment);
}

}  // namespace

absl::Status KeepFormerPost(work::Unit& unit, const Inspector& before, const Inspector& after) {
  if (before.employer_school().empty()) return absl::OkStatus();
  const std::string office = resource::SlugOf(before.office());
  if (before.employer_school() == after.employer_school()) {
    return CheckOnlyAdded(unit, office, before.name(), PostOf(before), PostOf(after));
  }
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  const Period post = FormerPost(before, after, today);
  // One that has not begun is called off.
  if (post.from >= today || *post.to < post.from) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      auto recorded,
      resource::Select<Employment>(unit.db(), "`inspector` = ? AND `school` = ?",
                                   {UuidOf(before.name()), UuidOf(before.employer_school())}, "FOR UPDATE"));
  std::vector<Period> known;
  known.reserve(recorded.size());
  for (const Employment& row : recorded) known.push_back(resource::PeriodOf(row));
  for (const Period& days : Without(post, known)) RETURN_IF_ERROR(Record(unit, before, days));
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
