// The catalogue of indicators (domain 5.1) and the arithmetic of printing one. A rate never travels without
// what stands above and below the line; where there is nothing to divide by, there is no rate, not 0 % and
// not 100 %.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/time.h"

namespace inspectorate::reporting {

enum class MetricUnit {
  kCount,    // a number, no denominator
  kPercent,  // a share: the numerator is a part of the denominator
  kRatio,    // so many of one for each of another
};
// "percent".
std::string_view Name(MetricUnit unit);

// What an indicator means. When a meaning changes, the version does.
struct Metric {
  std::string_view code;  // "I3", "I8a"
  int version;
  std::string_view title_zh;
  std::string_view title_en;
  std::string_view numerator_zh;  // what is counted
  std::string_view numerator_en;
  std::string_view denominator_zh;  // empty for counts
  std::string_view denominator_en;
  MetricUnit unit;
  std::string_view source;  // law, paper or document that asks for it
};

// I1, I3–I10, I12 and I15, in the order of reports.
std::span<const Metric> Metrics();
// METRIC_UNKNOWN when there is none of that code.
absl::StatusOr<const Metric*> FindMetric(std::string_view code);

// First and last day.
struct Days {
  Date from;
  Date to;

  bool operator==(const Days&) const = default;
};

// The days just before a period, equally long: before whole months as many whole months, else as many days.
// What was closed in them is what can come back in the period (I12).
Days EquallyLongBefore(const Days& period);

// One value of an indicator.
struct Figure {
  const Metric* metric = nullptr;
  int64_t numerator = 0;
  std::optional<int64_t> denominator;  // absent for counts
  std::optional<double> value;         // numerator over denominator; absent for counts and over zero
  std::string text;                    // "126/148 = 85.1 %", "124/126 = 0.98", "0/0 = –", "126"
};

// The largest count the arithmetic takes.
inline constexpr int64_t kMaxCount = 1'000'000'000'000'000;

// Counts outside [0, kMaxCount], a denominator that is missing or not asked for, and a part greater than its
// whole are faults of whoever counted: INTERNAL.
absl::StatusOr<Figure> MakeFigure(const Metric& metric, int64_t numerator,
                                  std::optional<int64_t> denominator = std::nullopt);

// Percent with one decimal, rounded half up, except that only the whole prints as 100.0 and only nothing as
// 0.0: 1999 of 2000 are 99.9 %, 1 of 5000 is 0.1 %. The denominator is positive.
std::string PercentText(int64_t numerator, int64_t denominator);
// Two decimals, rounded half up. The denominator is positive.
std::string RatioText(int64_t numerator, int64_t denominator);

}  // namespace inspectorate::reporting
