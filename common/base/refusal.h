// How a pure rule says no. The rules name the reason of the error catalogue by its spelling there, so that
// they need no protobuf; common/status turns a refusal into the error that the caller sees
// (ErrorFromRefusal).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace inspectorate {

struct Refusal {
  // As the catalogue spells it: "STATE_TRANSITION_DENIED".
  std::string reason;
  // Variables of its text. Neither names nor values hold a NUL.
  std::map<std::string, std::string> variables;
};

// FAILED_PRECONDITION carrying the refusal; the code a caller sees is that of the catalogue.
absl::Status Refuse(std::string_view reason, std::map<std::string, std::string> variables = {});

// What Refuse put in; nothing for any other status.
std::optional<Refusal> RefusalOf(const absl::Status& status);

}  // namespace inspectorate
