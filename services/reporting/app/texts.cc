#include "services/reporting/app/texts.h"

#include "inspectorate/type/v1/options.pb.h"

namespace inspectorate::reporting {

std::string Chinese(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  return value == nullptr ? std::to_string(number) : value->options().GetExtension(type::v1::zh);
}

}  // namespace inspectorate::reporting
