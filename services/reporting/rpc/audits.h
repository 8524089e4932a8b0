// The method of inspectorate.reporting.v1.LoopAudits.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"
#include "services/reporting/app/audit.h"

namespace inspectorate::reporting {

void RegisterAudits(rpc::Methods& methods, const resource::Platform& platform, Peers peers);

}  // namespace inspectorate::reporting
