// Handing in a record: what it must hold, the seal over its findings, and what it fulfils.
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "services/visits/app/visit_act.h"

namespace inspectorate::visits {

// Writes the record's parts into the visit. What was answered at the first submission stays.
// MATTER_UNKNOWN, VALUE_NOT_IN_USE, RECORD_INCOMPLETE, FINDING_SEALED.
absl::Status WriteRecord(work::Unit& unit, const v1::RecordVisitRequest& request, v1::Visit* visit);

// Seals and hands in. MATTER_UNKNOWN, VALUE_NOT_IN_USE, RECORD_INCOMPLETE, OPEN_ITEMS_UNANSWERED,
// FINDING_SEALED when what an earlier submission sealed is not what is there.
absl::Status Submit(work::Unit& unit, const Act& act, v1::Visit* visit);

}  // namespace inspectorate::visits
