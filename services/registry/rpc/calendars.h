// The methods of Calendars.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"
#include "services/registry/app/open_duties.h"

namespace inspectorate::registry {

// `platform` must outlive the methods.
void RegisterCalendars(rpc::Methods& methods, const resource::Platform& platform, const Peers& peers);

}  // namespace inspectorate::registry
