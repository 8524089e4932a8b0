#include "common/obs/log.h"

#include <unistd.h>

#include <atomic>
#include <mutex>

#include "common/base/time.h"
#include "common/obs/redact.h"
#include "common/obs/trace.h"
#include "nlohmann/json.hpp"

namespace inspectorate::obs {
namespace {

using Json = nlohmann::ordered_json;

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
    : name_(name),
      value_(IsProtectedName(name) || LooksLikeCredential(value) ? kRedacted : std::string(value)) {}

LogField::LogField(std::string_view name, const google::protobuf::Message& message)
    : name_(name), value_(RedactedJson(message)) {}

void Log(Severity severity, std::string_view event, std::initializer_list<LogField> fields) {
  if (severity < lowest_severity.load(std::memory_order_relaxed)) return;
  Json line;
  line["time"] = FormatTime(SystemClock().Now());
  line["severity"] = Name(severity);
  line["event"] = std::string(event);
  if (const TraceContext* trace = CurrentTrace()) line["trace_id"] = trace->trace_id;
  for (const LogField& field : fields) {
    std::visit([&](const auto& value) { line[std::string(field.name())] = value; }, field.value());
  }
  // Bytes that are not UTF-8 become U+FFFD: a log line must never fail.
  std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace);

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
