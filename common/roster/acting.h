// Who acts for whom on a day (代理, decision record 0038), out of this service's own registry tables or
// copies.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"

namespace inspectorate::roster {

struct Acting {
  Uuid delegation;
  Uuid delegate;
};

// "offices/{office}/delegations/{delegation}"
std::string NameOf(const std::string& office, const Acting& acting);

// Of an office (slug) on a day: by school, who acts there for the mainly responsible inspector.
absl::StatusOr<std::map<Uuid, Acting>> ActingAtSchools(db::Session& session, const std::string& office,
                                                       Date day);
// The same of one school.
absl::StatusOr<std::optional<Acting>> ActingAtSchool(db::Session& session, const std::string& office,
                                                     const Uuid& school, Date day);
// By area, who acts as its lead.
absl::StatusOr<std::map<Uuid, Acting>> ActingLeads(db::Session& session, const std::string& office, Date day);

// The schools at which an inspector acts for another on a day, whatever that one's duty there.
absl::StatusOr<std::vector<Uuid>> SchoolsActedAt(db::Session& session, const std::string& office,
                                                 const Uuid& inspector, Date day);
// The schools of the areas that an inspector leads for another on a day.
absl::StatusOr<std::vector<Uuid>> SchoolsOfActedAreas(db::Session& session, const std::string& office,
                                                      const Uuid& inspector, Date day);

}  // namespace inspectorate::roster
