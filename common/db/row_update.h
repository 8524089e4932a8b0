// An update of one row by its primary key and its revision, in the form in which several become one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inspectorate::db {

class RowUpdate {
 public:
  static constexpr size_t kMost = 64;

  // `keys` is the whole primary key; `columns` are all other columns of the table, and `revision` is one of
  // them.
  RowUpdate(std::string_view table, const std::vector<std::string>& keys,
            const std::vector<std::string>& columns, std::string_view revision);

  // UPDATE: values of the columns, of the keys, the revision that the row must have.
  const std::string& update() const { return update_; }
  // Locks `count` rows, a power of two: keys and revision of those that are there. Values of the keys of
  // each.
  const std::string& Check(size_t count) const { return checks_[Index(count)]; }
  // Writes `count` rows that are there: values of the keys and of the columns of each.
  const std::string& Write(size_t count) const { return writes_[Index(count)]; }

  size_t keys() const { return keys_; }
  size_t columns() const { return columns_; }

 private:
  static size_t Index(size_t count);

  size_t keys_;
  size_t columns_;
  std::string update_;
  std::vector<std::string> checks_;  // of 1, 2, 4 … kMost
  std::vector<std::string> writes_;
};

}  // namespace inspectorate::db
