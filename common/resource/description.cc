#include "common/resource/description.h"

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <utility>

#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/base/uuid.h"
#include "common/resource/stored_json.h"
#include "common/resource/width.h"
#include "common/status/error.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::resource {
namespace {

using google::protobuf::DescriptorPool;
using Kind = Column::Kind;

std::string SnakeCase(std::string_view camel) {
  std::string snake;
  for (char c : camel) {
    if (std::isupper(static_cast<unsigned char>(c)) != 0) {
      if (!snake.empty()) snake += '_';
      snake += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      snake += c;
    }
  }
  return snake;
}

// What an id looks like follows from the variable's name, once for the whole platform.
KeyPart::Kind KindOf(std::string_view variable) {
  if (variable == "office") return KeyPart::Kind::kSlug;
  if (variable == "matter" || variable == "division" || variable == "catalogue") return KeyPart::Kind::kCode;
  if (variable == "finding" || variable == "item") return KeyPart::Kind::kInt;
  return KeyPart::Kind::kUuid;
}

// A field without a column: it follows from others.
bool IsStored(const FieldDescriptor& field) {
  return field.name() != "name" && field.name() != "etag" && !field.options().GetExtension(type::v1::derived);
}

Kind ScalarKind(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? Kind::kBytes : Kind::kText;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::kEnum;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Kind::kDouble;
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return Kind::kUint;
    default:
      return Kind::kInt;
  }
}

Kind KindOfField(const FieldDescriptor& field) {
  if (field.is_repeated()) return Kind::kJson;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    if (field.message_type() == google::protobuf::Timestamp::descriptor()) return Kind::kTime;
    if (field.message_type() == google::type::Date::descriptor()) return Kind::kDate;
    return Kind::kJson;
  }
  return ScalarKind(field);
}

query::Field::Kind QueryKind(Kind kind) {
  switch (kind) {
    case Kind::kInt:
    case Kind::kUint:
      return query::Field::Kind::kInt;
    case Kind::kBool:
      return query::Field::Kind::kBool;
    case Kind::kEnum:
      return query::Field::Kind::kEnum;
    case Kind::kTime:
      return query::Field::Kind::kTime;
    case Kind::kDate:
      return query::Field::Kind::kDate;
    case Kind::kUuidReference:
    case Kind::kSlugReference:
      return query::Field::Kind::kReference;
    default:
      return query::Field::Kind::kString;
  }
}

bool IsFilterable(Kind kind) { return kind != Kind::kJson && kind != Kind::kBytes && kind != Kind::kDouble; }

[[noreturn]] void Bug(const std::string& what) {
  std::fprintf(stderr, "resource description: %s\n", what.c_str());
  std::abort();
}

// Messages of the generated pool that are resources, by type; found once.
const std::map<std::string, const Descriptor*, std::less<>>& ResourceTypes() {
  static const auto* types = [] {
    auto* found = new std::map<std::string, const Descriptor*, std::less<>>;
    // Of all contracts that this program links, used or not: they refer to each other's types by name.
    std::vector<std::string> files;
    DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
    for (const std::string& file : files) {
      if (!file.starts_with("inspectorate/")) continue;
      const auto* descriptor = DescriptorPool::generated_pool()->FindFileByName(file);
      if (descriptor == nullptr) continue;
      for (int i = 0; i < descriptor->message_type_count(); ++i) {
        const Descriptor* message = descriptor->message_type(i);
        const auto& options = message->options().GetExtension(google::api::resource);
        if (!options.type().empty()) (*found)[options.type()] = message;
      }
    }
    return found;
  }();
  return *types;
}

db::Value ScalarValue(const Message& message, const Column& column) {
  const auto& reflection = *message.GetReflection();
  const FieldDescriptor* field = column.field;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.GetEnumValue(message, field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, field);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return static_cast<double>(reflection.GetFloat(message, field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.GetUInt64(message, field);
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.GetInt32(message, field);
    default:
      return reflection.GetInt64(message, field);
  }
}

void SetScalar(Message* message, const FieldDescriptor* field, const db::Value& value) {
  const auto& reflection = *message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.SetString(message, field, value.AsString());
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.SetBool(message, field, value.AsBool());
    case FieldDescriptor::CPPTYPE_ENUM:
      return reflection.SetEnumValue(message, field, static_cast<int>(value.AsInt()));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.SetDouble(message, field, value.AsDouble());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return reflection.SetFloat(message, field, static_cast<float>(value.AsDouble()));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.SetUInt32(message, field, static_cast<uint32_t>(value.AsUint()));
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection.SetUInt64(message, field, value.AsUint());
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection.SetInt32(message, field, static_cast<int32_t>(value.AsInt()));
    default:
      return reflection.SetInt64(message, field, value.AsInt());
  }
}

// Whether a field that may be NULL has a value; a date of zeros is none.
bool IsThere(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  if (field.is_repeated()) return reflection.FieldSize(message, &field) > 0;
  if (KindOfField(field) == Kind::kDate)
    return IsSet(static_cast<const google::type::Date&>(reflection.GetMessage(message, &field)));
  return reflection.HasField(message, &field);
}

const char* SqlTypeOf(KeyPart::Kind kind) {
  switch (kind) {
    case KeyPart::Kind::kUuid:
      return "BINARY(16)";
    case KeyPart::Kind::kInt:
      return "INT";
    default:
      return "VARCHAR(63)";
  }
}

std::string SqlTypeOf(const Column& column) {
  // What is longer counts little towards the size of a row.
  constexpr int kLongestInRow = 500;
  switch (column.kind) {
    case Kind::kText: {
      const auto chars = MaxChars(*column.field);
      return chars > kLongestInRow ? "TEXT" : "VARCHAR(" + std::to_string(chars) + ")";
    }
    case Kind::kInt:
      return column.field->cpp_type() == FieldDescriptor::CPPTYPE_INT32 ? "INT" : "BIGINT";
    case Kind::kUint:
      return "BIGINT UNSIGNED";
    case Kind::kBool:
      return "TINYINT";
    case Kind::kEnum:
      return "SMALLINT";
    case Kind::kDouble:
      return "DOUBLE";
    case Kind::kTime:
      return "DATETIME(6)";
    case Kind::kDate:
      return "DATE";
    case Kind::kBytes:
      return "MEDIUMBLOB";
    case Kind::kUuidReference:
      return "BINARY(16)";
    case Kind::kSlugReference:
      return "VARCHAR(63)";
    case Kind::kJson:
      return "MEDIUMTEXT";
  }
  std::abort();
}

// A pattern's text before each variable, and its variables.
std::pair<std::vector<std::string>, std::vector<KeyPart>> PartsOf(const std::string& pattern) {
  std::vector<std::string> literals;
  std::vector<KeyPart> keys;
  size_t at = 0;
  for (size_t open = pattern.find('{'); open != std::string::npos; open = pattern.find('{', at)) {
    const size_t close = pattern.find('}', open);
    literals.push_back(pattern.substr(at, open - at));
    const std::string variable = pattern.substr(open + 1, close - open - 1);
    keys.push_back({variable, KindOf(variable)});
    at = close + 1;
  }
  return {std::move(literals), std::move(keys)};
}

std::string ConditionOf(const std::vector<KeyPart>& keys) {
  std::string condition;
  for (const KeyPart& key : keys) condition += (condition.empty() ? "`" : " AND `") + key.variable + "` = ?";
  return condition;
}

bool IsOfficeScoped(const std::vector<KeyPart>& keys) {
  return keys.front().variable == "office" && keys.size() > 1;
}

Column ColumnOf(const FieldDescriptor& field) {
  Column column{.name = field.name(), .kind = KindOfField(field), .field = &field};
  column.nullable = column.kind == Kind::kTime || column.kind == Kind::kDate || column.kind == Kind::kJson ||
                    (field.has_presence() && field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE);
  const auto& reference = field.options().GetExtension(google::api::resource_reference);
  if (column.kind != Kind::kText || reference.type().empty()) return column;
  const Description* target = Description::ByType(reference.type());
  if (target == nullptr) Bug(field.full_name() + " refers to unknown type " + reference.type());
  const std::vector<KeyPart>& keys = target->keys();
  const bool alone = keys.size() == 1 || (keys.size() == 2 && IsOfficeScoped(keys));
  if (!alone || keys.back().kind == KeyPart::Kind::kInt) return column;
  column.kind = keys.back().kind == KeyPart::Kind::kUuid ? Kind::kUuidReference : Kind::kSlugReference;
  column.referenced = target;
  column.nullable = true;
  return column;
}

query::Field FilterFieldOf(const Column& column) {
  query::Field field{.path = column.name,
                     .column = "`" + column.name + "`",
                     .kind = QueryKind(column.kind),
                     .enum_type = column.field->enum_type(),
                     .to_column = {}};
  if (column.referenced != nullptr) {
    field.to_column = [target = column.referenced](std::string_view name) { return target->IdOf(name); };
  }
  return field;
}

// Only the id is stored: what belongs to another office would be read back as one of this office.
absl::StatusOr<db::Value> ReferenceIn(const Description& of, const Message& message, const Column& column) {
  const std::string name = message.GetReflection()->GetString(message, column.field);
  if (name.empty()) return db::Value();
  ASSIGN_OR_RETURN(auto key, column.referenced->KeyOf(name));
  if (key.size() == 2 && key[0].AsString() != OfficeOf(of, message)) return NotFound(name);
  return std::move(key.back());
}

absl::StatusOr<db::Value> CellOf(const Description& of, const Message& message, const Column& column,
                                 FieldsToJson* nested) {
  if (column.referenced != nullptr) return ReferenceIn(of, message, column);
  const auto& reflection = *message.GetReflection();
  const FieldDescriptor* field = column.field;
  if (column.nullable && !IsThere(message, *field)) return db::Value();
  switch (column.kind) {
    case Kind::kTime:
      return FromProto(
          static_cast<const google::protobuf::Timestamp&>(reflection.GetMessage(message, field)));
    case Kind::kDate:
      return FromProto(static_cast<const google::type::Date&>(reflection.GetMessage(message, field)));
    case Kind::kJson: {
      ASSIGN_OR_RETURN(std::string json, nested->Take(*field));
      return db::Value(std::move(json));
    }
    default:
      return ScalarValue(message, column);
  }
}

}  // namespace

const Description& Description::Of(const Descriptor* message) {
  // Recursive: the description of a reference's target may be built while its source is.
  static std::recursive_mutex mutex;
  static auto* cache = new std::map<const Descriptor*, std::unique_ptr<Description>>;
  std::lock_guard<std::recursive_mutex> lock(mutex);
  auto& slot = (*cache)[message];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<Description>();
  Description& d = *slot;
  const auto& options = message->options().GetExtension(google::api::resource);
  if (options.pattern_size() != 1) Bug(message->full_name() + " is no resource");
  d.message_ = message;
  d.type_ = options.type();
  d.plural_ = options.plural();
  d.table_ = SnakeCase(message->name());
  d.pattern_ = options.pattern(0);
  std::tie(d.literals_, d.keys_) = PartsOf(d.pattern_);
  d.key_condition_ = ConditionOf(d.keys_);
  d.office_scoped_ = IsOfficeScoped(d.keys_);
  for (int i = 0; i < message->field_count(); ++i) {
    if (IsStored(*message->field(i))) d.columns_.push_back(ColumnOf(*message->field(i)));
  }
  d.whole_ = d.Select([](const Column&) { return true; });
  for (const Column& column : d.columns_) {
    if (IsFilterable(column.kind)) d.fields_.push_back(FilterFieldOf(column));
  }
  d.dated_ = d.FindColumn("valid_from") != nullptr && d.FindColumn("valid_to") != nullptr;
  return d;
}

const Description* Description::ByType(std::string_view type) {
  const auto& types = ResourceTypes();
  auto it = types.find(type);
  return it == types.end() ? nullptr : &Of(it->second);
}

const Column* Description::FindColumn(std::string_view name) const {
  for (const Column& column : columns_) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

Selection Description::Select(const std::function<bool(const Column&)>& wanted) const {
  Selection selection;
  for (const KeyPart& key : keys_) {
    selection.list += (selection.list.empty() ? "`" : ", `") + key.variable + "`";
  }
  for (const Column& column : columns_) {
    if (!wanted(column)) continue;
    selection.columns.push_back(&column);
    selection.list += ", `" + column.name + "`";
  }
  return selection;
}

Selection Description::SelectionOf(const std::set<std::string>& names) const {
  return Select([&names](const Column& column) {
    return column.name == "revision" || column.name == "office" || names.contains(column.name);
  });
}

absl::StatusOr<std::vector<db::Value>> Description::KeyOf(std::string_view name) const {
  std::vector<db::Value> key;
  std::string_view rest = name;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (!rest.starts_with(literals_[i])) return NotFound(name);
    rest.remove_prefix(literals_[i].size());
    const size_t end = i + 1 < keys_.size() ? rest.find('/') : rest.size();
    if (end == std::string_view::npos || end == 0) return NotFound(name);
    const std::string_view segment = rest.substr(0, end);
    rest.remove_prefix(end);
    if (segment.find('/') != std::string_view::npos) return NotFound(name);
    switch (keys_[i].kind) {
      case KeyPart::Kind::kUuid: {
        auto uuid = ParseUuid(segment);
        if (!uuid) return NotFound(name);
        key.emplace_back(*uuid);
        break;
      }
      case KeyPart::Kind::kInt: {
        int64_t number = 0;
        if (!absl::SimpleAtoi(absl::string_view(segment.data(), segment.size()), &number))
          return NotFound(name);
        key.emplace_back(number);
        break;
      }
      default:
        key.emplace_back(segment);
    }
  }
  return key;
}

std::string Description::NameOf(const std::vector<db::Value>& key) const {
  std::string name;
  for (size_t i = 0; i < keys_.size(); ++i) {
    name += literals_[i];
    switch (keys_[i].kind) {
      case KeyPart::Kind::kUuid:
        name += FormatUuid(key[i].AsUuid());
        break;
      case KeyPart::Kind::kInt:
        name += std::to_string(key[i].AsInt());
        break;
      default:
        name += key[i].AsString();
    }
  }
  return name;
}

absl::StatusOr<db::Value> Description::IdOf(std::string_view name) const {
  ASSIGN_OR_RETURN(auto key, KeyOf(name));
  return key.back();
}

absl::StatusOr<std::vector<db::Value>> Description::ToColumns(const Message& message) const {
  FieldsToJson nested(message);
  std::vector<db::Value> values;
  values.reserve(columns_.size());
  for (const Column& column : columns_) {
    ASSIGN_OR_RETURN(db::Value value, CellOf(*this, message, column, &nested));
    values.push_back(std::move(value));
  }
  return values;
}

absl::Status Description::FromRow(const db::Rows& rows, size_t row, const Selection& selection,
                                  Message* message) const {
  message->Clear();
  const auto& reflection = *message->GetReflection();
  // Nearly always the columns stand where the selection has them: then none need be looked for.
  const std::vector<std::string>& names = rows.names();
  size_t next = 0;
  const auto cell = [&](const std::string& name) -> const db::Value& {
    const size_t place = next++;
    return place < names.size() && names[place] == name ? rows.at(row, place) : rows.at(row, name);
  };
  std::vector<db::Value> key;
  key.reserve(keys_.size());
  for (const KeyPart& part : keys_) key.push_back(cell(part.variable));
  std::vector<std::string_view> nested;
  for (const Column* column : selection.columns) {
    const db::Value& value = cell(column->name);
    if (value.is_null()) continue;
    const FieldDescriptor* field = column->field;
    switch (column->kind) {
      case Kind::kTime:
        *static_cast<google::protobuf::Timestamp*>(reflection.MutableMessage(message, field)) =
            ToProto(value.AsTime());
        break;
      case Kind::kDate:
        *static_cast<google::type::Date*>(reflection.MutableMessage(message, field)) =
            ToProto(value.AsDate());
        break;
      case Kind::kJson:
        nested.push_back(value.AsString());
        break;
      case Kind::kUuidReference:
      case Kind::kSlugReference: {
        std::vector<db::Value> target;
        if (column->referenced->keys_.size() == 2)
          target.push_back(office_scoped_ ? key[0] : rows.at(row, "office"));
        target.push_back(value);
        reflection.SetString(message, field, column->referenced->NameOf(target));
        break;
      }
      default:
        SetScalar(message, field, value);
    }
  }
  RETURN_IF_ERROR(FieldsFromJson(nested, message));
  SetString(message, "name", NameOf(key));
  SetString(message, "etag", EtagOf(RevisionOf(*message)));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<db::Value>> Description::ToRow(const Message& message) const {
  ASSIGN_OR_RETURN(std::vector<db::Value> row, KeyOf(GetString(message, "name")));
  ASSIGN_OR_RETURN(std::vector<db::Value> columns, ToColumns(message));
  row.insert(row.end(), std::make_move_iterator(columns.begin()), std::make_move_iterator(columns.end()));
  return row;
}

std::string Description::Ddl() const {
  std::string sql = "CREATE TABLE IF NOT EXISTS `" + table_ + "` (\n";
  std::string primary;
  for (const KeyPart& key : keys_) {
    sql += "  `" + key.variable + "` " + SqlTypeOf(key.kind) + " NOT NULL,\n";
    primary += (primary.empty() ? "`" : ", `") + key.variable + "`";
  }
  for (const Column& column : columns_)
    sql += "  `" + column.name + "` " + SqlTypeOf(column) + (column.nullable ? " NULL,\n" : " NOT NULL,\n");
  return sql + "  PRIMARY KEY (" + primary +
         ")\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;\n";
}

std::string OfficeOf(const Description& description, const Message& message) {
  if (description.keys().front().variable == "office") {
    auto key = description.KeyOf(GetString(message, "name"));
    return key.ok() ? key->front().AsString() : std::string();
  }
  return SlugOf(GetString(message, "office"));
}

std::string_view LastSegment(std::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

std::string SlugOf(std::string_view office_name) {
  if (office_name.starts_with("offices/")) {
    office_name.remove_prefix(8);
    return std::string(office_name.substr(0, office_name.find('/')));
  }
  return std::string(office_name);
}

Uuid UuidOf(std::string_view name) { return ParseUuid(LastSegment(name)).value_or(Uuid{}); }

std::string EtagOf(int64_t revision) { return "r" + std::to_string(revision); }

std::string GetString(const Message& message, const char* field) {
  const FieldDescriptor* descriptor = message.GetDescriptor()->FindFieldByName(field);
  return descriptor == nullptr ? std::string() : message.GetReflection()->GetString(message, descriptor);
}

void SetString(Message* message, const char* field, std::string value) {
  const FieldDescriptor* descriptor = message->GetDescriptor()->FindFieldByName(field);
  if (descriptor != nullptr) message->GetReflection()->SetString(message, descriptor, std::move(value));
}

int64_t RevisionOf(const Message& message) {
  const FieldDescriptor* descriptor = message.GetDescriptor()->FindFieldByName("revision");
  return descriptor == nullptr ? 0 : message.GetReflection()->GetInt64(message, descriptor);
}

google::protobuf::Timestamp ToProto(Time t) {
  google::protobuf::Timestamp proto;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
  proto.set_seconds(seconds.time_since_epoch().count());
  proto.set_nanos(static_cast<int32_t>((t - seconds).count() * 1000));
  return proto;
}

Time FromProto(const google::protobuf::Timestamp& t) {
  return Time(std::chrono::seconds(t.seconds()) + std::chrono::microseconds(t.nanos() / 1000));
}

google::type::Date ToProto(Date d) {
  google::type::Date proto;
  proto.set_year(YearOf(d));
  proto.set_month(static_cast<int>(MonthOf(d)));
  proto.set_day(static_cast<int>(DayOf(d)));
  return proto;
}

Date FromProto(const google::type::Date& d) {
  return MakeDate(d.year(), static_cast<unsigned>(d.month()), static_cast<unsigned>(d.day()));
}

bool IsSet(const google::type::Date& d) { return d.year() != 0; }

}  // namespace inspectorate::resource
