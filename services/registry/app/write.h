// Writing a resource from within an act, under the same rules as an edit from outside.
#pragma once

#include "absl/status/status.h"
#include "common/base/macros.h"
#include "common/resource/table.h"
#include "common/work/unit.h"
#include "services/registry/app/rules.h"

namespace inspectorate::registry {

// `before` null: a new one.
template <class M>
absl::Status WriteChecked(work::Unit& unit, const M* before, M* after) {
  RETURN_IF_ERROR(CheckWrite(unit, before, after));
  const resource::Description& d = resource::Description::Of<M>();
  return before == nullptr ? resource::Insert(unit, d, after) : resource::Update(unit, d, after);
}

// Its last day is the one before `day`.
template <class M>
absl::Status EndBefore(work::Unit& unit, const M& before, Date day) {
  M after = before;
  *after.mutable_valid_to() = resource::ToProto(day - std::chrono::days(1));
  return WriteChecked(unit, &before, &after);
}

}  // namespace inspectorate::registry
