#include "services/visits/app/panel.h"

#include <string>
#include <string_view>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/policy.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/visits/domain/visit_state.h"
#include "services/visits/store/roster_facts.h"

namespace inspectorate::visits {
namespace {

using resource::UuidOf;

// The rule that holds the least number of inspectors.
std::string_view PanelRule(v1::VisitType type) {
  switch (type) {
    case v1::LOOK_BACK_VISIT:
      return "visit.panel_min.look_back";
    case v1::THEMATIC:
      return "visit.panel_min.thematic";
    case v1::COMPREHENSIVE:
      return "visit.panel_min.comprehensive";
    default:
      return "visit.panel_min.routine";
  }
}

// An office sends its own inspectors; somebody else's is not told from one that is not there.
absl::Status CheckOffice(db::Session& session, const std::string& inspector, const std::string& office) {
  ASSIGN_OR_RETURN(auto row, resource::Get<registry::v1::Inspector>(session, inspector));
  return resource::SlugOf(row.office()) == office ? absl::OkStatus() : NotFound(inspector);
}

}  // namespace

absl::Status CheckPanel(db::Session& session, const v1::Visit& visit, Date day, bool sent) {
  const std::string office = resource::SlugOf(visit.name());
  const Uuid school = UuidOf(visit.school());
  CheckInFacts facts{.panel = {}, .panel_min = 1, .school = visit.school(), .day = day};
  ASSIGN_OR_RETURN(int64_t least, roster::PolicyInt(session, office, PanelRule(visit.type()), day));
  facts.panel_min = static_cast<int>(least);
  for (const std::string& inspector : visit.panel()) {
    RETURN_IF_ERROR(CheckOffice(session, inspector, office));
    PanelMember member{.inspector = inspector, .assigned = sent, .against = {}};
    if (!sent) {
      ASSIGN_OR_RETURN(member.assigned, IsAssigned(session, office, UuidOf(inspector), school, day));
    }
    ASSIGN_OR_RETURN(member.against, roster::CheckEligibilityOn(session, UuidOf(inspector), school, day));
    facts.panel.push_back(std::move(member));
  }
  return CheckCheckIn(facts);
}

}  // namespace inspectorate::visits
