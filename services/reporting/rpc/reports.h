// The method of inspectorate.reporting.v1.Reports.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::reporting {

// `platform` outlives the methods.
void RegisterReports(rpc::Methods& methods, const resource::Platform& platform);

}  // namespace inspectorate::reporting
