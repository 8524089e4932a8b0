// Every request of every contract against its rules. What is accepted can be used: texts without control
// characters, times and dates that are ones, names that parse; what is refused says where and why in both
// languages.
#include <cmath>
#include <string>
#include <vector>

#include "common/base/text.h"
#include "common/resource/description.h"
#include "common/validate/validate.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/util/time_util.h"
#include "google/type/date.pb.h"
#include "tests/fuzz/messages.h"

namespace inspectorate::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;
using google::protobuf::util::TimeUtil;

bool IsOutputOnly(const FieldDescriptor& field) {
  for (int i = 0; i < field.options().ExtensionSize(google::api::field_behavior); ++i) {
    if (field.options().GetExtension(google::api::field_behavior, i) == google::api::OUTPUT_ONLY) return true;
  }
  return false;
}

// Does "rules.a[2].b" lead from the message to a field of it?
bool Leads(const Descriptor* type, std::string_view path) {
  while (!path.empty()) {
    const size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    const FieldDescriptor* field =
        type == nullptr ? nullptr : type->FindFieldByName(std::string(step.substr(0, step.find('['))));
    if (field == nullptr) return false;
    type = field->message_type();
    path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
  }
  return true;
}

void CheckText(const std::string& text) {
  FUZZ_CHECK(IsValidUtf8(text));
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    FUZZ_CHECK(byte >= 0x20 || byte == '\t' || byte == '\n' || byte == '\r');
  }
}

// Converting is what the handlers do first: nothing may overflow.
void CheckMessageValue(const Message& value) {
  if (const auto* time = dynamic_cast<const google::protobuf::Timestamp*>(&value)) {
    FUZZ_CHECK(ParseTime(FormatTime(resource::FromProto(*time))).value() == resource::FromProto(*time));
    FUZZ_CHECK(!TimeUtil::ToString(*time).empty());
  } else if (const auto* date = dynamic_cast<const google::type::Date*>(&value)) {
    FUZZ_CHECK(ParseDate(FormatDate(resource::FromProto(*date))).value() == resource::FromProto(*date));
    // By its fields: what a caller adds that nobody knows is kept beside them, and means nothing.
    const google::type::Date back = resource::ToProto(resource::FromProto(*date));
    FUZZ_CHECK(back.year() == date->year() && back.month() == date->month() && back.day() == date->day());
  } else if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&value)) {
    FUZZ_CHECK(duration->seconds() >= TimeUtil::kDurationMinSeconds &&
               duration->seconds() <= TimeUtil::kDurationMaxSeconds &&
               std::abs(int64_t{duration->nanos()}) < 1'000'000'000);
  }
}

void CheckAccepted(const Message& message);

void CheckField(const Message& message, const FieldDescriptor* field) {
  const Reflection& r = *message.GetReflection();
  const int size = field->is_repeated() ? r.FieldSize(message, field) : 1;
  for (int i = 0; i < size; ++i) {
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      CheckText(field->is_repeated() ? r.GetRepeatedString(message, field, i) : r.GetString(message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsOutputOnly(*field)) {
      CheckAccepted(field->is_repeated() ? r.GetRepeatedMessage(message, field, i)
                                         : r.GetMessage(message, field));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE && !IsOutputOnly(*field)) {
      FUZZ_CHECK(std::isfinite(field->is_repeated() ? r.GetRepeatedDouble(message, field, i)
                                                    : r.GetDouble(message, field)));
    }
  }
}

void CheckAccepted(const Message& message) {
  CheckMessageValue(message);
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) CheckField(message, field);
}

void CheckRefused(const Message& message, const std::vector<FieldViolation>& violations) {
  for (const FieldViolation& violation : violations) {
    FUZZ_CHECK(Leads(message.GetDescriptor(), violation.field));
    FUZZ_CHECK(!violation.zh.empty() && !violation.en.empty());
    FUZZ_CHECK(IsValidUtf8(violation.zh) && IsValidUtf8(violation.en));
  }
  const absl::Status status = InvalidFields(violations);
  CheckRefusal(status, ErrorReason::INVALID_FIELDS);
  FUZZ_CHECK(ViolationsOf(status).size() == violations.size());
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const std::unique_ptr<Message> message = MessageFrom(input, RequestTypes());
  const std::vector<FieldViolation> violations = validate::Check(*message);
  FUZZ_CHECK(validate::Validate(*message).ok() == violations.empty());
  if (violations.empty()) {
    CheckAccepted(*message);
  } else {
    CheckRefused(*message, violations);
  }
  return 0;
}
