#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/resource/standard.h"

namespace inspectorate::issues {

// The time of the office that a name lies in. PERMISSION_MISSING for an office that is not known here: it is
// not told from one that is not the caller's.
absl::StatusOr<Time> OfficeTime(db::Session& session, const resource::Platform& platform,
                                const rpc::Call& call, const std::string& name);

}  // namespace inspectorate::issues
