// Copies of another service's rows: written as they are, many at a time, without events.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/resource/description.h"

namespace inspectorate::resource {

// Puts each message into its row, whatever the row held.
absl::Status PutCopies(db::Session& session, const Description& description,
                       const std::vector<std::unique_ptr<Message>>& messages);
// Removes rows by name; a name without a row is none to remove.
absl::Status RemoveCopies(db::Session& session, const Description& description,
                          const std::vector<std::string>& names);

struct CopyHeld {
  int64_t revision = 0;
  std::string office;
};
// What is held of these names, by name; a resource that has a column `office`.
absl::StatusOr<std::map<std::string, CopyHeld>> CopiesHeld(db::Session& session,
                                                           const Description& description,
                                                           const std::vector<std::string>& names);

}  // namespace inspectorate::resource
