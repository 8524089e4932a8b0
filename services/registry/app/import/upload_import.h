// Import of uploaded lists, however long: a few rows at a time, each on its own, with a note of how far it
// has come.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/uuid.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "services/registry/app/import/roster_import.h"

namespace inspectorate::registry {

// Row by row; rows that are rejected leave nothing behind. Run again for the same `operation`, it goes on
// where the run before it ended, wherever that was: no row is written, or counted, twice. What it holds at a
// time does not depend on the length of the lists. CALL_CANCELLED when stopped: what is written stays.
absl::StatusOr<v1::ImportRosterResponse> ImportUploads(work::Writer& writer, const db::Budget& budget,
                                                       const work::Actor& actor, const Uuid& operation,
                                                       const v1::ImportRosterRequest& request,
                                                       const ImportProgress& progress);

}  // namespace inspectorate::registry
