// The rules of the registry's resources, for whoever writes them: an rpc or an import.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/resource/table.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {

using google::protobuf::Message;

// Fills and checks a resource before it is written; `before` is null when it is created. Everything it refers
// to must exist in its office.
absl::Status CheckWrite(work::Unit& unit, const Message* before, Message* after);

// The same for the record of another registry, entered as it was while an office is being set up (decision
// record 0029): it must fit what is recorded already, and is not asked whether it might be decided today.
absl::Status CheckRecord(work::Unit& unit, Message* record);

// The number that a new term of an inspector has: consecutive part-time terms are counted from those
// recorded, full-time is always 1. POLICY_MISSING.
absl::StatusOr<int> TermIndex(work::Unit& unit, const v1::Appointment& appointment);

// Length and number of a term, and that no other overlaps it; the inspector is locked.
absl::Status CheckTermOf(work::Unit& unit, const v1::Appointment& appointment);

// What follows in other resources once it is written.
absl::Status AfterWrite(work::Unit& unit, const Message& written);

}  // namespace inspectorate::registry
