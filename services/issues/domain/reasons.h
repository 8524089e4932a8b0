// The reasons of the error catalogue with which the rules of issues refuse (common/base/refusal.h), and their
// variables.
#pragma once

#include <string_view>

namespace inspectorate::issues::reason {

// state, event (the use case adds resource)
inline constexpr std::string_view kStateTransitionDenied = "STATE_TRANSITION_DENIED";
// why; rule: stable, for programs
inline constexpr std::string_view kSecondPersonRequired = "SECOND_PERSON_REQUIRED";
// inspector, school, why
inline constexpr std::string_view kRecusalConflict = "RECUSAL_CONFLICT";
// actor, why; rule: stable, for programs; source: the paper, where the rule is the office's
inline constexpr std::string_view kActorNotEntitled = "ACTOR_NOT_ENTITLED";
inline constexpr std::string_view kEvidenceRequired = "EVIDENCE_REQUIRED";
inline constexpr std::string_view kLookbackRequired = "LOOKBACK_REQUIRED";
inline constexpr std::string_view kPlanRequired = "PLAN_REQUIRED";
// why
inline constexpr std::string_view kGroundsRequired = "GROUNDS_REQUIRED";
inline constexpr std::string_view kTriageRequired = "TRIAGE_REQUIRED";
inline constexpr std::string_view kOnSpotMinorOnly = "ON_SPOT_MINOR_ONLY";
inline constexpr std::string_view kDispositionPending = "DISPOSITION_PENDING";
inline constexpr std::string_view kDispositionNotProposed = "DISPOSITION_NOT_PROPOSED";
// rule, date
inline constexpr std::string_view kPolicyMissing = "POLICY_MISSING";
// why
inline constexpr std::string_view kDocumentNumberInvalid = "DOCUMENT_NUMBER_INVALID";

inline constexpr std::string_view kAll[] = {
    kStateTransitionDenied, kSecondPersonRequired, kActorNotEntitled,       kEvidenceRequired,
    kLookbackRequired,      kPlanRequired,         kGroundsRequired,        kTriageRequired,
    kOnSpotMinorOnly,       kDispositionPending,   kDispositionNotProposed, kPolicyMissing,
    kDocumentNumberInvalid, kRecusalConflict};

}  // namespace inspectorate::issues::reason
