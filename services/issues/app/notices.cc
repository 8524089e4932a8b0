#include "services/issues/app/notices.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/calendar.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "services/issues/app/act.h"
#include "services/issues/app/clock_book.h"
#include "services/issues/domain/numbering.h"
#include "services/issues/store/notice_numbers.h"

namespace inspectorate::issues {
namespace {

using resource::Description;
using resource::ToProto;

// Where the caller may write, and on which day that is decided.
struct Place {
  roster::Reach reach;
  Time now;
};

absl::StatusOr<Place> Enter(work::Unit& unit, const rpc::Call& call, const std::string& office) {
  ASSIGN_OR_RETURN(const Time now, roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Now(office)));
  ASSIGN_OR_RETURN(roster::Reach reach, roster::ReachForWrite(unit.db(), call, office, ChinaDate(now)));
  return Place{.reach = std::move(reach), .now = now};
}

template <class Request>
std::optional<Time> Occurred(const Request& request) {
  const auto given = OccurTimeOf(request);
  return given.has_value() ? std::optional<Time>(resource::FromProto(*given)) : std::nullopt;
}

// Locked in the order of their names, whatever order the caller gave: two notices never wait for each other.
absl::StatusOr<std::vector<v1::Issue>> LockIssues(work::Unit& unit, const rpc::Call& call,
                                                  const roster::Reach& reach,
                                                  std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<v1::Issue> issues;
  for (const std::string& name : names) {
    if (resource::SlugOf(name) != reach.office) return resource::Missing(reach.whole_office, call, name);
    ASSIGN_OR_RETURN(v1::Issue issue, resource::GetWithin<v1::Issue>(reach, call, unit.db(), name,
                                                                     resource::Lock::kForUpdate));
    issues.push_back(std::move(issue));
  }
  return issues;
}

absl::Status CheckOneSchool(work::Unit& unit, const rpc::Call& call, const roster::Reach& reach,
                            const std::vector<v1::Issue>& issues) {
  for (const v1::Issue& issue : issues) {
    if (issue.school() != issues.front().school()) return Error(ErrorReason::ISSUES_OF_ONE_SCHOOL);
  }
  return roster::CheckSchool(unit.db(), call, reach, resource::UuidOf(issues.front().school()));
}

// What the notice asks for on paper; 0 where the office's law has no such rule.
absl::StatusOr<int32_t> ReportCopies(const roster::Policy& policy) {
  ASSIGN_OR_RETURN(const auto copies, roster::IfInForce(policy.Int("notice.report_copies")));
  return static_cast<int32_t>(copies.value_or(0));
}

absl::StatusOr<v1::Notice> Draw(work::Unit& unit, const rpc::Call& call, const Occasion& occasion,
                                const v1::IssueNoticeRequest& request, const v1::Issue& first) {
  v1::Notice notice;
  notice.set_name(
      resource::NewName(Description::Of<v1::Notice>(), "offices/" + occasion.office, unit.recorded()));
  notice.set_school(first.school());
  notice.set_area(first.area());
  notice.set_state(v1::ISSUED);
  *notice.mutable_issue_day() = ToProto(occasion.day);
  *notice.mutable_issue_time() = ToProto(occasion.time);
  notice.set_issued_by(call.principal().subject);
  notice.set_signatory(request.signatory().empty() ? call.principal().display_name : request.signatory());
  notice.set_requirements(request.requirements());
  if (request.requirements().empty()) {
    ASSIGN_OR_RETURN(*notice.mutable_requirements(), occasion.policy.Text("notice.requirements"));
  }
  ASSIGN_OR_RETURN(const Date deemed, DeemedServedDay(occasion.policy, occasion.day, *occasion.calendar));
  *notice.mutable_deemed_served_day() = ToProto(deemed);
  ASSIGN_OR_RETURN(const int32_t copies, ReportCopies(occasion.policy));
  notice.set_report_copies(copies);
  return notice;
}

// The number comes last before the issues move: its row keeps the office's other notices waiting.
absl::Status Number(work::Unit& unit, const Occasion& occasion, v1::Notice* notice) {
  const int year = YearOf(occasion.day);
  ASSIGN_OR_RETURN(const uint32_t serial, store::TakeNoticeSerial(unit.db(), occasion.office, year));
  auto number = FormatDocumentNumber(occasion.document_prefix, year, serial);
  if (!number.ok()) return Refused(number.status(), notice->name());
  notice->set_number(*number);
  notice->set_year(year);
  notice->set_serial(static_cast<int32_t>(serial));
  return absl::OkStatus();
}

Deed NoticeDeed(const v1::Notice& notice, const std::string& caller) {
  return {.command = {.event = Event::kIssueNotice, .document = notice.number()},
          .record = [name = notice.name(), caller](const Transition&, const Occasion& occasion,
                                                   v1::Issue* issue) {
            issue->set_notice(name);
            issue->set_notice_issued_by(caller);
            *issue->mutable_notice_time() = ToProto(occasion.time);
          }};
}

Deed ServiceDeed(Event event, std::optional<Date> deemed_served_on, const std::string& caller) {
  return {.command = {.event = event},
          .deemed_served_on = deemed_served_on,
          .record = [event, caller](const Transition&, const Occasion& occasion, v1::Issue* issue) {
            if (event == Event::kSignReceipt) issue->set_acknowledged_by(caller);
            *issue->mutable_acknowledge_time() = ToProto(occasion.time);
          }};
}

struct OpenedNotice {
  v1::Notice notice;
  std::vector<v1::Issue> issues;  // those that still wait for service
  Occasion occasion;
};

template <class Request>
absl::StatusOr<OpenedNotice> OpenNotice(work::Unit& unit, const rpc::Call& call, const Request& request) {
  const std::string office = resource::SlugOf(request.name());
  ASSIGN_OR_RETURN(const Place place, Enter(unit, call, office));
  ASSIGN_OR_RETURN(v1::Notice notice,
                   resource::GetWithin<v1::Notice>(place.reach, call, unit.db(), request.name(),
                                                   resource::Lock::kForUpdate));
  RETURN_IF_ERROR(roster::CheckSchool(unit.db(), call, place.reach, resource::UuidOf(notice.school())));
  RETURN_IF_ERROR(resource::CheckEtag(notice, request.etag()));
  if (notice.state() != v1::ISSUED) {
    return Error(ErrorReason::STATE_TRANSITION_DENIED, {{"resource", notice.name()},
                                                        {"state", v1::NoticeState_Name(notice.state())},
                                                        {"event", call.method().name()}});
  }
  ASSIGN_OR_RETURN(std::vector<v1::Issue> issues,
                   LockIssues(unit, call, place.reach, {notice.issues().begin(), notice.issues().end()}));
  // What two persons ended meanwhile needs no service any more.
  std::erase_if(issues, [](const v1::Issue& issue) { return issue.state() != v1::NOTIFIED; });
  ASSIGN_OR_RETURN(Occasion occasion, OccasionOf(unit.db(), office, place.now, Occurred(request)));
  return OpenedNotice{
      .notice = std::move(notice), .issues = std::move(issues), .occasion = std::move(occasion)};
}

absl::Status MoveIssues(work::Unit& unit, const rpc::Call& call, const Occasion& occasion, const Deed& deed,
                        std::vector<v1::Issue>* issues) {
  for (v1::Issue& issue : *issues) RETURN_IF_ERROR(Conduct(unit, call, occasion, deed, &issue));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Date> DeemedServedDay(const roster::Policy& policy, Date issued,
                                     const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const DeadlineRule rule, roster::TermOf(policy, "notice.deemed_served_days"));
  ASSIGN_OR_RETURN(const Deadline deadline, ComputeDeadline(rule, issued, calendar));
  return deadline.due + std::chrono::days(1);
}

absl::StatusOr<v1::Notice> IssueNotice(work::Unit& unit, const rpc::Call& call,
                                       const v1::IssueNoticeRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  ASSIGN_OR_RETURN(const Place place, Enter(unit, call, office));
  ASSIGN_OR_RETURN(std::vector<v1::Issue> issues,
                   LockIssues(unit, call, place.reach, {request.issues().begin(), request.issues().end()}));
  RETURN_IF_ERROR(CheckOneSchool(unit, call, place.reach, issues));
  ASSIGN_OR_RETURN(const Occasion occasion, OccasionOf(unit.db(), office, place.now, Occurred(request)));
  ASSIGN_OR_RETURN(v1::Notice notice, Draw(unit, call, occasion, request, issues.front()));
  for (const std::string& name : request.issues()) {
    const auto& listed = notice.issues();
    if (std::find(listed.begin(), listed.end(), name) == listed.end()) notice.add_issues(name);
  }
  RETURN_IF_ERROR(Number(unit, occasion, &notice));
  RETURN_IF_ERROR(
      resource::Insert(unit, Description::Of<v1::Notice>(), &notice, "notice.issued", occasion.time));
  RETURN_IF_ERROR(MoveIssues(unit, call, occasion, NoticeDeed(notice, call.principal().subject), &issues));
  return notice;
}

absl::StatusOr<v1::Notice> ConfirmReceipt(work::Unit& unit, const rpc::Call& call,
                                          const v1::ConfirmReceiptRequest& request) {
  ASSIGN_OR_RETURN(OpenedNotice opened, OpenNotice(unit, call, request));
  const std::string& caller = call.principal().subject;
  RETURN_IF_ERROR(
      MoveIssues(unit, call, opened.occasion, ServiceDeed(Event::kSignReceipt, {}, caller), &opened.issues));
  v1::Notice& notice = opened.notice;
  notice.set_state(v1::SERVED);
  *notice.mutable_served_time() = ToProto(opened.occasion.time);
  notice.set_received_by(caller);
  notice.set_signed_by(request.signed_by());
  notice.set_signer_duty(request.signer_duty());
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<v1::Notice>(), &notice, "notice.served",
                                   work::Change::STATE_CHANGED, opened.occasion.time));
  return std::move(notice);
}

absl::StatusOr<v1::Notice> DeemServed(work::Unit& unit, const rpc::Call& call,
                                      const v1::DeemServedRequest& request) {
  ASSIGN_OR_RETURN(OpenedNotice opened, OpenNotice(unit, call, request));
  v1::Notice& notice = opened.notice;
  const Deed deed = ServiceDeed(Event::kDeemServed, resource::FromProto(notice.deemed_served_day()),
                                call.principal().subject);
  RETURN_IF_ERROR(MoveIssues(unit, call, opened.occasion, deed, &opened.issues));
  notice.set_state(v1::DEEMED_SERVED);
  *notice.mutable_served_time() = ToProto(opened.occasion.time);
  RETURN_IF_ERROR(resource::Update(unit, Description::Of<v1::Notice>(), &notice, "notice.deemed_served",
                                   work::Change::STATE_CHANGED, opened.occasion.time));
  return std::move(notice);
}

}  // namespace inspectorate::issues
