// Places where a test may make a transaction or a migration fail, to show that nothing acknowledged is lost.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "absl/status/status.h"

namespace inspectorate::db {

// "before_commit": the closure has returned, COMMIT is not yet sent.
inline constexpr std::string_view kBeforeCommit = "before_commit";
// "after_commit_before_reply": the server has committed.
inline constexpr std::string_view kAfterCommitBeforeReply = "after_commit_before_reply";
// "after_statement": the server has executed a statement that writes. Its reply counts as lost, or, for the
// second, as a lock wait that timed out.
inline constexpr std::string_view kAfterStatement = "after_statement";
inline constexpr std::string_view kLockWaitAfterStatement = "lock_wait_after_statement";
// "between_transactions": of two that are one where no cure is broken (common/base/sabotage.h).
inline constexpr std::string_view kBetweenTransactions = "between_transactions";
// "migration_step": once before each step of a migration, once between it and its record.
inline constexpr std::string_view kMigrationStep = "migration_step";

// Called with the point and the server's CONNECTION_ID(). True: the reply to COMMIT counts as lost; has no
// meaning before the COMMIT.
using Failpoint = std::function<bool(std::string_view point, uint64_t connection_id)>;

// For tests only. An empty function removes it. Not to be changed while transactions run.
void SetFailpoint(Failpoint failpoint);

// One atomic load when none is set.
bool HitFailpoint(std::string_view point, uint64_t connection_id);
// The error of a statement that was executed all the same; OK when neither of its points says so.
absl::Status FaultAfterStatement(uint64_t connection_id);

}  // namespace inspectorate::db
