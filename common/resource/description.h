// How a resource message is stored, read off its contract: no mirrored struct, no converter a field (decision
// record 0003).
//
//   table      snake_case of the message, `school_assignment`
//   key        one column for each variable of the name pattern: `offices/{office}/visits/{visit}` gives
//              office VARCHAR(63), visit BINARY(16)
//   columns    one a field, of the field's name: references are the id of the resource (BINARY(16), a slug,
//   or the
//              name where an id alone does not tell), enums numbers, dates DATE, times DATETIME(6), nested
//              and repeated fields JSON text
//   not stored `name` and `etag` (they follow from key and revision) and fields marked `derived`
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/period.h"
#include "common/db/value.h"
#include "common/query/query.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace inspectorate::resource {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A variable of a name pattern, which is also a key column.
struct KeyPart {
  enum class Kind { kSlug, kUuid, kInt, kCode };
  std::string variable;
  Kind kind;
};

struct Column {
  enum class Kind {
    kText,
    kInt,
    kUint,
    kBool,
    kDouble,
    kEnum,
    kTime,
    kDate,
    kBytes,
    kUuidReference,
    kSlugReference,
    kJson
  };
  std::string name;
  Kind kind;
  const FieldDescriptor* field;
  const class Description* referenced = nullptr;  // for the two reference kinds
  bool nullable = false;
};

// What a statement reads of each row: the key, and these columns.
struct Selection {
  std::vector<const Column*> columns;
  std::string list;  // "`office`, `visit`, `revision`, …": key, then columns
};

class Description {
 public:
  // Cached; aborts for a message that is no resource.
  static const Description& Of(const Descriptor* message);
  template <class M>
  static const Description& Of() {
    return Of(M::descriptor());
  }
  // By type, "inspectorate/School"; null when there is none.
  static const Description* ByType(std::string_view type);

  const Descriptor& message() const { return *message_; }
  const std::string& type() const { return type_; }      // "inspectorate/School"
  const std::string& table() const { return table_; }    // "school"
  const std::string& plural() const { return plural_; }  // "schools"
  const std::vector<KeyPart>& keys() const { return keys_; }
  const std::vector<Column>& columns() const { return columns_; }
  const Column* FindColumn(std::string_view name) const;
  // Has `valid_from` and `valid_to`.
  bool dated() const { return dated_; }
  // Key begins with the office.
  bool office_scoped() const { return office_scoped_; }
  // What a list may filter and order by: every scalar column and the times.
  const std::vector<query::Field>& fields() const { return fields_; }

  // Name and key, both ways. RESOURCE_NOT_FOUND for a name of another shape.
  absl::StatusOr<std::vector<db::Value>> KeyOf(std::string_view name) const;
  std::string NameOf(const std::vector<db::Value>& key) const;
  // The last variable of a name, as its column stores it.
  absl::StatusOr<db::Value> IdOf(std::string_view name) const;

  // Values of all columns, in order; and a message from a row that has keys and columns by name.
  absl::StatusOr<std::vector<db::Value>> ToColumns(const Message& message) const;
  // Keys, then columns: as `select_list` names them.
  absl::StatusOr<std::vector<db::Value>> ToRow(const Message& message) const;
  absl::Status FromRow(const db::Rows& rows, size_t row, Message* message) const {
    return FromRow(rows, row, whole_, message);
  }
  // Sets the fields of these columns, and no others but name and etag.
  absl::Status FromRow(const db::Rows& rows, size_t row, const Selection& selection, Message* message) const;
  // "`office`, `visit`, `revision`, …": keys, then columns.
  const std::string& select_list() const { return whole_.list; }
  // All columns; and those of `names`, with `revision` and `office`, which name, etag and references follow
  // from.
  const Selection& whole() const { return whole_; }
  Selection SelectionOf(const std::set<std::string>& names) const;
  // "`office` = ? AND `visit` = ?"
  const std::string& key_condition() const { return key_condition_; }

  // CREATE TABLE as portable SQL: what the migration of a new resource holds.
  std::string Ddl() const;

 private:
  Selection Select(const std::function<bool(const Column&)>& wanted) const;

  const Descriptor* message_ = nullptr;
  std::string type_, table_, plural_, pattern_, key_condition_;
  Selection whole_;
  std::vector<std::string> literals_;  // pattern text before each variable
  std::vector<KeyPart> keys_;
  std::vector<Column> columns_;
  std::vector<query::Field> fields_;
  bool dated_ = false;
  bool office_scoped_ = false;
};

// The office a resource belongs to now: its key, or its `office` field. Slug.
std::string OfficeOf(const Description& description, const Message& message);
// "offices/zhanhua" → "zhanhua"; and the last segment of any name.
std::string SlugOf(std::string_view office_name);
std::string_view LastSegment(std::string_view name);
Uuid UuidOf(std::string_view name);  // last segment; zero when it is none

std::string EtagOf(int64_t revision);

// Common fields of every resource.
std::string GetString(const Message& message, const char* field);
void SetString(Message* message, const char* field, std::string value);
int64_t RevisionOf(const Message& message);

// Conversions of the contract's types.
google::protobuf::Timestamp ToProto(Time t);
Time FromProto(const google::protobuf::Timestamp& t);
google::type::Date ToProto(Date d);
Date FromProto(const google::type::Date& d);
bool IsSet(const google::type::Date& d);
// Of a resource with `valid_from` and `valid_to`.
template <class M>
Period PeriodOf(const M& dated) {
  return {.from = FromProto(dated.valid_from()),
          .to = IsSet(dated.valid_to()) ? std::optional<Date>(FromProto(dated.valid_to())) : std::nullopt};
}

}  // namespace inspectorate::resource
