#include "services/registry/app/life.h"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/calendar.h"
#include "common/roster/policy.h"
#include "common/roster/scope.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "services/registry/app/ending.h"
#include "services/registry/app/public_notice.h"
#include "services/registry/app/rules.h"
#include "services/registry/app/trainings.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::ToProto;
using resource::UuidOf;
using v1::Appointment;
using v1::Inspector;
using v1::InspectorAct;

constexpr std::chrono::days kOne{1};

absl::Status NoFacts(work::Unit&, const LifeAct&, LifeFacts*) { return absl::OkStatus(); }
absl::Status NoEffect(work::Unit&, LifeAct*) { return absl::OkStatus(); }

// The inspector, locked, for office staff in reach; one out of reach is not told from one that is not there.
absl::StatusOr<LifeAct> Begin(work::Unit& unit, const rpc::Call& call, const LifeOrder& order) {
  ASSIGN_OR_RETURN(
      Inspector inspector,
      roster::OrDenied(call, ErrorReason::RESOURCE_NOT_FOUND,
                       resource::Get<Inspector>(unit.db(), order.inspector, resource::Lock::kForUpdate)));
  LifeAct act{.office = resource::SlugOf(inspector.office()),
              .today = {},
              .day = {},
              .inspector = std::move(inspector),
              .record = {}};
  ASSIGN_OR_RETURN(act.today, unit.Today(act.office));
  RETURN_IF_ERROR(roster::ReachForWrite(unit.db(), call, act.office, act.today).status());
  RETURN_IF_ERROR(resource::CheckEtag(act.inspector, order.etag));
  act.day = IsSet(order.act_date) ? FromProto(order.act_date) : act.today;
  if (act.day > act.today) return Error(ErrorReason::OCCUR_TIME_IN_FUTURE);
  return act;
}

absl::Status Record(work::Unit& unit, const LifeOrder& order, TenureEvent event, LifeAct* act) {
  InspectorAct& record = act->record;
  record.set_office(act->inspector.office());
  record.set_event(static_cast<v1::InspectorEvent>(event));
  record.set_state_after(act->inspector.state());
  *record.mutable_act_date() = ToProto(act->day);
  record.set_document_number(order.document);
  record.set_reason(order.reason);
  const Description& d = Description::Of<InspectorAct>();
  record.set_name(resource::NewName(d, act->inspector.name(), unit.recorded()));
  return resource::Insert(unit, d, &record);
}

absl::StatusOr<std::vector<Appointment>> AppointmentsOf(work::Unit& unit, const Inspector& inspector) {
  return resource::Select<Appointment>(unit.db(), "`inspector` = ?", {UuidOf(inspector.name())},
                                       "ORDER BY `valid_from`");
}

// A new term of the inspector, its number counted from those before it.
template <class Request>
absl::Status InsertTerm(work::Unit& unit, const Request& request, bool awaits_induction, LifeAct* act) {
  Appointment term;
  term.set_office(act->inspector.office());
  term.set_kind(act->inspector.kind());
  term.set_document_number(request.document_number());
  *term.mutable_valid_from() = request.valid_from();
  *term.mutable_valid_to() = request.valid_to();
  term.set_awaits_induction(awaits_induction);
  if (FromProto(term.valid_to()) < FromProto(term.valid_from())) return Error(ErrorReason::PERIOD_INVALID);
  const Description& d = Description::Of<Appointment>();
  term.set_name(resource::NewName(d, act->inspector.name(), unit.recorded()));
  ASSIGN_OR_RETURN(const int index, TermIndex(unit, term));
  term.set_term_index(index);
  RETURN_IF_ERROR(CheckTermOf(unit, term));
  *act->record.mutable_effective_date() = term.valid_from();
  return resource::Insert(unit, d, &term);
}

// The appointment that waits for duty to be taken up.
absl::StatusOr<std::optional<Appointment>> Awaiting(work::Unit& unit, const Inspector& inspector) {
  ASSIGN_OR_RETURN(auto terms, AppointmentsOf(unit, inspector));
  for (Appointment& term : terms) {
    if (term.awaits_induction() && !term.ended()) return std::optional<Appointment>(std::move(term));
  }
  return std::optional<Appointment>();
}

absl::StatusOr<bool> HoldsCertificate(work::Unit& unit, const Inspector& inspector, Date day) {
  ASSIGN_OR_RETURN(auto held, resource::Select<v1::Certificate>(
                                  unit.db(), "`inspector` = ? AND " + std::string(resource::kValidOn),
                                  {UuidOf(inspector.name()), day, day}));
  return !held.empty();
}

// What begins or begins again on a past day would change what that day's visits were: only within the limit
// of late entries.
absl::Status CheckNotLate(work::Unit& unit, const LifeAct& act) {
  ASSIGN_OR_RETURN(const int64_t limit,
                   roster::PolicyInt(unit.db(), act.office, "visit.late_entry_days", act.today));
  if (act.day + std::chrono::days(limit) >= act.today) return absl::OkStatus();
  return Error(ErrorReason::LATE_ENTRY, {{"limit", std::to_string(limit)}});
}

absl::Status LiftSuspensions(work::Unit& unit, const LifeAct& act) {
  ASSIGN_OR_RETURN(auto open, resource::Select<v1::Suspension>(
                                  unit.db(), "`inspector` = ? AND (`valid_to` IS NULL OR `valid_to` >= ?)",
                                  {UuidOf(act.inspector.name()), act.day}, "FOR UPDATE"));
  for (v1::Suspension& suspension : open) {
    RETURN_IF_ERROR(EndOn(unit, &suspension, act.day - kOne).status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Inspector> ActOnInspector(work::Unit& unit, const rpc::Call& call, const LifeOrder& order,
                                         TenureEvent event, const std::string& name, const FillFacts& fill,
                                         const LifeEffect& effect) {
  ASSIGN_OR_RETURN(LifeAct act, Begin(unit, call, order));
  LifeFacts facts{
      .reason_given = !order.reason.empty(), .document_given = !order.document.empty(), .day = act.day};
  RETURN_IF_ERROR(fill(unit, act, &facts));
  const auto before = act.inspector.state();
  ASSIGN_OR_RETURN(const LifeState next, NextLife(static_cast<LifeState>(before), event, facts));
  act.inspector.set_state(static_cast<v1::InspectorState>(next));
  RETURN_IF_ERROR(effect(unit, &act));
  RETURN_IF_ERROR(resource::Update(
      unit, Description::Of<Inspector>(), &act.inspector, name,
      before == act.inspector.state() ? work::Change::UPDATED : work::Change::STATE_CHANGED));
  RETURN_IF_ERROR(Record(unit, order, event, &act));
  return std::move(act.inspector);
}

absl::StatusOr<Inspector> ReviewCandidate(work::Unit& unit, const rpc::Call& call,
                                          const v1::ReviewCandidateRequest& request) {
  const TenureEvent event = request.passed() ? TenureEvent::kReview : TenureEvent::kReject;
  return ActOnInspector(unit, call, OrderOf(request), event,
                        request.passed() ? "inspector.reviewed" : "inspector.rejected", NoFacts, NoEffect);
}

absl::StatusOr<Inspector> PublicizeCandidate(work::Unit& unit, const rpc::Call& call,
                                             const v1::PublicizeCandidateRequest& request) {
  return ActOnInspector(
      unit, call, OrderOf(request), TenureEvent::kPublicize, "inspector.publicized", NoFacts,
      [](work::Unit& inner, LifeAct* act) -> absl::Status {
        ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(inner.db(), act->office));
        ASSIGN_OR_RETURN(const Date end, NoticeEnd(inner.db(), act->office, act->day, *calendar));
        *act->inspector.mutable_notice_from() = ToProto(act->day);
        *act->inspector.mutable_notice_to() = ToProto(end);
        *act->record.mutable_effective_date() = ToProto(end);
        return absl::OkStatus();
      });
}

absl::StatusOr<Inspector> RejectCandidate(work::Unit& unit, const rpc::Call& call,
                                          const v1::RejectCandidateRequest& request) {
  return ActOnInspector(unit, call, OrderOf(request), TenureEvent::kReject, "inspector.rejected", NoFacts,
                        NoEffect);
}

absl::StatusOr<Inspector> AppointInspector(work::Unit& unit, const rpc::Call& call,
                                           const v1::AppointInspectorRequest& request) {
  return ActOnInspector(
      unit, call, OrderOf(request), TenureEvent::kAppoint, "inspector.appointed",
      [](work::Unit&, const LifeAct& act, LifeFacts* facts) {
        if (IsSet(act.inspector.notice_to())) facts->notice_to = FromProto(act.inspector.notice_to());
        return absl::OkStatus();
      },
      [&](work::Unit& inner, LifeAct* act) { return InsertTerm(inner, request, true, act); });
}

absl::StatusOr<Inspector> InductInspector(work::Unit& unit, const rpc::Call& call,
                                          const v1::InductInspectorRequest& request) {
  return ActOnInspector(unit, call, OrderOf(request), TenureEvent::kInduct, "inspector.inducted", NoFacts,
                        [&](work::Unit& inner, LifeAct* act) {
                          act->record.set_hours(request.hours());
                          return CheckInductionRecorded(inner, act->office, act->inspector, act->day);
                        });
}

absl::StatusOr<Inspector> TakeUpDuty(work::Unit& unit, const rpc::Call& call,
                                     const v1::TakeUpDutyRequest& request) {
  std::optional<Appointment> term;
  return ActOnInspector(
      unit, call, OrderOf(request), TenureEvent::kTakeUp, "inspector.took_up_duty",
      [&term](work::Unit& inner, const LifeAct& act, LifeFacts* facts) -> absl::Status {
        ASSIGN_OR_RETURN(term, Awaiting(inner, act.inspector));
        if (term) facts->term = Period{FromProto(term->valid_from()), FromProto(term->valid_to())};
        ASSIGN_OR_RETURN(facts->certificate_valid, HoldsCertificate(inner, act.inspector, act.day));
        return absl::OkStatus();
      },
      [&term](work::Unit& inner, LifeAct* act) -> absl::Status {
        RETURN_IF_ERROR(CheckNotLate(inner, *act));
        if (!term) return absl::InternalError("duty taken up without an appointment");
        term->set_awaits_induction(false);
        *term->mutable_duty_from() = ToProto(act->day);
        *act->record.mutable_effective_date() = ToProto(act->day);
        return resource::Update(inner, Description::Of<Appointment>(), &*term);
      });
}

absl::StatusOr<Inspector> RenewAppointment(work::Unit& unit, const rpc::Call& call,
                                           const v1::RenewAppointmentRequest& request) {
  return ActOnInspector(
      unit, call, OrderOf(request), TenureEvent::kRenew, "inspector.renewed", NoFacts,
      [&](work::Unit& inner, LifeAct* act) { return InsertTerm(inner, request, false, act); });
}

absl::StatusOr<Inspector> ReinstateInspector(work::Unit& unit, const rpc::Call& call,
                                             const v1::ReinstateInspectorRequest& request) {
  return ActOnInspector(unit, call, OrderOf(request), TenureEvent::kReinstate, "inspector.reinstated",
                        NoFacts, [](work::Unit& inner, LifeAct* act) -> absl::Status {
                          RETURN_IF_ERROR(CheckNotLate(inner, *act));
                          *act->record.mutable_effective_date() = ToProto(act->day);
                          return LiftSuspensions(inner, *act);
                        });
}

absl::StatusOr<Inspector> NominateAgain(work::Unit& unit, const rpc::Call& call,
                                        const v1::NominateAgainRequest& request) {
  return ActOnInspector(unit, call, OrderOf(request), TenureEvent::kNominateAgain,
                        "inspector.nominated_again", NoFacts, [](work::Unit&, LifeAct* act) {
                          act->inspector.clear_notice_from();
                          act->inspector.clear_notice_to();
                          return absl::OkStatus();
                        });
}

}  // namespace inspectorate::registry
