#include "common/feed/event_log.h"

#include "common/base/macros.h"

namespace inspectorate::feed {

absl::StatusOr<std::vector<v1::Change>> ReadAfter(db::Session& session, const std::string& office,
                                                  uint64_t position, int limit) {
  std::vector<v1::Change> changes;
  const uint64_t stop = position + static_cast<uint64_t>(limit);
  ASSIGN_OR_RETURN(
      db::Rows rows,
      session.Query("SELECT body, tx_index, tx_count FROM feed_event WHERE office = ? AND position > ?"
                    " AND position <= ? ORDER BY position",
                    {office, position, stop}));
  auto take = [&](const db::Rows& from) -> absl::Status {
    for (size_t i = 0; i < from.size(); ++i) {
      v1::Change& change = changes.emplace_back();
      if (!change.ParseFromString(from.at(i, "body").AsString()))
        return absl::InternalError("feed event does not parse");
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(take(rows));
  if (changes.empty()) return changes;
  const v1::Change& last = changes.back();
  const int missing = last.transaction_count() - 1 - last.transaction_index();
  if (missing > 0) {
    ASSIGN_OR_RETURN(
        rows, session.Query("SELECT body, tx_index, tx_count FROM feed_event WHERE office = ? AND"
                            " position > ? AND position <= ? ORDER BY position",
                            {office, last.position(), last.position() + static_cast<uint64_t>(missing)}));
    RETURN_IF_ERROR(take(rows));
  }
  return changes;
}

absl::StatusOr<std::string> ReadEpoch(db::Session& session) {
  ASSIGN_OR_RETURN(db::Rows rows, session.Query("SELECT epoch FROM feed_identity WHERE id = 1"));
  if (rows.empty()) return absl::InternalError("the feed has no identity");
  return rows.at(0, 0).AsString();
}

}  // namespace inspectorate::feed
