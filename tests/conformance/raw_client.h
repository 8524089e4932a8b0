// Calls as no client of ours would make them: any bytes for a message, any headers, cut short at will, never
// repeated.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/status/error.h"

namespace inspectorate::conformance {

struct RawCall {
  std::string method;  // full name
  std::string bytes;   // of the request
  std::map<std::string, std::string> headers;
  std::chrono::milliseconds deadline{30'000};
  std::optional<std::chrono::milliseconds> cancel_after;
  // As it goes over the wire ("1n"), instead of `deadline`: this client has no clock then, so that whoever
  // finds the time spent is the server. 35 s without an answer cancel the call all the same.
  std::string wire_timeout{};
  // How long after its headers the message is sent: the time that the headers speak of passes meanwhile.
  std::chrono::milliseconds message_after{0};
};

struct RawAnswer {
  absl::Status status;  // with the details of the wire
  std::string bytes;    // of the response
  std::string said;     // all that came back as text: message, details, trailers
  ErrorReason reason() const { return ReasonOf(status); }
};

// Thread-safe.
class RawClient {
 public:
  static std::unique_ptr<RawClient> Connect(const std::string& target);
  virtual ~RawClient() = default;
  virtual RawAnswer Call(const RawCall& call) = 0;
};

}  // namespace inspectorate::conformance
