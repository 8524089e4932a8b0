// The life of an inspector (domain 4.4), its guards, and the count of consecutive terms.
//
//   CANDIDATE ─ review ─► REVIEWED ─ publicize ─► PUBLICIZED ─ appoint ─► APPOINTED ─ induct ─► INDUCTED
//       ▲ │                 │ reject    │ reject      (after the notice)                           │ take up
//       │ └── reject ──► REJECTED ◄─────┘                                                         ▼
//       │                   │                       renew ┌───────────────────────────────── ON_DUTY
//       └─ nominate again ──┴── ENDED ◄── end ────────────┤  suspend ──► SUSPENDED ── reinstate ─┘
//                               DISMISSED ◄── dismiss ────┴── (also from SUSPENDED, as is end)
//
// APPOINTED and INDUCTED may end too: who withdraws before duty. Who may act on a day does not follow from
// the state but from dated facts (common/roster/eligibility.h). A refusal names its reason in the error
// catalogue.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "services/registry/domain/appointment.h"

namespace inspectorate::registry {

// Numbers of inspectorate.registry.v1.InspectorState.
enum class LifeState {
  kCandidate = 1,
  kOnDuty = 2,
  kSuspended = 3,
  kEnded = 4,
  kReviewed = 5,
  kPublicized = 6,
  kAppointed = 7,
  kInducted = 8,
  kDismissed = 9,
  kRejected = 10,
};

inline constexpr LifeState kAllLifeStates[] = {
    LifeState::kCandidate, LifeState::kOnDuty,     LifeState::kSuspended, LifeState::kEnded,
    LifeState::kReviewed,  LifeState::kPublicized, LifeState::kAppointed, LifeState::kInducted,
    LifeState::kDismissed, LifeState::kRejected};

// Numbers of inspectorate.registry.v1.InspectorEvent; the last is no act but the entry of an appointment made
// before the platform knew of it. Acts that leave an inspector what they are (an assignment is called off, 14
// there) are no step.
enum class TenureEvent {
  kNominateAgain = 1,
  kReview = 2,
  kReject = 3,
  kPublicize = 4,
  kAppoint = 5,
  kInduct = 6,
  kTakeUp = 7,
  kRenew = 8,
  kSuspend = 9,
  kReinstate = 10,
  kEnd = 11,
  kDismiss = 12,
  kEnterAppointment = 13,
};

inline constexpr TenureEvent kAllTenureEvents[] = {
    TenureEvent::kNominateAgain,   TenureEvent::kReview,    TenureEvent::kReject, TenureEvent::kPublicize,
    TenureEvent::kAppoint,         TenureEvent::kInduct,    TenureEvent::kTakeUp, TenureEvent::kRenew,
    TenureEvent::kSuspend,         TenureEvent::kReinstate, TenureEvent::kEnd,    TenureEvent::kDismiss,
    TenureEvent::kEnterAppointment};

// What a step may depend on beside state and event.
struct LifeFacts {
  bool reason_given = false;    // asked by kReject, kSuspend, kReinstate, kDismiss, kNominateAgain
  bool document_given = false;  // asked by kPublicize, kAppoint, kRenew and all that ends or interrupts duty
  Date day;                     // of the act
  // For kAppoint: the last day of the public notice; the appointment comes after it.
  std::optional<Date> notice_to = {};
  // For kTakeUp: a valid certificate on the day, and the term's first and last day.
  bool certificate_valid = false;
  std::optional<Period> term = {};
};

// The state after the event. STATE_TRANSITION_DENIED where the machine has no such step; GROUNDS_REQUIRED,
// NOTICE_RUNNING, CERTIFICATE_INVALID, APPOINTMENT_MISSING.
absl::StatusOr<LifeState> NextLife(LifeState state, TenureEvent event, const LifeFacts& facts);

// "候选 (candidate)".
std::string_view NameOf(LifeState state);
std::string_view NameOf(TenureEvent event);

// --- Terms ------------------------------------------------------------------------------------------------

struct PastTerm {
  bool part_time = true;
  int index = 1;
  Period valid;
};

// Number of the part-time term that begins on `from`: one more than the part-time term before it, when no
// more than `gap_days` lie between them, else 1. Full-time service neither counts nor joins two terms.
int ConsecutiveIndex(const std::vector<PastTerm>& past, Date from, int gap_days);

}  // namespace inspectorate::registry
