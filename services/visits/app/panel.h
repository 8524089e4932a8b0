// May this panel act at the school on the day? The same question when a plan is published, when a visit is
// made, and at check-in.
#pragma once

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {

// `sent`: the office sends the panel with this visit, so that no assignment to the school is asked for.
// RESOURCE_NOT_FOUND for another office's inspector, PANEL_TOO_SMALL, NOT_ASSIGNED, CERTIFICATE_INVALID,
// APPOINTMENT_MISSING, RECUSAL_CONFLICT, INSPECTOR_INELIGIBLE.
absl::Status CheckPanel(db::Session& session, const v1::Visit& visit, Date day, bool sent);

}  // namespace inspectorate::visits
