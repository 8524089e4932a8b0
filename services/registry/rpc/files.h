// inspectorate.registry.v1.Files.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::registry {

void RegisterFiles(rpc::Methods& methods, const resource::Platform& platform);

}  // namespace inspectorate::registry
