// The methods of Catalogues.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::registry {

// `platform` must outlive the methods.
void RegisterCatalogues(rpc::Methods& methods, const resource::Platform& platform);

}  // namespace inspectorate::registry
