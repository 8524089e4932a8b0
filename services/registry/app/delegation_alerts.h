// What needs attention about who acts for whom: what ends soon, and what has no effect on the day.
#pragma once

#include <map>
#include <set>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/roster/eligibility_facts.h"
#include "common/roster/scope.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {

// What is known of the office on the day.
struct OfficeOnDay {
  Date day;
  roster::EligibilityPolicy policy;
  std::map<Uuid, roster::InspectorFacts> inspectors;
  std::map<Uuid, roster::SchoolInCharge> schools;
};

// Of the delegations in which one of `persons` acts or is acted for; null: all of the office.
absl::Status AddDelegationAlerts(db::Session& session, const roster::Reach& reach, const OfficeOnDay& known,
                                 const std::set<Uuid>* persons, v1::ListInspectorAlertsResponse* response);

}  // namespace inspectorate::registry
