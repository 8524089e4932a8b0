// Appointments that are entered or edited beside the acts of an inspector's life
// (services/registry/app/life).
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {

// `before` null: entered, which is for appointments made before the platform knew of them, while the office
// is being set up. ENDED_BY_DECISION where an act decides; STATE_TRANSITION_DENIED for who is in the steps of
// one; DAYS_SETTLED; INVALID_FIELDS; what CheckTermOf refuses.
absl::Status CheckAppointment(work::Unit& unit, const v1::Appointment* before, const v1::Appointment& after);

// Full time or part time decides which limits a term has: it stays while a term runs or is to come.
absl::Status CheckKindStays(work::Unit& unit, const v1::Inspector& before, const v1::Inspector& after);

}  // namespace inspectorate::registry
