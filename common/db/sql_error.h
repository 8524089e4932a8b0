// What a failed statement says: driver error numbers of MySQL and MariaDB as one class, and the status
// callers get for it. Internal to common/db.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/db/database.h"

namespace inspectorate::db {

// A failure as the connector reports it. Code 0 is the connector's own.
struct Failure {
  int code = 0;
  std::string state{};  // SQLSTATE
  std::string text{};
};

SqlError Classify(const Failure& failure);

// May the connection serve another caller after this error (and a ROLLBACK)? False for everything that does
// not prove that the session is alive and in order.
bool KeepsConnection(const Failure& failure);

// The status for a caller. `sql` has only placeholders, so it may be named; values in the server's text are
// masked.
absl::Status StatusOf(const Failure& failure, std::string_view sql);

// The driver's number, 0 for any other status.
int SqlCodeOf(const absl::Status& status);

// OUTCOME_UNKNOWN, made from what went wrong at COMMIT or after it.
absl::Status OutcomeUnknown(const absl::Status& cause);

}  // namespace inspectorate::db
