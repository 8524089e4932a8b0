// Which issue repeats which (domain/relapse.h), whatever came first: the finding through the feed, or the
// record of the closing, which may be entered later than it happened.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/work/unit.h"
#include "inspectorate/issues/v1/issue.pb.h"

namespace inspectorate::issues {

// For an issue about to be registered: the name of the closed one that it repeats, or "". The rule of the day
// on which it was found decides.
absl::StatusOr<std::string> FindRelapse(work::Unit& unit, const v1::Issue& found);

// For an issue that has just been saved as closed: gives its name to those that repeat it and are registered
// already. A link to another issue gives way only to one that was closed later; none is taken away, also
// where the earlier issue is reopened.
absl::Status LinkWhatRelapsed(work::Unit& unit, const v1::Issue& closed);

}  // namespace inspectorate::issues
