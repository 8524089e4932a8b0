#include "services/visits/rpc/register.h"

#include <memory>
#include <string>
#include <utility>

#include "common/base/macros.h"
#include "common/status/error.h"
#include "google/protobuf/empty.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/visits/app/comprehensive.h"
#include "services/visits/app/findings.h"
#include "services/visits/app/look_backs.h"
#include "services/visits/app/obligations.h"
#include "services/visits/app/plans.h"
#include "services/visits/app/visits.h"
#include "services/visits/domain/planner_flow.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

using google::protobuf::Empty;
using resource::Message;
using resource::Platform;

// The rules refuse in their own terms; a caller sees the error of the catalogue.
template <class T>
absl::StatusOr<T> AsError(absl::StatusOr<T> result) {
  if (!result.ok()) return ErrorFromRefusal(result.status());
  return result;
}

std::string Method(const char* name) { return "inspectorate.visits.v1." + std::string(name); }

template <class Request, class Response, class F>
void Write(rpc::Methods& methods, const Platform& platform, const char* method, F act,
           rpc::Company company = rpc::Company::kTogether) {
  resource::RegisterWrite<Request, Response>(
      methods, platform, Method(method),
      [act](work::Unit& unit, rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        return AsError<Response>(act(unit, call, request));
      },
      company);
}

template <class Request, class Response, class F>
void Read(rpc::Methods& methods, const Platform& platform, const char* method, F read) {
  resource::RegisterRead<Request, Response>(
      methods, platform, Method(method),
      [read](db::Session& session, rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        return AsError<Response>(read(session, call, request));
      });
}

// A school sees a visit once it has been told of it or the panel has come: an unannounced one, and one called
// off before, is absent for it (design 7).
query::Condition ReleasedTo(const roster::Reach& reach) {
  if (reach.role != rpc::Role::ROLE_SCHOOL_SUPERVISOR) return {};
  return {"`notify_time` IS NOT NULL OR `held_day` IS NOT NULL", {}};
}

// Inspectors reach the visits that they are sent on, whoever the school is assigned to.
query::Condition OfOwnPanel(const roster::Reach& reach) {
  if (reach.role != rpc::Role::ROLE_RESPONSIBLE_INSPECTOR && reach.role != rpc::Role::ROLE_AREA_LEAD)
    return {};
  return InPanel(reach);
}

resource::Hooks VisitHooks() {
  resource::Hooks hooks;
  hooks.before_create = [](work::Unit& unit, rpc::Call& call, Message* created) {
    return ErrorFromRefusal(PrepareVisit(unit, call, static_cast<v1::Visit*>(created)));
  };
  hooks.after_write = [](work::Unit& unit, const Message& written) {
    return ErrorFromRefusal(ClaimFor(unit, static_cast<const v1::Visit&>(written)));
  };
  hooks.visible = ReleasedTo;
  hooks.also_reached = OfOwnPanel;
  hooks.count_index = "visit_state";
  hooks.created_event = "visit.planned";
  return hooks;
}

resource::Hooks FindingHooks() {
  resource::Hooks hooks;
  hooks.before_create = [](work::Unit& unit, rpc::Call& call, Message* created) {
    return ErrorFromRefusal(PrepareFinding(unit, call, static_cast<v1::Finding*>(created)));
  };
  hooks.before_update = [](work::Unit& unit, rpc::Call& call, const Message& before, Message* after) {
    return ErrorFromRefusal(CheckFindingChange(unit, call, static_cast<const v1::Finding&>(before),
                                               static_cast<const v1::Finding&>(*after)));
  };
  hooks.also_reached = OfOwnPanel;
  hooks.count_index = "finding_school";
  hooks.created_event = "finding.recorded";
  hooks.updated_event = "finding.corrected";
  return hooks;
}

void RegisterLedger(rpc::Methods& methods, const Platform& platform) {
  resource::Hooks hooks;
  hooks.count_index = "obligation_state";
  resource::RegisterStandard(methods, platform, Method("Obligations"), v1::Obligation::descriptor(), hooks);
  Write<v1::GenerateObligationsRequest, v1::GenerateObligationsResponse>(
      methods, platform, "Obligations.GenerateObligations",
      [](work::Unit& unit, rpc::Call& call, const v1::GenerateObligationsRequest& request) {
        return GenerateObligations(unit, call, request);
      },
      rpc::Company::kAlone);
  Write<v1::ExcuseObligationRequest, v1::Obligation>(methods, platform, "Obligations.ExcuseObligation",
                                                     ExcuseObligation);
  Read<v1::PreviewCalendarRequest, v1::PreviewCalendarResponse>(
      methods, platform, "Obligations.PreviewCalendar", PreviewCalendar);
  Read<v1::GetCoverageRequest, v1::VisitCoverage>(methods, platform, "Obligations.GetCoverage", GetCoverage);
  Read<v1::ListComprehensiveCyclesRequest, v1::ListComprehensiveCyclesResponse>(
      methods, platform, "Obligations.ListComprehensiveCycles",
      [&platform](db::Session& session, const rpc::Call& call,
                  const v1::ListComprehensiveCyclesRequest& request) {
        return ListComprehensiveCycles(session, call, platform.page_tokens, request);
      });
}

void RegisterPlans(rpc::Methods& methods, const Platform& platform, lro::Operations& operations) {
  resource::RegisterStandard(methods, platform, Method("Plans"), v1::Plan::descriptor());
  resource::RegisterStandard(methods, platform, Method("Plans"), v1::PlanItem::descriptor());
  operations.AddRunner(kSolvePlan, v1::CreatePlanRequest::default_instance(),
                       [&writer = platform.writer, planner = std::shared_ptr<Planner>(MakeFlowPlanner())](
                           lro::Context& context, const Message& request) {
                         return AsError(SolvePlan(writer, *planner, context,
                                                  static_cast<const v1::CreatePlanRequest&>(request)));
                       });
  Write<v1::CreatePlanRequest, lro::Operation>(
      methods, platform, "Plans.CreatePlan",
      [&operations](work::Unit& unit, rpc::Call& call, const v1::CreatePlanRequest& request) {
        return CreatePlan(unit, call, operations, request);
      });
  Write<v1::PublishPlanRequest, v1::Plan>(methods, platform, "Plans.PublishPlan", PublishPlan,
                                          rpc::Company::kAlone);
}

void RegisterVisits(rpc::Methods& methods, const Platform& platform) {
  resource::RegisterStandard(methods, platform, Method("Visits"), v1::Visit::descriptor(), VisitHooks());
  using v1::Visit;
  Write<v1::NotifyVisitRequest, Visit>(methods, platform, "Visits.NotifyVisit", NotifyVisit);
  Write<v1::StartVisitRequest, Visit>(methods, platform, "Visits.StartVisit", StartVisit);
  Write<v1::RecordVisitRequest, Visit>(methods, platform, "Visits.RecordVisit", RecordVisit);
  Write<v1::SubmitVisitRequest, Visit>(methods, platform, "Visits.SubmitVisit", SubmitVisit);
  Write<v1::ReturnVisitRequest, Visit>(methods, platform, "Visits.ReturnVisit", ReturnVisit);
  Write<v1::ApproveVisitRequest, Visit>(methods, platform, "Visits.ApproveVisit", ApproveVisit);
  Write<v1::HandOverVisitRequest, Visit>(methods, platform, "Visits.HandOverVisit", HandOverVisit);
  Write<v1::CancelVisitRequest, Visit>(methods, platform, "Visits.CancelVisit", CancelVisit);
  Write<v1::MarkVisitMissedRequest, Visit>(methods, platform, "Visits.MarkVisitMissed", MarkVisitMissed);
  Write<v1::RecordFeedbackRequest, Visit>(methods, platform, "Visits.RecordFeedback", RecordFeedback);
  Write<v1::ReportObstructionRequest, Visit>(methods, platform, "Visits.ReportObstruction",
                                             ReportObstruction);
  Read<v1::ListOpenItemsRequest, v1::ListOpenItemsResponse>(methods, platform, "Visits.ListOpenItems",
                                                            ListOpenItems);
}

void RegisterFindings(rpc::Methods& methods, const Platform& platform) {
  resource::RegisterStandard(methods, platform, Method("Findings"), v1::Finding::descriptor(),
                             FindingHooks());
  Write<v1::DeleteFindingRequest, Empty>(
      methods, platform, "Findings.DeleteFinding",
      [](work::Unit& unit, rpc::Call& call,
         const v1::DeleteFindingRequest& request) -> absl::StatusOr<Empty> {
        RETURN_IF_ERROR(DeleteFinding(unit, call, request));
        return Empty();
      });
}

}  // namespace

void RegisterMethods(rpc::Methods& methods, const Platform& platform, lro::Operations& operations) {
  RegisterLedger(methods, platform);
  RegisterPlans(methods, platform, operations);
  RegisterVisits(methods, platform);
  RegisterFindings(methods, platform);
}

}  // namespace inspectorate::visits
