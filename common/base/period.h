// Periods of dated facts: both ends are days (in China) on which the fact holds; no end: until further
// notice.
#pragma once

#include <optional>

#include "common/base/time.h"

namespace inspectorate {

struct Period {
  Date from;
  std::optional<Date> to;

  bool Contains(Date day) const { return from <= day && (!to || day <= *to); }
  bool operator==(const Period&) const = default;
};

}  // namespace inspectorate
