#include "services/issues/domain/clocks.h"

#include <algorithm>
#include <cstdlib>

namespace inspectorate::issues {
namespace {

// Collects changes; a stop of what does not run is no change.
class Changes {
 public:
  explicit Changes(const std::vector<ClockId>& running) : running_(running) {}

  void Start(ClockId clock, Severity severity) {
    list_.push_back({.clock = clock, .move = ClockMove::kStart, .rule = RuleKey(clock.kind, severity)});
  }
  void Stop(ClockId clock) {
    if (std::find(running_.begin(), running_.end(), clock) == running_.end()) return;
    list_.push_back({.clock = clock, .move = ClockMove::kStop, .rule = ""});
  }
  void StopAll() {
    for (const ClockId& clock : running_) Stop(clock);
  }
  void Resume(ClockId clock) { list_.push_back({.clock = clock, .move = ClockMove::kResume, .rule = ""}); }
  std::vector<ClockChange> Take() { return std::move(list_); }

 private:
  const std::vector<ClockId>& running_;
  std::vector<ClockChange> list_;
};

std::string_view SeverityKey(Severity severity) {
  switch (severity) {
    case Severity::kMinor:
      return "minor";
    case Severity::kGeneral:
      return "general";
    case Severity::kSerious:
      return "serious";
    case Severity::kComplex:
      return "complex";
    case Severity::kUnset:
      break;
  }
  std::abort();  // No clock runs before triage: the state machine issues no notice without it.
}

}  // namespace

std::string_view Name(ClockKind kind) {
  switch (kind) {
    case ClockKind::kAcknowledge:
      return "ACKNOWLEDGE";
    case ClockKind::kPlan:
      return "PLAN";
    case ClockKind::kRectify:
      return "RECTIFY";
    case ClockKind::kLookback:
      return "LOOK_BACK";
    case ClockKind::kObject:
      return "OBJECT";
    case ClockKind::kDecide:
      return "DECIDE";
  }
  std::abort();
}

std::string RuleKey(ClockKind kind, Severity severity) {
  switch (kind) {
    case ClockKind::kAcknowledge:
      return "issue.ack_days";
    case ClockKind::kPlan:
      return "issue.plan_days";
    case ClockKind::kRectify:
      return "issue.rectify_days." + std::string(SeverityKey(severity));
    case ClockKind::kLookback:
      return "issue.lookback_days";
    case ClockKind::kObject:
      return "objection.file_days";
    case ClockKind::kDecide:
      return "objection.decide_months";
  }
  std::abort();
}

std::vector<ClockChange> ClockChanges(const Transition& transition, const std::vector<ClockId>& running) {
  const IssueFacts& issue = transition.after;
  Changes changes(running);
  switch (transition.event) {
    case Event::kIssueNotice:
      changes.Start({ClockKind::kAcknowledge}, issue.severity);
      break;
    case Event::kSignReceipt:
    case Event::kDeemServed:
      changes.Stop({ClockKind::kAcknowledge});
      if (issue.plan_required) changes.Start({ClockKind::kPlan}, issue.severity);
      changes.Start({ClockKind::kRectify}, issue.severity);
      changes.Start({ClockKind::kObject}, issue.severity);
      break;
    case Event::kSubmitPlan:
      changes.Stop({ClockKind::kPlan});
      break;
    case Event::kReturnPlan:
      // A voluntary plan has no clock to go on.
      if (issue.plan_required) changes.Resume({ClockKind::kPlan});
      break;
    case Event::kSubmitReport:
      changes.Stop({ClockKind::kRectify});
      changes.Start({ClockKind::kLookback, issue.round}, issue.severity);
      break;
    case Event::kFailPaperCheck:
    case Event::kFailLookback:
      changes.Stop({ClockKind::kLookback, issue.round - 1});
      changes.Resume({ClockKind::kRectify});
      break;
    case Event::kPassLookback:
      changes.Stop({ClockKind::kLookback, issue.round});
      break;
    case Event::kReopen:
      // What was closed on the spot never had a notice: its clock begins with the first reopening.
      if (issue.notice_issuer.empty() && issue.reopenings == 1) {
        changes.Start({ClockKind::kRectify}, issue.severity);
      } else {
        changes.Resume({ClockKind::kRectify});
      }
      break;
    case Event::kApproveDisposition:
      // While others have yet to approve, nothing has ended.
      if (IsTerminal(issue.state)) changes.StopAll();
      break;
    case Event::kRegister:
    case Event::kTriage:
    case Event::kCloseOnTheSpot:
    case Event::kAcceptPlan:
    case Event::kStartRectification:
    case Event::kAccept:
    case Event::kProposeDisposition:
    case Event::kRejectDisposition:
      break;
  }
  return changes.Take();
}

std::vector<ClockChange> ClockChanges(ObjectionAct act, const std::vector<ClockId>& running) {
  Changes changes(running);
  switch (act) {
    case ObjectionAct::kFiled:
      changes.Stop({ClockKind::kObject});
      changes.Start({ClockKind::kDecide}, Severity::kUnset);
      break;
    case ObjectionAct::kDecided:
      changes.Stop({ClockKind::kDecide});
      break;
  }
  return changes.Take();
}

}  // namespace inspectorate::issues
