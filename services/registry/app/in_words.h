// Refusals name resources by their ids, for programs; people are told names and days, in their language.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"

namespace inspectorate::registry {

// The same refusal, with words beside each value that is the name of a resource: "school" gets "school_zh"
// and "school_en". Any other status comes back as it is, also one that tells nobody what there is.
absl::Status InWords(db::Session& session, absl::Status status);

// What a school, a person, an area or an office is called; empty for what has no name, or is not there.
absl::StatusOr<std::string> CalledBy(db::Session& session, const std::string& name);

}  // namespace inspectorate::registry
