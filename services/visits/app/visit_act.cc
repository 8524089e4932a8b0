#include "services/visits/app/visit_act.h"

#include <algorithm>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "common/roster/recusal.h"
#include "common/status/error.h"
#include "services/visits/app/obligations.h"
#include "services/visits/app/reach.h"

namespace inspectorate::visits {
namespace {

using resource::Description;
using resource::FromProto;
using resource::SlugOf;
using resource::UuidOf;

absl::Status NotOfThePanel(const std::string& actor) {
  return Error(ErrorReason::ACTOR_NOT_ENTITLED,
               {{"actor", actor}, {"why", "不是督导组成员 (not a member of the panel)"}});
}

// Locks a visit that the caller reaches: of one of the caller's schools, or with the caller in its panel.
absl::StatusOr<v1::Visit> LockReachable(work::Unit& unit, const rpc::Call& call, const std::string& name) {
  ASSIGN_OR_RETURN(roster::Reach reach, ReachToWrite(unit, call, SlugOf(name)));
  ASSIGN_OR_RETURN(auto visit,
                   resource::GetWithin<v1::Visit>(reach, call, unit.db(), name, resource::Lock::kForUpdate));
  if (!OnPanel(visit, call.principal().subject)) {
    RETURN_IF_ERROR(roster::CheckSchool(unit.db(), call, reach, UuidOf(visit.school())));
  }
  return visit;
}

absl::StatusOr<Act> TimeOf(work::Unit& unit, const ActOrder& order, const v1::Visit& visit) {
  Act act{.office = SlugOf(visit.name()), .now = {}, .occur = {}, .late = false};
  ASSIGN_OR_RETURN(act.now, unit.Now(act.office));
  act.occur = order.occur_time.value_or(act.now);
  ASSIGN_OR_RETURN(act.late, IsLateEntry(unit, act.office, act.occur));
  if (visit.has_check_in() && act.occur < FromProto(visit.check_in().time())) {
    return InvalidFields({{.field = "occur_time", .zh = "早于签到时间", .en = "before the check-in"}});
  }
  return act;
}

bool NoticeAsked(const v1::Visit& visit) {
  return visit.notice_mode() == v1::SHORT_NOTICE || AnnouncedInWriting(visit);
}

}  // namespace

bool OnPanel(const v1::Visit& visit, std::string_view subject) {
  return std::find(visit.panel().begin(), visit.panel().end(), subject) != visit.panel().end();
}

bool AnnouncedInWriting(const v1::Visit& visit) {
  return visit.notice_mode() == v1::WRITTEN_NOTICE || visit.type() == v1::THEMATIC ||
         visit.type() == v1::COMPREHENSIVE;
}

absl::StatusOr<v1::Visit> LockForRecord(work::Unit& unit, const rpc::Call& call, const std::string& name) {
  ASSIGN_OR_RETURN(v1::Visit visit, LockReachable(unit, call, name));
  if (!OnPanel(visit, call.principal().subject)) return NotOfThePanel(call.principal().subject);
  return visit;
}

absl::StatusOr<v1::Visit> ActOnVisit(work::Unit& unit, const rpc::Call& call, const ActOrder& order,
                                     const Step& step, const Apply& apply) {
  const std::string& subject = call.principal().subject;
  ASSIGN_OR_RETURN(v1::Visit visit, LockReachable(unit, call, order.visit));
  if (step.by_panel && !OnPanel(visit, subject)) return NotOfThePanel(subject);
  RETURN_IF_ERROR(resource::CheckEtag(visit, order.etag));
  ASSIGN_OR_RETURN(Act act, TimeOf(unit, order, visit));
  // The panel was asked when it checked in, and finishes what it began.
  if (!OnPanel(visit, subject)) {
    RETURN_IF_ERROR(roster::CheckNotRecused(unit.db(), call, act.office, UuidOf(visit.school()),
                                            {.acted = ChinaDate(act.occur), .recorded = ChinaDate(act.now)}));
  }
  ASSIGN_OR_RETURN(VisitState next,
                   Next(static_cast<VisitState>(visit.state()), step.event,
                        {.notice_asked = NoticeAsked(visit),
                         .grounds_given = !order.grounds.empty(),
                         .actor_on_panel = OnPanel(visit, subject),
                         .planned_day_reached = ChinaDate(act.now) >= FromProto(visit.planned_day())}));
  const v1::VisitState before = visit.state();
  visit.set_state(static_cast<v1::VisitState>(next));
  RETURN_IF_ERROR(apply(unit, act, &visit));
  RETURN_IF_ERROR(resource::Update(
      unit, Description::Of<v1::Visit>(), &visit, step.name,
      visit.state() == before ? work::Change::UPDATED : work::Change::STATE_CHANGED, act.occur));
  return visit;
}

}  // namespace inspectorate::visits
