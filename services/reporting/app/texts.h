// Words for codes: the Chinese of the contract's enums, percentages as printed.
#pragma once

#include <string>

#include "google/protobuf/descriptor.h"

namespace inspectorate::reporting {

// "已销号"; the number itself for one the contract does not know.
std::string Chinese(const google::protobuf::EnumDescriptor* type, int number);

}  // namespace inspectorate::reporting
