// Plaques follow the registry: whoever changes what a board says, by whatever way, makes it stale in the same
// transaction (decision record 0028).
#pragma once

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "services/registry/domain/plaque_text.h"

namespace inspectorate::registry {

// What follows for plaques from the events of a unit (work::Writer::set_consequences).
absl::Status KeepPlaques(work::Unit& unit);

// Plaques whose day has come without anybody writing anything on it.
absl::Status OutdateDuePlaques(work::Writer& writer, const db::Budget& budget);

// Sets or clears the first day on which the board is wrong. True when something changed.
bool SetStaleness(const std::optional<Staleness>& staleness, v1::Plaque* plaque);

}  // namespace inspectorate::registry
