// Facts that eligibility follows from, on days that are settled: whether somebody might act on such a day
// does not change by an edit afterwards (decision record 0037).
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::registry {

// DAYS_SETTLED when days before the bound of settled.h would change. `before` null: recorded anew.
// Certificates, qualifications and leave: neither given nor taken away afterwards; recorded anew they are
// free while the office is being set up, and the first certificate of an inspector is; the first
// qualification where it takes nothing away. Recusals and posts may come to light late, so that they are
// added whenever they are known; but what is on record of settled days is not taken away.
absl::Status CheckFactSettled(work::Unit& unit, const v1::Certificate* before, const v1::Certificate& after);
absl::Status CheckFactSettled(work::Unit& unit, const v1::Qualification* before,
                              const v1::Qualification& after);
absl::Status CheckFactSettled(work::Unit& unit, const v1::Leave* before, const v1::Leave& after);
absl::Status CheckFactSettled(work::Unit& unit, const v1::Recusal* before, const v1::Recusal& after);
absl::Status CheckFactSettled(work::Unit& unit, const v1::Employment* before, const v1::Employment& after);
// Of an appointment that is edited; it is entered by acts, or while the office is being set up.
absl::Status CheckFactSettled(work::Unit& unit, const v1::Appointment& before, const v1::Appointment& after);
// Coverage counts who is posted where: like an assignment.
absl::Status CheckFactSettled(work::Unit& unit, const v1::SupervisorPosting* before,
                              const v1::SupervisorPosting& after);
// The kinds of school that an inspector is qualified for whatever the day: INVALID_FIELDS when they change
// for who has served on a settled day, save that they may be completed while the office is being set up.
absl::Status CheckStagesSettled(work::Unit& unit, const v1::Inspector& before, const v1::Inspector& after);

}  // namespace inspectorate::registry
