// The one way to make an error that a caller may see: a reason of the catalogue (protos/inspectorate/type/v1/
// errors.proto) with its variables. Code and wording come from the catalogue.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "inspectorate/type/v1/errors.pb.h"

namespace inspectorate {

using type::v1::ErrorReason;
using ErrorMetadata = std::map<std::string, std::string>;

inline constexpr char kErrorDomain[] = "inspectorate";

// An error of the catalogue. The status message is the English text; details travel as payload.
absl::Status Error(ErrorReason reason, ErrorMetadata metadata = {});

// One broken rule of a request.
struct FieldViolation {
  std::string field;  // path, such as "visit.findings[2].matter"
  std::string zh;
  std::string en;
};
// INVALID_FIELDS naming every violation.
absl::Status InvalidFields(const std::vector<FieldViolation>& violations);

// Attaches RetryInfo: the caller may try again after this delay.
absl::Status WithRetryDelay(absl::Status status, int milliseconds);

// The reason an error of the catalogue carries; ERROR_REASON_UNSPECIFIED for any other status.
ErrorReason ReasonOf(const absl::Status& status);
ErrorMetadata MetadataOf(const absl::Status& status);
std::vector<FieldViolation> ViolationsOf(const absl::Status& status);

// The text of an error in "zh-CN" or "en" (anything that begins with zh is Chinese).
std::string MessageOf(const absl::Status& status, std::string_view language);

// Wire form: google.rpc.Status with exactly one ErrorInfo, a LocalizedMessage, and the other details that
// apply. INTERNAL and any status that is not of the catalogue come out as INTERNAL_ERROR with `error_id`,
// their text dropped.
google::rpc::Status ToWire(const absl::Status& status, std::string_view language, std::string_view error_id);
// The inverse, for clients.
absl::Status FromWire(const google::rpc::Status& wire);

// The error of the catalogue that a refusal of a pure rule (common/base/refusal.h) names; any other status,
// OK too, comes back as it is. A reason that the catalogue lacks is a fault of ours: INTERNAL.
absl::Status ErrorFromRefusal(const absl::Status& status);

// Convenience for the commonest ones.
absl::Status NotFound(std::string_view resource);

}  // namespace inspectorate
