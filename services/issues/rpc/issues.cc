#include "common/base/macros.h"
#include "common/resource/table.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "services/issues/app/act.h"
#include "services/issues/app/clock_book.h"
#include "services/issues/app/new_papers.h"
#include "services/issues/app/reads.h"
#include "services/issues/app/verbs.h"
#include "services/issues/rpc/methods.h"
#include "services/issues/rpc/office_time.h"

namespace inspectorate::issues {
namespace {

constexpr char kService[] = "inspectorate.issues.v1.Issues";

std::string Method(std::string_view name) { return std::string(kService) + "." + std::string(name); }

template <class Request>
Target TargetOf(const Request& request) {
  return {.name = request.name(), .etag = request.etag(), .occur_time = OccurTimeOf(request)};
}

// A verb that is a decision of the state machine.
template <class Request>
void RegisterVerb(rpc::Methods& methods, const resource::Platform& platform, std::string_view name) {
  resource::RegisterWrite<Request, v1::Issue>(
      methods, platform, Method(name), [](work::Unit& unit, rpc::Call& call, const Request& request) {
        return Act(unit, call, TargetOf(request), DeedOf(request, call.principal().subject));
      });
}

absl::StatusOr<v1::Issue> Extend(work::Unit& unit, rpc::Call& call,
                                 const v1::ExtendDeadlineRequest& request) {
  ASSIGN_OR_RETURN(Opened opened, Open(unit, call, TargetOf(request)));
  RETURN_IF_ERROR(ExtendRectification(opened.occasion, resource::FromProto(request.new_due_date()),
                                      call.principal().subject, request.reason(), &opened.issue));
  RETURN_IF_ERROR(resource::Update(unit, resource::Description::Of<v1::Issue>(), &opened.issue,
                                   "issue.deadline_extended", work::Change::UPDATED, opened.occasion.time));
  ShowDeadlines(opened.occasion.today, &opened.issue);
  return std::move(opened.issue);
}

void RegisterReads(rpc::Methods& methods, const resource::Platform& platform) {
  resource::RegisterRead<v1::ListTransitionsRequest, v1::ListTransitionsResponse>(
      methods, platform, Method("ListTransitions"),
      [&platform](db::Session& session, rpc::Call& call,
                  const v1::ListTransitionsRequest& request) -> absl::StatusOr<v1::ListTransitionsResponse> {
        ASSIGN_OR_RETURN(const Time now, OfficeTime(session, platform, call, request.name()));
        return ListTransitions(session, call, now, request);
      },
      rpc::Company::kTogether);
  resource::RegisterRead<v1::GetTimelineRequest, v1::Timeline>(
      methods, platform, Method("GetTimeline"),
      [&platform](db::Session& session, rpc::Call& call,
                  const v1::GetTimelineRequest& request) -> absl::StatusOr<v1::Timeline> {
        ASSIGN_OR_RETURN(const Time now, OfficeTime(session, platform, call, request.name()));
        return GetTimeline(session, call, now, request);
      },
      rpc::Company::kTogether);
  resource::RegisterRead<v1::PreviewCalendarRequest, v1::PreviewCalendarResponse>(
      methods, platform, Method("PreviewCalendar"),
      [&platform](db::Session& session, rpc::Call& call,
                  const v1::PreviewCalendarRequest& request) -> absl::StatusOr<v1::PreviewCalendarResponse> {
        ASSIGN_OR_RETURN(const Time now, OfficeTime(session, platform, call, request.parent()));
        return PreviewCalendar(session, call, now, request);
      });
  // A transaction, though it only reads: it holds the office's feed still while it counts.
  methods.Unary<v1::GetStockRequest, v1::Stock>(
      Method("GetStock"),
      [&platform](rpc::Call& call, const v1::GetStockRequest& request) -> absl::StatusOr<v1::Stock> {
        absl::StatusOr<v1::Stock> stock = absl::UnknownError("not run");
        const absl::Status status =
            platform.database.Transact(call.budget(), {}, [&](db::Transaction& tx) -> absl::Status {
              ASSIGN_OR_RETURN(const Time now, OfficeTime(tx, platform, call, request.parent()));
              stock = GetStock(tx, call, now, request);
              return stock.status();
            });
        if (!status.ok()) return status;
        return stock;
      });
}

}  // namespace

void RegisterIssues(rpc::Methods& methods, const resource::Platform& platform) {
  resource::Hooks hooks;
  hooks.on_read = [](db::Session&, rpc::Call&, Date today, resource::Message* issue) {
    ShowDeadlines(today, static_cast<v1::Issue*>(issue));
    return absl::OkStatus();
  };
  hooks.derived_from = {"clocks"};
  hooks.count_index = "issue_state";
  resource::RegisterStandard(methods, platform, kService, v1::Issue::descriptor(), std::move(hooks));
  RegisterVerb<v1::TriageIssueRequest>(methods, platform, "TriageIssue");
  RegisterVerb<v1::CloseOnSpotRequest>(methods, platform, "CloseOnSpot");
  RegisterVerb<v1::SubmitPlanRequest>(methods, platform, "SubmitPlan");
  RegisterVerb<v1::AcceptPlanRequest>(methods, platform, "AcceptPlan");
  RegisterVerb<v1::ReturnPlanRequest>(methods, platform, "ReturnPlan");
  RegisterVerb<v1::SubmitRectificationRequest>(methods, platform, "SubmitRectification");
  RegisterVerb<v1::ReturnRectificationRequest>(methods, platform, "ReturnRectification");
  RegisterVerb<v1::AcceptIssueRequest>(methods, platform, "AcceptIssue");
  RegisterVerb<v1::ReopenIssueRequest>(methods, platform, "ReopenIssue");
  RegisterVerb<v1::ProposeDispositionRequest>(methods, platform, "ProposeDisposition");
  RegisterVerb<v1::ApproveDispositionRequest>(methods, platform, "ApproveDisposition");
  RegisterVerb<v1::RejectDispositionRequest>(methods, platform, "RejectDisposition");
  resource::RegisterWrite<v1::ExtendDeadlineRequest, v1::Issue>(methods, platform, Method("ExtendDeadline"),
                                                                Extend);
  RegisterReads(methods, platform);
}

}  // namespace inspectorate::issues
