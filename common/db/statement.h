// What the text of a statement tells: which rows it touches, and how several of its kind become one. Internal
// to common/db. It understands the plain forms that the services write; of every other it says so, and such a
// statement is run by itself and counts as touching everything.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/db/value.h"

namespace inspectorate::db {

// A column that is given a value by a parameter: in a condition that must hold (`column = ?`, joined by AND),
// or in the row of an insert.
struct GivenColumn {
  std::string name;  // lower case, without qualifier
  size_t parameter;  // its index
};

class Statement {
 public:
  enum class Kind {
    kRead,         // a SELECT that locks nothing
    kLockingRead,  // … FOR UPDATE, … LOCK IN SHARE MODE
    kInsert,       // of one row, every value a parameter or a literal
    kWrite,        // UPDATE, DELETE, an insert of another form
    kOther
  };

  explicit Statement(std::string_view sql);
  // Remembered by this thread.
  static std::shared_ptr<const Statement> Of(std::string_view sql);

  const std::string& sql() const { return sql_; }
  Kind kind() const { return kind_; }
  bool reads() const { return kind_ == Kind::kRead || kind_ == Kind::kLockingRead; }

  // The one table it touches; empty where there are several, or none is understood.
  const std::string& table() const { return table_; }
  // With a table: by which columns its rows are given. Rows that differ in one of them are different rows. In
  // order of their names.
  const std::vector<GivenColumn>& given() const { return given_; }
  // Without a table: every name in it, sorted; the tables it touches are among them.
  const std::vector<std::string>& names() const { return names_; }

  // Several become one: a read by the last of its `column = ?` conditions, an insert by its row.
  bool merges() const { return merges_; }
  // A read: the parameter in which merged statements may differ.
  size_t key_parameter() const { return key_; }
  // The statement for `count` of them. A read has the key as a further, last column and takes `count`
  // parameters in the place of one; an insert has `count` rows.
  const std::string& Merged(size_t count) const;

 private:
  struct Token;
  class Parser;
  std::string Build(size_t count) const;

  const std::string sql_;
  Kind kind_ = Kind::kOther;
  std::string table_;
  std::vector<GivenColumn> given_;
  std::vector<std::string> names_;
  bool merges_ = false;
  size_t key_ = 0;
  // Of a read: `head` list `, key AS …` `middle` key IN (…) `tail`; of an insert: `head` (row), (row) …
  std::string head_, middle_, column_, tail_, row_;
  mutable std::vector<std::pair<size_t, std::string>> merged_;
};

// A value as text, equal for values that the server takes for equal in our tables (utf8mb4_bin, which ignores
// blanks at the end). NULL is equal to nothing that is not NULL.
std::string Comparable(const Value& value);

// 64 → 64, 37 → 32: merged statements come in few sizes, so that each is prepared once.
size_t PowerOfTwoWithin(size_t count, size_t most = 64);
// 37 → 64: for statements whose last entry may be said twice.
size_t PowerOfTwoAbove(size_t count);

}  // namespace inspectorate::db
