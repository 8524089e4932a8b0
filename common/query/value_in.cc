// Values of a message as its columns store them, and their order.
#include <algorithm>
#include <utility>

#include "common/query/filter.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"

namespace inspectorate::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

Time TimeOf(const google::protobuf::Timestamp& time) {
  return Time(std::chrono::seconds(time.seconds()) + std::chrono::microseconds(time.nanos() / 1000));
}

db::Value TextValue(const Field& field, const std::string& text) {
  if (field.kind != Field::Kind::kReference) return db::Value(text);
  if (text.empty()) return {};
  auto value = field.to_column(text);
  return value.ok() ? *std::move(value) : db::Value();
}

db::Value MessageValue(const Message& value) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&value))
    return db::Value(TimeOf(*time));
  if (const auto* date = dynamic_cast<const google::type::Date*>(&value)) {
    // A date that is not set holds zeros.
    if (date->year() == 0) return {};
    return db::Value(
        MakeDate(date->year(), static_cast<unsigned>(date->month()), static_cast<unsigned>(date->day())));
  }
  return {};
}

db::Value ScalarValue(const Message& message, const FieldDescriptor& f, const Field& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (f.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return db::Value(reflection.GetInt32(message, &f));
    case FieldDescriptor::CPPTYPE_INT64:
      return db::Value(static_cast<int64_t>(reflection.GetInt64(message, &f)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return db::Value(reflection.GetUInt32(message, &f));
    case FieldDescriptor::CPPTYPE_UINT64:
      return db::Value(static_cast<uint64_t>(reflection.GetUInt64(message, &f)));
    case FieldDescriptor::CPPTYPE_BOOL:
      return db::Value(reflection.GetBool(message, &f));
    case FieldDescriptor::CPPTYPE_ENUM:
      return db::Value(reflection.GetEnumValue(message, &f));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return TextValue(field, reflection.GetStringReference(message, &f, &scratch));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageValue(reflection.GetMessage(message, &f));
    default:
      return {};
  }
}

int CompareText(std::string_view a, std::string_view b) {
  const size_t common = std::min(a.size(), b.size());
  if (const int order = a.substr(0, common).compare(b.substr(0, common)); order != 0) return order;
  for (const char c : a.substr(common)) {
    if (c != ' ') return static_cast<unsigned char>(c) < ' ' ? -1 : 1;
  }
  for (const char c : b.substr(common)) {
    if (c != ' ') return static_cast<unsigned char>(c) < ' ' ? 1 : -1;
  }
  return 0;
}

template <typename T>
int Sign(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

}  // namespace

db::Value ValueIn(const Message& message, const Field& field) {
  const Message* holder = &message;
  std::string_view path = field.path;
  while (true) {
    const size_t dot = path.find('.');
    const FieldDescriptor* f = holder->GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
    if (f == nullptr || f->is_repeated()) return {};
    if (f->has_presence() && !holder->GetReflection()->HasField(*holder, f)) return {};
    if (dot == std::string_view::npos) return ScalarValue(*holder, *f, field);
    if (f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return {};
    holder = &holder->GetReflection()->GetMessage(*holder, f);
    path.remove_prefix(dot + 1);
  }
}

int Compare(const db::Value& a, const db::Value& b) {
  if (const auto* text = std::get_if<std::string>(&a.variant())) {
    return CompareText(*text, std::get<std::string>(b.variant()));
  }
  if (const auto* time = std::get_if<Time>(&a.variant())) return Sign(*time, std::get<Time>(b.variant()));
  if (const auto* date = std::get_if<Date>(&a.variant())) return Sign(*date, std::get<Date>(b.variant()));
  const int64_t literal = std::get<int64_t>(b.variant());
  if (const auto* large = std::get_if<uint64_t>(&a.variant())) {
    return std::cmp_less(*large, literal) ? -1 : std::cmp_less(literal, *large) ? 1 : 0;
  }
  return Sign(std::get<int64_t>(a.variant()), literal);
}

}  // namespace inspectorate::query
