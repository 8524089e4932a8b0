#include "services/registry/app/move_school.h"

#include <algorithm>
#include <optional>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "services/registry/app/documents.h"
#include "services/registry/app/settled.h"
#include "services/registry/app/write.h"
#include "services/registry/domain/period.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using resource::FromProto;
using resource::PeriodOf;
using resource::UuidOf;
using v1::School;
using v1::SchoolAssignment;

constexpr std::chrono::days kOne{1};

// The days that the edit takes from the school's area. Nothing else can hold on them: its periods do not
// overlap.
std::vector<Period> DaysLost(const SchoolAssignment& before, const SchoolAssignment& after) {
  const Period was = PeriodOf(before), is = PeriodOf(after);
  return before.school() == after.school() ? Without(was, {is}) : std::vector<Period>{was};
}

// The days on which there is the school, suspended or not; none once it is over.
std::optional<Period> LifeOf(const School& school) {
  Period life{.from = Date::min(), .to = {}};
  if (resource::IsSet(school.open_date())) life.from = FromProto(school.open_date());
  if (resource::IsSet(school.close_date())) life.to = FromProto(school.close_date());
  const bool over = school.state() == v1::CLOSED || school.state() == v1::MERGED;
  if (over && !life.to) return std::nullopt;
  return life;
}

// What is decided for a later day stays decided.
void EndWhereNextBegins(const std::vector<SchoolAssignment>& chain, SchoolAssignment* wanted) {
  std::optional<Date> next;
  for (const SchoolAssignment& link : chain) {
    const Date from = FromProto(link.valid_from());
    if (from > FromProto(wanted->valid_from()) && (!next || from < *next)) next = from;
  }
  if (next) *wanted->mutable_valid_to() = resource::ToProto(*next - kOne);
}

}  // namespace

absl::StatusOr<bool> LeaveArea(work::Unit& unit, const std::vector<SchoolAssignment>& chain,
                               SchoolAssignment* wanted) {
  const Date day = FromProto(wanted->valid_from());
  EndWhereNextBegins(chain, wanted);
  for (const SchoolAssignment& link : chain) {
    if (!PeriodOf(link).Contains(day)) continue;
    if (link.area() == wanted->area()) return false;
    if (FromProto(link.valid_from()) < day) {
      RETURN_IF_ERROR(EndBefore(unit, link, day));
    } else {
      wanted->set_name(link.name());  // what was meant for that day is corrected
    }
  }
  return true;
}

absl::Status ArriveInArea(work::Unit& unit, const std::string& office, SchoolAssignment* wanted) {
  if (wanted->name().empty()) {
    wanted->set_name(
        resource::NewName(Description::Of<SchoolAssignment>(), "offices/" + office, unit.recorded()));
    return WriteChecked<SchoolAssignment>(unit, nullptr, wanted);
  }
  ASSIGN_OR_RETURN(const auto before,
                   resource::Get<SchoolAssignment>(unit.db(), wanted->name(), resource::Lock::kForUpdate));
  SchoolAssignment after = before;
  after.set_area(wanted->area());
  after.set_document_number(wanted->document_number());
  RETURN_IF_ERROR(WriteChecked(unit, &before, &after));
  *wanted = after;
  return absl::OkStatus();
}

absl::StatusOr<SchoolAssignment> MoveSchool(work::Unit& unit, const v1::MoveSchoolRequest& request) {
  const std::string office = resource::SlugOf(request.parent());
  RETURN_IF_ERROR(CheckDocumentGiven(unit, office, request.document_number(), "document_number"));
  ASSIGN_OR_RETURN(const School school,
                   resource::Get<School>(unit.db(), request.school(), resource::Lock::kForUpdate));
  if (school.office() != request.parent()) return NotFound(request.school());
  ASSIGN_OR_RETURN(const auto chain,
                   resource::Select<SchoolAssignment>(
                       unit.db(), "`school` = ? AND (`valid_to` IS NULL OR `valid_to` >= ?)",
                       {UuidOf(request.school()), FromProto(request.valid_from())}, "FOR UPDATE"));
  SchoolAssignment wanted;
  wanted.set_school(request.school());
  wanted.set_area(request.area());
  wanted.set_document_number(request.document_number());
  *wanted.mutable_valid_from() = request.valid_from();
  ASSIGN_OR_RETURN(const bool moves, LeaveArea(unit, chain, &wanted));
  if (!moves) {
    return InvalidFields(
        {{.field = "area", .zh = "该日已在此责任区", .en = "it is in that area on the day"}});
  }
  RETURN_IF_ERROR(ArriveInArea(unit, office, &wanted));
  return wanted;
}

absl::Status PlaceFrom(work::Unit& unit, const School& school, const std::string& area,
                       const v1::SchoolChange& opening) {
  SchoolAssignment wanted;
  wanted.set_school(school.name());
  wanted.set_area(area);
  wanted.set_document_number(opening.document_number());
  *wanted.mutable_valid_from() = opening.effective_date();
  return ArriveInArea(unit, resource::SlugOf(school.office()), &wanted);
}

absl::Status CheckHasArea(work::Unit& unit, const School& school, Date day) {
  const std::string office = resource::SlugOf(school.office());
  ASSIGN_OR_RETURN(const auto rule,
                   roster::IfInForce(roster::PolicyText(unit.db(), office, "area.every_school", day)));
  if (rule != "block") return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool set_up, IsBeingSetUp(unit, office));
  if (set_up) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto held, resource::Select<SchoolAssignment>(
                                        unit.db(), "`school` = ? AND " + std::string(resource::kValidOn),
                                        {UuidOf(school.name()), day, day}));
  if (!held.empty()) return absl::OkStatus();
  return Error(ErrorReason::SCHOOL_WITHOUT_AREA, {{"school", school.name()}, {"date", FormatDate(day)}});
}

absl::Status CheckKeepsArea(work::Unit& unit, const SchoolAssignment& before, const SchoolAssignment& after) {
  const auto lost = DaysLost(before, after);
  if (lost.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const School school, resource::Get<School>(unit.db(), before.school()));
  const auto life = LifeOf(school);
  for (const Period& days : lost) {
    if (!life || !Overlap(days, *life)) continue;
    return Error(ErrorReason::SCHOOL_WITHOUT_AREA,
                 {{"school", before.school()}, {"date", FormatDate(std::max(days.from, life->from))}});
  }
  return absl::OkStatus();
}

}  // namespace inspectorate::registry
