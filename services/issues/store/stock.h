// The two counts of equation E2 at one position of the feed.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "common/db/database.h"

namespace inspectorate::issues::store {

struct Stock {
  uint64_t position = 0;         // of this service's feed
  uint64_t visits_position = 0;  // of the feed of visits, consumed by then
  int64_t registered = 0;        // registration events in the feed
  std::map<int, int64_t> rows;   // by state (numbers of inspectorate.issues.v1.IssueState)
};

// Holds the office's feed still while it counts: whoever writes there waits.
absl::StatusOr<Stock> CountStock(db::Transaction& tx, const std::string& office,
                                 const std::string& registration_event);

}  // namespace inspectorate::issues::store
