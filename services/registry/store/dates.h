// Days that may be absent.
#pragma once

#include <optional>

#include "common/base/time.h"
#include "common/db/value.h"
#include "common/resource/description.h"

namespace inspectorate::registry {

inline std::optional<Date> DateOf(const db::Value& value) {
  return value.is_null() ? std::nullopt : std::optional<Date>(value.AsDate());
}
inline std::optional<Date> DateOf(const google::type::Date& date) {
  return resource::IsSet(date) ? std::optional<Date>(resource::FromProto(date)) : std::nullopt;
}

}  // namespace inspectorate::registry
