// Protected values: fields marked `sensitive` in the contract.
#pragma once

#include "google/protobuf/message.h"

namespace inspectorate::resource {

// Clears every sensitive field, nested and repeated ones included.
void ClearSensitive(google::protobuf::Message* message);

}  // namespace inspectorate::resource
