// Which schools a comprehensive inspection is due at.
#pragma once

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/query/query.h"
#include "common/rpc/call.h"
#include "inspectorate/visits/v1/obligation.pb.h"

namespace inspectorate::visits {

// What presses most first. POLICY_MISSING, PAGE_TOKEN_INVALID.
absl::StatusOr<v1::ListComprehensiveCyclesResponse> ListComprehensiveCycles(
    db::Session& session, const rpc::Call& call, const query::PageTokens& tokens,
    const v1::ListComprehensiveCyclesRequest& request);

}  // namespace inspectorate::visits
