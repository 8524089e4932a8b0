// Import of an office's lists: every row is checked and written by the rules that the methods follow, found
// again by the office's own numbers, and answered for in a report.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/import.pb.h"

namespace inspectorate::registry {

// Rows done, and all there are; false stops the import (a single transaction is rolled back, single rows
// stay).
using ImportProgress = std::function<bool(int64_t done, int64_t total)>;

// FILE_UNREADABLE for a file that is no such list; CALL_CANCELLED when stopped. Rows that break a rule are no
// error: they are in the report, and in ALL_OR_NOTHING mode nothing is written then.
absl::StatusOr<v1::ImportRosterResponse> ImportRoster(work::Writer& writer, const db::Budget& budget,
                                                      const work::Actor& actor,
                                                      const v1::ImportRosterRequest& request,
                                                      const ImportProgress& progress);

}  // namespace inspectorate::registry
