#include "services/registry/app/terms.h"

#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::registry {

std::string ChineseTerm(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  return value == nullptr ? "" : value->options().GetExtension(type::v1::zh);
}

const google::protobuf::EnumValueDescriptor* ByTerm(const google::protobuf::EnumDescriptor& type,
                                                    const std::string& term) {
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->options().GetExtension(type::v1::zh) == term) return type.value(i);
  }
  return nullptr;
}

}  // namespace inspectorate::registry
