// Reading what was appended. Transactions are never split.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::feed {

// Changes of `office` after a position: about `limit`, and the rest of the last transaction.
absl::StatusOr<std::vector<v1::Change>> ReadAfter(db::Session& session, const std::string& office,
                                                  uint64_t position, int limit);
absl::StatusOr<std::string> ReadEpoch(db::Session& session);

}  // namespace inspectorate::feed
