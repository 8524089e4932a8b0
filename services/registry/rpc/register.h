// The registry's methods: one line a plain resource, and the few methods of their own.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"
#include "services/registry/app/open_duties.h"

namespace inspectorate::registry {

// Everything but Imports. `platform` must outlive the methods.
void RegisterResources(rpc::Methods& methods, const resource::Platform& platform, const Peers& peers);

}  // namespace inspectorate::registry
