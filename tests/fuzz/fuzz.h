// What the targets share. A target is a function over bytes that must hold for all of them: not only no
// crash, but the properties that it checks. One main for libFuzzer, one (replay_main.cc) that runs the kept
// inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "absl/status/status.h"
#include "common/status/error.h"
#include "google/protobuf/stubs/logging.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

// A broken property ends the process, so that both mains keep the input.
#define FUZZ_CHECK(condition)                                                               \
  do {                                                                                      \
    if (!(condition)) {                                                                     \
      std::fprintf(stderr, "%s:%d: property broken: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                         \
    }                                                                                       \
  } while (false)

namespace inspectorate::fuzz {

// Protobuf would write a line about every broken text.
inline auto* const kQuiet = google::protobuf::SetLogHandler(nullptr);

// Cuts an input into the parts that a target needs. Past the end it gives zeros and empty texts.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  explicit Input(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  std::string_view Rest() const { return rest_; }

  uint8_t Byte() {
    const std::string_view byte = Take(1);
    return byte.empty() ? 0 : static_cast<uint8_t>(byte[0]);
  }
  // Uniform enough; `limit` is not 0.
  size_t Below(size_t limit) {
    size_t number = Byte();
    if (limit > 256) number = number << 8 | Byte();
    return number % limit;
  }
  uint64_t Number() {
    uint64_t number = 0;
    for (int i = 0; i < 8; ++i) number = number << 8 | Byte();
    return number;
  }
  std::string_view Take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  // What stands before the next `mark`, or all; the mark is dropped.
  std::string_view Until(char mark) {
    const std::string_view part = Take(rest_.find(mark));
    Take(1);
    return part;
  }

 private:
  std::string_view rest_;
};

// What a refusal must be: an error of the catalogue with this reason, that survives its wire form.
inline void CheckRefusal(const absl::Status& status, ErrorReason reason) {
  FUZZ_CHECK(ReasonOf(status) == reason);
  const google::rpc::Status wire = ToWire(status, "zh-CN", "");
  FUZZ_CHECK(wire.ByteSizeLong() <= 8192);
  google::rpc::Status received;
  FUZZ_CHECK(received.ParseFromString(wire.SerializeAsString()));
  FUZZ_CHECK(ReasonOf(FromWire(received)) == reason);
}

}  // namespace inspectorate::fuzz
