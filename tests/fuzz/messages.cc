#include "tests/fuzz/messages.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>
#include <tuple>

#include "common/auth/permissions.h"
#include "common/base/resource_name.h"
#include "common/validate/rules.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/reporting/v1/report.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MessageFactory;
using google::protobuf::Reflection;
using validate::FieldRules;
using Types = std::map<std::string, const Descriptor*>;

constexpr char kUuid[] = "01890a5d-ac96-774b-bcce-b302099a8057";

std::vector<const Descriptor*> Listed(const Types& types) {
  std::vector<const Descriptor*> list;
  for (const auto& [name, type] : types) list.push_back(type);
  return list;
}

std::string IdOf(IdKind kind) {
  switch (kind) {
    case IdKind::kUuid:
      return kUuid;
    case IdKind::kSlug:
      return "zhanhua";
    case IdKind::kNumber:
      return "1";
    case IdKind::kCode:
      return "B5";
  }
  return "";
}

std::string NameOf(const std::string& pattern) {
  std::vector<std::string> ids;
  for (const std::string& variable : VariablesOf(pattern)) ids.push_back(IdOf(IdKindOf(variable)));
  return FormatName(pattern, ids).value_or("");
}

std::string TextFor(const FieldRules& field) {
  const auto& rules = field.rules;
  if (field.resource != nullptr) return NameOf(field.resource->pattern(0));
  if (rules.uuid()) return kUuid;
  if (rules.date()) return "2026-03-09";
  if (field.pattern != nullptr) {
    // Examples for the patterns of the contracts; the first that fits.
    static const std::string kExamples[] = {"zhanhua",
                                            "001",
                                            "371603",
                                            "2026-03",
                                            "A01",
                                            "I1",
                                            "B01",
                                            "3716",
                                            "1234567890",
                                            "123456789",
                                            "37000000",
                                            "text/plain",
                                            "a.b",
                                            std::string(64, 'a'),
                                            std::string("offices/zhanhua/issues/") + kUuid,
                                            std::string("offices/zhanhua/operations/") + kUuid};
    for (const std::string& example : kExamples) {
      if (RE2::FullMatch(example, *field.pattern)) return example;
    }
  }
  std::string text;
  for (uint32_t i = 0; i < std::max(1U, std::min(rules.min_len(), 100U)); ++i) text += "督";
  return text;
}

int64_t NumberFor(const FieldRules& field) {
  if (field.rules.has_gte()) return field.rules.gte();
  return field.rules.has_lte() ? std::min<int64_t>(field.rules.lte(), 0) : 0;
}

// Sets or adds one valid value.
void PutValid(Message* message, const FieldRules& rules, int depth) {
  const FieldDescriptor* f = rules.field;
  const Reflection& r = *message->GetReflection();
  const bool many = f->is_repeated();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = TextFor(rules);
      return many ? r.AddString(message, f, text) : r.SetString(message, f, text);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int last = f->enum_type()->value_count() - 1;
      const int value = f->enum_type()->value(std::min(1, last))->number();
      return many ? r.AddEnumValue(message, f, value) : r.SetEnumValue(message, f, value);
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return many ? r.AddInt32(message, f, static_cast<int32_t>(NumberFor(rules)))
                  : r.SetInt32(message, f, static_cast<int32_t>(NumberFor(rules)));
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? r.AddInt64(message, f, NumberFor(rules)) : r.SetInt64(message, f, NumberFor(rules));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return many ? r.AddDouble(message, f, static_cast<double>(NumberFor(rules)))
                  : r.SetDouble(message, f, static_cast<double>(NumberFor(rules)));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return FillValid(many ? r.AddMessage(message, f) : r.MutableMessage(message, f), depth + 1);
    default:
      return;
  }
}

bool FillWellKnown(Message* message) {
  if (auto* date = dynamic_cast<google::type::Date*>(message)) {
    date->set_year(2026);
    date->set_month(3);
    date->set_day(9);
  } else if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    time->set_seconds(1'773'014'400);
  } else if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) {
    duration->set_seconds(60);
  } else {
    return false;
  }
  return true;
}

int64_t AnyNumber(Input& input) {
  constexpr int64_t kNumbers[] = {
      0,         1,         -1,        2,         9999,         10'000,       INT32_MAX,
      INT32_MIN, INT64_MAX, INT64_MIN, 999999999, 315576000000, -62135596800, 253402300799,
      12,        31};
  const size_t choice = input.Below(std::size(kNumbers) + 4);
  if (choice < std::size(kNumbers)) return kNumbers[choice];
  return static_cast<int64_t>(input.Number());
}

std::string AnyText(Input& input) {
  constexpr std::string_view kTexts[] = {"",           " ",    "\xE3\x80\x80", "-",
                                         "\xC2\x85",   "\x7F", "offices/-",    "2026-02-29",
                                         "0001-01-01", "*",    "\xED\xA0\x80", "督导"};
  const size_t choice = input.Below(std::size(kTexts) + 8);
  if (choice < std::size(kTexts)) return std::string(kTexts[choice]);
  if (choice == std::size(kTexts)) {
    std::string text;
    const size_t length = input.Below(5000);
    for (size_t i = 0; i < length; ++i) text += "导";
    return text;
  }
  return std::string(input.Take(input.Below(80)));
}

const FieldDescriptor* AnyField(const Message& message, Input& input) {
  const int count = message.GetDescriptor()->field_count();
  if (count == 0) return nullptr;
  return message.GetDescriptor()->field(static_cast<int>(input.Below(static_cast<size_t>(count))));
}

void EditScalar(Message* message, const FieldDescriptor* f, Input& input) {
  const Reflection& r = *message->GetReflection();
  const bool add = f->is_repeated();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = AnyText(input);
      return add ? r.AddString(message, f, std::move(text)) : r.SetString(message, f, std::move(text));
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const auto value = static_cast<int>(AnyNumber(input));
      return add ? r.AddEnumValue(message, f, value) : r.SetEnumValue(message, f, value);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = static_cast<int32_t>(AnyNumber(input));
      return add ? r.AddInt32(message, f, value) : r.SetInt32(message, f, value);
    }
    case FieldDescriptor::CPPTYPE_INT64:
      return add ? r.AddInt64(message, f, AnyNumber(input)) : r.SetInt64(message, f, AnyNumber(input));
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<uint32_t>(AnyNumber(input));
      return add ? r.AddUInt32(message, f, value) : r.SetUInt32(message, f, value);
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto value = static_cast<uint64_t>(AnyNumber(input));
      return add ? r.AddUInt64(message, f, value) : r.SetUInt64(message, f, value);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double values[] = {0,
                               -0.0,
                               1e308,
                               static_cast<double>(AnyNumber(input)),
                               std::numeric_limits<double>::quiet_NaN(),
                               -std::numeric_limits<double>::infinity()};
      const double value = values[input.Below(std::size(values))];
      return add ? r.AddDouble(message, f, value) : r.SetDouble(message, f, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      const bool value = input.Below(2) == 1;
      return add ? r.AddBool(message, f, value) : r.SetBool(message, f, value);
    }
    default:
      return;
  }
}

void EditOnce(Message* message, Input& input, int depth) {
  const FieldDescriptor* f = AnyField(*message, input);
  if (f == nullptr) return;
  const Reflection& r = *message->GetReflection();
  if (input.Below(8) == 0) return r.ClearField(message, f);
  if (f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return EditScalar(message, f, input);
  if (depth > 6) return;
  if (!f->is_repeated()) return EditOnce(r.MutableMessage(message, f), input, depth + 1);
  const int size = r.FieldSize(*message, f);
  const size_t index = input.Below(static_cast<size_t>(size) + 1);
  const bool add = index == static_cast<size_t>(size);
  EditOnce(add ? r.AddMessage(message, f) : r.MutableRepeatedMessage(message, f, static_cast<int>(index)),
           input, depth + 1);
}

}  // namespace

const std::vector<const Descriptor*>& RequestTypes() {
  static const auto& types = *new std::vector<const Descriptor*>([] {
    // Naming a message of each package links it.
    const auto linked = std::tuple(feed::v1::Cursor::descriptor(), issues::v1::Issue::descriptor(),
                                   registry::v1::Office::descriptor(), reporting::v1::Report::descriptor(),
                                   visits::v1::Visit::descriptor());
    static_cast<void>(linked);
    Types found;
    for (const auto* service : auth::LinkedServices()) {
      for (int i = 0; i < service->method_count(); ++i) {
        const Descriptor* type = service->method(i)->input_type();
        found[type->full_name()] = type;
      }
    }
    return Listed(found);
  }());
  return types;
}

const std::vector<const Descriptor*>& ResourceTypes() {
  static const auto& types = *new std::vector<const Descriptor*>([] {
    Types found;
    for (const auto* service : auth::LinkedServices()) {
      const auto* file = service->file();
      const auto add = [&found](const google::protobuf::FileDescriptor* f) {
        for (int i = 0; i < f->message_type_count(); ++i) {
          const Descriptor* type = f->message_type(i);
          if (type->options().HasExtension(google::api::resource)) found[type->full_name()] = type;
        }
      };
      add(file);
      for (int i = 0; i < file->dependency_count(); ++i) add(file->dependency(i));
    }
    return Listed(found);
  }());
  return types;
}

const Descriptor& TypeFrom(Input& input, const std::vector<const Descriptor*>& types) {
  Input named = input;
  const std::string_view name = named.Until('\n');
  const auto found =
      std::ranges::find_if(types, [name](const Descriptor* type) { return type->name() == name; });
  if (found != types.end()) {
    input = named;
    return **found;
  }
  const size_t number = input.Byte() << 8 | input.Byte();
  return *types[number % types.size()];
}

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

void FillValid(Message* message, int depth) {
  if (depth > 6 || FillWellKnown(message)) return;
  for (const FieldRules& field : validate::RulesOf(*message->GetDescriptor()).fields) {
    const FieldDescriptor* f = field.field;
    if (field.output_only || f->is_map()) continue;
    if (f->containing_oneof() != nullptr && f->index_in_oneof() != 0) continue;
    const bool wanted = field.required || field.identifier || field.rules.defined() ||
                        field.rules.min_len() > 0 || field.rules.has_gte() || field.rules.min_items() > 0;
    if (!wanted) continue;
    const uint32_t count = f->is_repeated() ? std::max(1U, std::min(field.rules.min_items(), 20U)) : 1;
    for (uint32_t i = 0; i < count; ++i) PutValid(message, field, depth);
  }
}

void Edit(Message* message, Input& input) {
  for (int i = 0; i < 100 && !input.AtEnd(); ++i) EditOnce(message, input, 0);
}

std::unique_ptr<Message> MessageFrom(Input& input, const std::vector<const Descriptor*>& types) {
  const bool wire = input.Byte() == 'w';
  std::unique_ptr<Message> message = NewMessage(TypeFrom(input, types));
  if (wire) {
    const std::string_view bytes = input.Rest();
    if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) message->Clear();
    return message;
  }
  FillValid(message.get());
  Edit(message.get(), input);
  return message;
}

}  // namespace inspectorate::fuzz
