#include "services/cli/errors.h"

#include <nlohmann/json.hpp>

#include "common/status/error.h"
#include "services/cli/words.h"

namespace inspectorate::cli {
namespace {

std::string TextOf(const absl::Status& status) {
  if (ReasonOf(status) == ErrorReason::ERROR_REASON_UNSPECIFIED) return std::string(status.message());
  return MessageOf(status, LanguageTag());
}

bool Chinese() { return CurrentLanguage() == Language::kChinese; }

}  // namespace

std::string RenderError(const absl::Status& status) {
  std::string out = Say({"错误：", "error: "}) + TextOf(status) + "\n";
  for (const FieldViolation& violation : ViolationsOf(status)) {
    out += "  " + violation.field + Say({"：", ": "}) + (Chinese() ? violation.zh : violation.en) + "\n";
  }
  const ErrorReason reason = ReasonOf(status);
  if (reason != ErrorReason::ERROR_REASON_UNSPECIFIED)
    out += "  [" + type::v1::ErrorReason_Name(reason) + "]\n";
  return out;
}

std::string RenderErrorJson(const absl::Status& status) {
  nlohmann::json object = {{"code", absl::StatusCodeToString(status.code())},
                           {"reason", type::v1::ErrorReason_Name(ReasonOf(status))},
                           {"message", TextOf(status)},
                           {"violations", nlohmann::json::array()}};
  for (const FieldViolation& violation : ViolationsOf(status)) {
    object["violations"].push_back(
        {{"field", violation.field}, {"message", Chinese() ? violation.zh : violation.en}});
  }
  return object.dump(2) + "\n";
}

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return 0;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return 2;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return 3;
    case absl::StatusCode::kNotFound:
      return 4;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return 5;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
      return 6;
    default:
      return 1;
  }
}

}  // namespace inspectorate::cli
