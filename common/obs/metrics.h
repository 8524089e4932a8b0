// Metrics in Prometheus' form. A metric is declared once with its label names; label values come from closed
// sets (methods, codes, pools, reasons), never from ids, and a limit on the series of a metric holds that up.
#pragma once

#include <array>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace inspectorate::obs {

enum class MetricKind { kCounter, kGauge, kSeconds };

struct Metric {
  MetricKind kind;
  std::string_view name;
  std::string_view help;
  std::array<std::string_view, 3> labels{};  // unused ones stay empty
};

inline constexpr Metric kCalls{
    MetricKind::kCounter, "inspectorate_calls_total", "Calls answered.", {"service", "method", "code"}};
inline constexpr Metric kCallSeconds{
    MetricKind::kSeconds, "inspectorate_call_seconds", "Time from arrival to answer.", {"service", "method"}};
inline constexpr Metric kQueueWaitSeconds{MetricKind::kSeconds,
                                          "inspectorate_queue_wait_seconds",
                                          "Time a call waited for a worker.",
                                          {"service", "pool"}};
inline constexpr Metric kShed{MetricKind::kCounter,
                              "inspectorate_shed_total",
                              "Calls that were answered without being executed.",
                              {"service", "pool", "reason"}};
inline constexpr Metric kSets{
    MetricKind::kCounter,
    "inspectorate_sets_total",
    "Sets of calls that a worker ran side by side, by the power of two within their size.",
    {"service", "pool", "size"}};
inline constexpr Metric kSetsRunAgain{
    MetricKind::kCounter,
    "inspectorate_sets_run_again_total",
    "Shared transactions that failed and were run again, whole or in parts.",
    {"service", "pool"}};
inline constexpr Metric kRunAlone{MetricKind::kCounter,
                                  "inspectorate_set_members_alone_total",
                                  "Transactions of a set that had to run by themselves.",
                                  {"service", "pool"}};
inline constexpr Metric kStreams{
    MetricKind::kGauge, "inspectorate_streams", "Streams that are open.", {"service", "method"}};
inline constexpr Metric kThrown{
    MetricKind::kCounter,
    "inspectorate_exceptions_total",
    "Exceptions outside of a call's handler that were caught at the edge of a thread.",
    {"where"}};
inline constexpr Metric kCertificateSecondsLeft{MetricKind::kGauge,
                                                "inspectorate_certificate_seconds_left",
                                                "Until this service's certificate expires.",
                                                {"service"}};
inline constexpr Metric kTransactionRetries{MetricKind::kCounter,
                                            "inspectorate_transaction_retries_total",
                                            "Transactions run again, by cause.",
                                            {"service", "cause"}};

// Thread-safe.
class Metrics {
 public:
  // Series beyond this number within one metric are added up under the label value "other".
  static constexpr size_t kMaxSeries = 500;

  Metrics();
  ~Metrics();
  // Values are given in the order of the metric's label names, one for each.
  using Values = std::initializer_list<std::string_view>;
  void Count(const Metric& metric, Values values, double by = 1);
  void Set(const Metric& metric, Values values, double value);
  void Move(const Metric& metric, Values values, double by);
  void Observe(const Metric& metric, Values values, double seconds);

  // The exposition format, as a scrape would read it.
  std::string Text() const;

 private:
  friend class MetricsEndpoint;
  struct State;
  std::unique_ptr<State> state_;
};

// What the parts of this process count on unless they are given another.
Metrics& ProcessMetrics();

// Serves `metrics` at http://{listen}/metrics while it lives.
class MetricsEndpoint {
 public:
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Open(const Metrics& metrics,
                                                               const std::string& listen);
  ~MetricsEndpoint();
  int port() const;

 private:
  struct State;
  explicit MetricsEndpoint(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace inspectorate::obs
