// Who acts for whom on a day (代理, decision record 0038), out of this service's own registry tables or
// copies. What is recorded says who acts; whether they may, eligibility.h says for each day and school.
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

// --- as it is recorded -------------------------------------------------------------------------------------

// Of an office (slug) on a day: by school, who acts there for the mainly responsible inspector.
absl::StatusOr<std::map<Uuid, Acting>> ActingAtSchools(db::Session& session, const std::string& office,
                                                       Date day);
// The same of these schools.
absl::StatusOr<std::map<Uuid, Acting>> ActingAtSchools(db::Session& session, const std::string& office,
                                                       const std::vector<Uuid>& schools, Date day);
// By area, who acts as its lead.
absl::StatusOr<std::map<Uuid, Acting>> ActingLeads(db::Session& session, const std::string& office, Date day);
// The same of one area.
absl::StatusOr<std::optional<Acting>> ActingLead(db::Session& session, const std::string& office,
                                                 const Uuid& area, Date day);

// By school, how an inspector acts there for another on a day: for whoever is mainly responsible there or,
// else, for one who assists.
absl::StatusOr<std::map<Uuid, Acting>> SchoolsActedAt(db::Session& session, const std::string& office,
                                                      const Uuid& inspector, Date day);

// --- as far as they may ------------------------------------------------------------------------------------

// What an inspector reaches on a day by acting for another: the schools where they may act that day. With
// `as_lead` also the areas led for another, for whoever stands, and the schools of these where they are not
// recused: a lead needs no more. Nothing where the office has no rules of eligibility: reach is denied by
// default.
struct ReachedByActing {
  std::vector<Uuid> schools;
  std::vector<Uuid> areas;
};
absl::StatusOr<ReachedByActing> WhatIsReachedByActing(db::Session& session, const std::string& office,
                                                      const Uuid& inspector, Date day, bool as_lead);

// The acting leads who stand on the day, by area; all of them where the office has no rules of eligibility.
absl::StatusOr<std::map<Uuid, Acting>> StandingActingLeads(db::Session& session, const std::string& office,
                                                           Date day);

}  // namespace inspectorate::roster
