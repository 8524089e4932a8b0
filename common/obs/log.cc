#include "common/obs/log.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>

#include "common/base/time.h"
#include "common/obs/redact.h"
#include "common/obs/trace.h"
#include "nlohmann/json.hpp"

namespace inspectorate::obs {
namespace {

constexpr size_t kUsualLine = 512;

std::atomic<Severity> lowest_severity{Severity::kInfo};

struct Output {
  std::mutex mutex;
  std::function<void(std::string_view)> sink;
};

// Never destroyed: threads may log while the process ends.
Output& TheOutput() {
  static auto* output = new Output;
  return *output;
}

const char* Name(Severity severity) {
  switch (severity) {
    case Severity::kDebug:
      return "debug";
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

bool NeedsEscape(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c > 0x7E || c == '"' || c == '\\'; });
}

// A line is written for every call, so the plain case costs no more than a copy. Bytes that are not UTF-8
// become U+FFFD: a log line must never fail.
void AppendJson(std::string_view text, std::string* line) {
  if (NeedsEscape(text)) {
    *line += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return;
  }
  *line += '"';
  *line += text;
  *line += '"';
}
void AppendJson(const std::string& text, std::string* line) { AppendJson(std::string_view(text), line); }
void AppendJson(int64_t number, std::string* line) { *line += std::to_string(number); }
void AppendJson(double number, std::string* line) { *line += nlohmann::json(number).dump(); }
void AppendJson(bool value, std::string* line) { *line += value ? "true" : "false"; }

template <class T>
void AppendField(std::string_view name, const T& value, std::string* line) {
  *line += line->empty() ? '{' : ',';
  AppendJson(name, line);
  *line += ':';
  AppendJson(value, line);
}

// Of the few names that this process logs; asking the rule each time would cost more than the rest of a line.
bool IsProtected(std::string_view name) {
  thread_local std::map<std::string, bool, std::less<>> known;
  const auto found = known.find(name);
  if (found != known.end()) return found->second;
  return known.emplace(name, IsProtectedName(name)).first->second;
}

void WriteAll(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

LogField::LogField(std::string_view name, std::string_view value)
    : name_(name), value_(IsProtected(name) || LooksLikeCredential(value) ? kRedacted : std::string(value)) {}

LogField::LogField(std::string_view name, const google::protobuf::Message& message)
    : name_(name), value_(RedactedJson(message)) {}

void Log(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  if (severity < lowest_severity.load(std::memory_order_relaxed)) return;
  std::string text;
  text.reserve(kUsualLine);
  AppendField("time", FormatTime(SystemClock().Now()), &text);
  AppendField("severity", std::string_view(Name(severity)), &text);
  AppendField("event", event, &text);
  if (const TraceContext* trace = CurrentTrace()) AppendField("trace_id", trace->trace_id, &text);
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { AppendField(field.name(), value, &text); }, field.value());
  }
  text += '}';

  Output& output = TheOutput();
  std::lock_guard lock(output.mutex);
  if (output.sink) {
    output.sink(text);
    return;
  }
  text += '\n';
  WriteAll(text);
}

void SetLogSeverity(Severity lowest) { lowest_severity = lowest; }

void SetLogSink(std::function<void(std::string_view line)> sink) {
  Output& output = TheOutput();
  std::lock_guard lock(output.mutex);
  output.sink = std::move(sink);
}

}  // namespace inspectorate::obs
