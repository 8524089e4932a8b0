#include "common/feed/applied.h"

#include <cstdint>
#include <map>

#include "common/base/macros.h"
#include "common/db/many_rows.h"

namespace inspectorate::feed {
namespace {

// Revision by name; 0 where there is none.
using Revisions = std::map<std::string, uint64_t>;

absl::Status ReadRevisions(db::Session& session, const std::string& source, const std::string& office,
                           Revisions* revisions) {
  db::Params names;
  for (const auto& [name, revision] : *revisions) names.emplace_back(name);
  return db::InPieces(
      {source, office}, names, 1, [&](const db::Params& params, size_t count) -> absl::Status {
        ASSIGN_OR_RETURN(
            const db::Rows rows,
            session.Query("SELECT resource, revision FROM feed_applied WHERE source = ? AND office = ?"
                          " AND resource IN (" +
                              db::Repeated("?", count) + ")",
                          params));
        for (size_t i = 0; i < rows.size(); ++i)
          (*revisions)[rows.at(i, 0).AsString()] = rows.at(i, 1).AsUint();
        return absl::OkStatus();
      });
}

absl::Status WriteRevisions(db::Session& session, const std::string& source, const std::string& office,
                            const Revisions& revisions) {
  db::Params kept;
  db::Params gone;
  for (const auto& [name, revision] : revisions) {
    if (revision == 0) {
      gone.emplace_back(name);
    } else {
      kept.insert(kept.end(), {source, office, name, revision});
    }
  }
  RETURN_IF_ERROR(db::InPieces({}, kept, 4, [&](const db::Params& params, size_t count) {
    return session
        .Execute("INSERT INTO feed_applied (source, office, resource, revision) VALUES " +
                     db::Repeated("(?, ?, ?, ?)", count) +
                     " ON DUPLICATE KEY UPDATE revision = VALUES(revision)",
                 params)
        .status();
  }));
  return db::InPieces({source, office}, gone, 1, [&](const db::Params& params, size_t count) {
    return session
        .Execute("DELETE FROM feed_applied WHERE source = ? AND office = ? AND resource IN (" +
                     db::Repeated("?", count) + ")",
                 params)
        .status();
  });
}

}  // namespace

absl::Status NoteApplied(db::Session& session, const std::string& source, const std::string& office,
                         const std::vector<v1::Change>& changes, Digest* digest) {
  Revisions revisions;
  for (const v1::Change& change : changes) revisions.emplace(change.resource(), 0);
  RETURN_IF_ERROR(ReadRevisions(session, source, office, &revisions));
  for (const v1::Change& change : changes) {
    uint64_t& revision = revisions[change.resource()];
    if (revision != 0) digest->Remove(change.resource(), revision);
    const bool gone = change.kind() == v1::Change::TOMBSTONED;
    revision = gone ? 0 : static_cast<uint64_t>(change.revision());
    if (!gone) digest->Add(change.resource(), revision);
  }
  return WriteRevisions(session, source, office, revisions);
}

}  // namespace inspectorate::feed
