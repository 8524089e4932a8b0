// Ending a dated fact: what holds goes on to its last day, what would only begin later is withdrawn.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "common/base/macros.h"
#include "common/base/time.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "common/work/unit.h"
#include "services/registry/app/settled.h"
#include "services/registry/domain/period.h"

namespace inspectorate::registry {

enum class Ending { kEndedBefore, kEnded, kWithdrawn };

// What was decided before its day is no rewriting of the past, however late it is carried out.
enum class Decided { kNow, kAhead };

// `row` holds on no day after `last_day`. DAYS_SETTLED where that reaches too far back. The names of the
// events; empty: those of every update and deletion.
template <class M>
absl::StatusOr<Ending> EndOn(work::Unit& unit, M* row, Date last_day, const std::string& ended = "",
                             const std::string& withdrawn = "", Decided decided = Decided::kNow) {
  const resource::Description& d = resource::Description::Of<M>();
  if (resource::IsSet(row->valid_to()) && resource::FromProto(row->valid_to()) <= last_day) {
    return Ending::kEndedBefore;
  }
  if (resource::FromProto(row->valid_from()) > last_day) {
    if (decided == Decided::kNow) RETURN_IF_ERROR(CheckSettled(unit, row, static_cast<const M*>(nullptr)));
    RETURN_IF_ERROR(resource::Delete(unit, d, *row, withdrawn));
    return Ending::kWithdrawn;
  }
  const M before = *row;
  *row->mutable_valid_to() = resource::ToProto(last_day);
  if (decided == Decided::kNow) RETURN_IF_ERROR(CheckSettled(unit, &before, row));
  RETURN_IF_ERROR(resource::Update(unit, d, row, ended));
  return Ending::kEnded;
}

// Removes what has not begun: it is on no record but the feed's and, where its act is recorded, there.
// STATE_TRANSITION_DENIED for what has: that is ended.
template <class M>
absl::Status CallOff(work::Unit& unit, const M& row, Date today, const std::string& event) {
  if (HasBegun(resource::PeriodOf(row), today)) {
    return Error(ErrorReason::STATE_TRANSITION_DENIED,
                 {{"resource", row.name()}, {"state", "已开始 (begun)"}, {"event", "撤销 (withdraw)"}});
  }
  return resource::Delete(unit, resource::Description::Of<M>(), row, event);
}

}  // namespace inspectorate::registry
