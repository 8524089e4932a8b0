#include <memory>
#include <set>

#include "common/query/query.h"
#include "common/status/error.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/util/message_differencer.h"

namespace inspectorate::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Reflection;
using google::protobuf::util::MessageDifferencer;

bool Behaves(const FieldDescriptor& field, google::api::FieldBehavior wanted) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == wanted) return true;
  }
  return false;
}

// Set by the server alone. An etag guards an update and is never its subject.
bool IsProtected(const FieldDescriptor& field) {
  return Behaves(field, google::api::OUTPUT_ONLY) || Behaves(field, google::api::IDENTIFIER) ||
         field.name() == "etag";
}

bool IsNested(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field.is_repeated();
}

absl::Status Wrong(std::string path) {
  return Error(ErrorReason::FIELD_MASK_INVALID, {{"path", std::move(path)}});
}

// The message's value of one field, alone in a message, so that it can be copied as a whole.
std::unique_ptr<Message> Only(const Message& message, const FieldDescriptor& field) {
  std::unique_ptr<Message> only(message.New());
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  copy->GetReflection()->SwapFields(copy.get(), only.get(), {&field});
  return only;
}

// What of `message`, taken as a whole from a caller, only the server sets.
void ClearProtected(Message* message) {
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> populated;
  reflection.ListFields(*message, &populated);
  for (const FieldDescriptor* field : populated) {
    if (Behaves(*field, google::api::OUTPUT_ONLY)) {
      reflection.ClearField(message, field);
    } else if (IsNested(*field)) {
      ClearProtected(reflection.MutableMessage(message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
        ClearProtected(reflection.MutableRepeatedMessage(message, field, i));
      }
    }
  }
}

void Replace(const Message& patch, const FieldDescriptor& field, Message* target);

// Replaces all of `target` but its protected fields.
void ReplaceAll(const Message& patch, Message* target) {
  for (int i = 0; i < target->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *target->GetDescriptor()->field(i);
    if (!Behaves(field, google::api::OUTPUT_ONLY)) Replace(patch, field, target);
  }
}

void Replace(const Message& patch, const FieldDescriptor& field, Message* target) {
  const Reflection& reflection = *target->GetReflection();
  if (IsNested(field) && reflection.HasField(*target, &field) && IsPopulated(patch, field)) {
    ReplaceAll(reflection.GetMessage(patch, &field), reflection.MutableMessage(target, &field));
    return;
  }
  std::unique_ptr<Message> value = Only(patch, field);
  ClearProtected(value.get());
  reflection.ClearField(target, &field);
  reflection.SwapFields(target, value.get(), {&field});
}

// Replaces one field that the caller may write. FIELD_MASK_INVALID when it is immutable and would change.
absl::Status Write(const Message& patch, const FieldDescriptor& field, const std::string& path,
                   Message* target) {
  if (Behaves(field, google::api::IMMUTABLE)) {
    return IsSame(patch, *target, field) ? absl::OkStatus() : Wrong(path);
  }
  Replace(patch, field, target);
  return absl::OkStatus();
}

// `rest` is what is left of `path` below the two messages.
absl::Status WritePath(const Message& patch, std::string_view rest, const std::string& path,
                       Message* target) {
  const size_t dot = rest.find('.');
  const FieldDescriptor* field = target->GetDescriptor()->FindFieldByName(std::string(rest.substr(0, dot)));
  if (field == nullptr || IsProtected(*field)) return Wrong(path);
  if (dot == std::string_view::npos) return Write(patch, *field, path, target);
  // Half of an immutable field is immutable too.
  if (!IsNested(*field) || Behaves(*field, google::api::IMMUTABLE)) return Wrong(path);
  const Reflection& reflection = *target->GetReflection();
  const bool absent = !reflection.HasField(*target, field) && !IsPopulated(patch, *field);
  absl::Status status = WritePath(reflection.GetMessage(patch, field), rest.substr(dot + 1), path,
                                  reflection.MutableMessage(target, field));
  // Clearing a part of what is not there does not bring it about.
  if (absent) reflection.ClearField(target, field);
  return status;
}

absl::Status WritePopulated(const Message& patch, Message* target) {
  std::vector<const FieldDescriptor*> populated;
  patch.GetReflection()->ListFields(patch, &populated);
  for (const FieldDescriptor* field : populated) {
    if (IsProtected(*field)) continue;
    if (absl::Status status = Write(patch, *field, field->name(), target); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteAll(const Message& patch, Message* target) {
  for (int i = 0; i < target->GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *target->GetDescriptor()->field(i);
    if (IsProtected(field)) continue;
    // An immutable field is not writable, so it may be left out; sent, it must not differ.
    if (Behaves(field, google::api::IMMUTABLE) && !IsPopulated(patch, field)) continue;
    if (absl::Status status = Write(patch, field, field.name(), target); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status WriteMask(const Message& patch, const FieldMask& mask, Message* target) {
  if (mask.paths().empty()) return WritePopulated(patch, target);
  if (mask.paths_size() == 1 && mask.paths(0) == "*") return WriteAll(patch, target);
  for (const std::string& path : mask.paths()) {
    if (absl::Status status = WritePath(patch, path, path, target); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

bool IsPopulated(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                             : reflection.HasField(message, &field);
}

bool IsSame(const Message& a, const Message& b, const FieldDescriptor& field) {
  if (IsPopulated(a, field) != IsPopulated(b, field)) return false;
  if (!IsPopulated(a, field)) return true;
  const Reflection& r = *a.GetReflection();
  // Asked for many fields at each update of a school: no differencer where a look is enough.
  switch (field.is_repeated() ? FieldDescriptor::CPPTYPE_MESSAGE : field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return r.GetString(a, &field) == r.GetString(b, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return r.GetEnumValue(a, &field) == r.GetEnumValue(b, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r.GetDouble(a, &field) == r.GetDouble(b, &field);
    case FieldDescriptor::CPPTYPE_INT32:
      return r.GetInt32(a, &field) == r.GetInt32(b, &field);
    case FieldDescriptor::CPPTYPE_INT64:
      return r.GetInt64(a, &field) == r.GetInt64(b, &field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return r.GetBool(a, &field) == r.GetBool(b, &field);
    default:
      return MessageDifferencer().CompareWithFields(a, b, {&field}, {&field});
  }
}

absl::Status ApplyMask(const Message& patch, const FieldMask& mask, Message* target) {
  // All or nothing: a mask that fails halfway leaves the target as it was.
  std::unique_ptr<Message> changed(target->New());
  changed->CopyFrom(*target);
  absl::Status status = WriteMask(patch, mask, changed.get());
  if (status.ok()) target->GetReflection()->Swap(target, changed.get());
  return status;
}

absl::StatusOr<std::vector<const FieldDescriptor*>> FieldsToRead(const Descriptor& message,
                                                                 const FieldMask& mask) {
  const bool all = mask.paths().empty() || (mask.paths_size() == 1 && mask.paths(0) == "*");
  std::set<const FieldDescriptor*> named;
  for (const std::string& path : mask.paths()) {
    if (all) break;
    const FieldDescriptor* field = message.FindFieldByName(path);
    if (field == nullptr) return Wrong(path);
    named.insert(field);
  }
  std::vector<const FieldDescriptor*> fields;
  for (int i = 0; i < message.field_count(); ++i) {
    if (all || named.contains(message.field(i))) fields.push_back(message.field(i));
  }
  return fields;
}

}  // namespace inspectorate::query
