// What the visits service is: its migrations, its resources, its methods, and the feed of issues it follows.
#pragma once

#include "common/service/service.h"

namespace inspectorate::visits {

const service::Definition& Definition();

}  // namespace inspectorate::visits
