// Which legal clocks of an issue an act starts, stops or sets going again. How long a clock runs is data: the
// policy rule that each names; what it shows is derived from the ledger of its acts (common/calendar).
// Overdue is read from there and stored nowhere.
//
//   clock         starts                       stops                          goes on
//   ACKNOWLEDGE   notice issued                receipt, deemed service        –
//   PLAN          acknowledged, plan required  plan submitted                 plan returned
//   RECTIFY       acknowledged (1)             report submitted               a check fails; reopened
//   LOOK_BACK     report submitted, a round    a check fails; look-back       –
//                                              passes
//   OBJECT        acknowledged                 objection filed                –
//   DECIDE        objection filed              objection decided              –
//
// (1) What was closed on the spot had no notice: there it starts when the issue is first reopened.
// A disposition stops whatever still runs. A clock that goes on keeps its start and its due day: neither a
// failed check nor a reopening gives new time (design section 9, product I8). An objection suspends nothing:
// the regulation that grants it says nothing of the kind (山东省教育督导条例, art. 18).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/issues/domain/issue_state.h"

namespace inspectorate::issues {

enum class ClockKind { kAcknowledge, kPlan, kRectify, kLookback, kObject, kDecide };
// "LOOK_BACK".
std::string_view Name(ClockKind kind);

// Key of the policy rule that gives the clock its length: "issue.rectify_days.serious". `severity` is read
// for kRectify only, and must be set for it.
std::string RuleKey(ClockKind kind, Severity severity);

enum class ClockMove {
  kStart,
  kStop,
  kResume,  // goes on as if it had not been stopped
};

// A clock of one issue. Look-back has one each round; the others have one for the issue's life, with round 0.
struct ClockId {
  ClockKind kind = ClockKind::kAcknowledge;
  uint32_t round = 0;

  auto operator<=>(const ClockId&) const = default;  // NOLINT(modernize-use-nullptr): 0 of <=>
};

struct ClockChange {
  ClockId clock;
  ClockMove move = ClockMove::kStart;
  std::string rule;  // for kStart, else empty: a clock keeps the rule it started under

  bool operator==(const ClockChange&) const = default;
};

// What a transition does to the clocks, in order. `running` names those that are started and not stopped;
// nothing is stopped that does not run.
std::vector<ClockChange> ClockChanges(const Transition& transition, const std::vector<ClockId>& running);

// An objection is a case of its own beside the issue (domain 4.3): it moves no state, only these clocks.
enum class ObjectionAct { kFiled, kDecided };
std::vector<ClockChange> ClockChanges(ObjectionAct act, const std::vector<ClockId>& running);

}  // namespace inspectorate::issues
