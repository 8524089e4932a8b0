#include "common/db/failpoint.h"

#include <atomic>
#include <utility>

#include "common/db/sql_error.h"

namespace inspectorate::db {
namespace {

std::atomic<bool> armed{false};

Failpoint& TheFailpoint() {
  static Failpoint failpoint;
  return failpoint;
}

}  // namespace

void SetFailpoint(Failpoint failpoint) {
  TheFailpoint() = std::move(failpoint);
  armed.store(static_cast<bool>(TheFailpoint()), std::memory_order_release);
}

bool HitFailpoint(std::string_view point, uint64_t connection_id) {
  return armed.load(std::memory_order_acquire) && TheFailpoint()(point, connection_id);
}

absl::Status FaultAfterStatement(uint64_t connection_id) {
  if (HitFailpoint(kAfterStatement, connection_id))
    return StatusOf({.code = 2013, .state = "HY000", .text = "failpoint"}, "(statement)");
  if (HitFailpoint(kLockWaitAfterStatement, connection_id))
    return StatusOf({.code = 1205, .state = "HY000", .text = "failpoint"}, "(statement)");
  return absl::OkStatus();
}

}  // namespace inspectorate::db
