#include "common/obs/metrics.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace inspectorate::obs {
namespace {

// From half a millisecond to half a minute, in steps of about three.
const prometheus::Histogram::BucketBoundaries& SecondsBuckets() {
  static const auto* buckets =
      new prometheus::Histogram::BucketBoundaries{0.0005, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30};
  return *buckets;
}

struct Series {
  prometheus::Counter* counter = nullptr;
  prometheus::Gauge* gauge = nullptr;
  prometheus::Histogram* seconds = nullptr;
};

size_t LabelCount(const Metric& metric) {
  return static_cast<size_t>(std::count_if(metric.labels.begin(), metric.labels.end(),
                                           [](std::string_view name) { return !name.empty(); }));
}

// Every call comes here several times: nothing is allocated once a thread has seen its longest key.
const std::string& Key(Metrics::Values values) {
  thread_local std::string key;
  key.clear();
  for (const std::string_view value : values) {
    key += value;
    key += '\x1f';
  }
  return key;
}

}  // namespace

struct Metrics::State {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::mutex mutex;
  std::map<std::string_view, std::unordered_map<std::string, Series>> series;

  Series Find(const Metric& metric, Values given) {
    if (given.size() != LabelCount(metric)) {
      std::fprintf(stderr, "metric %s takes %zu label values\n", std::string(metric.name).c_str(),
                   LabelCount(metric));
      std::abort();
    }
    const std::string& key = Key(given);
    std::lock_guard lock(mutex);
    auto& known = series[metric.name];
    auto found = known.find(key);
    if (found != known.end()) return found->second;
    if (known.size() < kMaxSeries) {
      return known.emplace(key, Make(metric, {given.begin(), given.end()})).first->second;
    }
    const std::string others;  // no label is without its separator: nobody else's key
    found = known.find(others);
    if (found != known.end()) return found->second;
    return known.emplace(others, Make(metric, std::vector<std::string>(given.size(), "other"))).first->second;
  }

  Series Make(const Metric& metric, const std::vector<std::string>& values) {
    prometheus::Labels labels;
    for (size_t i = 0; i < values.size(); ++i) labels.emplace(metric.labels[i], values[i]);
    const std::string name(metric.name);
    const std::string help(metric.help);
    Series made;
    switch (metric.kind) {
      case MetricKind::kCounter:
        made.counter = &prometheus::BuildCounter().Name(name).Help(help).Register(*registry).Add(labels);
        break;
      case MetricKind::kGauge:
        made.gauge = &prometheus::BuildGauge().Name(name).Help(help).Register(*registry).Add(labels);
        break;
      case MetricKind::kSeconds:
        made.seconds = &prometheus::BuildHistogram().Name(name).Help(help).Register(*registry).Add(
            labels, SecondsBuckets());
        break;
    }
    return made;
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::Count(const Metric& metric, Values values, double by) {
  if (auto* counter = state_->Find(metric, values).counter) counter->Increment(by);
}

void Metrics::Set(const Metric& metric, Values values, double value) {
  if (auto* gauge = state_->Find(metric, values).gauge) gauge->Set(value);
}

void Metrics::Move(const Metric& metric, Values values, double by) {
  if (auto* gauge = state_->Find(metric, values).gauge) gauge->Increment(by);
}

void Metrics::Observe(const Metric& metric, Values values, double seconds) {
  if (auto* histogram = state_->Find(metric, values).seconds) histogram->Observe(seconds);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(state_->registry->Collect());
}

Metrics& ProcessMetrics() {
  static auto* metrics = new Metrics;  // never destroyed: threads may count while the process ends
  return *metrics;
}

struct MetricsEndpoint::State {
  std::shared_ptr<prometheus::Registry> registry;
  std::unique_ptr<prometheus::Exposer> exposer;
};

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Open(const Metrics& metrics,
                                                                       const std::string& listen) {
  auto state = std::make_unique<State>();
  try {
    state->registry = metrics.state_->registry;
    state->exposer = std::make_unique<prometheus::Exposer>(listen, 1);
    state->exposer->RegisterCollectable(state->registry);
  } catch (const std::exception& failure) {
    return absl::UnavailableError(absl::StrCat("metrics cannot listen on ", listen, ": ", failure.what()));
  }
  return std::unique_ptr<MetricsEndpoint>(new MetricsEndpoint(std::move(state)));
}

MetricsEndpoint::MetricsEndpoint(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricsEndpoint::~MetricsEndpoint() = default;

int MetricsEndpoint::port() const {
  const std::vector<int> ports = state_->exposer->GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

}  // namespace inspectorate::obs
