// Rows that belong to visits: panels, findings and their ordinals.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/query/query.h"
#include "common/roster/scope.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/visits/domain/planner.h"

namespace inspectorate::visits {

// Writes who is in the panel; `sent`: by the office, so that no assignment to the school is asked for.
absl::Status InsertPanel(db::Session& session, const v1::Visit& visit, bool sent);
absl::StatusOr<bool> SentByOffice(db::Session& session, const std::string& office, const Uuid& visit);
// Rows of visits (or of what has a visit column) in whose panel the caller is.
query::Condition InPanel(const roster::Reach& reach);

// Visits of the month that stand: planned or held. By inspector, and the days by school.
struct Standing {
  std::map<Uuid, std::vector<Slot>> inspectors;
  std::map<Uuid, std::vector<Date>> schools;
};
absl::StatusOr<Standing> StandingIn(db::Session& session, const std::string& office, Date month);

struct HeldVisit {
  Uuid visit;
  Date day;
};
// By school, its last comprehensive inspection that was held up to the day.
absl::StatusOr<std::map<Uuid, HeldVisit>> LastComprehensive(db::Session& session, const std::string& office,
                                                            Date day);

// By ordinal, locked.
absl::StatusOr<std::vector<v1::Finding>> LockFindings(db::Session& session, const std::string& office,
                                                      const Uuid& visit);
// The next ordinal of the visit, which must be locked; never the same twice.
absl::StatusOr<int> NextOrdinal(db::Session& session, const std::string& office, const Uuid& visit);

}  // namespace inspectorate::visits
