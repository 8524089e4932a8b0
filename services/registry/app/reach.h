// What a caller reaches of an office today.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/roster/scope.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

// The reach's day is the office's today. An office that is not there is denied like one out of reach:
// PERMISSION_MISSING.
absl::StatusOr<roster::Reach> ReachToRead(db::Session& session, const rpc::Call& call,
                                          const std::string& office);
absl::StatusOr<roster::Reach> ReachToWrite(work::Unit& unit, const rpc::Call& call,
                                           const std::string& office);

}  // namespace inspectorate::registry
