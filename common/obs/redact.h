// What must not reach a log, removed before it gets there.
#pragma once

#include <string>
#include <string_view>

#include "google/protobuf/message.h"

namespace inspectorate::obs {

inline constexpr char kRedacted[] = "[redacted]";

// The message as one line of JSON without the values of fields marked (inspectorate.type.v1.sensitive), at
// any depth. What travels packed in an Any is named by its type alone.
std::string RedactedJson(const google::protobuf::Message& message);

// True for the names of log fields that hold secrets or personal data: "authorization", "phone", "id_number"…
bool IsProtectedName(std::string_view name);

// True for values that are credentials whatever they are called: bearer tokens, JWTs.
bool LooksLikeCredential(std::string_view value);

}  // namespace inspectorate::obs
