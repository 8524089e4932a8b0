// What a service throws away: answers kept for repeated requests, once the contract's thirty days are over.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"

namespace inspectorate::work {

// Forgets the requests recorded before `before`, `batch` rows a statement, so that no lock is held for long
// and replicas that do the same are in each other's way only briefly. Returns how many; 0 rows is no error.
absl::StatusOr<uint64_t> ForgetRequests(db::Database& database, const db::Budget& budget, Time before,
                                        int batch = 1000);

}  // namespace inspectorate::work
