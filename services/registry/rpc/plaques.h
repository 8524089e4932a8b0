// inspectorate.registry.v1.Photos and Plaques.
#pragma once

#include "common/lro/operations.h"
#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::registry {

void RegisterPlaques(rpc::Methods& methods, const resource::Platform& platform, lro::Operations& operations);

}  // namespace inspectorate::registry
