#include "common/obs/trace.h"

#include <algorithm>

#include "common/base/fiber.h"
#include "common/base/uuid.h"

namespace inspectorate::obs {
namespace {

constexpr size_t kVersion00Length = 55;  // "00-" 32 "-" 16 "-" 2
constexpr size_t kTraceDigits = 32;
constexpr size_t kSpanDigits = 16;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

int HexValue(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

std::string RandomHex(size_t digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  while (hex.size() < digits || IsZero(hex)) {
    hex.clear();
    for (uint8_t byte : RandomUuid().bytes) {
      hex += kDigits[byte >> 4];
      hex += kDigits[byte & 15];
    }
    // The end of a version 4 UUID is random throughout; its middle holds the version.
    hex = hex.substr(hex.size() - digits);
  }
  return hex;
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view header) {
  if (header.size() < kVersion00Length || header[2] != '-' || header[35] != '-' || header[52] != '-')
    return {};
  const std::string_view version = header.substr(0, 2);
  const std::string_view trace = header.substr(3, kTraceDigits);
  const std::string_view span = header.substr(36, kSpanDigits);
  const std::string_view flags = header.substr(53, 2);
  if (!IsHex(version) || !IsHex(trace) || !IsHex(span) || !IsHex(flags)) return {};
  if (version == "ff" || IsZero(trace) || IsZero(span)) return {};
  // Later versions may append fields after a hyphen; version 00 ends here.
  if (header.size() > kVersion00Length && (version == "00" || header[kVersion00Length] != '-')) return {};
  return TraceContext{std::string(trace), std::string(span), (HexValue(flags[1]) & 1) != 0};
}

std::string FormatTraceparent(const TraceContext& trace) {
  return "00-" + trace.trace_id + "-" + trace.span_id + (trace.sampled ? "-01" : "-00");
}

TraceContext NewTrace() { return {RandomHex(kTraceDigits), RandomHex(kSpanDigits), false}; }

TraceContext ChildOf(const TraceContext& parent) {
  return {parent.trace_id, RandomHex(kSpanDigits), parent.sampled};
}

const TraceContext* CurrentTrace() { return static_cast<const TraceContext*>(Fiber::Local()); }

ScopedTrace::ScopedTrace(const TraceContext& trace) : previous_(CurrentTrace()) { Fiber::Local() = &trace; }

ScopedTrace::~ScopedTrace() { Fiber::Local() = previous_; }

}  // namespace inspectorate::obs
