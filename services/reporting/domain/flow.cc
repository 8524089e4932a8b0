#include "services/reporting/domain/flow.h"

namespace inspectorate::reporting {
namespace {

// Numbers of inspectorate.issues.v1.IssueState.
constexpr int kFirstOpen = 1;  // REGISTERED
constexpr int kLastOpen = 6;   // VERIFIED
constexpr int kClosed = 7;
constexpr int kWaived = 8;
constexpr int kTransferred = 9;
constexpr int kMerged = 10;
constexpr int kVoided = 11;

}  // namespace

bool IsOpenState(int state) { return state >= kFirstOpen && state <= kLastOpen; }

Flow FlowOf(int state_from, int state_to) {
  if (state_from == state_to) return Flow::kNone;
  if (state_from == 0) return Flow::kRegistered;
  switch (state_to) {
    case kClosed:
      return Flow::kClosed;
    case kWaived:
      return Flow::kWaived;
    case kTransferred:
      return Flow::kTransferred;
    case kMerged:
      return Flow::kMerged;
    case kVoided:
      return Flow::kVoided;
    default:
      return IsOpenState(state_from) ? Flow::kNone : Flow::kReopened;
  }
}

}  // namespace inspectorate::reporting
