// Training and weekly study.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::registry {

void RegisterTrainings(rpc::Methods& methods, const resource::Platform& platform);

}  // namespace inspectorate::registry
