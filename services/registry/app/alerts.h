// What needs attention about the inspectors of an office on a day.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/roster/scope.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {

// Of all the office's inspectors, or those in reach: an area lead has the members of the led areas, also of
// those led for another, an inspector only themselves. POLICY_MISSING.
absl::StatusOr<v1::ListInspectorAlertsResponse> ListInspectorAlerts(db::Session& session,
                                                                    const roster::Reach& reach, Date day);

}  // namespace inspectorate::registry
