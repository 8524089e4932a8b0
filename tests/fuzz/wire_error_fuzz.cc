// Errors on the wire. 'r': a client reads whatever a server sent as one. 'm': an error with any metadata
// leaves this process small, readable, and with its reason.
#include <string>

#include "common/base/text.h"
#include "common/rpc/pipeline.h"
#include "common/rpc/retry.h"
#include "google/protobuf/descriptor.h"
#include "tests/fuzz/fuzz.h"

namespace inspectorate::fuzz {
namespace {

void CheckReceived(std::string_view bytes) {
  google::rpc::Status wire;
  if (!wire.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const absl::Status status = FromWire(wire);
  ReasonOf(status);
  MetadataOf(status);
  ViolationsOf(status);
  MessageOf(status, "zh-CN");
  MessageOf(status, "en");
  const auto asked = rpc::RetryDelayMs(wire);
  // Whatever the server asks for, a client waits neither for days nor a negative time.
  if (const auto delay = rpc::RetryDelay(status, asked, 1, 3, 0.5)) {
    FUZZ_CHECK(delay->count() >= 0 && *delay <= std::chrono::minutes(10));
  }
  // A gateway passes it on.
  const google::rpc::Status again = ToWire(status, "en", "id");
  FUZZ_CHECK(status.ok() || again.code() != 0);
  FUZZ_CHECK(again.ByteSizeLong() <= 8192);
}

void CheckMade(Input& input) {
  const auto* reasons = type::v1::ErrorReason_descriptor();
  const auto* value =
      reasons->value(static_cast<int>(input.Below(static_cast<size_t>(reasons->value_count()))));
  const auto reason = static_cast<ErrorReason>(value->number());
  ErrorMetadata metadata;
  while (!input.AtEnd() && metadata.size() < 8) {
    std::string key(input.Until('='));
    metadata[key] = std::string(input.Until('\n'));
  }
  const absl::Status status = Error(reason, metadata);
  if (status.code() == absl::StatusCode::kInternal) return;
  FUZZ_CHECK(ReasonOf(status) == reason);
  FUZZ_CHECK(IsValidUtf8(std::string(status.message())));
  CheckRefusal(status, reason);
}

}  // namespace
}  // namespace inspectorate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace inspectorate::fuzz;
  Input input(data, size);
  if (input.Byte() == 'r') {
    CheckReceived(input.Rest());
  } else {
    CheckMade(input);
  }
  return 0;
}
