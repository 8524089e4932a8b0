// Who may touch what among transactions that share one transaction of the server. The server's row locks do
// not hold them apart, so this table does, with the same rules: a row that one has locked or written is
// waited for by the others' locks and writes, and one that it has written also by their plain reads, until it
// has ended. Internal to common/db.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "common/db/statement.h"

namespace inspectorate::db {

// The rows that a statement touches: those of one table that have certain values, all of some tables, or any.
struct Touched {
  enum class How { kRead, kLock, kWrite };
  Touched(std::shared_ptr<const Statement> statement, const Params& params);

  std::shared_ptr<const Statement> statement;
  How how;
  bool anything;                    // no table is known, and it is no plain read
  std::vector<std::string> values;  // of statement->given()
  std::string columns;              // their names
  std::string key;                  // the values as one
};

class SetLocks {
 public:
  using Owner = size_t;

  // Takes what `touched` needs for `owner`; false, and nothing is taken, while another holds it.
  bool Take(Owner owner, const Touched& touched);
  // What `owner` held is free.
  void Release(Owner owner);
  void Clear();

 private:
  struct Held {
    Owner owner;
    bool written;
    std::shared_ptr<const Statement> statement;
    std::vector<std::string> values;
  };
  // All that is given by the same columns, by value: the usual question is answered by one look.
  using ByKey = std::unordered_map<std::string, std::vector<Held>>;
  struct Table {
    std::unordered_map<std::string, ByKey> by_columns;
  };

  bool Free(Owner owner, const Touched& touched) const;
  bool FreeIn(const Table& table, Owner owner, const Touched& touched) const;

  std::unordered_map<std::string, Table> tables_;
  std::unordered_map<Owner, std::vector<std::pair<ByKey*, std::string>>> holds_;
  std::unordered_set<Owner> anything_;  // who has touched nobody knows what
};

}  // namespace inspectorate::db
