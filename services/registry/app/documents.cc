#include "services/registry/app/documents.h"

#include "common/base/macros.h"
#include "common/roster/policy.h"
#include "common/status/error.h"

namespace inspectorate::registry {

absl::Status CheckDocumentGiven(work::Unit& unit, const std::string& office, const std::string& number,
                                const std::string& field) {
  if (!number.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Date today, unit.Today(office));
  ASSIGN_OR_RETURN(const auto rule,
                   roster::IfInForce(roster::PolicyText(unit.db(), office, "roster.document", today)));
  if (rule != "require") return absl::OkStatus();
  return InvalidFields({{.field = field,
                         .zh = "本督导室要求注明文号",
                         .en = "the office requires the number of the document"}});
}

}  // namespace inspectorate::registry
