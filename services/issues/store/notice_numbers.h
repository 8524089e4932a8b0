// Serials of notices: one row an office and year, locked until the notice that takes the number commits.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/db/database.h"

namespace inspectorate::issues::store {

// The next serial, from 1. Gap-free: a transaction that does not commit gives its number back, and the others
// of the office wait until then.
absl::StatusOr<uint32_t> TakeNoticeSerial(db::Transaction& tx, const std::string& office, int year);

}  // namespace inspectorate::issues::store
