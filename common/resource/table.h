// The rows of a resource. Every change goes through here, so every change has its revision, its times and its
// event; the few statements there are about a plain resource are written once.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/resource/description.h"
#include "common/resource/select.h"
#include "common/status/error.h"
#include "common/work/unit.h"

namespace inspectorate::resource {

enum class Lock { kNone, kForUpdate };

// --- untyped, for code that works by reflection
// ---------------------------------------------------------------

// False when there is no such row.
absl::StatusOr<bool> Load(db::Session& session, const Description& description, std::string_view name,
                          Message* out, Lock lock = Lock::kNone);
// Inserts; sets revision 1, etag and times; emits `event` ("school.created" when empty). RESOURCE_EXISTS for
// a key that is there.
absl::Status Insert(work::Unit& unit, const Description& description, Message* message,
                    std::string event = {}, std::optional<Time> occur_time = {});
// Writes a row that was loaded FOR UPDATE in this unit, with revision + 1; emits `event`.
absl::Status Update(work::Unit& unit, const Description& description, Message* message,
                    std::string event = {}, work::Change::Kind kind = work::Change::UPDATED,
                    std::optional<Time> occur_time = {});
// Removes the row and emits a tombstone. For drafts only; records that count are never removed.
absl::Status Delete(work::Unit& unit, const Description& description, const Message& message,
                    std::string event = {});

// ABORTED unless `etag` is empty or stands for the message's revision.
absl::Status CheckEtag(const Message& message, std::string_view etag);

// --- typed
// ------------------------------------------------------------------------------------------------------

// RESOURCE_NOT_FOUND when missing.
template <class M>
absl::StatusOr<M> Get(db::Session& session, std::string_view name, Lock lock = Lock::kNone) {
  M message;
  absl::StatusOr<bool> found = Load(session, Description::Of<M>(), name, &message, lock);
  if (!found.ok()) return found.status();
  if (!*found) return NotFound(name);
  return message;
}

// A new name below `parent` ("offices/zhanhua", or empty), with a new UUIDv7.
std::string NewName(const Description& description, std::string_view parent, Time now);

}  // namespace inspectorate::resource
