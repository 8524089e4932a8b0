// The rules of the registry's resources, for whoever writes them: an rpc or an import.
#pragma once

#include "absl/status/status.h"
#include "common/resource/table.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

using google::protobuf::Message;

// Fills and checks a resource before it is written; `before` is null when it is created. Everything it refers
// to must exist in its office.
absl::Status CheckWrite(work::Unit& unit, const Message* before, Message* after);

// What follows in other resources once it is written.
absl::Status AfterWrite(work::Unit& unit, const Message& written);

}  // namespace inspectorate::registry
