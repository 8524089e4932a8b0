#include "services/registry/app/rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/calendar.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "services/registry/app/appointments.h"
#include "services/registry/app/caps.h"
#include "services/registry/app/delegations.h"
#include "services/registry/app/documents.h"
#include "services/registry/app/employer.h"
#include "services/registry/app/ending.h"
#include "services/registry/app/in_words.h"
#include "services/registry/app/ineligible.h"
#include "services/registry/app/office_tree.h"
#include "services/registry/app/plaque_records.h"
#include "services/registry/app/policy_rules.h"
#include "services/registry/app/school_life.h"
#include "services/registry/app/settled.h"
#include "services/registry/app/settled_facts.h"
#include "services/registry/app/terms.h"
#include "services/registry/app/towns.h"
#include "services/registry/app/trainings.h"
#include "services/registry/domain/appointment.h"
#include "services/registry/domain/inspector_life.h"
#include "services/registry/domain/period.h"
#include "services/registry/domain/training.h"
#include "services/registry/store/area_past.h"

namespace inspectorate::registry {
namespace {

using namespace v1;
using resource::Column;
using resource::Description;
using resource::FromProto;
using resource::IsSet;
using resource::PeriodOf;
using resource::UuidOf;
using roster::EligibilityCode;

std::string ParentInspector(const std::string& name) { return name.substr(0, name.find('/', 11)); }

// --- references
// -------------------------------------------------------------------------------------------------

// RESOURCE_NOT_FOUND unless `name` is there and belongs to `office`; any office where that is empty.
absl::Status CheckExists(work::Unit& unit, const Description& target, const std::string& name,
                         const std::string& office) {
  ASSIGN_OR_RETURN(auto key, target.KeyOf(name));
  ASSIGN_OR_RETURN(
      db::Rows rows,
      unit.db().Query("SELECT `office` FROM `" + target.table() + "` WHERE " + target.key_condition(), key));
  if (rows.empty() || (!office.empty() && rows.at(0, 0).AsString() != office)) return NotFound(name);
  return absl::OkStatus();
}

// What a row referred to before, it may go on referring to: nothing that others refer to is ever deleted.
absl::Status CheckReferences(work::Unit& unit, const Description& d, const Message* before,
                             const Message& message) {
  const std::string office = resource::OfficeOf(d, message);
  const bool stays = before != nullptr && resource::OfficeOf(d, *before) == office;
  if (!stays && d.keys().size() > 1 && d.keys().front().variable == "inspector") {
    RETURN_IF_ERROR(CheckExists(unit, Description::Of<Inspector>(),
                                ParentInspector(resource::GetString(message, "name")), office));
  }
  if (!stays && d.keys().size() > 1 && d.office_scoped()) {
    RETURN_IF_ERROR(CheckExists(unit, Description::Of<Office>(), "offices/" + office, ""));
  }
  for (const Column& column : d.columns()) {
    if (column.referenced == nullptr) continue;
    const std::string name = resource::GetString(message, column.name.c_str());
    if (name.empty() || (stays && resource::GetString(*before, column.name.c_str()) == name)) continue;
    // Offices are referred to across offices: the one above, the one in charge.
    const bool is_office = &column.referenced->message() == Office::descriptor();
    RETURN_IF_ERROR(CheckExists(unit, *column.referenced, name, is_office ? "" : office));
  }
  return absl::OkStatus();
}

// --- uniqueness and periods
// -----------------------------------------------------------------------------------------

// CODE_IN_USE when another row of the message's office has the same in `field`. What a row had before, it
// still has alone. The unique keys of the tables stand behind this.
absl::Status CheckUnique(work::Unit& unit, const Description& d, const Message* before,
                         const Message& message, const char* field) {
  const std::string office = resource::OfficeOf(d, message), code = resource::GetString(message, field);
  if (code.empty()) return absl::OkStatus();
  if (before != nullptr && resource::OfficeOf(d, *before) == office &&
      resource::GetString(*before, field) == code) {
    return absl::OkStatus();
  }
  std::string columns;
  for (const auto& part : d.keys()) columns += (columns.empty() ? "`" : ", `") + part.variable + "`";
  ASSIGN_OR_RETURN(const db::Rows rows, unit.db().Query("SELECT " + columns + " FROM `" + d.table() +
                                                            "` WHERE `office` = ? AND `" + field + "` = ?",
                                                        {office, code}));
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<db::Value> key;
    for (const auto& part : d.keys()) key.push_back(rows.at(i, part.variable));
    const std::string other = d.NameOf(key);
    if (other != resource::GetString(message, "name")) {
      return Error(ErrorReason::CODE_IN_USE, {{"code", code}, {"resource", other}});
    }
  }
  return absl::OkStatus();
}

// Serialises writers of facts about one row, so that two of them cannot both find the period free.
absl::Status LockRow(work::Unit& unit, const Description& d, const std::string& name) {
  ASSIGN_OR_RETURN(auto key, d.KeyOf(name));
  return unit.db()
      .Query("SELECT `revision` FROM `" + d.table() + "` WHERE " + d.key_condition() + " FOR UPDATE", key)
      .status();
}

// PERIOD_OVERLAP with any other row of `condition`.
template <class M>
absl::Status CheckNoOverlap(work::Unit& unit, const M& message, const std::string& condition,
                            const db::Params& params) {
  ASSIGN_OR_RETURN(auto others, resource::Select<M>(unit.db(), condition, params));
  for (const M& other : others) {
    if (other.name() != message.name() && Overlap(PeriodOf(other), PeriodOf(message))) {
      return Error(ErrorReason::PERIOD_OVERLAP, {{"resource", other.name()}});
    }
  }
  return absl::OkStatus();
}

absl::Status NotInForce(const std::string& area, const std::string& resource) {
  return Error(ErrorReason::AREA_NOT_IN_FORCE, {{"area", area}, {"resource", resource}});
}

// --- one check a resource
// -------------------------------------------------------------------------------------------

absl::Status Check(work::Unit& unit, const Office* before, Office& office) {
  if (before == nullptr && office.work_calendar() == WORK_CALENDAR_UNSPECIFIED)
    office.set_work_calendar(STATE_COUNCIL);
  return CheckPlaceInTree(unit, before, office);
}

absl::Status CheckSchool(work::Unit& unit, const School* before, School& school) {
  RETURN_IF_ERROR(CheckPlainWrite(unit, before, &school));
  return CheckUnique(unit, Description::Of<School>(), before, school, "external_id");
}

absl::Status Check(work::Unit& unit, const School* before, School& school) {
  RETURN_IF_ERROR(CheckTownOfSchool(unit, before, school));
  RETURN_IF_ERROR(CheckSchool(unit, before, school));
  return before == nullptr ? CheckFirstStanding(unit, school) : absl::OkStatus();
}

absl::Status Check(work::Unit& unit, const Town*, Town& town) { return CheckTown(unit, town); }

// A beginning that is still to come would count no years, and is a slip of the pen.
absl::Status CheckEducationSince(work::Unit& unit, const Inspector& inspector) {
  if (!IsSet(inspector.education_since())) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(inspector.office())));
  if (FromProto(inspector.education_since()) <= today) return absl::OkStatus();
  return InvalidFields({{.field = "inspector.education_since", .zh = "晚于今天", .en = "lies after today"}});
}

absl::Status Check(work::Unit& unit, const Inspector* before, Inspector& inspector) {
  if (before == nullptr && inspector.state() == INSPECTOR_STATE_UNSPECIFIED) inspector.set_state(CANDIDATE);
  if (IsSet(inspector.employer_from()) && IsSet(inspector.employer_to()) &&
      FromProto(inspector.employer_to()) < FromProto(inspector.employer_from())) {
    return Error(ErrorReason::PERIOD_INVALID);
  }
  RETURN_IF_ERROR(CheckEducationSince(unit, inspector));
  if (before != nullptr) {
    RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), inspector.name()));
    RETURN_IF_ERROR(CheckKindStays(unit, *before, inspector));
    RETURN_IF_ERROR(CheckStagesSettled(unit, *before, inspector));
    RETURN_IF_ERROR(KeepFormerPost(unit, *before, inspector));
  }
  return CheckUnique(unit, Description::Of<Inspector>(), before, inspector, "work_number");
}

absl::Status Check(work::Unit& unit, const Supervisor* before, Supervisor& person) {
  return CheckUnique(unit, Description::Of<Supervisor>(), before, person, "work_number");
}
absl::Status Check(work::Unit& unit, const StaffMember* before, StaffMember& person) {
  return CheckUnique(unit, Description::Of<StaffMember>(), before, person, "work_number");
}

absl::Status Check(work::Unit& unit, const Certificate* before, Certificate& certificate) {
  RETURN_IF_ERROR(CheckFactSettled(unit, before, certificate));
  return CheckUnique(unit, Description::Of<Certificate>(), before, certificate, "number");
}

// No school stays behind in an area that ends, and none was there before it began; who belongs to it leaves
// with its last day.
absl::Status CheckAreaPeriod(work::Unit& unit, const Area& before, const Area& area) {
  const Period was = PeriodOf(before), is = PeriodOf(area);
  const bool later = is.from > was.from, shorter = is.to && (!was.to || *is.to < *was.to);
  if (!later && !shorter) return absl::OkStatus();
  const std::string of_area = "`office` = ? AND `area` = ?";
  const db::Params params = {resource::SlugOf(area.name()), UuidOf(area.name())};
  ASSIGN_OR_RETURN(auto schools,
                   resource::Select<SchoolAssignment>(unit.db(), of_area, params, "FOR UPDATE"));
  ASSIGN_OR_RETURN(auto members, resource::Select<AreaMembership>(unit.db(), of_area, params, "FOR UPDATE"));
  for (const SchoolAssignment& school : schools) {
    if (!Within(PeriodOf(school), is)) return NotInForce(area.name(), school.name());
  }
  for (AreaMembership& member : members) {
    if (PeriodOf(member).from < is.from) return NotInForce(area.name(), member.name());
    if (is.to) RETURN_IF_ERROR(EndOn(unit, &member, *is.to).status());
  }
  return EndDelegationsOfArea(unit, area);
}

absl::Status CheckAreaNumber(work::Unit& unit, const Area& area) {
  return CheckNoOverlap(unit, area, "`office` = ? AND `number` = ?",
                        {resource::SlugOf(area.name()), area.number()});
}

// Days that have passed know the area as it was. A paper that was not recorded is only completed.
absl::Status KeepPastOf(work::Unit& unit, const Area& before, const Area& after) {
  const bool same_paper =
      before.document_number().empty() || before.document_number() == after.document_number();
  const bool same = same_paper && before.number() == after.number() &&
                    before.display_name() == after.display_name() && PeriodOf(before) == PeriodOf(after);
  if (same) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(before.name())));
  return KeepAreaAsWas(unit.db(), before, today);
}

absl::Status Check(work::Unit& unit, const Area* before, Area& area) {
  const std::string office = resource::SlugOf(area.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Office>(), "offices/" + office));
  RETURN_IF_ERROR(CheckDocument(unit, before, area, "area.document_number"));
  RETURN_IF_ERROR(CheckSettled(unit, before, area));
  if (before != nullptr) {
    RETURN_IF_ERROR(CheckAreaPeriod(unit, *before, area));
    RETURN_IF_ERROR(KeepPastOf(unit, *before, area));
  }
  return CheckAreaNumber(unit, area);
}

// A visit is owed in each month that is named: in one that the term does not touch it never could be paid.
absl::Status CheckTeachingMonths(const Term& term) {
  std::set<std::string> named;
  std::vector<FieldViolation> violations;
  for (const std::string& month : term.teaching_months()) {
    ASSIGN_OR_RETURN(const Date first, ParseDate(month + "-01"));
    if (first > FromProto(term.valid_to()) || NextMonth(first) <= FromProto(term.valid_from())) {
      violations.push_back({.field = "term.teaching_months",
                            .zh = month + "不在学期之内",
                            .en = month + " lies outside the term"});
    } else if (!named.insert(month).second) {
      violations.push_back(
          {.field = "term.teaching_months", .zh = month + "重复列出", .en = month + " is named twice"});
    }
  }
  return violations.empty() ? absl::OkStatus() : InvalidFields(violations);
}

// What belongs to an area does so while there is such an area. The lock keeps the area from ending meanwhile.
template <class M>
absl::Status CheckInForce(work::Unit& unit, const M& belongs) {
  ASSIGN_OR_RETURN(const Area area,
                   resource::Get<Area>(unit.db(), belongs.area(), resource::Lock::kForUpdate));
  return Within(PeriodOf(belongs), PeriodOf(area)) ? absl::OkStatus()
                                                   : NotInForce(belongs.area(), belongs.name());
}

absl::Status Check(work::Unit& unit, const Term*, Term& term) {
  const std::string office = resource::SlugOf(term.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Office>(), "offices/" + office));
  RETURN_IF_ERROR(CheckTeachingMonths(term));
  return CheckNoOverlap(unit, term, "`office` = ? AND `audience` = ?", {office, term.audience()});
}

absl::Status Check(work::Unit& unit, const SchoolAssignment* before, SchoolAssignment& assignment) {
  RETURN_IF_ERROR(CheckDocument(unit, before, assignment, "school_assignment.document_number"));
  RETURN_IF_ERROR(LockRow(unit, Description::Of<School>(), assignment.school()));
  RETURN_IF_ERROR(CheckNoOverlap(unit, assignment, "`school` = ?", {UuidOf(assignment.school())}));
  RETURN_IF_ERROR(CheckSettled(unit, before, &assignment));
  RETURN_IF_ERROR(CheckInForce(unit, assignment));
  return CheckAreaCap(unit, before, assignment);
}

// Once in an area at a time, and one lead.
absl::Status CheckMembershipPeriods(work::Unit& unit, const AreaMembership& membership) {
  const std::string office = resource::SlugOf(membership.name());
  RETURN_IF_ERROR(CheckNoOverlap(unit, membership, "`office` = ? AND `inspector` = ? AND `area` = ?",
                                 {office, UuidOf(membership.inspector()), UuidOf(membership.area())}));
  if (membership.duty() != LEAD) return absl::OkStatus();
  return CheckNoOverlap(unit, membership, "`office` = ? AND `area` = ? AND `duty` = ?",
                        {office, UuidOf(membership.area()), LEAD});
}

absl::Status Check(work::Unit& unit, const AreaMembership* before, AreaMembership& membership) {
  RETURN_IF_ERROR(CheckDocument(unit, before, membership, "area_membership.document_number"));
  RETURN_IF_ERROR(CheckInForce(unit, membership));
  RETURN_IF_ERROR(CheckSettled(unit, before, &membership));
  RETURN_IF_ERROR(CheckMembershipPeriods(unit, membership));
  if (before != nullptr) RETURN_IF_ERROR(CheckAreaStaffed(unit, *before, &membership));
  return EndDelegationsOfLead(unit, membership);
}

absl::Status CheckPostingPeriods(work::Unit& unit, const SupervisorPosting& posting) {
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Supervisor>(), posting.supervisor()));
  return CheckNoOverlap(
      unit, posting, "`office` = ? AND `supervisor` = ? AND `school` = ?",
      {resource::SlugOf(posting.name()), UuidOf(posting.supervisor()), UuidOf(posting.school())});
}

absl::Status Check(work::Unit& unit, const SupervisorPosting* before, SupervisorPosting& posting) {
  RETURN_IF_ERROR(CheckFactSettled(unit, before, posting));
  return CheckPostingPeriods(unit, posting);
}

// The days of the assignment after `first` from which, as is known already, the inspector may not act: a
// recusal, a post at the school or a suspension begins, or duty has been ended. A term that will run out may
// be renewed, and leave passes.
absl::StatusOr<std::vector<Date>> KnownEndsWithin(work::Unit& unit, const InspectorAssignment& assignment,
                                                  Date first) {
  const Uuid inspector = UuidOf(assignment.inspector());
  std::vector<Date> days;
  const auto add = [&](Date day) {
    if (day > first && PeriodOf(assignment).Contains(day)) days.push_back(day);
  };
  ASSIGN_OR_RETURN(auto recusals, resource::Select<Recusal>(unit.db(), "`inspector` = ? AND `school` = ?",
                                                            {inspector, UuidOf(assignment.school())}));
  for (const Recusal& recusal : recusals) add(FromProto(recusal.valid_from()));
  ASSIGN_OR_RETURN(auto posts, resource::Select<Employment>(unit.db(), "`inspector` = ? AND `school` = ?",
                                                            {inspector, UuidOf(assignment.school())}));
  for (const Employment& post : posts) add(FromProto(post.valid_from()));
  ASSIGN_OR_RETURN(const Inspector person, resource::Get<Inspector>(unit.db(), assignment.inspector()));
  if (person.employer_school() == assignment.school() && IsSet(person.employer_from())) {
    add(FromProto(person.employer_from()));
  }
  ASSIGN_OR_RETURN(auto suspensions, resource::Select<Suspension>(unit.db(), "`inspector` = ?", {inspector}));
  for (const Suspension& suspension : suspensions) add(FromProto(suspension.valid_from()));
  ASSIGN_OR_RETURN(auto ended, resource::Select<Appointment>(unit.db(), "`inspector` = ? AND `ended` = TRUE",
                                                             {inspector}));
  for (const Appointment& term : ended) add(FromProto(term.valid_to()) + std::chrono::days(1));
  return days;
}

// Once at a school at a time, and one mainly responsible.
absl::Status CheckAssignmentPeriods(work::Unit& unit, const InspectorAssignment& assignment) {
  // First the inspector, as whoever leaves is: an assignment and the end of duty cannot both go through.
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), assignment.inspector()));
  RETURN_IF_ERROR(LockRow(unit, Description::Of<School>(), assignment.school()));
  const Uuid school = UuidOf(assignment.school());
  RETURN_IF_ERROR(CheckNoOverlap(unit, assignment, "`school` = ? AND `inspector` = ?",
                                 {school, UuidOf(assignment.inspector())}));
  if (assignment.duty() != MAIN) return absl::OkStatus();
  return CheckNoOverlap(unit, assignment, "`school` = ? AND `duty` = ?", {school, MAIN});
}

absl::Status Check(work::Unit& unit, const InspectorAssignment* before, InspectorAssignment& assignment) {
  if (before != nullptr && before->inspector() != assignment.inspector() &&
      before->school() != assignment.school()) {
    return InvalidFields({{.field = "inspector_assignment",
                           .zh = "督学和机构不能一并更改:请终止原分工,另行登记",
                           .en = "inspector and school do not change together: end it and record another"}});
  }
  RETURN_IF_ERROR(CheckDocument(unit, before, assignment, "inspector_assignment.document_number"));
  RETURN_IF_ERROR(CheckAssignmentPeriods(unit, assignment));
  const Uuid school = UuidOf(assignment.school());
  RETURN_IF_ERROR(CheckSettled(unit, before, &assignment));
  RETURN_IF_ERROR(CheckInspectorCap(unit, before, assignment));
  Date first = FromProto(assignment.valid_from());
  if (before != nullptr && before->inspector() == assignment.inspector() &&
      before->school() == assignment.school() && FromProto(before->valid_from()) == first) {
    // To end an assignment needs nobody's eligibility; to prolong it does, for the days it gains.
    if (Within(PeriodOf(assignment), PeriodOf(*before))) return absl::OkStatus();
    first = FromProto(before->valid_to()) + std::chrono::days(1);
  }
  ASSIGN_OR_RETURN(std::vector<Date> days, KnownEndsWithin(unit, assignment, first));
  days.insert(days.begin(), first);
  for (const Date day : days) {
    ASSIGN_OR_RETURN(auto reasons,
                     roster::CheckEligibilityOn(unit.db(), UuidOf(assignment.inspector()), school, day));
    if (!reasons.empty()) return Ineligible(assignment.inspector(), assignment.school(), reasons, day);
  }
  return absl::OkStatus();
}

absl::Status Check(work::Unit& unit, const Appointment* before, Appointment& appointment) {
  return CheckAppointment(unit, before, appointment);
}

absl::Status CheckLeavePeriods(work::Unit& unit, const Leave& leave) {
  const std::string inspector = ParentInspector(leave.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), inspector));
  return CheckNoOverlap(unit, leave, "`inspector` = ?", {UuidOf(inspector)});
}

absl::Status Check(work::Unit& unit, const Leave* before, Leave& leave) {
  RETURN_IF_ERROR(CheckFactSettled(unit, before, leave));
  return CheckLeavePeriods(unit, leave);
}

absl::Status Check(work::Unit& unit, const Employment* before, Employment& employment) {
  RETURN_IF_ERROR(CheckFactSettled(unit, before, employment));
  const std::string inspector = ParentInspector(employment.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), inspector));
  return CheckNoOverlap(unit, employment, "`inspector` = ? AND `school` = ?",
                        {UuidOf(inspector), UuidOf(employment.school())});
}
absl::Status Check(work::Unit& unit, const Qualification* before, Qualification& qualification) {
  return CheckFactSettled(unit, before, qualification);
}

absl::Status Check(work::Unit& unit, const Recusal* before, Recusal& recusal) {
  RETURN_IF_ERROR(CheckFactSettled(unit, before, recusal));
  const std::string inspector = ParentInspector(recusal.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), inspector));
  return TellWithoutEffect(unit, inspector, &recusal);
}

absl::Status Check(work::Unit& unit, const PolicyRule* before, PolicyRule& rule) {
  return CheckPolicyRule(unit, before, &rule);
}
// What is published is not edited around its catalogue (decision record 0030).
absl::Status Check(work::Unit&, const Matter*, Matter& matter) {
  return Error(ErrorReason::CATALOGUE_DECIDES,
               {{"resource", matter.name()},
                {"catalogue", ChineseTerm(*MatterCatalog_descriptor(), matter.catalog())}});
}
absl::Status Check(work::Unit& unit, const Delegation* before, Delegation& delegation) {
  return CheckDelegation(unit, before, delegation);
}
absl::Status Check(work::Unit& unit, const TrainingSession* before, TrainingSession& session) {
  return CheckTrainingSession(unit, before, &session);
}
absl::Status Check(work::Unit& unit, const StudyRecord* before, StudyRecord& record) {
  return CheckStudyRecord(unit, before, &record);
}

// --- records of another registry
// -----------------------------------------------------------------------------------

// What may be entered is checked like everything else, save that nobody asks whether its days have passed.
template <class M>
absl::Status CheckAsRecord(work::Unit& unit, M& record) {
  return Check(unit, nullptr, record);
}

// The rules of before decided the days of before.
absl::Status CheckAsRecord(work::Unit&, PolicyRule& rule) { return CheckRuleValue(rule); }

// Its town may have ended since.
absl::Status CheckAsRecord(work::Unit& unit, School& school) { return CheckSchool(unit, nullptr, school); }

// What another registry recorded of days that have passed.
absl::Status CheckAsRecord(work::Unit& unit, Certificate& certificate) {
  return CheckUnique(unit, Description::Of<Certificate>(), nullptr, certificate, "number");
}
absl::Status CheckAsRecord(work::Unit& unit, Delegation& delegation) {
  return CheckDelegationRecord(unit, delegation);
}
absl::Status CheckAsRecord(work::Unit& unit, SupervisorPosting& posting) {
  return CheckPostingPeriods(unit, posting);
}
absl::Status CheckAsRecord(work::Unit& unit, Leave& leave) { return CheckLeavePeriods(unit, leave); }
absl::Status CheckAsRecord(work::Unit&, Qualification&) { return absl::OkStatus(); }

absl::Status CheckAsRecord(work::Unit& unit, Appointment& appointment) {
  return CheckTermOf(unit, appointment);
}

absl::Status CheckAsRecord(work::Unit& unit, Area& area) {
  const std::string office = resource::SlugOf(area.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Office>(), "offices/" + office));
  return CheckAreaNumber(unit, area);
}

absl::Status CheckAsRecord(work::Unit& unit, SchoolAssignment& assignment) {
  RETURN_IF_ERROR(LockRow(unit, Description::Of<School>(), assignment.school()));
  RETURN_IF_ERROR(CheckNoOverlap(unit, assignment, "`school` = ?", {UuidOf(assignment.school())}));
  return CheckInForce(unit, assignment);
}

absl::Status CheckAsRecord(work::Unit& unit, AreaMembership& membership) {
  RETURN_IF_ERROR(CheckInForce(unit, membership));
  return CheckMembershipPeriods(unit, membership);
}

// Who was assigned before today may have lost what an assignment asks for, and keeps it; a recusal ends it.
absl::Status CheckAsRecord(work::Unit& unit, InspectorAssignment& assignment) {
  ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(assignment.name())));
  if (FromProto(assignment.valid_from()) >= today) return Check(unit, nullptr, assignment);
  RETURN_IF_ERROR(CheckAssignmentPeriods(unit, assignment));
  if (!PeriodOf(assignment).Contains(today)) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto reasons, roster::CheckEligibilityOn(unit.db(), UuidOf(assignment.inspector()),
                                                            UuidOf(assignment.school()), today));
  std::erase_if(reasons, [](const auto& reason) { return reason.code < EligibilityCode::kKinOfHead; });
  return reasons.empty() ? absl::OkStatus()
                         : Ineligible(assignment.inspector(), assignment.school(), reasons, today);
}

absl::Status CheckAsRecord(work::Unit& unit, Suspension& suspension) {
  const std::string inspector = ParentInspector(suspension.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), inspector));
  return CheckNoOverlap(unit, suspension, "`inspector` = ?", {UuidOf(inspector)});
}
absl::Status CheckAsRecord(work::Unit&, TrainingSession& session) { return CheckTrainingRecord(session); }
absl::Status CheckAsRecord(work::Unit& unit, Attendance& attendance) {
  return CheckTrainingRecord(unit, attendance);
}
absl::Status CheckAsRecord(work::Unit& unit, StudyRecord& record) {
  return CheckTrainingRecord(unit, record);
}
absl::Status CheckAsRecord(work::Unit& unit, Plaque& plaque) { return CheckPlaqueRecord(unit, plaque); }
absl::Status CheckAsRecord(work::Unit&, InspectorAct&) { return absl::OkStatus(); }
absl::Status CheckAsRecord(work::Unit&, SchoolChange& change) { return CheckToldChange(change); }

// --- consequences
// ---------------------------------------------------------------------------------------------------

// Of who stands outside the acts: their steps move everybody else.
bool FollowsAppointments(InspectorState state) {
  return state == CANDIDATE || state == ON_DUTY || state == ENDED;
}

absl::Status UpdateStanding(work::Unit& unit, const Appointment& appointment) {
  if (appointment.ended()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      Inspector inspector,
      resource::Get<Inspector>(unit.db(), ParentInspector(appointment.name()), resource::Lock::kForUpdate));
  if (!FollowsAppointments(inspector.state())) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<Appointment>(unit.db(), "`inspector` = ?", {UuidOf(inspector.name())}));
  std::vector<Period> periods;
  for (const Appointment& row : rows) {
    if (!row.ended()) periods.push_back(PeriodOf(row));
  }
  ASSIGN_OR_RETURN(Date today, unit.Today(resource::SlugOf(inspector.office())));
  const auto state =
      static_cast<InspectorState>(StandingAfter(static_cast<Standing>(inspector.state()), periods, today));
  if (state == inspector.state()) return absl::OkStatus();
  inspector.set_state(state);
  return resource::Update(unit, Description::Of<Inspector>(), &inspector, "inspector.standing_changed",
                          work::Change::STATE_CHANGED);
}

// Who must keep away from a school is not assigned to it: from today, or from the first day on which the fact
// holds that was written. Days that have passed stay as they were.
absl::Status EndRecused(work::Unit& unit, const std::string& inspector, const std::string& school,
                        Date from) {
  ASSIGN_OR_RETURN(auto rows,
                   resource::Select<InspectorAssignment>(unit.db(), "`inspector` = ? AND `school` = ?",
                                                         {UuidOf(inspector), UuidOf(school)}, "FOR UPDATE"));
  for (InspectorAssignment& row : rows) {
    ASSIGN_OR_RETURN(const Date today, unit.Today(resource::SlugOf(row.name())));
    const Date first = std::max({today, from, FromProto(row.valid_from())});
    if (!PeriodOf(row).Contains(first)) continue;
    ASSIGN_OR_RETURN(const auto reasons,
                     roster::CheckEligibilityOn(unit.db(), UuidOf(inspector), UuidOf(school), first));
    // Leave, a certificate that has run out and the like end no assignment.
    if (std::none_of(reasons.begin(), reasons.end(),
                     [](const auto& reason) { return reason.code >= EligibilityCode::kKinOfHead; })) {
      continue;
    }
    RETURN_IF_ERROR(EndOn(unit, &row, first - std::chrono::days(1), "inspector_assignment.recused",
                          "inspector_assignment.recused")
                        .status());
  }
  return absl::OkStatus();
}

template <class M>
bool CheckAs(work::Unit& unit, const Message* before, Message* after, absl::Status* status) {
  if (after->GetDescriptor() != M::descriptor()) return false;
  *status = Check(unit, static_cast<const M*>(before), *static_cast<M*>(after));
  return true;
}

template <class M>
bool CheckRecordAs(work::Unit& unit, Message* record, absl::Status* status) {
  if (record->GetDescriptor() != M::descriptor()) return false;
  *status = CheckAsRecord(unit, *static_cast<M*>(record));
  return true;
}

template <class... M>
absl::Status CheckRecordOfAny(work::Unit& unit, Message* record) {
  absl::Status status = absl::InternalError("no rules for " + record->GetTypeName());
  (CheckRecordAs<M>(unit, record, &status) || ...);
  return status;
}

template <class... M>
absl::Status CheckAnyOf(work::Unit& unit, const Message* before, Message* after) {
  absl::Status status = absl::InternalError("no rules for " + after->GetTypeName());
  (CheckAs<M>(unit, before, after, &status) || ...);
  return status;
}

}  // namespace

// 教育督导条例 第六条, with the numbers that the office's policy has on the first day of the term.
absl::Status CheckTermOf(work::Unit& unit, const Appointment& appointment) {
  const std::string inspector = ParentInspector(appointment.name());
  RETURN_IF_ERROR(LockRow(unit, Description::Of<Inspector>(), inspector));
  if (appointment.kind() == PART_TIME) {
    ASSIGN_OR_RETURN(roster::Policy policy,
                     roster::LoadPolicy(unit.db(), resource::SlugOf(appointment.office()),
                                        FromProto(appointment.valid_from())));
    ASSIGN_OR_RETURN(int64_t years, policy.Int("inspector.term_years"));
    ASSIGN_OR_RETURN(int64_t terms, policy.Int("inspector.max_terms"));
    const TermPolicy limits{.term_years = static_cast<int>(years), .max_terms = static_cast<int>(terms)};
    switch (CheckTerm(true, appointment.term_index(), PeriodOf(appointment), limits)) {
      case TermVerdict::kAllowed:
        break;
      case TermVerdict::kTooMany:
        return Error(ErrorReason::TERM_LIMIT_REACHED, {{"limit", std::to_string(terms)}});
      case TermVerdict::kTooLong: {
        const std::string latest =
            FormatDate(LatestEnd(FromProto(appointment.valid_from()), limits.term_years));
        return InvalidFields(
            {{.field = "appointment.valid_to",
              .zh = "兼职督学一届不超过" + std::to_string(years) + "年,最迟" + latest,
              .en = "a part-time term is at most " + std::to_string(years) + " years, until " + latest}});
      }
    }
  }
  return CheckNoOverlap(unit, appointment, "`inspector` = ?", {UuidOf(inspector)});
}

absl::StatusOr<int> TermIndex(work::Unit& unit, const Appointment& appointment) {
  if (appointment.kind() != PART_TIME) return 1;
  const Date from = FromProto(appointment.valid_from());
  ASSIGN_OR_RETURN(const int64_t gap, roster::PolicyInt(unit.db(), resource::SlugOf(appointment.office()),
                                                        "inspector.consecutive_gap_days", from));
  ASSIGN_OR_RETURN(auto rows, resource::Select<Appointment>(unit.db(), "`inspector` = ?",
                                                            {UuidOf(ParentInspector(appointment.name()))}));
  std::vector<PastTerm> past;
  past.reserve(rows.size());
  for (const Appointment& row : rows) {
    past.push_back({.part_time = row.kind() == PART_TIME, .index = row.term_index(), .valid = PeriodOf(row)});
  }
  return ConsecutiveIndex(past, from, static_cast<int>(gap));
}

absl::Status CheckWrite(work::Unit& unit, const Message* before, Message* after) {
  RETURN_IF_ERROR(CheckReferences(unit, Description::Of(after->GetDescriptor()), before, *after));
  return InWords(unit.db(),
                 CheckAnyOf<Office, School, Inspector, Supervisor, StaffMember, Certificate, Area, Term,
                            SchoolAssignment, AreaMembership, SupervisorPosting, InspectorAssignment,
                            Appointment, Recusal, PolicyRule, Matter, Leave, Employment, Qualification,
                            TrainingSession, StudyRecord, Town, Delegation>(unit, before, after));
}

absl::Status CheckRecord(work::Unit& unit, Message* record) {
  RETURN_IF_ERROR(CheckReferences(unit, Description::Of(record->GetDescriptor()), nullptr, *record));
  return InWords(
      unit.db(),
      CheckRecordOfAny<School, Inspector, Supervisor, StaffMember, Certificate, Area, Term, SchoolAssignment,
                       AreaMembership, SupervisorPosting, InspectorAssignment, Appointment, Recusal,
                       PolicyRule, Leave, Employment, Qualification, Suspension, InspectorAct, SchoolChange,
                       TrainingSession, Attendance, StudyRecord, Town, Delegation, Plaque>(unit, record));
}

absl::Status AfterWrite(work::Unit& unit, const Message& written) {
  if (written.GetDescriptor() == Appointment::descriptor()) {
    return UpdateStanding(unit, static_cast<const Appointment&>(written));
  }
  if (written.GetDescriptor() == Recusal::descriptor()) {
    const auto& recusal = static_cast<const Recusal&>(written);
    return EndRecused(unit, ParentInspector(recusal.name()), recusal.school(),
                      FromProto(recusal.valid_from()));
  }
  if (written.GetDescriptor() == Inspector::descriptor()) {
    const auto& inspector = static_cast<const Inspector&>(written);
    if (inspector.employer_school().empty()) return absl::OkStatus();
    const Date from = IsSet(inspector.employer_from()) ? FromProto(inspector.employer_from()) : Date::min();
    return EndRecused(unit, inspector.name(), inspector.employer_school(), from);
  }
  if (written.GetDescriptor() == Employment::descriptor()) {
    const auto& employment = static_cast<const Employment&>(written);
    return EndRecused(unit, ParentInspector(employment.name()), employment.school(),
                      FromProto(employment.valid_from()));
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
