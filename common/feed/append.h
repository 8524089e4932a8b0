// Appends a unit's events to the feeds of their offices: the last write before COMMIT, so that positions
// follow commit order without a gap (engineering trap 0.2).
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/work/unit.h"

namespace inspectorate::feed {

// The events of one unit, ready but for their positions.
struct Prepared {
  work::Unit* unit;
  std::vector<v1::Change> changes;  // of unit->events(), in their order
};

// What can be done before the heads are locked: from there to COMMIT an office's writers queue.
absl::StatusOr<Prepared> Prepare(work::Unit& unit);

// Locks the head of each office concerned (in order of their slugs), gives out positions, writes the events
// with the running digest, moves the heads. Of several units that commit together the events of one follow
// those of the one before; each is a transaction of its own in the feed.
absl::Status Append(db::Session& db, const std::vector<Prepared*>& units);

// Of one unit.
absl::Status Append(work::Unit& unit);

}  // namespace inspectorate::feed
