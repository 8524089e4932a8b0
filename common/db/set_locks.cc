#include "common/db/set_locks.h"

#include <algorithm>
#include <functional>

namespace inspectorate::db {
namespace {

constexpr size_t kLongValue = 64;

std::string Short(std::string value) {
  // Two long values that are taken for equal by chance only wait for each other.
  if (value.size() > kLongValue) value = "#" + std::to_string(std::hash<std::string>{}(value));
  return value;
}

// Rows given by different columns are the same row unless a column of both differs.
bool MayBeTheSame(const std::vector<GivenColumn>& a, const std::vector<std::string>& a_values,
                  const std::vector<GivenColumn>& b, const std::vector<std::string>& b_values) {
  for (size_t i = 0, k = 0; i < a.size() && k < b.size();) {
    const int order = a[i].name.compare(b[k].name);
    if (order == 0) {
      if (a_values[i] != b_values[k]) return false;
      ++i;
      ++k;
    } else {
      ++(order < 0 ? i : k);
    }
  }
  return true;
}

}  // namespace

Touched::Touched(std::shared_ptr<const Statement> touching, const Params& params)
    : statement(std::move(touching)),
      how(statement->kind() == Statement::Kind::kRead          ? How::kRead
          : statement->kind() == Statement::Kind::kLockingRead ? How::kLock
                                                               : How::kWrite),
      anything(statement->table().empty() && how != How::kRead) {
  for (const GivenColumn& given : statement->given()) {
    values.push_back(given.parameter < params.size() ? Short(Comparable(params[given.parameter])) : "");
    columns += given.name + ',';
    key += std::to_string(values.back().size()) + ':' + values.back();
  }
}

bool SetLocks::Take(Owner owner, const Touched& touched) {
  if (!Free(owner, touched)) return false;
  if (touched.how == Touched::How::kRead) return true;
  auto& holds = holds_[owner];
  if (touched.anything) {
    anything_.insert(owner);
    return true;
  }
  ByKey& by_key = tables_[touched.statement->table()].by_columns[touched.columns];
  by_key[touched.key].push_back(
      {owner, touched.how == Touched::How::kWrite, touched.statement, touched.values});
  holds.emplace_back(&by_key, touched.key);
  return true;
}

bool SetLocks::Free(Owner owner, const Touched& touched) const {
  const auto others = [owner](const auto& holders) { return holders.size() > holders.count(owner); };
  if (others(anything_)) return false;
  if (touched.anything) return !others(holds_);
  if (!touched.statement->table().empty()) {
    const auto table = tables_.find(touched.statement->table());
    return table == tables_.end() || FreeIn(table->second, owner, touched);
  }
  for (const auto& [name, table] : tables_) {
    const auto& names = touched.statement->names();
    if (std::binary_search(names.begin(), names.end(), name) && !FreeIn(table, owner, touched)) return false;
  }
  return true;
}

bool SetLocks::FreeIn(const Table& table, Owner owner, const Touched& touched) const {
  const auto in_the_way = [&](const Held& held) {
    return held.owner != owner && (held.written || touched.how != Touched::How::kRead);
  };
  for (const auto& [columns, by_key] : table.by_columns) {
    if (!touched.values.empty() && columns == touched.columns) {
      const auto same = by_key.find(touched.key);
      if (same != by_key.end() && std::any_of(same->second.begin(), same->second.end(), in_the_way))
        return false;
      continue;
    }
    for (const auto& [key, helds] : by_key) {
      for (const Held& held : helds) {
        if (in_the_way(held) &&
            MayBeTheSame(held.statement->given(), held.values, touched.statement->given(), touched.values)) {
          return false;
        }
      }
    }
  }
  return true;
}

void SetLocks::Release(Owner owner) {
  anything_.erase(owner);
  const auto holds = holds_.find(owner);
  if (holds == holds_.end()) return;
  for (const auto& [by_key, key] : holds->second) {
    const auto entry = by_key->find(key);
    if (entry == by_key->end()) continue;  // held twice
    std::erase_if(entry->second, [owner](const Held& held) { return held.owner == owner; });
    if (entry->second.empty()) by_key->erase(entry);
  }
  holds_.erase(holds);
}

void SetLocks::Clear() {
  tables_.clear();
  holds_.clear();
  anything_.clear();
}

}  // namespace inspectorate::db
