// The service of reporting: what it consists of. Programs and tests start it from this.
#pragma once

#include "common/service/service.h"

namespace inspectorate::reporting {

const service::Definition& ReportingDefinition();

}  // namespace inspectorate::reporting
