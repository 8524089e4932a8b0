// The service of issues: what it consists of. Programs and tests start it from this.
#pragma once

#include "common/service/service.h"

namespace inspectorate::issues {

const service::Definition& IssuesDefinition();

}  // namespace inspectorate::issues
