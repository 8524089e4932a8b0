// What a change of an issue's state means for the stock of open issues (equation E3, design section 9).
#pragma once

namespace inspectorate::reporting {

// Stored as numbers.
enum class Flow {
  kNone = 0,  // open before and after, or nothing changed
  kRegistered = 1,
  kReopened = 2,  // from closed; from verified it never left the stock
  kClosed = 3,
  kWaived = 4,
  kTransferred = 5,
  kMerged = 6,
  kVoided = 7,
};

// States are numbers of inspectorate.issues.v1.IssueState; 0: not there yet.
bool IsOpenState(int state);
Flow FlowOf(int state_from, int state_to);

}  // namespace inspectorate::reporting
