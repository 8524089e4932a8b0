#include "services/issues/app/verbs.h"

#include <algorithm>
#include <vector>

#include "common/resource/description.h"

namespace inspectorate::issues {
namespace {

using resource::ToProto;

std::vector<std::string> Distinct(const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<std::string> distinct;
  for (const std::string& name : names) {
    if (std::find(distinct.begin(), distinct.end(), name) == distinct.end()) distinct.push_back(name);
  }
  return distinct;
}

// Whoever acted for the school in any round does not accept later on.
void RecordRectifier(const std::string& person, v1::Issue* issue) {
  const auto& known = issue->rectified_by();
  if (std::find(known.begin(), known.end(), person) == known.end()) issue->add_rectified_by(person);
}

v1::RectificationReport* LastReport(v1::Issue* issue) {
  return issue->mutable_reports(issue->reports_size() - 1);
}

}  // namespace

Deed DeedOf(const v1::TriageIssueRequest& request, const std::string& caller) {
  return {.command = {.event = Event::kTriage,
                      .severity = static_cast<Severity>(request.severity()),
                      .route = static_cast<Route>(request.route())},
          .record = [unit = request.responsible_unit(), caller](const Transition&, const Occasion&,
                                                                v1::Issue* issue) {
            issue->set_responsible_unit(unit);
            issue->set_triaged_by(caller);
          }};
}

Deed DeedOf(const v1::CloseOnSpotRequest& request, const std::string& caller) {
  const std::vector<std::string> evidence = Distinct(request.evidence());
  return {.command = {.event = Event::kCloseOnTheSpot},
          .evidence = evidence,
          .record = [evidence, remedy = request.remedy(), caller](const Transition&, const Occasion& occasion,
                                                                  v1::Issue* issue) {
            v1::RectificationReport* report = issue->add_reports();
            report->set_round(issue->round());
            report->set_report(remedy);
            report->mutable_evidence()->Assign(evidence.begin(), evidence.end());
            report->set_submitted_by(caller);
            *report->mutable_submit_time() = ToProto(occasion.time);
            *issue->mutable_rectified_time() = ToProto(occasion.time);
            *issue->mutable_close_time() = ToProto(occasion.time);
            issue->set_closed_by(caller);
          }};
}

Deed DeedOf(const v1::SubmitPlanRequest& request, const std::string& caller) {
  return {.command = {.event = Event::kSubmitPlan, .document = request.measures()},
          .record = [request, caller](const Transition&, const Occasion& occasion, v1::Issue* issue) {
            issue->clear_plan();  // one submitted again replaces the one before
            v1::RectificationPlan* plan = issue->mutable_plan();
            plan->set_measures(request.measures());
            plan->set_responsible_person(request.responsible_person());
            if (request.has_target_date()) *plan->mutable_target_date() = request.target_date();
            plan->set_root_cause(request.root_cause());
            plan->set_submitted_by(caller);
            *plan->mutable_submit_time() = ToProto(occasion.time);
            RecordRectifier(caller, issue);
          }};
}

Deed DeedOf(const v1::AcceptPlanRequest&, const std::string& caller) {
  return {.command = {.event = Event::kAcceptPlan},
          .record = [caller](const Transition&, const Occasion& occasion, v1::Issue* issue) {
            issue->mutable_plan()->set_accepted_by(caller);
            *issue->mutable_plan()->mutable_accept_time() = ToProto(occasion.time);
          }};
}

Deed DeedOf(const v1::ReturnPlanRequest& request, const std::string&) {
  return {.command = {.event = Event::kReturnPlan, .reason = request.reason()},
          .record = [reason = request.reason()](const Transition&, const Occasion&, v1::Issue* issue) {
            issue->mutable_plan()->set_return_reason(reason);
          }};
}

Deed DeedOf(const v1::SubmitRectificationRequest& request, const std::string& caller) {
  const std::vector<std::string> evidence = Distinct(request.evidence());
  return {
      .command = {.event = Event::kSubmitReport},
      .evidence = evidence,
      .record = [request, evidence, caller](const Transition&, const Occasion& occasion, v1::Issue* issue) {
        v1::RectificationReport* report = issue->add_reports();
        report->set_round(issue->round());
        report->set_report(request.report());
        report->mutable_evidence()->Assign(evidence.begin(), evidence.end());
        report->set_responsible_person(request.responsible_person());
        report->set_submitted_by(caller);
        *report->mutable_submit_time() = ToProto(occasion.time);
        *issue->mutable_rectified_time() = ToProto(occasion.time);
        RecordRectifier(caller, issue);
      }};
}

Deed DeedOf(const v1::ReturnRectificationRequest& request, const std::string& caller) {
  return {
      .command = {.event = Event::kFailPaperCheck, .reason = request.reason()},
      .record = [reason = request.reason(), caller](const Transition&, const Occasion&, v1::Issue* issue) {
        LastReport(issue)->set_return_reason(reason);
        LastReport(issue)->set_returned_by(caller);
      }};
}

Deed DeedOf(const v1::AcceptIssueRequest& request, const std::string& caller) {
  return {.command = {.event = Event::kAccept},
          .record = [opinion = request.opinion(), caller](const Transition&, const Occasion& occasion,
                                                          v1::Issue* issue) {
            issue->set_opinion(opinion);
            issue->set_closed_by(caller);
            *issue->mutable_close_time() = ToProto(occasion.time);
          }};
}

Deed DeedOf(const v1::ReopenIssueRequest& request, const std::string&) {
  return {.command = {.event = Event::kReopen, .reason = request.new_fact()},
          .record = [fact = request.new_fact()](const Transition&, const Occasion&, v1::Issue* issue) {
            issue->set_opinion(fact);
            issue->clear_closed_by();
            issue->clear_close_time();
            issue->clear_verify_time();
          }};
}

Deed DeedOf(const v1::ProposeDispositionRequest& request, const std::string& caller) {
  const bool merge = request.disposition() == v1::MERGE;
  return {
      .command = {.event = Event::kProposeDisposition,
                  .reason = request.reason(),
                  .document = request.document_number(),
                  .disposition = static_cast<Disposition>(request.disposition() - 1),
                  .target = merge ? request.merged_into() : request.transferred_to()},
      .record = [request, caller](const Transition& transition, const Occasion& occasion, v1::Issue* issue) {
        issue->clear_disposition();  // one that was rejected is history, which the feed keeps
        v1::DispositionProposal* proposal = issue->mutable_disposition();
        proposal->set_disposition(request.disposition());
        proposal->set_reason(request.reason());
        proposal->set_document_number(request.document_number());
        const std::string& target = transition.after.proposed->target;
        if (request.disposition() == v1::MERGE) proposal->set_merged_into(target);
        if (request.disposition() == v1::TRANSFER) proposal->set_transferred_to(target);
        proposal->set_persons(static_cast<int32_t>(transition.after.proposed->persons));
        proposal->set_proposed_by(caller);
        *proposal->mutable_propose_time() = ToProto(occasion.time);
      }};
}

Deed DeedOf(const v1::ApproveDispositionRequest&, const std::string& caller) {
  return {.command = {.event = Event::kApproveDisposition},
          .record = [caller](const Transition& transition, const Occasion& occasion, v1::Issue* issue) {
            v1::DispositionProposal* proposal = issue->mutable_disposition();
            v1::DispositionApproval* approval = proposal->add_approvals();
            approval->set_approved_by(caller);
            *approval->mutable_approve_time() = ToProto(occasion.time);
            if (transition.path.empty()) return;  // others have yet to approve it
            proposal->set_decided_by(caller);
            proposal->set_approved(true);
            *proposal->mutable_decide_time() = ToProto(occasion.time);
            issue->set_closed_by(caller);
            *issue->mutable_close_time() = ToProto(occasion.time);
          }};
}

Deed DeedOf(const v1::RejectDispositionRequest& request, const std::string& caller) {
  return {.command = {.event = Event::kRejectDisposition, .reason = request.reason()},
          .record = [reason = request.reason(), caller](const Transition&, const Occasion& occasion,
                                                        v1::Issue* issue) {
            issue->mutable_disposition()->clear_approvals();  // the feed keeps who had approved
            issue->mutable_disposition()->set_decided_by(caller);
            issue->mutable_disposition()->set_reject_reason(reason);
            *issue->mutable_disposition()->mutable_decide_time() = ToProto(occasion.time);
          }};
}

}  // namespace inspectorate::issues
