// What a failed call looks like on a terminal, and what the shell sees of it.
#pragma once

#include <string>

#include "absl/status/status.h"

namespace inspectorate::cli {

// The localized message, each broken field on a line of its own, and the reason for scripts. Nothing of the
// program's inside.
std::string RenderError(const absl::Status& status);

// The same as one JSON object: code, reason, message, violations.
std::string RenderErrorJson(const absl::Status& status);

// 0 done; 2 the command or the request is wrong; 3 not logged in or not entitled; 4 not found; 5 refused in
// this state (conflict, precondition, exists already); 6 not reachable, overloaded or out of time: try again;
// 1 anything else.
int ExitCodeOf(const absl::Status& status);

}  // namespace inspectorate::cli
