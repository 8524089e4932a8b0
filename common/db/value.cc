#include "common/db/value.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "common/db/sql_text.h"

namespace inspectorate::db {
namespace {

[[noreturn]] void Bug(const char* what, std::string_view detail) {
  std::fprintf(stderr, "db: %s: %.*s\n", what, static_cast<int>(detail.size()), detail.data());
  std::abort();
}

template <typename Number>
Number NumberOf(const std::string& text) {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

template <typename To, typename From>
To Saturated(From from) {
  if (std::cmp_less(from, std::numeric_limits<To>::min())) return std::numeric_limits<To>::min();
  if (std::cmp_greater(from, std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
  return static_cast<To>(from);
}

template <typename To>
To IntegerOf(const Value& value) {
  const auto& v = value.variant();
  if (const auto* i = std::get_if<int64_t>(&v)) return Saturated<To>(*i);
  if (const auto* u = std::get_if<uint64_t>(&v)) return Saturated<To>(*u);
  if (const auto* d = std::get_if<double>(&v)) return static_cast<To>(*d);
  if (const auto* s = std::get_if<std::string>(&v)) return NumberOf<To>(*s);
  if (value.is_null()) return 0;
  Bug("a date was read as a number", "");
}

}  // namespace

int64_t Value::AsInt() const { return IntegerOf<int64_t>(*this); }

uint64_t Value::AsUint() const { return IntegerOf<uint64_t>(*this); }

double Value::AsDouble() const {
  if (const auto* i = std::get_if<int64_t>(&v_)) return static_cast<double>(*i);
  if (const auto* u = std::get_if<uint64_t>(&v_)) return static_cast<double>(*u);
  if (const auto* d = std::get_if<double>(&v_)) return *d;
  if (const auto* s = std::get_if<std::string>(&v_)) return NumberOf<double>(*s);
  if (is_null()) return 0;
  Bug("a date was read as a number", "");
}

const std::string& Value::AsString() const {
  static const std::string empty;
  if (const auto* s = std::get_if<std::string>(&v_)) return *s;
  if (is_null()) return empty;
  Bug("a number or a date was read as text", "");
}

Uuid Value::AsUuid() const {
  const std::string& raw = AsString();
  if (raw.empty()) return {};
  const auto id = UuidFromRaw(raw);
  if (!id) Bug("a column that is not BINARY(16) was read as an id", "");
  return *id;
}

Time Value::AsTime() const {
  if (const auto* t = std::get_if<Time>(&v_)) return *t;
  if (const auto* d = std::get_if<Date>(&v_)) return Time(*d);
  if (is_null()) return {};
  const auto* s = std::get_if<std::string>(&v_);
  const auto time = s != nullptr ? ParseSqlTime(*s) : std::nullopt;
  if (!time) Bug("a column that is no DATETIME was read as an instant", "");
  return *time;
}

Date Value::AsDate() const {
  if (const auto* d = std::get_if<Date>(&v_)) return *d;
  if (const auto* t = std::get_if<Time>(&v_)) return std::chrono::floor<std::chrono::days>(*t);
  if (is_null()) return {};
  const auto* s = std::get_if<std::string>(&v_);
  const auto time = s != nullptr ? ParseSqlTime(*s) : std::nullopt;
  if (!time) Bug("a column that is no DATE was read as a date", "");
  return std::chrono::floor<std::chrono::days>(*time);
}

Rows::Columns::Columns(std::vector<std::string> labels) : names(std::move(labels)) {
  // Of two columns of one name the first counts.
  for (size_t i = 0; i < names.size(); ++i) index.emplace(names[i], i);
}

Rows::Rows(std::vector<std::string> columns, std::vector<Value> cells)
    : columns_(std::make_shared<const Columns>(std::move(columns))), cells_(std::move(cells)) {}

const Value& Rows::at(size_t row, std::string_view column) const {
  if (columns_ == nullptr) Bug("the statement has no columns", column);
  const auto found = columns_->index.find(column);
  if (found == columns_->index.end()) Bug("the statement has no such column", column);
  return at(row, found->second);
}

const std::vector<std::string>& Rows::names() const {
  static const std::vector<std::string> none;
  return columns_ == nullptr ? none : columns_->names;
}

void Rows::MoveRow(size_t row, size_t columns, std::vector<Value>* to) {
  const auto begin = cells_.begin() + static_cast<ptrdiff_t>(row * width());
  std::move(begin, begin + static_cast<ptrdiff_t>(columns), std::back_inserter(*to));
}

}  // namespace inspectorate::db
