// The methods of the visits service.
#pragma once

#include "common/lro/operations.h"
#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::visits {

// `platform` and `operations` must outlive the methods.
void RegisterMethods(rpc::Methods& methods, const resource::Platform& platform, lro::Operations& operations);

}  // namespace inspectorate::visits
