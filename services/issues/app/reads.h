// What is read of an issue beside its record: what can be done, what was done, and the stock of an office.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/rpc/call.h"
#include "inspectorate/issues/v1/issue.pb.h"

namespace inspectorate::issues {

// Every verb, allowed for this caller now or not and why. Decided by the rules that would decide the act
// itself.
absl::StatusOr<v1::ListTransitionsResponse> ListTransitions(db::Session& session, const rpc::Call& call,
                                                            Time now,
                                                            const v1::ListTransitionsRequest& request);

// The issue's events, from the feed.
absl::StatusOr<v1::Timeline> GetTimeline(db::Session& session, const rpc::Call& call, Time now,
                                         const v1::GetTimelineRequest& request);

// Both counts of equation E2 at one position.
absl::StatusOr<v1::Stock> GetStock(db::Transaction& tx, const rpc::Call& call, Time now,
                                   const v1::GetStockRequest& request);

}  // namespace inspectorate::issues
