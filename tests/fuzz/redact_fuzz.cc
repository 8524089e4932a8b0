// What a log may show of a message: one line of JSON, and no value of a sensitive field in it.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/obs/redact.h"
#include "inspectorate/type/v1/options.pb.h"
#include "tests/fuzz/messages.h"

namespace inspectorate::fuzz {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Reflection;

constexpr char kMark[] = "Geheimnis-7c1f";

void Mark(Message* message) {
  const Reflection& r = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? r.FieldSize(*message, field) : 1;
    const bool sensitive = field->options().GetExtension(type::v1::sensitive);
    for (int i = 0; i < size; ++i) {
      if (sensitive && field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        field->is_repeated() ? r.SetRepeatedString(message, field, i, kMark)
                             : r.SetString(message, field, kMark);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        Mark(field->is_repeated() ? r.MutableRepeatedMessage(message, field, i)
                                  : r.MutableMessage(message, field));
      }
    }
  }
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate;
  using namespace inspectorate::fuzz;
  Input input(data, size);
  const std::unique_ptr<Message> message =
      MessageFrom(input, input.Byte() % 2 == 0 ? RequestTypes() : ResourceTypes());
  Mark(message.get());
  const std::string json = obs::RedactedJson(*message);
  FUZZ_CHECK(json.find(kMark) == std::string::npos);
  FUZZ_CHECK(json.find('\n') == std::string::npos);
  FUZZ_CHECK(nlohmann::json::accept(json));
  return 0;
}
