// What goes into a statement and what comes out of one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/base/time.h"
#include "common/base/uuid.h"

namespace inspectorate::db {

// A parameter of a prepared statement or a cell of a result.
class Value {
 public:
  Value() = default;  // NULL
  Value(std::nullptr_t) {}
  Value(bool v) : v_(static_cast<int64_t>(v)) {}
  Value(int v) : v_(static_cast<int64_t>(v)) {}
  Value(int64_t v) : v_(v) {}
  Value(uint32_t v) : v_(static_cast<int64_t>(v)) {}
  Value(uint64_t v) : v_(v) {}
  Value(double v) : v_(v) {}
  Value(const char* v) : v_(std::string(v)) {}
  Value(std::string v) : v_(std::move(v)) {}
  Value(std::string_view v) : v_(std::string(v)) {}
  Value(const Uuid& v) : v_(v.Raw()) {}
  Value(Time v) : v_(v) {}
  Value(Date v) : v_(v) {}

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  // Readers convert between the numeric kinds and from text; NULL reads as zero, empty or epoch.
  int64_t AsInt() const;
  uint64_t AsUint() const;
  double AsDouble() const;
  bool AsBool() const { return AsInt() != 0; }
  const std::string& AsString() const;  // text or bytes, exactly as stored
  Uuid AsUuid() const;                  // 16 bytes
  Time AsTime() const;                  // DATETIME(6), with or without a fraction
  Date AsDate() const;

  const auto& variant() const { return v_; }
  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, int64_t, uint64_t, double, std::string, Time, Date> v_;
};

using Params = std::vector<Value>;

// A whole, buffered result. Columns are found by the name or alias in the statement.
class Rows {
 public:
  Rows() = default;
  Rows(std::vector<std::string> columns, std::vector<Value> cells);

  size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  bool empty() const { return cells_.empty(); }
  const Value& at(size_t row, size_t column) const { return cells_[row * columns_ + column]; }
  // Aborts on a column the statement does not have: that is a bug, not data.
  const Value& at(size_t row, std::string_view column) const;
  bool has(std::string_view column) const { return index_.contains(std::string(column)); }
  const std::vector<std::string>& names() const { return names_; }

 private:
  size_t columns_ = 0;
  std::vector<std::string> names_;
  std::unordered_map<std::string, size_t> index_;
  std::vector<Value> cells_;
};

}  // namespace inspectorate::db
