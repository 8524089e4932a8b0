// The life of a visit (design section 9; domain 4.1), its guards, and the seal over its findings.
//
//   PLANNED ─ notice, where its mode asks ─► NOTIFIED ─ check-in ─► IN_PROGRESS ─ submit ─► SUBMITTED ─►
//   APPROVED
//      └──────── check-in, unannounced ───────────────────►┘        ▲ submit │ return
//   PLANNED, NOTIFIED ─► CANCELLED, MISSED                          └─ RETURNED ◄┘
//
// Feedback to the school and obstruction are dated facts: events that leave the state as it is. A refusal
// names its reason in the error catalogue (common/base/refusal.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/calendar/deadline.h"
#include "common/calendar/work_calendar.h"
#include "common/roster/eligibility.h"

namespace inspectorate::visits {

// Numbers of inspectorate.visits.v1.VisitState.
enum class VisitState {
  kPlanned = 1,
  kNotified = 2,
  kInProgress = 3,
  kSubmitted = 4,
  kReturned = 5,
  kApproved = 6,
  kCancelled = 7,
  kMissed = 8,
};

inline constexpr VisitState kAllVisitStates[] = {
    VisitState::kPlanned,  VisitState::kNotified, VisitState::kInProgress, VisitState::kSubmitted,
    VisitState::kReturned, VisitState::kApproved, VisitState::kCancelled,  VisitState::kMissed};

enum class VisitEvent {
  kNotify,    // notice sent to the school
  kCheckIn,   // the panel arrives
  kRecord,    // the record or a finding is written
  kSubmit,    // findings are sealed, the record handed in
  kReturn,    // the record is sent back
  kApprove,   // the record is accepted
  kCancel,    // called off before it begins
  kMiss,      // stated not to have taken place
  kFeedBack,  // findings told to the school
  kHandOver,  // another inspector takes over from one of the panel
  kObstruct,  // the school refused, hid facts or obstructed (教育督导条例 第二十五条)
};

inline constexpr VisitEvent kAllVisitEvents[] = {
    VisitEvent::kNotify,   VisitEvent::kCheckIn,  VisitEvent::kRecord,  VisitEvent::kSubmit,
    VisitEvent::kReturn,   VisitEvent::kApprove,  VisitEvent::kCancel,  VisitEvent::kMiss,
    VisitEvent::kFeedBack, VisitEvent::kHandOver, VisitEvent::kObstruct};

// What a transition may depend on beside state and event.
struct TransitionFacts {
  // The notice mode is short or written; thematic and comprehensive inspections need one (条例 第十七条).
  bool notice_asked = false;
  // For kReturn, kCancel, kMiss, kHandOver, kObstruct: why, or what happened.
  bool grounds_given = false;
  // For kReturn, kApprove: the actor is a member of the panel.
  bool actor_on_panel = false;
  // For kMiss: the planned day has come.
  bool planned_day_reached = false;
};

// The state after the event. STATE_TRANSITION_DENIED where the machine has no such step, GROUNDS_REQUIRED,
// SECOND_PERSON_REQUIRED.
absl::StatusOr<VisitState> Next(VisitState state, VisitEvent event, const TransitionFacts& facts);

// A visit counts as held from its submission on, also while its record is returned.
bool CountsAsHeld(VisitState state);

// "已计划 (planned)".
std::string_view NameOf(VisitState state);
std::string_view NameOf(VisitEvent event);

// --- Time of an act ---------------------------------------------------------------------------------------

// Whether an act that occurred then is recorded on a later Chinese date (a late entry, marked as such).
// OCCUR_TIME_IN_FUTURE; LATE_ENTRY when it lies more than `late_entry_days` calendar days back
// (visit.late_entry_days).
absl::StatusOr<bool> CheckOccurTime(Time occur, Time now, int late_entry_days);

// --- The notice of a visit --------------------------------------------------------------------------------

// Whether a school heard of a visit earlier than `most_ahead` (visit.notice_ahead_days) allows: more days of
// the rule's unit lie after the day of the notice, up to and with the day of the visit. In a year whose paper
// is still to come working days are those of the plain week.
absl::StatusOr<bool> HeardEarly(DeadlineRule most_ahead, Date given, Date visit,
                                const WorkCalendar& calendar);

// --- Check-in ---------------------------------------------------------------------------------------------

struct PanelMember {
  std::string inspector;  // as the error should name it
  // Assigned to the school on the day, or sent by the office with this visit: an inspector acts only when
  // assigned (教育督导条例 第八条).
  bool assigned = false;
  // What speaks against this inspector at this school on this day.
  std::vector<roster::EligibilityReason> against;
};

struct CheckInFacts {
  std::vector<PanelMember> panel;
  int panel_min = 1;   // visit.panel_min.<type>; 3 for thematic and comprehensive (条例 第十六条)
  std::string school;  // as the error should name it
  Date day;
};

// May the panel begin? PANEL_TOO_SMALL, NOT_ASSIGNED, CERTIFICATE_INVALID, APPOINTMENT_MISSING,
// RECUSAL_CONFLICT, INSPECTOR_INELIGIBLE; the first that applies.
absl::Status CheckCheckIn(const CheckInFacts& facts);

// --- Submission -------------------------------------------------------------------------------------------

struct RecordFacts {
  int methods = 0;         // different methods used at least once (挂牌督导办法 第六条)
  int judged_matters = 0;  // matters with a judgement other than "not judged"
  int findings = 0;
  int answers = 0;             // on issues due for look-back
  int min_methods = 1;         // visit.min_methods
  int min_judged_matters = 1;  // visit.min_judged_matters
};

// Is the record complete enough to hand in? A finding judges its matter, and so does the answer on an issue
// due for look-back; whether all of those are answered is checked by EvaluateAnswers (lookback.h).
// RECORD_INCOMPLETE.
absl::Status CheckRecord(const RecordFacts& facts);

// What a finding says: all that the seal covers.
struct FindingFact {
  int ordinal = 0;  // from 1, never used twice within a visit
  int kind = 0;     // number of inspectorate.visits.v1.FindingKind
  bool problem = false;
  std::string matter;
  std::string aspect;
  int severity = 0;  // number of inspectorate.visits.v1.Severity
  std::string fact;
  std::string basis;
  std::string advice;
  bool urgent = false;

  bool operator==(const FindingFact&) const = default;
};

struct Seal {
  int finding_count = 0;
  int problem_count = 0;
  // SHA-256, lower-case hexadecimal, over CanonicalFindings.
  std::string findings_hash;
};

// Seals the whole list as it stands, whatever its order. INTERNAL when two findings share an ordinal.
absl::StatusOr<Seal> SealFindings(const std::vector<FindingFact>& findings);

// The bytes the seal is taken over, so that anybody can recompute it: "inspectorate.visits.seal.v1", the
// number of findings, and by ascending ordinal the fields ordinal, kind, matter, aspect, severity, fact,
// basis, advice, urgent (0 or 1), each written as its length in bytes, a colon, its text and a comma.
std::string CanonicalFindings(std::vector<FindingFact> findings);

// A returned record may come back with more findings, with none of the sealed ones changed or dropped.
// FINDING_SEALED.
absl::Status CheckResubmission(const std::vector<FindingFact>& sealed, const std::vector<FindingFact>& now);

// May this finding be changed or dropped now? STATE_TRANSITION_DENIED, FINDING_SEALED.
absl::Status CheckFindingOpen(VisitState state, bool sealed, int ordinal);

}  // namespace inspectorate::visits
