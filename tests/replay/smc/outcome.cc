#include "tests/replay/smc/outcome.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::smc {
namespace {

using resource::FromProto;
using resource::ToProto;

constexpr char kAreaSuffix[] = "责任区";
constexpr int kPage = 1000;

int YearIn(const google::protobuf::Timestamp& time) { return YearOf(ChinaDate(FromProto(time))); }

}  // namespace

Outcome::Outcome(const std::map<std::string, std::string>& endpoints,
                 std::unique_ptr<auth::TokenIssuer> issuer, std::string office)
    : world_(endpoints, std::move(issuer), std::move(office)),
      reader_{"offices/" + world_.office() + "/staff/00000000-0000-4000-8000-000000000001", "reader",
              rpc::Role::ROLE_AUDITOR} {}

absl::StatusOr<std::map<std::string, std::string>> Outcome::Areas() {
  registry::v1::ListAreasRequest request;
  request.set_parent(world_.parent());
  request.set_page_size(kPage);
  ASSIGN_OR_RETURN(const auto list, world_.Call<registry::v1::ListAreasResponse>(
                                        reader_, "inspectorate.registry.v1.Areas.ListAreas", request));
  std::map<std::string, std::string> areas;
  for (const auto& area : list.areas()) {
    std::string town = area.display_name();
    if (town.ends_with(kAreaSuffix)) town.resize(town.size() - sizeof kAreaSuffix + 1);
    areas[absl::AsciiStrToUpper(town)] = area.name();
  }
  return areas;
}

template <class Request, class Response>
absl::StatusOr<int64_t> Outcome::Size(const std::string& method, const std::string& parent,
                                      const std::string& filter) {
  Request request;
  request.set_parent(parent);
  request.set_filter(filter);
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto list, world_.Call<Response>(reader_, method, request));
  return list.total_size();
}

absl::StatusOr<int64_t> Outcome::CountVisits(const std::string& filter) {
  return Size<visits::v1::ListVisitsRequest, visits::v1::ListVisitsResponse>(
      "inspectorate.visits.v1.Visits.ListVisits", world_.parent(), filter);
}
absl::StatusOr<int64_t> Outcome::CountFindings(const std::string& filter) {
  return Size<visits::v1::ListFindingsRequest, visits::v1::ListFindingsResponse>(
      "inspectorate.visits.v1.Findings.ListFindings", world_.parent() + "/visits/-", filter);
}
absl::StatusOr<int64_t> Outcome::CountIssues(const std::string& filter) {
  return Size<issues::v1::ListIssuesRequest, issues::v1::ListIssuesResponse>(
      "inspectorate.issues.v1.Issues.ListIssues", world_.parent(), filter);
}

absl::StatusOr<std::vector<issues::v1::Issue>> Outcome::AllIssues() {
  issues::v1::ListIssuesRequest request;
  request.set_parent(world_.parent());
  request.set_page_size(kPage);
  std::vector<issues::v1::Issue> all;
  do {
    ASSIGN_OR_RETURN(const auto page, world_.Call<issues::v1::ListIssuesResponse>(
                                          reader_, "inspectorate.issues.v1.Issues.ListIssues", request));
    all.insert(all.end(), page.issues().begin(), page.issues().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::StatusOr<reporting::v1::QueryIndicatorsResponse> Outcome::Figures(
    Date from, Date to, const std::string& area, const std::vector<std::string>& codes) {
  reporting::v1::QueryIndicatorsRequest request;
  request.set_parent(world_.parent());
  *request.mutable_period_from() = ToProto(from);
  *request.mutable_period_to() = ToProto(to);
  request.set_area(area);
  for (const std::string& code : codes) request.add_metrics(code);
  return world_.Call<reporting::v1::QueryIndicatorsResponse>(
      reader_, "inspectorate.reporting.v1.Indicators.QueryIndicators", request);
}

absl::StatusOr<reporting::v1::LoopAudit> Outcome::Audit() {
  reporting::v1::RunLoopAuditRequest request;
  request.set_parent(world_.parent());
  return world_.Call<reporting::v1::LoopAudit>(reader_, "inspectorate.reporting.v1.LoopAudits.RunLoopAudit",
                                               request);
}

absl::StatusOr<reporting::v1::Report> Outcome::MonthReport(Date month, Date cut_off,
                                                           reporting::v1::ReportFormat format) {
  reporting::v1::GenerateReportRequest request;
  request.set_parent(world_.parent());
  *request.mutable_month() = ToProto(month);
  *request.mutable_cut_off() = ToProto(cut_off);
  request.set_format(format);
  return world_.Call<reporting::v1::Report>(reader_, "inspectorate.reporting.v1.Reports.GenerateReport",
                                            request);
}

absl::StatusOr<Outcome::Fed> Outcome::ReadFeeds() {
  Fed fed;
  for (const char* service : {"visits", "issues"}) {
    feed::v1::ListChangesRequest request;
    request.set_parent(world_.parent());
    request.set_page_size(kPage);
    feed::v1::ListChangesResponse page;
    do {
      page.Clear();
      RETURN_IF_ERROR(world_.CallOn(service, demo::World::Watcher(),
                                    "inspectorate.feed.v1.ChangeFeed.ListChanges", request, &page));
      for (const feed::v1::Change& change : page.changes()) {
        visits::v1::Visit visit;
        visits::v1::Finding finding;
        if (change.event() == "visit.submitted" && change.after().UnpackTo(&visit)) {
          ++fed.visits_submitted;
          ++fed.visits_by_area_year[{visit.area(), YearOf(FromProto(visit.held_day()))}];
        } else if (change.event() == "finding.sealed" && change.after().UnpackTo(&finding)) {
          ++fed.findings_by_year_severity[{YearIn(finding.seal_time()), finding.severity()}];
        } else if (change.event() == "issue.registered") {
          ++fed.issues_registered;
        } else if (change.event() == "issue.closed") {
          ++fed.issues_closed;
        }
      }
      request.set_after_position(page.next_position());
    } while (page.next_position() < page.head_position());
  }
  return fed;
}

}  // namespace inspectorate::smc
