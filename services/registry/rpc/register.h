// The registry's methods: one line a plain resource, and the few methods of their own.
#pragma once

#include "common/lro/operations.h"
#include "common/resource/standard.h"
#include "common/rpc/methods.h"
#include "services/registry/app/open_duties.h"

namespace inspectorate::registry {

// Everything but Imports and AreaDesigns. `platform` must outlive the methods.
void RegisterResources(rpc::Methods& methods, const resource::Platform& platform, const Peers& peers);
void RegisterAreaDesigns(rpc::Methods& methods, const resource::Platform& platform,
                         lro::Operations& operations);

}  // namespace inspectorate::registry
