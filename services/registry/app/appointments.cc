#include "services/registry/app/appointments.h"

#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "common/status/error.h"
#include "services/registry/app/rules.h"
#include "services/registry/app/settled.h"
#include "services/registry/app/settled_facts.h"
#include "services/registry/domain/inspector_life.h"

namespace inspectorate::registry {
namespace {

using resource::FromProto;
using resource::PeriodOf;
using resource::UuidOf;
using v1::Appointment;
using v1::Inspector;

absl::Status DecidedByActs(const std::string& resource) {
  return Error(ErrorReason::ENDED_BY_DECISION, {{"resource", resource}});
}

// What acts decided is not edited: the end of an appointment, and the beginning or end of one in force.
absl::Status CheckNotDecided(const Appointment& before, const Appointment& after, Date today) {
  const bool same_end = FromProto(before.valid_to()) == FromProto(after.valid_to());
  const bool same_begin = FromProto(before.valid_from()) == FromProto(after.valid_from());
  const bool shortened = FromProto(after.valid_to()) < FromProto(before.valid_to());
  const bool holds = PeriodOf(before).Contains(today);
  const bool decided = (before.ended() && !same_end) || (holds && shortened) ||
                       (before.awaits_induction() && !(same_begin && same_end));
  return decided ? DecidedByActs(before.name()) : absl::OkStatus();
}

// Its kind and its number decide which limits there are for it and for what follows.
absl::Status CheckSameTerm(const Appointment& before, const Appointment& after) {
  std::vector<FieldViolation> violations;
  const auto add = [&](const char* field) {
    violations.push_back(
        {.field = field,
         .zh = "登记后不再修改：类别随督学，届次由已有聘任推算",
         .en = "is not changed once recorded: it follows from the inspector and the terms before"});
  };
  if (before.kind() != after.kind()) add("appointment.kind");
  if (before.term_index() != after.term_index()) add("appointment.term_index");
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

// Full-time service has no limit of years: the paper says that there is one.
absl::Status CheckPaper(const Appointment& appointment) {
  if (appointment.kind() != v1::FULL_TIME || !appointment.document_number().empty()) return absl::OkStatus();
  return InvalidFields({{.field = "appointment.document_number",
                         .zh = "专职督学的任命须填文号",
                         .en = "a full-time inspector's appointment needs its document number"}});
}

absl::Status CheckNumber(work::Unit& unit, const Appointment& appointment) {
  ASSIGN_OR_RETURN(const int counted, TermIndex(unit, appointment));
  if (appointment.kind() != v1::PART_TIME || appointment.term_index() >= counted) return absl::OkStatus();
  const std::string number = std::to_string(counted);
  return InvalidFields({{.field = "appointment.term_index",
                         .zh = "按已有聘任应为连续第" + number + "届",
                         .en = "by the appointments recorded this is consecutive term " + number}});
}

absl::Status CheckEntered(work::Unit& unit, const Inspector& inspector, const Appointment& appointment) {
  ASSIGN_OR_RETURN(const bool set_up, IsBeingSetUp(unit, resource::SlugOf(inspector.office())));
  if (!set_up) return DecidedByActs(appointment.name());
  RETURN_IF_ERROR(ErrorFromRefusal(
      NextLife(static_cast<LifeState>(inspector.state()), TenureEvent::kEnterAppointment, {}).status()));
  if (appointment.kind() != inspector.kind()) {
    return InvalidFields({{.field = "appointment.kind",
                           .zh = "须与督学的类别一致",
                           .en = "must be the kind of the inspector"}});
  }
  RETURN_IF_ERROR(CheckPaper(appointment));
  RETURN_IF_ERROR(CheckNumber(unit, appointment));
  return CheckTermOf(unit, appointment);
}

}  // namespace

absl::Status CheckAppointment(work::Unit& unit, const Appointment* before, const Appointment& after) {
  const std::string owner = "inspectors/" + FormatUuid(roster::OwnerOf(after.name()));
  ASSIGN_OR_RETURN(const Inspector inspector,
                   resource::Get<Inspector>(unit.db(), owner, resource::Lock::kForUpdate));
  if (before == nullptr) return CheckEntered(unit, inspector, after);
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(inspector.office())));
  RETURN_IF_ERROR(CheckNotDecided(*before, after, today));
  RETURN_IF_ERROR(CheckSameTerm(*before, after));
  if (!before->document_number().empty()) RETURN_IF_ERROR(CheckPaper(after));
  RETURN_IF_ERROR(CheckFactSettled(unit, *before, after));
  return CheckTermOf(unit, after);
}

absl::Status CheckKindStays(work::Unit& unit, const Inspector& before, const Inspector& after) {
  if (before.kind() == after.kind()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(before.office())));
  ASSIGN_OR_RETURN(const auto terms,
                   resource::Select<Appointment>(unit.db(), "`inspector` = ? AND `valid_to` >= ?",
                                                 {UuidOf(before.name()), today}));
  if (terms.empty()) return absl::OkStatus();
  return InvalidFields({{.field = "inspector.kind",
                         .zh = "聘期之内不改类别：请先办理离任，再以新的类别聘任",
                         .en = "stays while a term runs or is to come: end duty, then appoint anew"}});
}

}  // namespace inspectorate::registry
