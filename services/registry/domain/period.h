// Periods of dated facts: both ends are days on which the fact holds; no end: until further notice.
#pragma once

#include <optional>
#include <vector>

#include "common/base/time.h"

namespace inspectorate::registry {

struct Period {
  Date from;
  std::optional<Date> to;

  bool Contains(Date day) const { return from <= day && (!to || day <= *to); }
  bool operator==(const Period&) const = default;
};

bool Overlap(const Period& a, const Period& b);

// How an office's list changes a chain of periods of which one may hold at a time (the area of a school, the
// responsible inspector of a school).
struct Succession {
  enum class Kind {
    kAppend,   // nothing to end: the wanted period is new
    kCorrect,  // the period at `index` began on the same day: it is what was meant
    kSucceed,  // the period at `index` ends on the day before
  };
  Kind kind = Kind::kAppend;
  size_t index = 0;
};

// `chain` in any order. A period that began before the wanted one and still holds on its first day is
// succeeded.
Succession Succeed(const std::vector<Period>& chain, const Period& wanted);

}  // namespace inspectorate::registry
