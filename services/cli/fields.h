// Requests from words: what is typed becomes a field of the request's type, by reflection on the contract.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace inspectorate::cli {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// "planned-day" for planned_day.
std::string FlagOf(const FieldDescriptor& field);
// "YYYY-MM-DD", "MINOR|GENERAL|…", "JSON", …: what the field takes.
std::string ValueHint(const FieldDescriptor& field);
// "inspectorate/School" where the field names a resource, else empty.
std::string ReferencedType(const FieldDescriptor& field);
bool IsOutputOnly(const FieldDescriptor& field);
// One resource, whole: a message with an etag.
bool IsResource(const FieldDescriptor& field);

// The fields of a request that are typed as flags: those that are not filled in by the program (names, etags,
// request ids, page tokens). Of a request that carries a resource, the writable fields of that resource.
struct FlagField {
  const FieldDescriptor* resource = nullptr;  // null: the field is the request's own
  const FieldDescriptor* field = nullptr;
};
std::vector<FlagField> FlagFields(const Descriptor& request);

// Sets a field from text: numbers, true/false, enum values (also in Chinese), dates, instants (a date and
// time without an offset is Chinese time), JSON for messages. A repeated field gets one more entry. The error
// says what would be accepted.
absl::Status SetField(Message* message, const FieldDescriptor& field, const std::string& text);

// Chinese or English term of an enum value, its name where the contract gives none.
std::string TermOf(const google::protobuf::EnumValueDescriptor& value);

// "2026-03-09" of a google.type.Date; "2026-03" for a month without a day.
std::string DateText(const Message& date);

}  // namespace inspectorate::cli
