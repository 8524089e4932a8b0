#include "services/visits/app/reach.h"

#include "common/base/macros.h"
#include "common/status/error.h"

namespace inspectorate::visits {
namespace {

absl::StatusOr<Date> DayOrDenied(absl::StatusOr<Time> found, const rpc::Call& call) {
  ASSIGN_OR_RETURN(const Time now, roster::OrDenied(call, ErrorReason::COPY_NOT_READY, std::move(found)));
  return ChinaDate(now);
}

}  // namespace

absl::StatusOr<roster::Reach> ReachToRead(db::Session& session, const rpc::Call& call,
                                          const std::string& office) {
  ASSIGN_OR_RETURN(Date today, DayOrDenied(work::OfficeNow(session, office, SystemClock()), call));
  return roster::ReachForRead(session, call, office, today);
}

absl::StatusOr<roster::Reach> ReachToWrite(work::Unit& unit, const rpc::Call& call,
                                           const std::string& office) {
  ASSIGN_OR_RETURN(Date today, DayOrDenied(unit.Now(office), call));
  return roster::ReachForWrite(unit.db(), call, office, today);
}

}  // namespace inspectorate::visits
