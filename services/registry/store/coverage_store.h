// The dated facts of an office on one day, joined: what coverage is decided from.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "services/registry/domain/coverage.h"

namespace inspectorate::registry {

struct StoredCoverage {
  CoverageFacts facts;
  int supervisors = 0;  // persons with a posting
};

// `office` is a slug.
absl::StatusOr<StoredCoverage> LoadCoverage(db::Session& session, const std::string& office, Date day);

// Areas in force that nobody leads on a day, in the order of their numbers.
absl::StatusOr<std::vector<Named>> AreasWithoutLead(db::Session& session, const std::string& office,
                                                    Date day);

// Institutions in operation on a day, in the order of the office's numbers.
absl::StatusOr<std::vector<Named>> OperatingOn(db::Session& session, const std::string& office, Date day);

}  // namespace inspectorate::registry
