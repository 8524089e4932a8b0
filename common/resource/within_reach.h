// Rows loaded for callers who reach only some of them.
#pragma once

#include <string_view>

#include "common/resource/table.h"
#include "common/roster/scope.h"
#include "common/status/error.h"

namespace inspectorate::resource {

// The answer where `name` is no row. To a caller who is shown only some rows, one that is not there is like
// one out of reach: the answer does not tell which names exist.
inline absl::Status Missing(bool shown_all, const rpc::Call& call, std::string_view name) {
  return shown_all ? NotFound(name) : roster::Denied(call);
}

// As Get, with that answer.
template <class M>
absl::StatusOr<M> GetWithin(const roster::Reach& reach, const rpc::Call& call, db::Session& session,
                            std::string_view name, Lock lock = Lock::kNone) {
  absl::StatusOr<M> row = Get<M>(session, name, lock);
  if (ReasonOf(row.status()) == ErrorReason::RESOURCE_NOT_FOUND)
    return Missing(reach.whole_office, call, name);
  return row;
}

}  // namespace inspectorate::resource
