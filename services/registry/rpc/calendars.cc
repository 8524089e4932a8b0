#include "services/registry/rpc/calendars.h"

#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "services/registry/app/calendars.h"
#include "services/registry/app/papers.h"
#include "services/registry/app/reach.h"
#include "services/registry/store/papers_store.h"

namespace inspectorate::registry {
namespace {

using resource::Platform;

std::string Method(const std::string& name) { return "inspectorate.registry.v1.Calendars." + name; }

// The office of a request whose caller may read it; one that is not there is denied like one out of reach.
template <class Request>
absl::StatusOr<std::string> ReadableOffice(db::Session& session, const rpc::Call& call,
                                           const Request& request) {
  std::string office = resource::SlugOf(request.parent());
  RETURN_IF_ERROR(ReachToRead(session, call, office).status());
  return office;
}

// A read of an office: `answer(session, office, request)`.
template <class Request, class Response, class F>
void OfOffice(rpc::Methods& methods, const Platform& platform, const std::string& name, F answer) {
  resource::RegisterRead<Request, Response>(
      methods, platform, Method(name),
      [answer](db::Session& session, rpc::Call& call, const Request& request) -> absl::StatusOr<Response> {
        ASSIGN_OR_RETURN(const std::string office, ReadableOffice(session, call, request));
        return answer(session, office, request);
      });
}

v1::OfficeEffect* EffectOn(const std::string& office, v1::CalendarEffect* effect) {
  for (v1::OfficeEffect& known : *effect->mutable_offices()) {
    if (known.office() == office) return &known;
  }
  v1::OfficeEffect* added = effect->add_offices();
  added->set_office(office);
  return added;
}

// How many terms would move in an office, as the service that keeps them says. `Request` and `Response` are
// of its PreviewCalendar.
template <class Request, class Response>
absl::StatusOr<int> AskMoved(const Peers& peers, const rpc::Call& call, const char* source,
                             const char* method, const std::string& office,
                             const v1::PreviewCalendarPapersRequest& papers) {
  rpc::Client* peer = peers(source);
  if (peer == nullptr) return Error(ErrorReason::PEER_UNAVAILABLE, {{"service", source}});
  Request request;
  request.set_parent(office);
  request.set_papers(papers.papers());
  request.set_days(papers.days());
  ASSIGN_OR_RETURN(const auto response, peer->Call<Response>(method, request, {.budget = &call.budget()}));
  return response.moved();
}

// Adds what the services that keep terms say; one that does not answer is named, and the rest stands.
void AskPeers(const Peers& peers, const rpc::Call& call, const v1::PreviewCalendarPapersRequest& request,
              const std::vector<std::string>& offices, v1::CalendarEffect* effect) {
  bool issues = true, visits = true;
  for (const std::string& slug : offices) {
    const std::string office = "offices/" + slug;
    if (issues) {
      const auto moved = AskMoved<issues::v1::PreviewCalendarRequest, issues::v1::PreviewCalendarResponse>(
          peers, call, "issues", "inspectorate.issues.v1.Issues.PreviewCalendar", office, request);
      issues = moved.ok();
      if (moved.ok() && *moved > 0) EffectOn(office, effect)->set_moved_issue_terms(*moved);
    }
    if (visits) {
      const auto moved = AskMoved<visits::v1::PreviewCalendarRequest, visits::v1::PreviewCalendarResponse>(
          peers, call, "visits", "inspectorate.visits.v1.Obligations.PreviewCalendar", office, request);
      visits = moved.ok();
      if (moved.ok() && *moved > 0) EffectOn(office, effect)->set_moved_look_backs(*moved);
    }
  }
  if (!issues) effect->add_unanswered("issues");
  if (!visits) effect->add_unanswered("visits");
}

absl::StatusOr<v1::CalendarEffect> Preview(const Platform& platform, const Peers& peers, rpc::Call& call,
                                           const v1::PreviewCalendarPapersRequest& request) {
  v1::CalendarEffect effect;
  std::vector<std::string> offices;
  RETURN_IF_ERROR(platform.database.Read(call.budget(), [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(effect, PreviewPapers(session, request));
    ASSIGN_OR_RETURN(offices, AllOffices(session));
    return absl::OkStatus();
  }));
  // No connection is held while others are asked.
  AskPeers(peers, call, request, offices, &effect);
  return effect;
}

}  // namespace

void RegisterCalendars(rpc::Methods& methods, const Platform& platform, const Peers& peers) {
  resource::RegisterStandard(methods, platform, "inspectorate.registry.v1.Calendars",
                             v1::CalendarPaper::descriptor());
  methods.Unary<v1::PreviewCalendarPapersRequest, v1::CalendarEffect>(
      Method("PreviewCalendarPapers"),
      [&platform, peers](rpc::Call& call, const v1::PreviewCalendarPapersRequest& request) {
        return Preview(platform, peers, call, request);
      });
  resource::RegisterWrite<v1::PublishCalendarPapersRequest, v1::CalendarEffect>(
      methods, platform, Method("PublishCalendarPapers"),
      [](work::Unit& unit, rpc::Call&, const v1::PublishCalendarPapersRequest& request) {
        return PublishPapers(unit, request);
      },
      rpc::Company::kAlone);
  OfOffice<v1::GetWorkingYearRequest, v1::WorkingYear>(
      methods, platform, "GetWorkingYear",
      [](db::Session& session, const std::string& office, const v1::GetWorkingYearRequest& request) {
        return GetWorkingYear(session, office, request.year());
      });
  OfOffice<v1::CountWorkingDaysRequest, v1::WorkingDays>(methods, platform, "CountWorkingDays",
                                                         CountWorkingDays);
  OfOffice<v1::ComputeDeadlineRequest, v1::ComputeDeadlineResponse>(methods, platform, "ComputeDeadline",
                                                                    ComputeDeadlines);
  OfOffice<v1::ListTeachingMonthsRequest, v1::ListTeachingMonthsResponse>(
      methods, platform, "ListTeachingMonths", ListTeachingMonths);
}

}  // namespace inspectorate::registry
