#include "services/cli/fields.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "common/base/macros.h"
#include "common/base/time.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/field_mask_util.h"
#include "google/protobuf/util/json_util.h"
#include "google/type/date.pb.h"
#include "inspectorate/type/v1/options.pb.h"
#include "services/cli/labels.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::Reflection;

const std::set<std::string>& FilledIn() {
  static const auto& names = *new std::set<std::string>(
      {"name", "parent", "etag", "request_id", "page_token", "page_size", "update_mask", "validate_only",
       "min_positions", "revision", "create_time", "update_time"});
  return names;
}

bool IsDate(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type() == google::type::Date::descriptor();
}
bool IsTime(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type() == google::protobuf::Timestamp::descriptor();
}
bool IsMask(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type() == google::protobuf::FieldMask::descriptor();
}

absl::Status Wrong(const FieldDescriptor& field, const std::string& text) {
  return UserError({"参数值无法理解", "a value is not understood"},
                   "--" + FlagOf(field) + " " + text + " (" + ValueHint(field) + ")");
}

absl::Status SetDate(Message* date, const FieldDescriptor& field, const std::string& text) {
  // A month is typed without its day and means its first.
  const auto parsed = ParseDate(text.size() == 7 ? text + "-01" : text);
  if (!parsed.ok()) return Wrong(field, text);
  auto* out = static_cast<google::type::Date*>(date);
  out->set_year(YearOf(*parsed));
  out->set_month(static_cast<int>(MonthOf(*parsed)));
  out->set_day(static_cast<int>(DayOf(*parsed)));
  return absl::OkStatus();
}

absl::Status SetTime(Message* time, const FieldDescriptor& field, const std::string& text) {
  std::string full = text;
  if (full.size() > 10 && full[10] == ' ') full[10] = 'T';
  if (full.size() == 10) full += "T00:00:00";
  if (full.size() == 16) full += ":00";
  if (full.size() == 19) full += "+08:00";
  const auto parsed = ParseTime(full);
  if (!parsed.ok()) return Wrong(field, text);
  const int64_t micros = parsed->time_since_epoch().count();
  constexpr int64_t kSecond = 1'000'000;
  const int64_t seconds = micros / kSecond - (micros % kSecond < 0 ? 1 : 0);
  auto* out = static_cast<google::protobuf::Timestamp*>(time);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>((micros - seconds * kSecond) * 1000));
  return absl::OkStatus();
}

// Single values only, so that they can be typed in a row.
bool IsFlat(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated() || (field.message_type() != nullptr && !IsDate(field))) return false;
  }
  return type.field_count() > 0;
}

// `B01:CONFORMS:note`: the fields in the order of the contract; the last takes what is left, colons and all.
absl::Status SetInOrder(Message* message, const std::string& text) {
  const Descriptor& type = *message->GetDescriptor();
  size_t begin = 0;
  for (int i = 0; i < type.field_count() && begin <= text.size(); ++i) {
    const size_t colon = i + 1 < type.field_count() ? text.find(':', begin) : std::string::npos;
    const size_t end = std::min(colon, text.size());
    if (end > begin) RETURN_IF_ERROR(SetField(message, *type.field(i), text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return absl::OkStatus();
}

absl::Status SetMessage(Message* message, const FieldDescriptor& field, const std::string& text) {
  if (IsDate(field)) return SetDate(message, field, text);
  if (IsTime(field)) return SetTime(message, field, text);
  if (IsMask(field)) {
    google::protobuf::util::FieldMaskUtil::FromString(text,
                                                      static_cast<google::protobuf::FieldMask*>(message));
    return absl::OkStatus();
  }
  const bool json = text.starts_with('{') || !IsFlat(*field.message_type());
  const bool ok =
      json ? google::protobuf::util::JsonStringToMessage(text, message).ok() : SetInOrder(message, text).ok();
  return ok ? absl::OkStatus() : Wrong(field, text);
}

const EnumValueDescriptor* FindEnumValue(const FieldDescriptor& field, const std::string& text) {
  const std::string upper = absl::AsciiStrToUpper(text);
  for (int i = 0; i < field.enum_type()->value_count(); ++i) {
    const EnumValueDescriptor* value = field.enum_type()->value(i);
    if (value->name() == upper || value->options().GetExtension(type::v1::zh) == text) return value;
  }
  return nullptr;
}

template <class T>
bool Number(const std::string& text, T* value) {
  return absl::SimpleAtoi(text, value);
}

// The setters of reflection differ only in their names; `add` chooses the one for a repeated field.
absl::Status SetScalar(Message* message, const FieldDescriptor& field, const std::string& text) {
  const Reflection& r = *message->GetReflection();
  const bool add = field.is_repeated();
  int32_t i32 = 0;
  int64_t i64 = 0;
  uint64_t u64 = 0;
  uint32_t u32 = 0;
  double real = 0;
  bool flag = false;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      add ? r.AddString(message, &field, text) : r.SetString(message, &field, text);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      if (!Number(text, &i32)) return Wrong(field, text);
      add ? r.AddInt32(message, &field, i32) : r.SetInt32(message, &field, i32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      if (!Number(text, &i64)) return Wrong(field, text);
      add ? r.AddInt64(message, &field, i64) : r.SetInt64(message, &field, i64);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT32:
      if (!Number(text, &u32)) return Wrong(field, text);
      add ? r.AddUInt32(message, &field, u32) : r.SetUInt32(message, &field, u32);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_UINT64:
      if (!Number(text, &u64)) return Wrong(field, text);
      add ? r.AddUInt64(message, &field, u64) : r.SetUInt64(message, &field, u64);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!absl::SimpleAtod(text, &real)) return Wrong(field, text);
      add ? r.AddDouble(message, &field, real) : r.SetDouble(message, &field, real);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL:
      if (!absl::SimpleAtob(text, &flag)) return Wrong(field, text);
      add ? r.AddBool(message, &field, flag) : r.SetBool(message, &field, flag);
      return absl::OkStatus();
    default:
      return Wrong(field, text);
  }
}

// What may be typed: the Chinese term on a Chinese terminal, the contract's name on another.
std::string TermOrName(const EnumValueDescriptor& value) {
  return CurrentLanguage() == Language::kChinese ? TermOf(value) : value.name();
}

std::string MessageHint(const Descriptor& type) {
  if (!IsFlat(type)) return "JSON";
  std::string hint;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const bool named = field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM && !IsDate(field);
    hint += (i > 0 ? ":" : "") + (named ? LabelOf(field) : ValueHint(field));
  }
  return hint;
}

}  // namespace

std::string FlagOf(const FieldDescriptor& field) {
  std::string flag = field.name();
  for (char& c : flag) {
    if (c == '_') c = '-';
  }
  return flag;
}

std::string ValueHint(const FieldDescriptor& field) {
  if (IsDate(field)) return field.name() == "month" ? "YYYY-MM" : "YYYY-MM-DD";
  if (IsTime(field)) return "YYYY-MM-DDThh:mm";
  if (IsMask(field)) return Say({"字段,字段", "field,field"});
  if (field.message_type() != nullptr) return MessageHint(*field.message_type());
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true|false";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    std::string values;
    for (int i = 1; i < field.enum_type()->value_count(); ++i) {
      values += (i > 1 ? "|" : "") + TermOrName(*field.enum_type()->value(i));
    }
    return values;
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return Say({"数", "number"});
  const std::string type = ReferencedType(field);
  return type.empty() ? Say({"文本", "text"}) : LabelOfResource(type);
}

std::string ReferencedType(const FieldDescriptor& field) {
  return field.options().GetExtension(type::v1::rules).resource();
}

bool IsResource(const FieldDescriptor& field) {
  return field.message_type() != nullptr && !field.is_repeated() &&
         field.message_type()->FindFieldByName("etag") != nullptr;
}

bool IsOutputOnly(const FieldDescriptor& field) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == google::api::OUTPUT_ONLY) return true;
  }
  return false;
}

std::vector<FlagField> FlagFields(const Descriptor& request) {
  std::vector<FlagField> fields;
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (FilledIn().contains(field->name())) continue;
    if (!IsResource(*field)) {
      fields.push_back({nullptr, field});
      continue;
    }
    for (int k = 0; k < field->message_type()->field_count(); ++k) {
      const FieldDescriptor* inner = field->message_type()->field(k);
      if (!FilledIn().contains(inner->name()) && !IsOutputOnly(*inner)) fields.push_back({field, inner});
    }
  }
  return fields;
}

absl::Status SetField(Message* message, const FieldDescriptor& field, const std::string& text) {
  const Reflection& r = *message->GetReflection();
  if (field.message_type() != nullptr) {
    return SetMessage(field.is_repeated() ? r.AddMessage(message, &field) : r.MutableMessage(message, &field),
                      field, text);
  }
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return SetScalar(message, field, text);
  const EnumValueDescriptor* value = FindEnumValue(field, text);
  if (value == nullptr) return Wrong(field, text);
  field.is_repeated() ? r.AddEnum(message, &field, value) : r.SetEnum(message, &field, value);
  return absl::OkStatus();
}

std::string TermOf(const EnumValueDescriptor& value) {
  const auto& options = value.options();
  std::string term = CurrentLanguage() == Language::kChinese ? options.GetExtension(type::v1::zh)
                                                             : options.GetExtension(type::v1::en);
  return term.empty() ? value.name() : term;
}

std::string DateText(const Message& message) {
  const auto& date = static_cast<const google::type::Date&>(message);
  if (date.year() == 0) return "";
  char text[16];
  if (date.day() == 0) {
    std::snprintf(text, sizeof text, "%04d-%02d", date.year(), date.month());
  } else {
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year(), date.month(), date.day());
  }
  return text;
}

}  // namespace inspectorate::cli
