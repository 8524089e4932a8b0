// What a caller reaches in an office today.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/roster/scope.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"

namespace inspectorate::visits {

// PERMISSION_MISSING also for an office that is not known here: it is not told from one out of reach.
absl::StatusOr<roster::Reach> ReachToRead(db::Session& session, const rpc::Call& call,
                                          const std::string& office);
absl::StatusOr<roster::Reach> ReachToWrite(work::Unit& unit, const rpc::Call& call,
                                           const std::string& office);

}  // namespace inspectorate::visits
