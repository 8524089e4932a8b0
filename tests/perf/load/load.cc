#include "tests/perf/load/load.h"

#include <algorithm>
#include <cmath>

namespace inspectorate::perf {

double Load::Percentile(double percent) {
  if (micros.empty()) return 0;
  std::sort(micros.begin(), micros.end());
  const double rank = std::ceil(percent / 100 * static_cast<double>(micros.size()));
  return micros[std::clamp<size_t>(static_cast<size_t>(rank), 1, micros.size()) - 1];
}

}  // namespace inspectorate::perf
