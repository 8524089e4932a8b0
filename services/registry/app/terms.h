// The words that the contract has for its values.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace inspectorate::registry {

// The Chinese term of a value (the option inspectorate.type.v1.zh); empty for one that the contract does not
// name.
std::string ChineseTerm(const google::protobuf::EnumDescriptor& type, int number);

}  // namespace inspectorate::registry
