// The log: one JSON object a line on standard error. Fields with protected names and values that look like
// credentials are replaced; messages of the contract can only be logged redacted.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "google/protobuf/message.h"

namespace inspectorate::obs {

enum class Severity { kDebug, kInfo, kWarning, kError };

// A named value of a log line. Names are snake_case constants.
class LogField {
 public:
  LogField(std::string_view name, std::string_view value);
  LogField(std::string_view name, const char* value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, const std::string& value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, bool value) : name_(name), value_(value) {}
  LogField(std::string_view name, double value) : name_(name), value_(value) {}
  template <std::integral T>
  LogField(std::string_view name, T value) : name_(name), value_(static_cast<int64_t>(value)) {}
  LogField(std::string_view name, const google::protobuf::Message& message);

  std::string_view name() const { return name_; }
  const std::variant<std::string, int64_t, double, bool>& value() const { return value_; }

 private:
  std::string_view name_;
  std::variant<std::string, int64_t, double, bool> value_;
};

// `event` is a constant ("call", "schema_checked"), never text made of data. The current trace is added.
void Log(Severity severity, std::string_view event, std::initializer_list<LogField> fields = {});

// Lines below this severity are not written; kInfo at start.
void SetLogSeverity(Severity lowest);

// Where lines go (without line end); an empty function restores standard error. For tests.
void SetLogSink(std::function<void(std::string_view line)> sink);

}  // namespace inspectorate::obs
