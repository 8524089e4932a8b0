// List queries, AIP style: filter (AIP-160), order_by (AIP-132), page tokens (AIP-158), field masks
// (AIP-134, AIP-157). A filter is parsed against the fields a resource declares; it becomes parameterised
// SQL, or is evaluated on a message (the same filter on a Watch, and the tests' oracle).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/value.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace inspectorate::query {

using google::protobuf::Message;

// How a field of a resource is compared and stored.
struct Field {
  enum class Kind { kString, kInt, kBool, kEnum, kTime, kDate, kReference };
  std::string path;    // as in the message, "state" or "sealed.finding_count"
  std::string column;  // SQL expression, a constant of ours
  Kind kind = Kind::kString;
  const google::protobuf::EnumDescriptor* enum_type = nullptr;  // kEnum
  // kReference: turns a resource name into what the column stores.
  std::function<absl::StatusOr<db::Value>(std::string_view)> to_column;
};

// SQL with its parameters; `sql` is empty when there is no condition.
struct Condition {
  std::string sql;
  db::Params params;
};

struct Node;  // the parsed filter

// Comparisons `field = value` (!= < <= > >=, and `:` for "contains" on texts and "is" on the rest; `field:*`
// for "has a value"), AND or just a blank, OR, NOT or `-`, parentheses. OR binds tighter than AND, as AIP-160
// has it. Values are words or "quoted"; times are RFC 3339, dates YYYY-MM-DD, enum values and resource names
// as in the message. An absent value equals nothing but "", is before and after nothing. Texts compare by
// code point; spaces at the end do not count, as in the collation of every table.
class Filter {
 public:
  // FILTER_INVALID with the position of the first mistake. Empty text matches everything. Limits: 2 000
  // bytes, depth 16, 64 comparisons.
  static absl::StatusOr<Filter> Parse(std::string_view text, const std::vector<Field>& fields);
  Condition ToSql() const;
  bool Matches(const Message& message) const;

 private:
  std::shared_ptr<const Node> root_;
};

struct Order {
  std::string path;
  std::string column;
  Field::Kind kind;
  bool descending = false;
};
// "create_time desc, number"; ORDER_INVALID names what is wrong. The caller appends the key columns.
absl::StatusOr<std::vector<Order>> ParseOrder(std::string_view text, const std::vector<Field>& fields);

// Keyset page tokens: opaque, signed, bound to the query they came from; they grant no rights.
class PageTokens {
 public:
  explicit PageTokens(std::string key) : key_(std::move(key)) {}
  std::string Make(std::string_view query_fingerprint, const std::vector<db::Value>& last_keys) const;
  // PAGE_TOKEN_INVALID when forged, of another query, or malformed.
  absl::StatusOr<std::vector<db::Value>> Read(std::string_view token,
                                              std::string_view query_fingerprint) const;

 private:
  std::string key_;
};
// The condition "after these keys in this order", portable SQL (no row constructors with mixed directions).
// Columns may be NULL; both servers put NULL before every value.
Condition After(const std::vector<Order>& order, const std::vector<db::Value>& last_keys);

// Page size: 0 gives 50, above 1 000 gives 1 000, negative is INVALID_FIELDS.
absl::StatusOr<int> PageSize(int requested);

// Whether a field holds anything; a repeated one, whether it has elements.
bool IsPopulated(const Message& message, const google::protobuf::FieldDescriptor& field);
// Whether two messages of one type agree in a field; one that is set to its default is not one that is not
// set.
bool IsSame(const Message& a, const Message& b, const google::protobuf::FieldDescriptor& field);

// Applies an update: copies `mask` from `patch` onto `target`. An empty mask takes the populated fields, "*"
// all writable ones. FIELD_MASK_INVALID for unknown paths and for fields that are OUTPUT_ONLY, IDENTIFIER or
// (when they would change) IMMUTABLE.
absl::Status ApplyMask(const Message& patch, const google::protobuf::FieldMask& mask, Message* target);

// The fields of `message` that a read mask asks for, in the order of the contract; of an empty mask and of
// "*" all. FIELD_MASK_INVALID for what is no field of the message itself: parts of fields are not asked for.
absl::StatusOr<std::vector<const google::protobuf::FieldDescriptor*>> FieldsToRead(
    const google::protobuf::Descriptor& message, const google::protobuf::FieldMask& mask);

}  // namespace inspectorate::query
