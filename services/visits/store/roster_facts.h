// What visits are planned and judged from: the dated registry facts in this service's own database. Offices
// are slugs; an absent reference is all zero.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/roster/scope.h"
#include "services/visits/domain/obligations.h"

namespace inspectorate::visits {

// Schools that operate at some time, with their area on the first day of the month (or the first in it).
absl::StatusOr<std::vector<SchoolInOperation>> SchoolsInOperation(db::Session& session,
                                                                  const std::string& office, Date month);
// Schools of the office that the caller reaches.
absl::StatusOr<std::set<Uuid>> SchoolsReached(db::Session& session, const roster::Reach& reach);
// Terms that touch the month.
absl::StatusOr<std::vector<TermFact>> TermsIn(db::Session& session, const std::string& office, Date month);

absl::StatusOr<Uuid> AreaOfSchool(db::Session& session, const std::string& office, const Uuid& school,
                                  Date day);
// Responsible there, or acting for who is, by the record: whether they may act is asked beside it.
absl::StatusOr<bool> IsAssigned(db::Session& session, const std::string& office, const Uuid& inspector,
                                const Uuid& school, Date day);

// Of a whole office on a day, by school or inspector. Assigned inspectors: the main one first, and before
// them who acts for them.
absl::StatusOr<std::map<Uuid, Uuid>> AreasOfSchools(db::Session& session, const std::string& office,
                                                    Date day);
absl::StatusOr<std::map<Uuid, Uuid>> AreasOfInspectors(db::Session& session, const std::string& office,
                                                       Date day);
absl::StatusOr<std::map<Uuid, std::vector<Uuid>>> AssignedInspectors(db::Session& session,
                                                                     const std::string& office, Date day);

// The catalogue (number of inspectorate.registry.v1.MatterCatalog) in which the office has this matter on the
// day; 0: none.
absl::StatusOr<int> CatalogOf(db::Session& session, const std::string& office, std::string_view matter,
                              Date day);

// Position of the registry's feed up to which the facts of the office are here.
absl::StatusOr<uint64_t> RegistryPosition(db::Session& session, const std::string& office);

}  // namespace inspectorate::visits
