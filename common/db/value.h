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
  // The columns of a statement; results of the same statement share them.
  struct Columns {
    explicit Columns(std::vector<std::string> labels);
    std::vector<std::string> names;
    std::unordered_map<std::string_view, size_t> index;  // into `names`
    Columns(const Columns&) = delete;
    Columns& operator=(const Columns&) = delete;
  };

  Rows() = default;
  Rows(std::vector<std::string> columns, std::vector<Value> cells);
  Rows(std::shared_ptr<const Columns> columns, std::vector<Value> cells)
      : columns_(std::move(columns)), cells_(std::move(cells)) {}

  size_t size() const { return width() == 0 ? 0 : cells_.size() / width(); }
  bool empty() const { return cells_.empty(); }
  const Value& at(size_t row, size_t column) const { return cells_[row * width() + column]; }
  // Aborts on a column the statement does not have: that is a bug, not data.
  const Value& at(size_t row, std::string_view column) const;
  bool has(std::string_view column) const { return columns_ != nullptr && columns_->index.contains(column); }
  const std::vector<std::string>& names() const;

  // Takes a row out of a result that is not needed any more.
  void MoveRow(size_t row, size_t columns, std::vector<Value>* to);

 private:
  size_t width() const { return columns_ == nullptr ? 0 : columns_->names.size(); }

  std::shared_ptr<const Columns> columns_;
  std::vector<Value> cells_;
};

}  // namespace inspectorate::db
