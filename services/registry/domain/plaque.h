// The life of a plaque (domain 4.10): one version of what hangs at a school's gate.
//
//   DRAFT ─ approve ─► APPROVED ─ make ─► MADE ─ mount ─► MOUNTED ─ verify ─► VERIFIED
//                         │ outdate         │               │                   │
//                         ├─────────────────┴───────────────┴───────────────────┴──► STALE
//                         └─ replace (a later version is mounted), also from STALE ──► REPLACED
//
// A draft does not become stale: it is drafted again. A refusal names its reason in the error catalogue.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/time.h"

namespace inspectorate::registry {

// Numbers of inspectorate.registry.v1.PlaqueState.
enum class PlaqueLife {
  kDraft = 1,
  kApproved = 2,
  kMade = 3,
  kMounted = 4,
  kVerified = 5,
  kStale = 6,
  kReplaced = 7,
};

inline constexpr PlaqueLife kAllPlaqueLives[] = {
    PlaqueLife::kDraft,    PlaqueLife::kApproved, PlaqueLife::kMade,    PlaqueLife::kMounted,
    PlaqueLife::kVerified, PlaqueLife::kStale,    PlaqueLife::kReplaced};

enum class PlaqueEvent { kApprove, kMake, kMount, kVerify, kOutdate, kReplace };

inline constexpr PlaqueEvent kAllPlaqueEvents[] = {PlaqueEvent::kApprove, PlaqueEvent::kMake,
                                                   PlaqueEvent::kMount,   PlaqueEvent::kVerify,
                                                   PlaqueEvent::kOutdate, PlaqueEvent::kReplace};

// What a step may depend on beside state and event.
struct PlaqueFacts {
  Date today;
  Date day;  // of the act
  // First day on which the board is not right any more. Once it has come, the plaque is stale, whatever is
  // recorded.
  std::optional<Date> stale_from = {};
  std::string actor;       // who does it
  std::string mounted_by;  // for kVerify: somebody else
};

// The state after the event. STATE_TRANSITION_DENIED where the machine has no such step;
// OCCUR_TIME_IN_FUTURE, SECOND_PERSON_REQUIRED.
absl::StatusOr<PlaqueLife> NextPlaque(PlaqueLife state, PlaqueEvent event, const PlaqueFacts& facts);

// The state on `today`: what is recorded, or stale.
PlaqueLife EffectiveLife(PlaqueLife recorded, std::optional<Date> stale_from, Date today);

// The days of a plaque's life, as far as it has come.
struct PlaqueDays {
  std::optional<Date> approved;
  std::optional<Date> made;
  std::optional<Date> mounted;
  std::optional<Date> verified;
  std::optional<Date> stale_from;
  std::optional<Date> replaced;
};
// Where it stood on a day; nothing before it was approved. I2 counts kVerified.
std::optional<PlaqueLife> LifeOn(const PlaqueDays& days, Date day);

// --- The record of another registry -----------------------------------------------------------------------

struct PlaqueRecord {
  PlaqueLife state = PlaqueLife::kDraft;
  PlaqueDays days;
  std::string approved_by{};
  std::string mounted_by{};
  std::string verified_by{};
};
struct PlaqueFault {
  std::string field;  // of the plaque
  std::string zh, en;
};
// Why no life of a plaque ends like this by `today`; nothing: one does. Each step comes after the one before
// it, by its day and its person, and who mounted a board did not verify it.
std::optional<PlaqueFault> FaultOf(const PlaqueRecord& record, Date today);

// "草拟 (draft)".
std::string_view NameOf(PlaqueLife state);
std::string_view NameOf(PlaqueEvent event);

}  // namespace inspectorate::registry
