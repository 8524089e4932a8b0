#include "services/issues/app/relapses.h"

#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "services/issues/app/facts.h"
#include "services/issues/domain/relapse.h"
#include "services/issues/store/relapses.h"

namespace inspectorate::issues {
namespace {

using store::SubjectIssue;

store::Subject SubjectOf(const v1::Issue& issue) {
  return {.office = resource::SlugOf(issue.name()),
          .school = resource::UuidOf(issue.school()),
          .matter = issue.matter()};
}

std::vector<EarlierIssue> Earlier(const std::vector<SubjectIssue>& issues, const std::string& but) {
  std::vector<EarlierIssue> earlier;
  for (const SubjectIssue& issue : issues) {
    if (issue.name == but) continue;
    earlier.push_back({.name = issue.name,
                       .aspect = issue.aspect,
                       .state = FromProto(static_cast<v1::IssueState>(issue.state)),
                       .closed_at = issue.closed_at});
  }
  return earlier;
}

// 0 where no rule is in force: nothing relapses then.
absl::StatusOr<int> MonthsOn(work::Unit& unit, const std::string& office, Date day) {
  ASSIGN_OR_RETURN(const auto months,
                   roster::IfInForce(roster::PolicyInt(unit.db(), office, "issue.relapse_months", day)));
  return static_cast<int>(months.value_or(0));
}

absl::StatusOr<std::string> RelapseAmong(work::Unit& unit, const SubjectIssue& found,
                                         const std::vector<SubjectIssue>& issues) {
  const std::vector<EarlierIssue> earlier = Earlier(issues, found.name);
  if (earlier.empty()) return std::string();
  ASSIGN_OR_RETURN(const int months, MonthsOn(unit, resource::SlugOf(found.name), found.found_on));
  return RelapseOf({.aspect = found.aspect, .found_on = found.found_on}, months, earlier);
}

}  // namespace

absl::StatusOr<std::string> FindRelapse(work::Unit& unit, const v1::Issue& found) {
  // Locked before the new issue is there: a closing that is under way is waited for and seen here; one that
  // comes after waits for this transaction, and sees the new issue there.
  ASSIGN_OR_RETURN(const auto issues, store::LockIssuesOf(unit.db(), SubjectOf(found)));
  return RelapseAmong(
      unit,
      {.name = found.name(), .aspect = found.aspect(), .found_on = resource::FromProto(found.found_day())},
      issues);
}

absl::Status LinkWhatRelapsed(work::Unit& unit, const v1::Issue& closed) {
  const Date day = ChinaDate(resource::FromProto(closed.close_time()));
  ASSIGN_OR_RETURN(const auto known, store::IssuesOf(unit.db(), SubjectOf(closed)));
  for (const SubjectIssue& later : known) {
    if (later.found_on <= day) continue;  // all of them, unless the closing is entered days after it happened
    ASSIGN_OR_RETURN(v1::Issue issue,
                     resource::Get<v1::Issue>(unit.db(), later.name, resource::Lock::kForUpdate));
    // Read again under the lock: another closing may have been linked in between.
    ASSIGN_OR_RETURN(const auto issues, store::IssuesOf(unit.db(), SubjectOf(closed)));
    ASSIGN_OR_RETURN(const std::string repeated, RelapseAmong(unit, later, issues));
    if (repeated != closed.name() || issue.relapse_of() == repeated) continue;
    issue.set_relapse_of(repeated);
    RETURN_IF_ERROR(
        resource::Update(unit, resource::Description::Of<v1::Issue>(), &issue, "issue.relapse_found"));
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::issues
