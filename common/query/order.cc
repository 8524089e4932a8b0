#include <algorithm>

#include "common/query/query.h"
#include "common/status/error.h"

namespace inspectorate::query {
namespace {

constexpr size_t kMaxOrderBytes = 200;
constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize = 1000;

absl::Status Wrong(std::string why) { return Error(ErrorReason::ORDER_INVALID, {{"why", std::move(why)}}); }

// Cuts the next word off `rest`; empty at the end.
std::string_view NextWord(std::string_view* rest) {
  rest->remove_prefix(std::min(rest->find_first_not_of(' '), rest->size()));
  const std::string_view word = rest->substr(0, rest->find(' '));
  rest->remove_prefix(word.size());
  return word;
}

absl::StatusOr<Order> ParseEntry(std::string_view text, const std::vector<Field>& fields) {
  const std::string path(NextWord(&text));
  if (path.empty()) return Wrong("a field is missing");
  const auto field = std::ranges::find(fields, path, &Field::path);
  if (field == fields.end()) return Wrong("unknown field " + path);
  const std::string_view direction = NextWord(&text);
  if (!direction.empty() && direction != "asc" && direction != "desc") {
    return Wrong(path + " is followed by neither asc nor desc");
  }
  if (!NextWord(&text).empty()) return Wrong("a comma is missing after " + path);
  return Order{.path = path, .column = field->column, .kind = field->kind, .descending = direction == "desc"};
}

// Both servers sort NULL before every value.
Condition Behind(const Order& order, const db::Value& key) {
  if (key.is_null()) return {order.descending ? "1 = 0" : order.column + " IS NOT NULL", {}};
  if (!order.descending) return {order.column + " > ?", {key}};
  return {"(" + order.column + " < ? OR " + order.column + " IS NULL)", {key}};
}

Condition Same(const Order& order, const db::Value& key) {
  if (key.is_null()) return {order.column + " IS NULL", {}};
  return {order.column + " = ?", {key}};
}

void Append(const Condition& condition, Condition* to) {
  to->sql += condition.sql;
  to->params.insert(to->params.end(), condition.params.begin(), condition.params.end());
}

}  // namespace

absl::StatusOr<std::vector<Order>> ParseOrder(std::string_view text, const std::vector<Field>& fields) {
  std::vector<Order> order;
  if (text.find_first_not_of(' ') == std::string_view::npos) return order;
  if (text.size() > kMaxOrderBytes) return Wrong("longer than 200 bytes");
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    absl::StatusOr<Order> entry = ParseEntry(text.substr(begin, comma - begin), fields);
    if (!entry.ok()) return entry.status();
    if (std::ranges::find(order, entry->path, &Order::path) != order.end())
      return Wrong(entry->path + " comes twice");
    order.push_back(*std::move(entry));
    begin = comma + 1;
  }
  return order;
}

// a > ? OR (a = ? AND (b > ? OR (b = ? AND …))), each comparison in the direction of its column.
Condition After(const std::vector<Order>& order, const std::vector<db::Value>& last_keys) {
  Condition after;
  const size_t size = std::min(order.size(), last_keys.size());
  for (size_t i = 0; i < size; ++i) {
    after.sql += "(";
    Append(Behind(order[i], last_keys[i]), &after);
    if (i + 1 == size) break;
    after.sql += " OR (";
    Append(Same(order[i], last_keys[i]), &after);
    after.sql += " AND ";
  }
  if (size > 0) after.sql += std::string(2 * size - 1, ')');
  return after;
}

absl::StatusOr<int> PageSize(int requested) {
  if (requested < 0) return InvalidFields({{"page_size", "不得小于0", "must be at least 0"}});
  return requested == 0 ? kDefaultPageSize : std::min(requested, kMaxPageSize);
}

}  // namespace inspectorate::query
