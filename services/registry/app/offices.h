// Offices: what they begin with, what a release adds to them, and their sandbox clock.
#pragma once

#include "absl/status/statusor.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/office.pb.h"

namespace inspectorate::registry {

// Gives a new office the policy rules of its jurisdiction the matters and the catalogues that ship with the
// platform.
absl::Status SeedOffice(work::Unit& unit, const v1::Office& office);

// Gives each office that exists already the shipped rules of which it has no row at all: a later release
// brings rules that its acts ask for. What an office has entered itself stays.
absl::Status CompleteRules(work::Writer& writer, const db::Budget& budget);

// OFFICE_NOT_SANDBOX, CLOCK_BACKWARDS.
absl::StatusOr<v1::Office> SetSandboxClock(work::Unit& unit, const v1::SetSandboxClockRequest& request);

}  // namespace inspectorate::registry
