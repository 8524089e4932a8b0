// Appends a unit's events to the feeds of their offices: the last write before COMMIT, so that positions
// follow commit order without a gap (engineering trap 0.2).
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"

namespace inspectorate::feed {

// Locks the head of each office concerned (in order of their slugs), gives out positions, writes the events
// with the running digest, moves the heads.
absl::Status Append(work::Unit& unit);

}  // namespace inspectorate::feed
