// The catalogues that an office begins with: from the matters that it has, and from what ships.
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

// Gives an office the catalogues that it lacks, with the versions that say of each day what its matters say,
// or what ships where there are none. `office`: its name; it is locked.
absl::Status SeedCatalogues(work::Unit& unit, const std::string& office);

// The same for every office that lacks some: those that are older than catalogues. Each in a transaction of
// its own.
absl::Status CompleteCatalogues(work::Writer& writer, const db::Budget& budget);

}  // namespace inspectorate::registry
