// Changes of schools that were decided on for a later day (decision record 0035).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

// Takes up the changes whose day has come by their office's clock, office by office, the oldest first, each
// in a transaction of its own; one that is not possible any more lapses.
absl::Status TakeUpDueSchoolChanges(work::Writer& writer, const db::Budget& budget);

// The same of one office, a slug.
absl::Status TakeUpDueSchoolChangesOf(work::Writer& writer, const db::Budget& budget,
                                      const std::string& office);

}  // namespace inspectorate::registry
