// Acting for another for a time (代理, decision record 0038).
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/domain/delegation.h"

namespace inspectorate::registry {

// As the rules look at it.
DelegationFact FactOf(const v1::Delegation& delegation);

// A delegation that is written; `before` null: a new one. INVALID_FIELDS, PERIOD_INVALID, PERIOD_OVERLAP,
// DAYS_SETTLED,
// AREA_NOT_IN_FORCE; what Ineligible answers, with the reasons why the delegate may not act.
absl::Status CheckDelegation(work::Unit& unit, const v1::Delegation* before, const v1::Delegation& after);
// One of the records of another registry: what it says of each other, not whether it might be decided today.
absl::Status CheckDelegationRecord(work::Unit& unit, const v1::Delegation& record);

// Calls off one that has not begun. STATE_TRANSITION_DENIED, ETAG_MISMATCH.
absl::StatusOr<v1::Delegation> WithdrawDelegation(work::Unit& unit, const rpc::Call& call,
                                                  const v1::WithdrawDelegationRequest& request);

// Nobody acts for others after their last day of duty, and nobody for them: they have no school any more.
// What ended by that, and what was dropped, is put into the record of the act.
absl::Status EndDelegationsOf(work::Unit& unit, const std::string& office, const std::string& inspector,
                              Date last_day, v1::InspectorAct* record);
// A recusal ends no delegation: it says itself which ones have no effect at the school by it.
absl::Status TellWithoutEffect(work::Unit& unit, const std::string& inspector, v1::Recusal* recusal);
// Nor for the lead of an area that has ended; AREA_NOT_IN_FORCE for what began before the area does.
absl::Status EndDelegationsOfArea(work::Unit& unit, const v1::Area& area);
// Who leads an area acts for its lead no more.
absl::Status EndDelegationsOfLead(work::Unit& unit, const v1::AreaMembership& membership);

}  // namespace inspectorate::registry
