// What a question costs by the rows that the server looks at, whatever else the machine does.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/db/database.h"

namespace inspectorate::testing {

// By this session since it began. Asking reads some rows itself.
uint64_t RowsRead(db::Session& session);

// For `ask` alone.
template <class Ask>
absl::StatusOr<int64_t> RowsReadFor(db::Session& session, const Ask& ask) {
  const uint64_t before = RowsRead(session);
  if (const absl::Status asked = ask(); !asked.ok()) return asked;
  const uint64_t between = RowsRead(session);
  const uint64_t after = RowsRead(session);
  return static_cast<int64_t>(between - before) - static_cast<int64_t>(after - between);
}

}  // namespace inspectorate::testing
