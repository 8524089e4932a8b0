#include "services/issues/domain/refusal.h"

#include <array>
#include <utility>

#include "absl/strings/cord.h"

namespace inspectorate::issues {
namespace {

constexpr char kPayload[] = "inspectorate/issues.Refusal";

struct Entry {
  Refusal refusal;
  std::string_view name;
  absl::StatusCode code;
};

constexpr std::array<Entry, 12> kEntries{{
    {Refusal::kStateTransitionDenied, "STATE_TRANSITION_DENIED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kSecondPersonRequired, "SECOND_PERSON_REQUIRED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kActorNotEntitled, "ACTOR_NOT_ENTITLED", absl::StatusCode::kPermissionDenied},
    {Refusal::kEvidenceRequired, "EVIDENCE_REQUIRED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kLookbackRequired, "LOOKBACK_REQUIRED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kPlanRequired, "PLAN_REQUIRED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kGroundsRequired, "GROUNDS_REQUIRED", absl::StatusCode::kInvalidArgument},
    {Refusal::kTriageRequired, "TRIAGE_REQUIRED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kOnSpotMinorOnly, "ON_SPOT_MINOR_ONLY", absl::StatusCode::kFailedPrecondition},
    {Refusal::kDispositionPending, "DISPOSITION_PENDING", absl::StatusCode::kFailedPrecondition},
    {Refusal::kDispositionNotProposed, "DISPOSITION_NOT_PROPOSED", absl::StatusCode::kFailedPrecondition},
    {Refusal::kDocumentNumberInvalid, "DOCUMENT_NUMBER_INVALID", absl::StatusCode::kInvalidArgument},
}};

const Entry& EntryOf(Refusal refusal) {
  for (const Entry& entry : kEntries) {
    if (entry.refusal == refusal) return entry;
  }
  std::abort();  // An enumerator without an entry: the test of all reasons finds it.
}

}  // namespace

std::string_view ReasonName(Refusal refusal) { return EntryOf(refusal).name; }

absl::Status Refuse(Refusal refusal, std::map<std::string, std::string> variables) {
  const Entry& entry = EntryOf(refusal);
  std::string text(entry.name);
  // NUL separates the parts: no variable is ever made from binary data.
  std::string payload(entry.name);
  for (const auto& [name, value] : variables) {
    text += " " + name + "=" + value;
    payload += '\0' + name + '\0' + value;
  }
  absl::Status status(entry.code, text);
  status.SetPayload(kPayload, absl::Cord(payload));
  return status;
}

std::optional<RefusalDetails> RefusalOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  std::string_view rest = text;
  const auto next = [&rest] {
    const size_t end = rest.find('\0');
    std::string part(rest.substr(0, end));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
  };
  const std::string name = next();
  for (const Entry& entry : kEntries) {
    if (entry.name != name) continue;
    RefusalDetails details{.refusal = entry.refusal, .variables = {}};
    while (!rest.empty()) {
      std::string variable = next();
      details.variables[std::move(variable)] = next();
    }
    return details;
  }
  return std::nullopt;
}

}  // namespace inspectorate::issues
