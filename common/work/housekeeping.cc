#include "common/work/housekeeping.h"

#include "common/base/macros.h"

namespace inspectorate::work {
namespace {

constexpr char kForget[] = "DELETE FROM idempotency WHERE create_time < ? ORDER BY create_time LIMIT ?";

}  // namespace

absl::StatusOr<uint64_t> ForgetRequests(db::Database& database, const db::Budget& budget, Time before,
                                        int batch) {
  uint64_t all = 0;
  while (true) {
    uint64_t forgotten = 0;
    RETURN_IF_ERROR(database.Read(budget, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(forgotten, session.Execute(kForget, {before, batch}));
      return absl::OkStatus();
    }));
    all += forgotten;
    if (forgotten < static_cast<uint64_t>(batch)) return all;
  }
}

}  // namespace inspectorate::work
