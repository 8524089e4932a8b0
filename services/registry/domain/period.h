// How periods of dated facts meet and follow each other.
#pragma once

#include <cstdint>
#include <vector>

#include "common/base/period.h"

namespace inspectorate::registry {

bool Overlap(const Period& a, const Period& b);
// Does every day of `part` belong to `whole`?
bool Within(const Period& part, const Period& whole);

// What has begun is ended; what has not is called off.
bool HasBegun(const Period& period, Date today);

// The days of `whole` on which none of `taken` holds, in their order.
std::vector<Period> Without(const Period& whole, std::vector<Period> taken);

// The most of `periods` that hold on one and the same day of `within`.
int64_t MostAtOnce(const std::vector<Period>& periods, const Period& within);

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
