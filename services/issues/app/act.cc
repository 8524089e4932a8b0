#include "services/issues/app/act.h"

#include <cstdlib>

#include "common/base/macros.h"
#include "common/base/refusal.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/catalogue.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "services/issues/app/clock_book.h"
#include "services/issues/app/facts.h"
#include "services/issues/app/persons.h"
#include "services/issues/app/relapses.h"

namespace inspectorate::issues {
namespace {

absl::Status CheckEvidence(work::Unit& unit, const std::vector<std::string>& evidence,
                           const v1::Issue& issue) {
  for (const std::string& name : evidence) {
    if (resource::SlugOf(name) != resource::SlugOf(issue.name())) return NotFound(name);
    ASSIGN_OR_RETURN(const v1::Attachment attachment, resource::Get<v1::Attachment>(unit.db(), name));
    if (attachment.school() != issue.school()) return NotFound(name);
  }
  return absl::OkStatus();
}

// An issue lives on in another only while that one is open, in the same office.
absl::Status CheckMergeTarget(work::Unit& unit, const std::string& target, const v1::Issue& issue) {
  if (target.empty() || target == issue.name()) return absl::OkStatus();  // the rules refuse both
  if (resource::SlugOf(target) != resource::SlugOf(issue.name())) return NotFound(target);
  ASSIGN_OR_RETURN(const v1::Issue into, resource::Get<v1::Issue>(unit.db(), target));
  if (into.school() != issue.school()) return NotFound(target);
  if (IsOpen(FromProto(into.state()))) return absl::OkStatus();
  return Error(ErrorReason::STATE_TRANSITION_DENIED,
               {{"resource", target}, {"state", v1::IssueState_Name(into.state())}, {"event", "MERGE"}});
}

// When proposed, and again when a second person decides: the other issue may have ended in between.
absl::Status CheckMerge(work::Unit& unit, const Command& command, const IssueFacts& facts,
                        const v1::Issue& issue) {
  if (command.event == Event::kProposeDisposition && command.disposition == Disposition::kMerge) {
    return CheckMergeTarget(unit, command.target, issue);
  }
  if (command.event == Event::kApproveDisposition && facts.proposed.has_value() &&
      facts.proposed->disposition == Disposition::kMerge) {
    return CheckMergeTarget(unit, facts.proposed->target, issue);
  }
  return absl::OkStatus();
}

// Severity, route and disposition are those that the office has in use on the day of the act.
absl::Status CheckInUse(work::Unit& unit, const Occasion& occasion, const Command& command) {
  const bool triage = command.event == Event::kTriage;
  if (!triage && command.event != Event::kProposeDisposition) return absl::OkStatus();
  ASSIGN_OR_RETURN(const roster::Catalogues catalogues,
                   roster::CataloguesOn(unit.db(), occasion.office, occasion.day));
  if (!triage) {
    return catalogues.CheckValue(registry::v1::CATALOGUE_DISPOSITIONS, v1::Disposition_descriptor(),
                                 static_cast<int>(command.disposition) + 1);
  }
  RETURN_IF_ERROR(catalogues.CheckValue(registry::v1::CATALOGUE_SEVERITIES, v1::Severity_descriptor(),
                                        static_cast<int>(command.severity)));
  return catalogues.CheckValue(registry::v1::CATALOGUE_ROUTES, v1::Route_descriptor(),
                               static_cast<int>(command.route));
}

absl::Status DecideAndSave(work::Unit& unit, const Occasion& occasion, const std::string& actor_name,
                           Deed deed, v1::Issue* issue) {
  RETURN_IF_ERROR(CheckEvidence(unit, deed.evidence, *issue));
  ASSIGN_OR_RETURN(IssueFacts facts, FactsOf(*issue, occasion.policy));
  RETURN_IF_ERROR(CheckMerge(unit, deed.command, facts, *issue));
  RETURN_IF_ERROR(Identify(unit.db(), occasion.office, &facts));
  facts.deemed_served_on = deed.deemed_served_on;
  deed.command.occur_time = occasion.time;
  deed.command.cured_on = occasion.day;
  deed.command.evidence_count = static_cast<uint32_t>(deed.evidence.size());
  auto transition = Decide(facts, deed.command);
  if (!transition.ok()) return Refused(transition.status(), issue->name());
  RETURN_IF_ERROR(CheckInUse(unit, occasion, deed.command));
  RETURN_IF_ERROR(MoveClocks(occasion, *transition, actor_name, issue));
  Settle(*transition, issue);
  if (deed.record) deed.record(*transition, occasion, issue);
  RETURN_IF_ERROR(resource::Update(
      unit, resource::Description::Of<v1::Issue>(), issue, EventName(*transition),
      transition->path.empty() ? work::Change::UPDATED : work::Change::STATE_CHANGED, occasion.time));
  if (transition->flow != Flow::kClosed) return absl::OkStatus();
  return LinkWhatRelapsed(unit, *issue);
}

}  // namespace

std::string EventName(const Transition& transition) {
  switch (transition.event) {
    case Event::kRegister:
      return "issue.registered";
    case Event::kTriage:
      return "issue.triaged";
    case Event::kCloseOnTheSpot:
    case Event::kAccept:
      return "issue.closed";
    case Event::kIssueNotice:
      return "issue.notified";
    case Event::kSignReceipt:
    case Event::kDeemServed:
      return "issue.acknowledged";
    case Event::kSubmitPlan:
      return "issue.plan_submitted";
    case Event::kAcceptPlan:
      return "issue.plan_accepted";
    case Event::kReturnPlan:
      return "issue.plan_returned";
    case Event::kStartRectification:
      return "issue.rectification_started";
    case Event::kSubmitReport:
      return "issue.rectified";
    case Event::kFailPaperCheck:
      return "issue.rectification_returned";
    case Event::kFailLookback:
      return "issue.look_back_failed";
    case Event::kPassLookback:
      return "issue.verified";
    case Event::kReopen:
      // A verified issue was never out of the stock: only what was closed is reopened in the sense of E3.
      return transition.flow == Flow::kReopened ? "issue.reopened" : "issue.verification_withdrawn";
    case Event::kProposeDisposition:
      return "issue.disposition_proposed";
    case Event::kRejectDisposition:
      return "issue.disposition_rejected";
    case Event::kApproveDisposition:
      switch (transition.flow) {
        case Flow::kWaived:
          return "issue.waived";
        case Flow::kTransferred:
          return "issue.transferred";
        case Flow::kMerged:
          return "issue.merged";
        case Flow::kVoided:
          return "issue.voided";
        default:
          return "issue.disposition_approved";  // others have yet to approve it
      }
  }
  std::abort();
}

absl::Status Refused(const absl::Status& status, const std::string& resource) {
  auto refusal = RefusalOf(status);
  if (!refusal.has_value()) return status;
  refusal->variables.emplace("resource", resource);
  return ErrorFromRefusal(Refuse(refusal->reason, refusal->variables));
}

absl::StatusOr<Opened> Open(work::Unit& unit, const rpc::Call& call, const Target& target) {
  const std::string office = resource::SlugOf(target.name);
  ASSIGN_OR_RETURN(const Time now, roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Now(office)));
  ASSIGN_OR_RETURN(roster::Reach reach, roster::ReachForWrite(unit.db(), call, office, ChinaDate(now)));
  ASSIGN_OR_RETURN(v1::Issue issue, resource::GetWithin<v1::Issue>(reach, call, unit.db(), target.name,
                                                                   resource::Lock::kForUpdate));
  RETURN_IF_ERROR(roster::CheckSchool(unit.db(), call, reach, resource::UuidOf(issue.school())));
  RETURN_IF_ERROR(resource::CheckEtag(issue, target.etag));
  std::optional<Time> occurred;
  if (target.occur_time.has_value()) occurred = resource::FromProto(*target.occur_time);
  ASSIGN_OR_RETURN(Occasion occasion, OccasionOf(unit.db(), office, now, occurred));
  return Opened{.issue = std::move(issue), .occasion = std::move(occasion)};
}

absl::Status Conduct(work::Unit& unit, const rpc::Call& call, const Occasion& occasion, Deed deed,
                     v1::Issue* issue) {
  ASSIGN_OR_RETURN(deed.command.actor, ActorOf(unit.db(), call, occasion, resource::UuidOf(issue->school())));
  return DecideAndSave(unit, occasion, call.principal().subject, std::move(deed), issue);
}

absl::Status ConductForSystem(work::Unit& unit, const Occasion& occasion, const std::string& actor_name,
                              Deed deed, v1::Issue* issue) {
  return DecideAndSave(unit, occasion, actor_name, std::move(deed), issue);
}

absl::StatusOr<v1::Issue> Act(work::Unit& unit, const rpc::Call& call, const Target& target, Deed deed) {
  ASSIGN_OR_RETURN(Opened opened, Open(unit, call, target));
  RETURN_IF_ERROR(Conduct(unit, call, opened.occasion, std::move(deed), &opened.issue));
  ShowDeadlines(opened.occasion.today, &opened.issue);
  return std::move(opened.issue);
}

}  // namespace inspectorate::issues
