#include "services/visits/app/visits.h"

#include <algorithm>
#include <set>
#include <string>

#include "common/base/distance.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/roster/recusal.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/visits/app/obligations.h"
#include "services/visits/app/panel.h"
#include "services/visits/app/submission.h"
#include "services/visits/app/visit_act.h"
#include "services/visits/store/roster_facts.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

using resource::FromProto;
using resource::SlugOf;
using resource::ToProto;
using resource::UuidOf;

// An area lead or inspector sends nobody but those assigned to the school; the office sends whom it chooses.
bool SentByCaller(const rpc::Call& call) { return call.principal().role == rpc::Role::ROLE_DISTRICT_OFFICE; }

absl::Status CheckCreated(work::Unit& unit, const v1::Visit& visit) {
  const std::string office = SlugOf(visit.name());
  const std::set<std::string> distinct(visit.panel().begin(), visit.panel().end());
  if (static_cast<int>(distinct.size()) < visit.panel_size()) {
    return InvalidFields({{.field = "visit.panel", .zh = "督导组成员重复", .en = "a member is there twice"}});
  }
  const Date day = FromProto(visit.planned_day());
  ASSIGN_OR_RETURN(const roster::SchoolInCharge school,
                   roster::LoadSchoolFacts(unit.db(), UuidOf(visit.school()), day));
  if (school.office != office) return NotFound(visit.school());
  // A visit that was not planned is entered after the event within the limits of late entry.
  ASSIGN_OR_RETURN(Time now, unit.Now(office));
  return IsLateEntry(unit, office, std::min(now, ChinaMidnight(day))).status();
}

absl::Status FillCheckIn(work::Unit& unit, const Act& act, const v1::StartVisitRequest& request,
                         v1::Visit* visit) {
  v1::CheckIn* check_in = visit->mutable_check_in();
  *check_in->mutable_time() = ToProto(act.occur);
  *check_in->mutable_record_time() = ToProto(unit.recorded());
  check_in->set_inspector(unit.actor().subject);
  check_in->set_met_by(request.met_by());
  check_in->set_certificate_shown(request.certificate_shown());
  check_in->set_latitude(request.latitude());
  check_in->set_longitude(request.longitude());
  ASSIGN_OR_RETURN(auto school, resource::Get<registry::v1::School>(unit.db(), visit->school()));
  if (auto metres = DistanceBetween({request.latitude(), request.longitude()},
                                    {school.latitude(), school.longitude()})) {
    check_in->set_distance(*metres);
  }
  return absl::OkStatus();
}

// Of a short notice, by the rule of its day. Only a hint: where no such rule is in force nothing is early. An
// unannounced visit has no notice, and a written one is to come in good time.
absl::StatusOr<bool> NotifiedEarly(db::Session& session, const Act& act, const v1::Visit& visit) {
  if (visit.notice_mode() != v1::SHORT_NOTICE || AnnouncedInWriting(visit)) return false;
  const Date given = ChinaDate(act.occur);
  ASSIGN_OR_RETURN(const roster::Policy policy, roster::LoadPolicy(session, act.office, given));
  ASSIGN_OR_RETURN(const auto most_ahead,
                   roster::IfInForce(roster::TermOf(policy, "visit.notice_ahead_days")));
  if (!most_ahead) return false;
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(session, act.office));
  return HeardEarly(*most_ahead, given, FromProto(visit.planned_day()), *calendar);
}

// Called off or stated as missed: by whom and why.
void End(const std::string& actor, const std::string& reason, v1::Visit* visit) {
  visit->set_end_reason(reason);
  visit->set_ended_by(actor);
}

}  // namespace

absl::Status PrepareVisit(work::Unit& unit, const rpc::Call& call, v1::Visit* visit) {
  const std::string office = SlugOf(visit->name());
  const Date day = FromProto(visit->planned_day());
  visit->set_state(v1::PLANNED);
  if (visit->notice_mode() == v1::NOTICE_MODE_UNSPECIFIED) visit->set_notice_mode(v1::UNANNOUNCED);
  if (visit->half_day() == v1::HALF_DAY_UNSPECIFIED) visit->set_half_day(v1::MORNING);
  RETURN_IF_ERROR(CheckCreated(unit, *visit));
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  RETURN_IF_ERROR(roster::CheckNotRecused(unit.db(), call, office, UuidOf(visit->school()),
                                          {.acted = day, .recorded = today}));
  RETURN_IF_ERROR(CheckPanel(unit.db(), *visit, day, SentByCaller(call)));
  ASSIGN_OR_RETURN(Uuid area, AreaOfSchool(unit.db(), office, UuidOf(visit->school()), day));
  if (area != Uuid{}) visit->set_area("offices/" + office + "/areas/" + FormatUuid(area));
  return InsertPanel(unit.db(), *visit, SentByCaller(call));
}

absl::Status ClaimFor(work::Unit& unit, const v1::Visit& visit) { return ClaimObligations(unit, visit); }

absl::StatusOr<v1::Visit> NotifyVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::NotifyVisitRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request), {VisitEvent::kNotify, "visit.notified"},
                    [](work::Unit& inner, const Act& act, v1::Visit* visit) -> absl::Status {
                      *visit->mutable_notify_time() = ToProto(act.occur);
                      ASSIGN_OR_RETURN(const bool early, NotifiedEarly(inner.db(), act, *visit));
                      visit->set_notified_early(early);
                      return absl::OkStatus();
                    });
}

absl::StatusOr<v1::Visit> StartVisit(work::Unit& unit, const rpc::Call& call,
                                     const v1::StartVisitRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request), {VisitEvent::kCheckIn, "visit.started", true},
                    [&](work::Unit& inner, const Act& act, v1::Visit* visit) -> absl::Status {
                      const Date day = ChinaDate(act.occur);
                      ASSIGN_OR_RETURN(bool sent,
                                       SentByOffice(inner.db(), act.office, UuidOf(visit->name())));
                      RETURN_IF_ERROR(CheckPanel(inner.db(), *visit, day, sent));
                      *visit->mutable_held_day() = ToProto(day);
                      visit->set_late_entry(act.late);
                      return FillCheckIn(inner, act, request, visit);
                    });
}

absl::StatusOr<v1::Visit> RecordVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::RecordVisitRequest& request) {
  const ActOrder order{.visit = request.name(), .etag = request.etag(), .occur_time = {}, .grounds = {}};
  return ActOnVisit(
      unit, call, order, {VisitEvent::kRecord, "visit.recorded", true},
      [&](work::Unit& inner, const Act&, v1::Visit* visit) { return WriteRecord(inner, request, visit); });
}

absl::StatusOr<v1::Visit> SubmitVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::SubmitVisitRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request), {VisitEvent::kSubmit, "visit.submitted", true}, Submit);
}

absl::StatusOr<v1::Visit> ReturnVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::ReturnVisitRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request, request.reason()), {VisitEvent::kReturn, "visit.returned"},
                    [&](work::Unit&, const Act&, v1::Visit* visit) {
                      visit->set_return_reason(request.reason());
                      return absl::OkStatus();
                    });
}

absl::StatusOr<v1::Visit> ApproveVisit(work::Unit& unit, const rpc::Call& call,
                                       const v1::ApproveVisitRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request), {VisitEvent::kApprove, "visit.approved"},
                    [](work::Unit& inner, const Act& act, v1::Visit* visit) {
                      *visit->mutable_approve_time() = ToProto(act.occur);
                      visit->set_approved_by(inner.actor().subject);
                      return absl::OkStatus();
                    });
}

absl::StatusOr<v1::Visit> CancelVisit(work::Unit& unit, const rpc::Call& call,
                                      const v1::CancelVisitRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request, request.reason()), {VisitEvent::kCancel, "visit.cancelled"},
                    [&](work::Unit& inner, const Act&, v1::Visit* visit) {
                      End(inner.actor().subject, request.reason(), visit);
                      return ReleaseObligations(inner, *visit);
                    });
}

// The lead's place is the successor's too. Who comes must be able to act on the planned day, like in a new
// visit.
absl::StatusOr<v1::Visit> HandOverVisit(work::Unit& unit, const rpc::Call& call,
                                        const v1::HandOverVisitRequest& request) {
  return ActOnVisit(
      unit, call, OrderOf(request, request.reason()), {VisitEvent::kHandOver, "visit.handed_over"},
      [&](work::Unit& inner, const Act&, v1::Visit* visit) -> absl::Status {
        auto* panel = visit->mutable_panel();
        const auto from = std::find(panel->begin(), panel->end(), request.from_inspector());
        if (from == panel->end()) return NotFound(request.from_inspector());
        if (OnPanel(*visit, request.to_inspector())) {
          return InvalidFields(
              {{.field = "to_inspector", .zh = "已在督导组内", .en = "is on the panel already"}});
        }
        *from = request.to_inspector();
        return CheckPanel(inner.db(), *visit, FromProto(visit->planned_day()), /*sent=*/true);
      });
}

// The claim stays, so that coverage names the visit and its reason; a visit made up later takes it over.
absl::StatusOr<v1::Visit> MarkVisitMissed(work::Unit& unit, const rpc::Call& call,
                                          const v1::MarkVisitMissedRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request, request.reason()), {VisitEvent::kMiss, "visit.missed"},
                    [&](work::Unit& inner, const Act&, v1::Visit* visit) {
                      End(inner.actor().subject, request.reason(), visit);
                      return absl::OkStatus();
                    });
}

absl::StatusOr<v1::Visit> RecordFeedback(work::Unit& unit, const rpc::Call& call,
                                         const v1::RecordFeedbackRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request), {VisitEvent::kFeedBack, "visit.fed_back"},
                    [&](work::Unit&, const Act& act, v1::Visit* visit) {
                      *visit->mutable_feedback_time() = ToProto(act.occur);
                      visit->set_fed_back_to(request.fed_back_to());
                      visit->set_school_comment(request.school_comment());
                      return absl::OkStatus();
                    });
}

absl::StatusOr<v1::Visit> ReportObstruction(work::Unit& unit, const rpc::Call& call,
                                            const v1::ReportObstructionRequest& request) {
  return ActOnVisit(unit, call, OrderOf(request, request.facts()),
                    {VisitEvent::kObstruct, "visit.obstructed"},
                    [&](work::Unit&, const Act&, v1::Visit* visit) {
                      visit->set_obstruction(request.facts());
                      return absl::OkStatus();
                    });
}

}  // namespace inspectorate::visits
