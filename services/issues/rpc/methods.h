// The methods of the service, registered by name; the work is in app/.
#pragma once

#include "common/resource/standard.h"
#include "common/rpc/methods.h"

namespace inspectorate::issues {

void RegisterIssues(rpc::Methods& methods, const resource::Platform& platform);
void RegisterNotices(rpc::Methods& methods, const resource::Platform& platform);
void RegisterAttachments(rpc::Methods& methods, const resource::Platform& platform);

}  // namespace inspectorate::issues
