// Whether a problem that is found repeats one that was closed (反弹; domain 4.3, indicator I12). Reopening is
// another thing: there the same issue goes on.
#pragma once

#include <string>
#include <vector>

#include "common/base/time.h"
#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

// A problem that was found, at a school, in a matter.
struct FoundProblem {
  std::string aspect;  // work aspect (A01…); empty where the inspector named none
  Date found_on;
};

// Another issue of the same school and matter.
struct EarlierIssue {
  std::string name;
  std::string aspect;
  IssueState state = IssueState::kNone;
  Time closed_at{};  // read of CLOSED only
};

// The name of the closed issue that the problem repeats, of several the one closed last; empty when there is
// none. Only 销号 counts: what was waived, transferred, merged or voided was not cured. Where both name an
// aspect it must be the same. The closing lies before the day of the finding, by `months`
// (issue.relapse_months of that day) at most; the corresponding day of the last month still counts. On the
// day of the finding itself nothing relapses: two findings of one visit are two problems, also when one of
// them is cured on the spot. 0 months: never.
std::string RelapseOf(const FoundProblem& found, int months, const std::vector<EarlierIssue>& earlier);

}  // namespace inspectorate::issues
