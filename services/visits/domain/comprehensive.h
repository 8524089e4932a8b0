// Comprehensive inspections (综合督导): each school once in a cycle of years (教育督导条例 第十四条).
#pragma once

#include <optional>
#include <string_view>

#include "common/base/time.h"

namespace inspectorate::visits {

// Keys of the policy rules that the cycle rests on.
inline constexpr std::string_view kCycleMinRule = "comprehensive.cycle_min_months";
inline constexpr std::string_view kCycleMaxRule = "comprehensive.cycle_max_months";

// Numbers of inspectorate.visits.v1.ComprehensiveState.
enum class ComprehensiveState { kNotYet = 1, kDue = 2, kOverdue = 3, kNever = 4 };

// Values of the rules in force on the day that is asked about.
struct CycleRules {
  int min_months = 0;  // from one inspection to the next, at the earliest; 0: at any time
  int max_months = 0;  // at the latest; 0: no such duty
};

struct ComprehensiveStanding {
  ComprehensiveState state = ComprehensiveState::kNever;
  std::optional<Date> next_from;  // absent where none is on record: at any time
  std::optional<Date> next_by;    // last day; absent where none is on record, or no rule sets one
};

// How a school stands on a day, `last` being its last inspection up to that day. Of a school without one
// nothing says when its cycle began: records may begin later than inspections.
ComprehensiveStanding StandingOn(Date day, std::optional<Date> last, const CycleRules& rules);

}  // namespace inspectorate::visits
