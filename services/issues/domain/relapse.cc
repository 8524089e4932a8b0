#include "services/issues/domain/relapse.h"

#include <tuple>

namespace inspectorate::issues {
namespace {

bool Repeats(const FoundProblem& found, int months, const EarlierIssue& earlier) {
  if (earlier.state != IssueState::kClosed) return false;
  const bool same_aspect = found.aspect.empty() || earlier.aspect.empty() || found.aspect == earlier.aspect;
  const Date closed_on = ChinaDate(earlier.closed_at);
  return same_aspect && closed_on < found.found_on && found.found_on <= AddMonths(closed_on, months);
}

}  // namespace

std::string RelapseOf(const FoundProblem& found, int months, const std::vector<EarlierIssue>& earlier) {
  const EarlierIssue* last = nullptr;
  for (const EarlierIssue& issue : earlier) {
    if (!Repeats(found, months, issue)) continue;
    // Names settle what times leave open, so that the answer never depends on the order of the rows.
    if (last == nullptr || std::tie(issue.closed_at, issue.name) > std::tie(last->closed_at, last->name)) {
      last = &issue;
    }
  }
  return last == nullptr ? std::string() : last->name;
}

}  // namespace inspectorate::issues
