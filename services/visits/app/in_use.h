// Which matters, severities and methods a visit may name: those that the office's catalogues have in use on
// the day on which it was held.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/roster/catalogue.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {

class InUse {
 public:
  // `session` must outlive it.
  static absl::StatusOr<InUse> At(db::Session& session, const v1::Visit& visit);

  // MATTER_UNKNOWN unless it is in use in the catalogue for this kind of school.
  absl::Status Matter(const std::string& code) const;
  // The same for a work aspect; empty: none is named.
  absl::Status Aspect(const std::string& code) const;
  // VALUE_NOT_IN_USE.
  absl::Status Severity(v1::Severity severity) const;
  absl::Status Method(v1::VisitMethod method) const;

  absl::Status Finding(const v1::Finding& finding) const;

 private:
  InUse(db::Session& session, std::string office, Date day, registry::v1::SchoolKind school,
        roster::Catalogues catalogues)
      : session_(session),
        office_(std::move(office)),
        day_(day),
        school_(school),
        catalogues_(std::move(catalogues)) {}
  absl::Status Named(registry::v1::CatalogueKind kind, const std::string& code) const;

  db::Session& session_;
  std::string office_;
  Date day_;
  registry::v1::SchoolKind school_;
  roster::Catalogues catalogues_;
};

}  // namespace inspectorate::visits
