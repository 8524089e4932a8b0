// Passwords and keys: read from files, never from arguments or the environment, and never printed.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace inspectorate {

// A value that no stream, format or log can show. Reveal() marks the few places that use it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(Secret&&) = default;
  // Overwrites the bytes, so that a core file or a reused page does not hold them.
  ~Secret();

  const std::string& Reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

// The content of `path` without the line end at its end. NOT_FOUND when it cannot be opened,
// FAILED_PRECONDITION when others than owner and group can read it, INVALID_ARGUMENT when it is empty or
// longer than 64 KiB. Mounted secrets of a cluster are readable by their group: that is accepted.
absl::StatusOr<Secret> ReadSecret(const std::string& path);

}  // namespace inspectorate
