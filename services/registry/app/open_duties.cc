#include "services/registry/app/open_duties.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/registry/app/terms.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using v1::OpenDuty;

constexpr int kPage = 1000;
constexpr char kOpenVisits[] =
    "state = PLANNED OR state = NOTIFIED OR state = IN_PROGRESS OR state = RETURNED";
constexpr char kOpenIssues[] =
    "state = REGISTERED OR state = NOTIFIED OR state = ACKNOWLEDGED OR state = RECTIFYING OR"
    " state = AWAITING_VERIFICATION OR state = VERIFIED";

// Whether somebody leaving must settle it: what falls before the last day can still be done.
bool Blocks(const visits::v1::Visit& visit, const Leaver& leaver) {
  const auto& panel = visit.panel();
  if (std::find(panel.begin(), panel.end(), leaver.inspector) == panel.end()) return false;
  const bool ahead = visit.state() == visits::v1::PLANNED || visit.state() == visits::v1::NOTIFIED;
  const Date day = FromProto(visit.planned_day());
  return !(ahead && leaver.today < leaver.last_day && leaver.today <= day && day <= leaver.last_day);
}

// All pages of a list of an office. `List` names request, response, peer, method and field.
template <class Request, class Response, class F>
absl::Status EachPage(const Peers& peers, const rpc::Call& call, const std::string& source,
                      const std::string& method, Request request, F each) {
  rpc::Client* peer = peers(source);
  if (peer == nullptr) return Error(ErrorReason::PEER_UNAVAILABLE, {{"service", source}});
  request.set_page_size(kPage);
  do {
    ASSIGN_OR_RETURN(const Response page, peer->Call<Response>(method, request, {.budget = &call.budget()}));
    each(page);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<SchoolInHand>> SchoolsInHand(db::Session& session, const Leaver& leaver) {
  const Uuid inspector = resource::UuidOf(leaver.inspector);
  const Date after = leaver.last_day + std::chrono::days(1);
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT a.`school` AS school, MAX(CASE WHEN b.`school` IS NULL THEN 0 ELSE 1 END) AS "
                    "covered FROM `inspector_assignment` a LEFT JOIN `inspector_assignment` b"
                    " ON b.`school` = a.`school` AND b.`inspector` <> a.`inspector` AND b.`valid_from` <= ?"
                    " AND (b.`valid_to` IS NULL OR b.`valid_to` >= ?)"
                    " WHERE a.`office` = ? AND a.`inspector` = ?"
                    " AND (a.`valid_to` IS NULL OR a.`valid_to` >= ?)"
                    " GROUP BY a.`school` ORDER BY a.`school`",
                    {after, after, leaver.office, inspector, leaver.last_day}));
  std::vector<SchoolInHand> schools;
  for (size_t i = 0; i < rows.size(); ++i) {
    schools.push_back({.school = "schools/" + FormatUuid(rows.at(i, "school").AsUuid()),
                       .covered = rows.at(i, "covered").AsInt() != 0});
  }
  return schools;
}

absl::StatusOr<std::vector<OpenDuty>> AskOpenDuties(const Peers& peers, const rpc::Call& call,
                                                    const Leaver& leaver,
                                                    const std::vector<std::string>& schools) {
  std::vector<OpenDuty> duties;
  visits::v1::ListVisitsRequest of_office;
  of_office.set_parent("offices/" + leaver.office);
  of_office.set_filter(kOpenVisits);
  for (const char* field : {"school", "panel", "planned_day", "state"}) {
    of_office.mutable_read_mask()->add_paths(field);
  }
  RETURN_IF_ERROR((EachPage<visits::v1::ListVisitsRequest, visits::v1::ListVisitsResponse>(
      peers, call, "visits", "inspectorate.visits.v1.Visits.ListVisits", of_office, [&](const auto& page) {
        for (const auto& visit : page.visits()) {
          if (!Blocks(visit, leaver)) continue;
          OpenDuty& duty = duties.emplace_back();
          duty.set_kind(v1::OPEN_VISIT);
          duty.set_resource(visit.name());
          duty.set_school(visit.school());
          *duty.mutable_day() = visit.planned_day();
          duty.set_state(ChineseTerm(*visits::v1::VisitState_descriptor(), visit.state()));
        }
      })));
  for (const std::string& school : schools) {
    issues::v1::ListIssuesRequest of_school;
    of_school.set_parent("offices/" + leaver.office);
    of_school.set_filter("school = \"" + school + "\" AND (" + kOpenIssues + ")");
    for (const char* field : {"school", "state", "rectify_due"})
      of_school.mutable_read_mask()->add_paths(field);
    RETURN_IF_ERROR((EachPage<issues::v1::ListIssuesRequest, issues::v1::ListIssuesResponse>(
        peers, call, "issues", "inspectorate.issues.v1.Issues.ListIssues", of_school, [&](const auto& page) {
          for (const auto& issue : page.issues()) {
            OpenDuty& duty = duties.emplace_back();
            duty.set_kind(v1::OPEN_ISSUE);
            duty.set_resource(issue.name());
            duty.set_school(issue.school());
            if (issue.has_rectify_due()) *duty.mutable_day() = issue.rectify_due();
            duty.set_state(ChineseTerm(*issues::v1::IssueState_descriptor(), issue.state()));
          }
        })));
  }
  return duties;
}

}  // namespace inspectorate::registry
