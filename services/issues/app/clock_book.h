// The legal clocks of an issue as its message holds them: which rule, which calendar, and the ledger of acts
// from which every date follows (common/calendar).
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/deadline.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/issues/app/occasion.h"
#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

// Moves the clocks of an issue as the transition asks (domain/clocks.h), in the name of `actor`. Call it
// before the verb writes to the issue. POLICY_MISSING when a rule that is needed is not in force;
// STATE_TRANSITION_DENIED when the dates make no sense in a ledger (done before it began).
absl::Status MoveClocks(const Occasion& occasion, const Transition& transition, const std::string& actor,
                        v1::Issue* issue);

// Has the term for rectification begun and not been met? STATE_TRANSITION_DENIED otherwise.
absl::Status CanExtendRectification(const v1::Issue& issue);

// Grants a longer term for rectification. INVALID_FIELDS unless the new day is a working day, or any day for
// a rule counted in days, after the present one; STATE_TRANSITION_DENIED when the clock does not run.
absl::Status ExtendRectification(const Occasion& occasion, Date new_due, const std::string& actor,
                                 const std::string& reason, v1::Issue* issue);

// A running clock that a new calendar moves, or makes final.
struct MovedClock {
  v1::ClockKind kind;
  Date before, after;  // its last day
};
// Reads the running clocks again by another calendar and enters in their ledgers what moved; what was met
// stays as it was recorded.
absl::StatusOr<std::vector<MovedClock>> RecomputeClocks(const WorkCalendar& calendar, Date today,
                                                        const std::string& actor, v1::Issue* issue);

// Fills `overdue` and `days_left` from the running clock that ends first, as of the office's day.
void ShowDeadlines(Date today, v1::Issue* issue);

}  // namespace inspectorate::issues
