#include "services/issues/rpc/office_time.h"

#include "common/roster/scope.h"
#include "common/status/error.h"

namespace inspectorate::issues {

absl::StatusOr<Time> OfficeTime(db::Session& session, const resource::Platform& platform,
                                const rpc::Call& call, const std::string& name) {
  return roster::OrDenied(call, ErrorReason::COPY_NOT_READY,
                          work::OfficeNow(session, resource::SlugOf(name), platform.writer.clock()));
}

}  // namespace inspectorate::issues
