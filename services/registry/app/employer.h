// The school at which an inspector serves or served by their own record (employer_school), which has no
// history: what it said of days that have passed is kept beside it (decision record 0037).
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {

// Before the record changes. Another school, or none: the days at the former one become an Employment.
// DAYS_SETTLED where settled days of a post at the same school would be taken away.
absl::Status KeepFormerPost(work::Unit& unit, const v1::Inspector& before, const v1::Inspector& after);

}  // namespace inspectorate::registry
