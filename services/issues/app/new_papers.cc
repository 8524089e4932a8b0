#include "services/issues/app/new_papers.h"

#include <functional>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/roster/policy.h"
#include "common/roster/roster.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "services/issues/app/clock_book.h"
#include "services/issues/app/notices.h"

namespace inspectorate::issues {
namespace {

using resource::Description;
using resource::FromProto;
using resource::ToProto;
using resource::UuidOf;

constexpr char kSelf[] = "services/issues";
constexpr char kRecomputed[] = ".deadline_recomputed";
constexpr int kMostShown = 1000;
// Open issues, so many at a time: each carries its whole history.
constexpr char kNextOpen[] = "`office` = ? AND `issue` > ? AND `state` BETWEEN 1 AND 6";
constexpr char kSomeInOrder[] = "ORDER BY `issue` LIMIT 200";
static_assert(v1::REGISTERED == 1 && v1::VERIFIED == 6);

using OnMovedIssue = std::function<absl::Status(const v1::Issue&, const std::vector<MovedClock>&)>;

absl::Status EachMovedIssue(db::Session& session, const std::string& office, const WorkCalendar& calendar,
                            const OnMovedIssue& each) {
  Uuid after{};
  while (true) {
    ASSIGN_OR_RETURN(const auto issues,
                     resource::Select<v1::Issue>(session, kNextOpen, {office, after}, kSomeInOrder));
    if (issues.empty()) return absl::OkStatus();
    for (const v1::Issue& issue : issues) {
      v1::Issue moved = issue;
      const auto clocks = RecomputeClocks(calendar, Date{}, kSelf, &moved);
      if (roster::IsNoTerm(clocks.status())) continue;
      RETURN_IF_ERROR(clocks.status());
      if (!clocks->empty()) RETURN_IF_ERROR(each(issue, *clocks));
    }
    after = UuidOf(issues.back().name());
  }
}

using OnMovedNotice = std::function<absl::Status(const v1::Notice&, Date)>;

absl::Status EachMovedNotice(db::Session& session, const std::string& office, const WorkCalendar& calendar,
                             const OnMovedNotice& each) {
  ASSIGN_OR_RETURN(const auto notices,
                   resource::Select<v1::Notice>(session, "`office` = ? AND `state` = ?",
                                                {office, static_cast<int64_t>(v1::ISSUED)}));
  for (const v1::Notice& notice : notices) {
    const Date issued = FromProto(notice.issue_day());
    ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, office, issued));
    const auto deemed = DeemedServedDay(policy, issued, calendar);
    if (roster::IsNoTerm(deemed.status())) continue;
    RETURN_IF_ERROR(deemed.status());
    if (*deemed != FromProto(notice.deemed_served_day())) RETURN_IF_ERROR(each(notice, *deemed));
  }
  return absl::OkStatus();
}

absl::Status MoveIssue(work::Unit& unit, const WorkCalendar& calendar, Date today, const std::string& name) {
  ASSIGN_OR_RETURN(auto issue, resource::Get<v1::Issue>(unit.db(), name, resource::Lock::kForUpdate));
  ASSIGN_OR_RETURN(const auto moved, RecomputeClocks(calendar, today, kSelf, &issue));
  if (moved.empty()) return absl::OkStatus();
  return resource::Update(unit, Description::Of<v1::Issue>(), &issue, std::string("issue") + kRecomputed);
}

absl::Status MoveNotice(work::Unit& unit, const std::string& name, Date deemed) {
  ASSIGN_OR_RETURN(auto notice, resource::Get<v1::Notice>(unit.db(), name, resource::Lock::kForUpdate));
  if (notice.state() != v1::ISSUED) return absl::OkStatus();
  *notice.mutable_deemed_served_day() = ToProto(deemed);
  return resource::Update(unit, Description::Of<v1::Notice>(), &notice, std::string("notice") + kRecomputed);
}

void Show(const std::string& resource, v1::ClockKind clock, Date before, Date after,
          v1::PreviewCalendarResponse* response) {
  response->set_moved(response->moved() + 1);
  if (response->terms_size() == kMostShown) return;
  v1::MovedTerm* term = response->add_terms();
  term->set_resource(resource);
  term->set_clock(clock);
  *term->mutable_due_before() = ToProto(before);
  *term->mutable_due_after() = ToProto(after);
}

}  // namespace

absl::Status RecomputeTerms(work::Unit& unit, const std::string& office) {
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(unit.db(), office));
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  RETURN_IF_ERROR(EachMovedIssue(unit.db(), office, *calendar, [&](const v1::Issue& issue, const auto&) {
    return MoveIssue(unit, *calendar, today, issue.name());
  }));
  return EachMovedNotice(unit.db(), office, *calendar, [&](const v1::Notice& notice, Date deemed) {
    return MoveNotice(unit, notice.name(), deemed);
  });
}

feed::Apply FollowRegistry() {
  return [copy = feed::CopyInto(roster::Resources())](
             work::Unit& unit, const std::vector<feed::v1::Change>& changes) -> absl::Status {
    RETURN_IF_ERROR(copy(unit, changes));
    if (!roster::BringPapers(changes)) return absl::OkStatus();
    return RecomputeTerms(unit, changes.front().office());
  };
}

absl::StatusOr<v1::PreviewCalendarResponse> PreviewCalendar(db::Session& session, const rpc::Call& call,
                                                            Time now,
                                                            const v1::PreviewCalendarRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  RETURN_IF_ERROR(roster::ReachForRead(session, call, office, ChinaDate(now)).status());
  ASSIGN_OR_RETURN(const auto papers, roster::ReadPapers(request.papers(), request.days()));
  ASSIGN_OR_RETURN(const auto calendar, roster::CalendarWith(session, office, papers));
  v1::PreviewCalendarResponse response;
  RETURN_IF_ERROR(EachMovedIssue(session, office, *calendar, [&](const v1::Issue& issue, const auto& clocks) {
    for (const MovedClock& clock : clocks)
      Show(issue.name(), clock.kind, clock.before, clock.after, &response);
    return absl::OkStatus();
  }));
  RETURN_IF_ERROR(EachMovedNotice(session, office, *calendar, [&](const v1::Notice& notice, Date deemed) {
    Show(notice.name(), v1::CLOCK_KIND_UNSPECIFIED, FromProto(notice.deemed_served_day()), deemed, &response);
    return absl::OkStatus();
  }));
  return response;
}

}  // namespace inspectorate::issues
