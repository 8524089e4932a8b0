// What a measured piece gives, whoever made the calls.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace inspectorate::perf {

using Clock = std::chrono::steady_clock;

struct Load {
  double seconds = 0;
  uint64_t calls = 0;  // that succeeded
  uint64_t failed = 0;
  std::string first_failure{};
  std::vector<float> micros{};  // of each that succeeded

  double rate() const { return seconds > 0 ? static_cast<double>(calls) / seconds : 0; }
  // Of `micros`, which it sorts; 0 without calls.
  double Percentile(double percent);
};

}  // namespace inspectorate::perf
