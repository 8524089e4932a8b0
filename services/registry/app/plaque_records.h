// Boards that another registry kept, entered while an office is being set up (decision record 0029).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/plaque.pb.h"

namespace inspectorate::registry {

// Whether it is a board of this office's school, whose state goes with its days and persons. INVALID_FIELDS.
absl::Status CheckPlaqueRecord(work::Unit& unit, const v1::Plaque& plaque);

// What belongs to a board that was just entered: the code of its QR, which is printed on metal and therefore
// stays, whom it names, and which version took whose place. INVALID_FIELDS where the code is missing, is
// none, or is another board's.
absl::Status TakeOverBoard(work::Unit& unit, const v1::Plaque& plaque, const std::string& token);

}  // namespace inspectorate::registry
