#include "services/registry/app/assignments.h"

#include <string>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/resource/within_reach.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/app/ending.h"
#include "services/registry/app/reach.h"

namespace inspectorate::registry {
namespace {

using resource::Description;
using v1::InspectorAssignment;

absl::Status RecordCallingOff(work::Unit& unit, const v1::Inspector& inspector,
                              const InspectorAssignment& assignment, Date day,
                              const v1::WithdrawInspectorAssignmentRequest& request) {
  v1::InspectorAct act;
  act.set_office(inspector.office());
  act.set_event(v1::CALL_OFF_ASSIGNMENT);
  act.set_state_after(inspector.state());
  *act.mutable_act_date() = resource::ToProto(day);
  act.set_document_number(request.document_number());
  act.set_reason(request.reason());
  *act.mutable_effective_date() = assignment.valid_from();
  act.set_school(assignment.school());
  const Description& d = Description::Of<v1::InspectorAct>();
  act.set_name(resource::NewName(d, inspector.name(), unit.recorded()));
  return resource::Insert(unit, d, &act);
}

}  // namespace

absl::StatusOr<InspectorAssignment> WithdrawInspectorAssignment(
    work::Unit& unit, const rpc::Call& call, const v1::WithdrawInspectorAssignmentRequest& request) {
  ASSIGN_OR_RETURN(const auto reach, ReachToWrite(unit, call, resource::SlugOf(request.name())));
  ASSIGN_OR_RETURN(const auto seen,
                   resource::GetWithin<InspectorAssignment>(reach, call, unit.db(), request.name()));
  // First the inspector, as whoever records an assignment does.
  ASSIGN_OR_RETURN(const auto inspector,
                   resource::Get<v1::Inspector>(unit.db(), seen.inspector(), resource::Lock::kForUpdate));
  ASSIGN_OR_RETURN(const auto ahead, resource::GetWithin<InspectorAssignment>(
                                         reach, call, unit.db(), request.name(), resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(ahead, request.etag()));
  RETURN_IF_ERROR(CallOff(unit, ahead, reach.day, "inspector_assignment.withdrawn"));
  RETURN_IF_ERROR(RecordCallingOff(unit, inspector, ahead, reach.day, request));
  return ahead;
}

}  // namespace inspectorate::registry
