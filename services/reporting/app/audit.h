// The audit of the closed loop: the equations E1–E4 (design section 9) between what the owners say of
// themselves and what their feeds told the projection.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/resource/standard.h"
#include "common/rpc/client.h"
#include "inspectorate/reporting/v1/audit.pb.h"

namespace inspectorate::reporting {

using Peers = std::function<rpc::Client*(const std::string&)>;

// Waits, within the call's budget, until the projection has reached the owners' present positions:
// PROJECTION_BEHIND when it does not; PEER_UNAVAILABLE for an owner that cannot be asked.
absl::StatusOr<v1::LoopAudit> RunLoopAudit(const resource::Platform& platform, const Peers& peers,
                                           rpc::Call& call, const v1::RunLoopAuditRequest& request);

}  // namespace inspectorate::reporting
