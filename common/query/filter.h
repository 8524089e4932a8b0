// The parsed filter. Internal to common/query.
#pragma once

#include <string>
#include <vector>

#include "common/query/query.h"

namespace inspectorate::query {

enum class Operator { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kContains, kPresent };

struct Node {
  enum class Kind { kAnd, kOr, kNot, kCompare };
  Kind kind = Kind::kCompare;
  std::vector<Node> children{};  // two or more, one for kNot, none for kCompare
  // kCompare:
  Field field{};
  Operator op = Operator::kEqual;
  db::Value value{};  // as the column stores it; NULL for "no reference" and for kPresent
};

// The literal of a comparison with `field`, as its column stores it; why not, as the message of an error.
absl::StatusOr<db::Value> ParseLiteral(const Field& field, std::string_view text);
// Whether fields of this kind can be compared so.
bool IsComparable(Field::Kind kind, Operator op);

// The value of the field in a message, as its column stores it; NULL when absent or when the message has no
// such field.
db::Value ValueIn(const Message& message, const Field& field);
// Below zero, zero, above zero; both not NULL and of one kind. Texts compare as utf8mb4_bin does: by code
// point, the shorter one padded with spaces.
int Compare(const db::Value& a, const db::Value& b);

Condition ToSql(const Node& node, bool negated);
bool Matches(const Node& node, const Message& message);

}  // namespace inspectorate::query
