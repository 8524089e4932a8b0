// How the rules say no. A refusal names the reason of the error catalogue by its spelling there, so that the
// rules need no protobuf; the use case turns it into the error that the caller sees.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace inspectorate::issues {

// The reasons of the catalogue that the rules of issues use.
enum class Refusal {
  kStateTransitionDenied,  // variables: state, event
  kSecondPersonRequired,   // variables: why, rule
  kActorNotEntitled,       // variables: actor, why, rule
  kEvidenceRequired,
  kLookbackRequired,
  kPlanRequired,
  kGroundsRequired,  // variables: why
  kTriageRequired,
  kOnSpotMinorOnly,
  kDispositionPending,
  kDispositionNotProposed,
  kDocumentNumberInvalid,  // variables: why
};

// "LOOKBACK_REQUIRED", as the catalogue spells it.
std::string_view ReasonName(Refusal refusal);

// A status of the code that the catalogue gives the reason, carrying the reason and its variables.
absl::Status Refuse(Refusal refusal, std::map<std::string, std::string> variables = {});

struct RefusalDetails {
  Refusal refusal;
  std::map<std::string, std::string> variables;
};
// What Refuse put in; nothing for any other status.
std::optional<RefusalDetails> RefusalOf(const absl::Status& status);

}  // namespace inspectorate::issues
