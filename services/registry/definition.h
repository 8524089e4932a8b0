// What the registry is: its migrations, its resources, its methods.
#pragma once

#include "common/service/service.h"

namespace inspectorate::registry {

const service::Definition& Definition();

}  // namespace inspectorate::registry
