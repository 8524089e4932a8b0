// The words that the contract has for its values.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace inspectorate::registry {

// The Chinese term of a value (the option inspectorate.type.v1.zh); empty for one that the contract does not
// name.
std::string ChineseTerm(const google::protobuf::EnumDescriptor& type, int number);

// The value with that Chinese term; null for none.
const google::protobuf::EnumValueDescriptor* ByTerm(const google::protobuf::EnumDescriptor& type,
                                                    const std::string& term);

}  // namespace inspectorate::registry
