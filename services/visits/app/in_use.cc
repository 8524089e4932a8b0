#include "services/visits/app/in_use.h"

#include <algorithm>
#include <utility>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/roster/eligibility_facts.h"
#include "common/status/error.h"
#include "services/visits/store/roster_facts.h"

namespace inspectorate::visits {

using registry::v1::CatalogueKind;

absl::StatusOr<InUse> InUse::At(db::Session& session, const v1::Visit& visit) {
  std::string office = resource::SlugOf(visit.name());
  const Date day = resource::FromProto(visit.held_day());
  ASSIGN_OR_RETURN(const roster::SchoolInCharge school,
                   roster::LoadSchoolFacts(session, resource::UuidOf(visit.school()), day));
  ASSIGN_OR_RETURN(roster::Catalogues catalogues, roster::CataloguesOn(session, office, day));
  return InUse(session, std::move(office), day, static_cast<registry::v1::SchoolKind>(school.facts.kind),
               std::move(catalogues));
}

absl::Status InUse::Matter(const std::string& code) const {
  return Named(school_ == registry::v1::KINDERGARTEN ? registry::v1::CATALOGUE_KINDERGARTEN_MATTERS
                                                     : registry::v1::CATALOGUE_SCHOOL_MATTERS,
               code);
}

absl::Status InUse::Aspect(const std::string& code) const {
  return code.empty() ? absl::OkStatus() : Named(registry::v1::CATALOGUE_WORK_ASPECTS, code);
}

absl::Status InUse::Named(CatalogueKind kind, const std::string& code) const {
  const auto unknown = [&code] { return Error(ErrorReason::MATTER_UNKNOWN, {{"matter", code}}); };
  if (!catalogues_.known()) {
    // A registry that is older than this service: its matters are dated one by one.
    ASSIGN_OR_RETURN(const int catalog, CatalogOf(session_, office_, code, day_));
    return catalog == static_cast<int>(kind) ? absl::OkStatus() : unknown();
  }
  if (!catalogues_.InUse(kind, code)) return unknown();
  const auto& kinds = catalogues_.Find(kind, code)->kinds;
  const bool meant = kinds.empty() || std::find(kinds.begin(), kinds.end(), school_) != kinds.end();
  return meant ? absl::OkStatus() : unknown();
}

absl::Status InUse::Severity(v1::Severity severity) const {
  return catalogues_.CheckValue(registry::v1::CATALOGUE_SEVERITIES, v1::Severity_descriptor(), severity);
}

absl::Status InUse::Method(v1::VisitMethod method) const {
  return catalogues_.CheckValue(registry::v1::CATALOGUE_METHODS, v1::VisitMethod_descriptor(), method);
}

absl::Status InUse::Finding(const v1::Finding& finding) const {
  RETURN_IF_ERROR(Matter(finding.matter()));
  RETURN_IF_ERROR(Aspect(finding.aspect()));
  return Severity(finding.severity());
}

}  // namespace inspectorate::visits
