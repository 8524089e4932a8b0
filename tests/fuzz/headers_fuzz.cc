// Headers of any caller, before anybody knows who it is: trace context, request id, language.
// Input: traceparent, x-request-id and accept-language, one a line.
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "common/obs/trace.h"
#include "common/rpc/pipeline.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void CheckTrace(std::string_view header) {
  const auto trace = obs::ParseTraceparent(header);
  if (!trace.has_value()) return;
  FUZZ_CHECK(trace->trace_id.size() == 32 && trace->trace_id.find_first_not_of(kHex) == std::string::npos);
  FUZZ_CHECK(trace->span_id.size() == 16 && trace->span_id.find_first_not_of(kHex) == std::string::npos);
  FUZZ_CHECK(trace->trace_id.find_first_not_of('0') != std::string::npos);
  const auto again = obs::ParseTraceparent(obs::FormatTraceparent(*trace));
  FUZZ_CHECK(again && again->trace_id == trace->trace_id && again->span_id == trace->span_id &&
             again->sampled == trace->sampled);
}

// What goes into logs and answers is short and plain, and never empty.
void CheckRequestId(std::string_view header) {
  const rpc::MethodPlan plan;
  rpc::Arrival arrival;
  arrival.headers["x-request-id"] = std::string(header);
  rpc::ServedCall call(plan, std::move(arrival));
  rpc::TraceStage().Before(call);
  FUZZ_CHECK(!call.request_id.empty() && call.request_id.size() <= 64);
  for (const char c : call.request_id) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    FUZZ_CHECK(alphanumeric || c == '-' || c == '_' || c == '.');
  }
}

// A qvalue of RFC 9110: 0 or 1, up to three decimals; nothing for any other text.
std::optional<int> Thousandths(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  int value = (text[0] - '0') * 1000;
  if (text.size() == 1) return value;
  if (text[1] != '.' || text.size() > 5) return std::nullopt;
  int weight = 100;
  for (const char c : text.substr(2)) {
    if (c < '0' || c > '9') return std::nullopt;
    value += (c - '0') * weight;
    weight /= 10;
  }
  return value <= 1000 ? std::optional(value) : std::nullopt;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && std::string_view(" \t\r\n\v\f").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  while (!text.empty() && std::string_view(" \t\r\n\v\f").find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return text;
}

// The language of one entry, "zh-CN" or "en"; empty for others.
std::string LanguageOf(std::string_view tag) {
  std::string lower;
  for (const char c : tag.substr(0, tag.find('-')))
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower == "zh" ? "zh-CN" : lower == "en" ? "en" : "";
}

// The first of the entries with the greatest weight; an entry that is not well formed does not count.
std::string ExpectedLanguage(std::string_view header) {
  std::string best = "zh-CN";
  int best_weight = 0;
  Input entries(header);
  while (!entries.AtEnd()) {
    Input parts(entries.Until(','));
    const std::string language = LanguageOf(Trim(parts.Until(';')));
    const std::string_view weight = Trim(parts.Rest());
    // In capitals too: the RFC's grammar does not tell them apart.
    const bool weighed = weight.starts_with("q=") || weight.starts_with("Q=");
    const auto thousandths = weight.empty() ? std::optional(1000)
                             : weighed      ? Thousandths(weight.substr(2))
                                            : std::nullopt;
    if (language.empty() || !thousandths || *thousandths <= best_weight) continue;
    best = language;
    best_weight = *thousandths;
  }
  return best;
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate::fuzz;
  Input input(data, size);
  CheckTrace(input.Until('\n'));
  CheckRequestId(input.Until('\n'));
  FUZZ_CHECK(inspectorate::rpc::PreferredLanguage(input.Rest()) == ExpectedLanguage(input.Rest()));
  return 0;
}
