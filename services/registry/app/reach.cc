#include "services/registry/app/reach.h"

#include "common/base/macros.h"
#include "common/status/error.h"

namespace inspectorate::registry {

absl::StatusOr<roster::Reach> ReachToRead(db::Session& session, const rpc::Call& call,
                                          const std::string& office) {
  ASSIGN_OR_RETURN(const Time now, roster::OrDenied(call, ErrorReason::COPY_NOT_READY,
                                                    work::OfficeNow(session, office, SystemClock())));
  return roster::ReachForRead(session, call, office, ChinaDate(now));
}

absl::StatusOr<roster::Reach> ReachToWrite(work::Unit& unit, const rpc::Call& call,
                                           const std::string& office) {
  ASSIGN_OR_RETURN(const Date today, roster::OrDenied(call, ErrorReason::COPY_NOT_READY, unit.Today(office)));
  return roster::ReachForWrite(unit.db(), call, office, today);
}

}  // namespace inspectorate::registry
