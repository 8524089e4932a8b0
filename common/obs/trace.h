// W3C trace context: the identity that a call keeps across processes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace inspectorate::obs {

struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits, the same in every process a call reaches
  std::string span_id;   // 16, one a hop
  bool sampled = false;
};

// Reads a `traceparent` header; nothing when it breaks the W3C grammar, so that a new trace begins.
std::optional<TraceContext> ParseTraceparent(std::string_view header);
std::string FormatTraceparent(const TraceContext& trace);

TraceContext NewTrace();
// The same trace, one hop further.
TraceContext ChildOf(const TraceContext& parent);

// The trace of the work this thread, or the fiber on it, does now; null outside of a call.
const TraceContext* CurrentTrace();

// Makes `trace` current for this thread while it lives; nests.
class ScopedTrace {
 public:
  explicit ScopedTrace(const TraceContext& trace);
  ~ScopedTrace();
  ScopedTrace(const ScopedTrace&) = delete;
  ScopedTrace& operator=(const ScopedTrace&) = delete;

 private:
  const TraceContext* previous_;
};

}  // namespace inspectorate::obs
