#include "common/obs/redact.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <vector>

#include "common/base/text.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::obs {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr std::string_view kProtectedNames[] = {
    "authorization", "token",        "password",     "passwd",       "secret", "private_key",
    "cookie",        "display_name", "phone",        "mobile",       "email",  "id_card",
    "id_number",     "identity_no",  "home_address", "bank_account",
};

void Redact(Message* message);

// Only text can say that it was removed; any other value is left out.
void Hide(const FieldDescriptor& field, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  const bool present = field.is_repeated()    ? reflection.FieldSize(*message, &field) > 0
                       : field.has_presence() ? reflection.HasField(*message, &field)
                                              : field.type() != FieldDescriptor::TYPE_STRING ||
                                                    !reflection.GetString(*message, &field).empty();
  reflection.ClearField(message, &field);
  if (!present || field.type() != FieldDescriptor::TYPE_STRING) return;
  if (field.is_repeated()) {
    reflection.AddString(message, &field, kRedacted);
  } else {
    reflection.SetString(message, &field, kRedacted);
  }
}

void Descend(const FieldDescriptor& field, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  if (!field.is_repeated()) {
    Redact(reflection.MutableMessage(message, &field));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(*message, &field); ++i) {
    Redact(reflection.MutableRepeatedMessage(message, &field, i));
  }
}

void Redact(Message* message) {
  if (message->GetDescriptor()->full_name() == "google.protobuf.Any") {
    message->GetReflection()->ClearField(message, message->GetDescriptor()->FindFieldByName("value"));
    return;
  }
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(type::v1::sensitive)) {
      Hide(*field, message);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      Descend(*field, message);
    }
  }
}

}  // namespace

std::string RedactedJson(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  Redact(copy.get());
  std::string json;
  // Text that is not UTF-8, which only code of ours can have put there, is written as it stands.
  if (!google::protobuf::util::MessageToJsonString(*copy, &json).ok() || !IsValidUtf8(json)) {
    return "{\"unprintable\":\"" + message.GetDescriptor()->full_name() + "\"}";
  }
  return json;
}

bool IsProtectedName(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::any_of(std::begin(kProtectedNames), std::end(kProtectedNames),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

bool LooksLikeCredential(std::string_view value) {
  if (value.substr(0, 7) == "Bearer " || value.substr(0, 7) == "bearer ") return true;
  return value.substr(0, 3) == "eyJ" && std::count(value.begin(), value.end(), '.') == 2;
}

}  // namespace inspectorate::obs
