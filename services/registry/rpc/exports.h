// The Exports service: an export is an operation.
#pragma once

#include "common/lro/operations.h"
#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::registry {

// `platform` and `operations` must outlive the methods.
void RegisterExports(rpc::Methods& methods, const resource::Platform& platform, lro::Operations& operations);

}  // namespace inspectorate::registry
