// Checks a request against the rules its contract states (inspectorate.type.v1.rules,
// google.api.field_behavior).
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "common/status/error.h"
#include "google/protobuf/message.h"

namespace inspectorate::validate {

// Every violation, with its path, in field order, nested messages and repeated entries included; UTF-8 and
// control characters are checked on every string. Evaluated by reflection; rules are read once a descriptor.
std::vector<FieldViolation> Check(const google::protobuf::Message& message);

// OK or INVALID_FIELDS with all of them.
absl::Status Validate(const google::protobuf::Message& message);

}  // namespace inspectorate::validate
