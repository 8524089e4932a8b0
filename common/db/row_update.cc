#include "common/db/row_update.h"

#include <bit>

namespace inspectorate::db {
namespace {

std::string Quoted(std::string_view name) { return "`" + std::string(name) + "`"; }

// `one` `by` `one` …
std::string Join(std::string_view one, std::string_view by, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i == 0 ? "" : std::string(by)) + std::string(one);
  return text;
}

std::string JoinNames(const std::vector<std::string>& names, std::string_view by,
                      std::string_view after = {}) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : std::string(by)) + Quoted(name) + std::string(after);
  }
  return text;
}

}  // namespace

RowUpdate::RowUpdate(std::string_view table, const std::vector<std::string>& keys,
                     const std::vector<std::string>& columns, std::string_view revision)
    : keys_(keys.size()), columns_(columns.size()) {
  const std::string key = JoinNames(keys, " AND ", " = ?");
  update_ = "UPDATE " + Quoted(table) + " SET " + JoinNames(columns, ", ", " = ?") + " WHERE " + key +
            " AND " + Quoted(revision) + " = ?";
  std::string values;
  for (const std::string& column : columns) {
    values += (values.empty() ? "" : ", ") + Quoted(column) + " = VALUES(" + Quoted(column) + ")";
  }
  for (size_t count = 1; count <= kMost; count *= 2) {
    // In the order of the primary key, so that two sets lock in the same order, and no row but these.
    checks_.push_back("SELECT " + JoinNames(keys, ", ") + ", " + Quoted(revision) + " FROM " + Quoted(table) +
                      " FORCE INDEX (PRIMARY) WHERE " + Join("(" + key + ")", " OR ", count) + " FOR UPDATE");
    writes_.push_back("INSERT INTO " + Quoted(table) + " (" + JoinNames(keys, ", ") + ", " +
                      JoinNames(columns, ", ") + ") VALUES " +
                      Join("(" + Join("?", ", ", keys_ + columns_) + ")", ", ", count) +
                      " ON DUPLICATE KEY UPDATE " + values);
  }
}

size_t RowUpdate::Index(size_t count) { return static_cast<size_t>(std::countr_zero(count)); }

}  // namespace inspectorate::db
