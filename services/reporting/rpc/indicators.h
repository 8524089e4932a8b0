// The methods of inspectorate.reporting.v1.Indicators.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::reporting {

// `platform` outlives the methods.
void RegisterIndicators(rpc::Methods& methods, const resource::Platform& platform);

}  // namespace inspectorate::reporting
