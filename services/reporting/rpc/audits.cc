#include "services/reporting/rpc/audits.h"

#include <utility>

namespace inspectorate::reporting {

void RegisterAudits(rpc::Methods& methods, const resource::Platform& platform, Peers peers) {
  methods.Unary<v1::RunLoopAuditRequest, v1::LoopAudit>(
      "inspectorate.reporting.v1.LoopAudits.RunLoopAudit",
      [&platform, peers = std::move(peers)](rpc::Call& call, const v1::RunLoopAuditRequest& request) {
        return RunLoopAudit(platform, peers, call, request);
      });
}

}  // namespace inspectorate::reporting
