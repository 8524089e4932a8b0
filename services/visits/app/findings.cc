#include "services/visits/app/findings.h"

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "services/visits/app/in_use.h"
#include "services/visits/app/visit_act.h"
#include "services/visits/domain/visit_state.h"
#include "services/visits/store/visit_rows.h"

namespace inspectorate::visits {
namespace {

using resource::Description;

// "offices/x/visits/y/findings/1" → "offices/x/visits/y".
std::string VisitOf(const std::string& finding) { return finding.substr(0, finding.rfind("/findings/")); }

absl::Status CheckContent(work::Unit& unit, const v1::Visit& visit, const v1::Finding& finding) {
  if (finding.kind() == v1::GOOD_PRACTICE && finding.severity() != v1::SEVERITY_UNSPECIFIED) {
    return InvalidFields({{.field = "finding.severity",
                           .zh = "典型经验没有严重程度",
                           .en = "a good practice has no severity"}});
  }
  ASSIGN_OR_RETURN(const InUse in_use, InUse::At(unit.db(), visit));
  return in_use.Finding(finding);
}

// The visit is locked first: a finding cannot slip past the submission that seals its visit.
absl::StatusOr<v1::Visit> LockOpenVisit(work::Unit& unit, const rpc::Call& call, const v1::Finding& finding) {
  ASSIGN_OR_RETURN(v1::Visit visit, LockForRecord(unit, call, VisitOf(finding.name())));
  RETURN_IF_ERROR(
      CheckFindingOpen(static_cast<VisitState>(visit.state()), finding.sealed_in() > 0, finding.ordinal()));
  return visit;
}

}  // namespace

absl::Status PrepareFinding(work::Unit& unit, const rpc::Call& call, v1::Finding* finding) {
  ASSIGN_OR_RETURN(v1::Visit visit, LockOpenVisit(unit, call, *finding));
  RETURN_IF_ERROR(CheckContent(unit, visit, *finding));
  ASSIGN_OR_RETURN(int ordinal,
                   NextOrdinal(unit.db(), resource::SlugOf(visit.name()), resource::UuidOf(visit.name())));
  finding->set_name(visit.name() + "/findings/" + std::to_string(ordinal));
  finding->set_ordinal(ordinal);
  finding->set_school(visit.school());
  finding->set_area(visit.area());
  return absl::OkStatus();
}

absl::Status CheckFindingChange(work::Unit& unit, const rpc::Call& call, const v1::Finding& before,
                                const v1::Finding& after) {
  ASSIGN_OR_RETURN(v1::Visit visit, LockOpenVisit(unit, call, before));
  return CheckContent(unit, visit, after);
}

absl::Status DeleteFinding(work::Unit& unit, const rpc::Call& call, const v1::DeleteFindingRequest& request) {
  ASSIGN_OR_RETURN(v1::Visit visit, LockForRecord(unit, call, VisitOf(request.name())));
  ASSIGN_OR_RETURN(auto finding,
                   resource::Get<v1::Finding>(unit.db(), request.name(), resource::Lock::kForUpdate));
  RETURN_IF_ERROR(resource::CheckEtag(finding, request.etag()));
  RETURN_IF_ERROR(
      CheckFindingOpen(static_cast<VisitState>(visit.state()), finding.sealed_in() > 0, finding.ordinal()));
  return resource::Delete(unit, Description::Of<v1::Finding>(), finding, "finding.dropped");
}

}  // namespace inspectorate::visits
