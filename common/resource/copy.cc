#include "common/resource/copy.h"

#include <iterator>

#include "common/base/macros.h"
#include "common/db/many_rows.h"

namespace inspectorate::resource {
namespace {

// Statements are built from descriptions only: constants of the contract, never input.
std::string PutSql(const Description& d, size_t count) {
  std::string marks = "(?";
  for (size_t i = 1; i < d.keys().size() + d.columns().size(); ++i) marks += ", ?";
  std::string updates;
  for (const Column& column : d.columns()) {
    updates += (updates.empty() ? "`" : ", `") + column.name + "` = VALUES(`" + column.name + "`)";
  }
  return "INSERT INTO `" + d.table() + "` (" + d.select_list() + ") VALUES " +
         db::Repeated(marks + ")", count) + " ON DUPLICATE KEY UPDATE " + updates;
}

// (key = ?) OR (key = ?) …
std::string AnyOf(const Description& d, size_t count) {
  return db::Repeated("(" + d.key_condition() + ")", count, " OR ");
}

absl::StatusOr<db::Params> KeysOf(const Description& d, const std::vector<std::string>& names) {
  db::Params keys;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(auto key, d.KeyOf(name));
    keys.insert(keys.end(), key.begin(), key.end());
  }
  return keys;
}

}  // namespace

absl::Status PutCopies(db::Session& session, const Description& d,
                       const std::vector<std::unique_ptr<Message>>& messages) {
  db::Params rows;
  for (const auto& message : messages) {
    ASSIGN_OR_RETURN(auto row, d.ToRow(*message));
    rows.insert(rows.end(), std::make_move_iterator(row.begin()), std::make_move_iterator(row.end()));
  }
  const size_t width = d.keys().size() + d.columns().size();
  return db::InPieces({}, rows, width, [&](const db::Params& params, size_t count) {
    return session.Execute(PutSql(d, count), params).status();
  });
}

absl::Status RemoveCopies(db::Session& session, const Description& d, const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(const db::Params keys, KeysOf(d, names));
  return db::InPieces({}, keys, d.keys().size(), [&](const db::Params& params, size_t count) {
    return session.Execute("DELETE FROM `" + d.table() + "` WHERE " + AnyOf(d, count), params).status();
  });
}

absl::StatusOr<std::map<std::string, CopyHeld>> CopiesHeld(db::Session& session, const Description& d,
                                                           const std::vector<std::string>& names) {
  std::string columns;
  for (const KeyPart& key : d.keys()) columns += "`" + key.variable + "`, ";
  ASSIGN_OR_RETURN(const db::Params keys, KeysOf(d, names));
  std::map<std::string, CopyHeld> held;
  const size_t width = d.keys().size();
  RETURN_IF_ERROR(db::InPieces({}, keys, width, [&](const db::Params& params, size_t count) -> absl::Status {
    ASSIGN_OR_RETURN(const db::Rows rows, session.Query("SELECT " + columns + "`revision`, `office` FROM `" +
                                                            d.table() + "` WHERE " + AnyOf(d, count),
                                                        params));
    for (size_t i = 0; i < rows.size(); ++i) {
      std::vector<db::Value> key;
      for (size_t part = 0; part < width; ++part) key.push_back(rows.at(i, part));
      held[d.NameOf(key)] = {.revision = rows.at(i, "revision").AsInt(),
                             .office = rows.at(i, "office").AsString()};
    }
    return absl::OkStatus();
  }));
  return held;
}

}  // namespace inspectorate::resource
