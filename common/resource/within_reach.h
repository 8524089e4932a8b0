// Rows loaded for callers who reach only some of them.
#pragma once

#include <string_view>

#include "common/resource/table.h"
#include "common/roster/scope.h"
#include "common/status/error.h"

namespace inspectorate::resource {

// As Get; but to a caller who reaches only some schools, a row that is not there is like one of another
// school: the answer does not tell which names exist.
template <class M>
absl::StatusOr<M> GetWithin(const roster::Reach& reach, const rpc::Call& call, db::Session& session,
                            std::string_view name, Lock lock = Lock::kNone) {
  absl::StatusOr<M> row = Get<M>(session, name, lock);
  if (!reach.whole_office && ReasonOf(row.status()) == ErrorReason::RESOURCE_NOT_FOUND) {
    return roster::Denied(call);
  }
  return row;
}

}  // namespace inspectorate::resource
