#include "services/registry/app/public_notice.h"

#include "common/base/macros.h"
#include "common/calendar/deadline.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using v1::Inspector;

constexpr char kNoticeRule[] = "inspector.notice_days";

bool OnNotice(const Inspector& inspector) {
  return inspector.state() == v1::PUBLICIZED && resource::IsSet(inspector.notice_from());
}

}  // namespace

absl::StatusOr<Date> NoticeEnd(db::Session& session, const std::string& office, Date from,
                               const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, office, from));
  ASSIGN_OR_RETURN(const DeadlineRule rule, roster::TermOf(policy, kNoticeRule));
  auto deadline = ComputeDeadline(rule, from, calendar);
  if (!deadline.ok()) return ErrorFromRefusal(deadline.status());
  return deadline->due;
}

absl::StatusOr<std::vector<std::string>> MovedNotices(db::Session& session, const std::string& office,
                                                      const WorkCalendar& calendar) {
  ASSIGN_OR_RETURN(const auto inspectors,
                   resource::Select<Inspector>(session, "`office` = ? AND `state` = ?",
                                               {office, static_cast<int64_t>(v1::PUBLICIZED)}));
  std::vector<std::string> moved;
  for (const Inspector& inspector : inspectors) {
    if (!OnNotice(inspector)) continue;
    const auto end = NoticeEnd(session, office, FromProto(inspector.notice_from()), calendar);
    if (roster::IsNoTerm(end.status())) continue;
    RETURN_IF_ERROR(end.status());
    if (*end != FromProto(inspector.notice_to())) moved.push_back(inspector.name());
  }
  return moved;
}

absl::Status MoveNotices(work::Unit& unit, const std::string& office) {
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(unit.db(), office));
  ASSIGN_OR_RETURN(const auto moved, MovedNotices(unit.db(), office, *calendar));
  for (const std::string& name : moved) {
    ASSIGN_OR_RETURN(auto inspector, resource::Get<Inspector>(unit.db(), name, resource::Lock::kForUpdate));
    if (!OnNotice(inspector)) continue;
    ASSIGN_OR_RETURN(const Date end,
                     NoticeEnd(unit.db(), office, FromProto(inspector.notice_from()), *calendar));
    *inspector.mutable_notice_to() = resource::ToProto(end);
    RETURN_IF_ERROR(resource::Update(unit, resource::Description::Of<Inspector>(), &inspector,
                                     "inspector.notice_recomputed"));
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
