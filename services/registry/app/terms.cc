#include "services/registry/app/terms.h"

#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::registry {

std::string ChineseTerm(const google::protobuf::EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  return value == nullptr ? "" : value->options().GetExtension(type::v1::zh);
}

}  // namespace inspectorate::registry
