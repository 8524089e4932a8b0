#include "common/resource/redact.h"

#include <vector>

#include "google/protobuf/descriptor.h"
#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::resource {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

void ClearSensitive(Message* message) {
  const auto& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->options().GetExtension(type::v1::sensitive)) {
      reflection.ClearField(message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) {
        ClearSensitive(reflection.MutableMessage(message, field));
      } else {
        for (int i = 0; i < reflection.FieldSize(*message, field); ++i) {
          ClearSensitive(reflection.MutableRepeatedMessage(message, field, i));
        }
      }
    }
  }
}

}  // namespace inspectorate::resource
