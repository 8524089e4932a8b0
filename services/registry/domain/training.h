// Training and weekly study: what may be recorded and credited, who is expected at a session, and what a
// year's records add up to (督学管理暂行办法 第二十、二十一条).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/period.h"
#include "common/base/uuid.h"

namespace inspectorate::registry {

// Numbers of inspectorate.registry.v1.
enum class TrainingKind { kInduction = 1, kCentralised = 2, kWeeklyStudy = 3, kOnline = 4, kSelfStudy = 5 };
enum class StudyMode { kCentralised = 1, kOnline = 2, kSelf = 3 };
enum class SessionState { kPlanned = 1, kHeld = 2, kCancelled = 3 };
enum class Presence { kUnrecorded = 0, kAttended = 1, kAbsent = 2, kExcused = 3 };
enum class ClaimState { kClaimed = 1, kCredited = 2, kDeclined = 3 };

inline constexpr TrainingKind kAllTrainingKinds[] = {TrainingKind::kInduction, TrainingKind::kCentralised,
                                                     TrainingKind::kWeeklyStudy, TrainingKind::kOnline,
                                                     TrainingKind::kSelfStudy};
inline constexpr StudyMode kAllStudyModes[] = {StudyMode::kCentralised, StudyMode::kOnline, StudyMode::kSelf};
inline constexpr SessionState kAllSessionStates[] = {SessionState::kPlanned, SessionState::kHeld,
                                                     SessionState::kCancelled};

// Hours are counted in halves, so that sums are exact.
using HalfHours = int;
// Nothing for what is no multiple of half an hour.
std::optional<HalfHours> HalvesOf(double hours);
inline double HoursOf(HalfHours halves) { return halves / 2.0; }

// --- sessions

// A centralised training is held together, an online course online; for induction and weekly study the office
// says.
bool ModeFits(TrainingKind kind, StudyMode mode);

enum class SessionEvent { kHold, kCancel };

struct SessionFacts {
  Date date;
  Date today;
  bool anybody_recorded = false;
};

// STATE_TRANSITION_DENIED; OCCUR_TIME_IN_FUTURE for a session whose day has not come.
absl::StatusOr<SessionState> NextSession(SessionState state, SessionEvent event, const SessionFacts& facts);

// STATE_TRANSITION_DENIED: what was held or cancelled is not rewritten; `only_remarks`: materials and note.
absl::Status CheckSessionEdit(SessionState state, bool only_remarks);

// STATE_TRANSITION_DENIED: only what was held is corrected; before, it is changed.
absl::Status CheckSessionCorrection(SessionState state);
// What follows for whoever was credited `credited` of a session of `before` hours that has `now`.
HalfHours CreditAfter(HalfHours credited, HalfHours before, HalfHours now);

// "已举办 (held)".
std::string_view NameOf(SessionState state);

// --- who is expected

struct DutyTerm {
  Period valid;
  bool awaits_induction = false;
  std::optional<Date> duty_from = {};
};

struct TraineeFacts {
  std::vector<DutyTerm> terms;
  std::vector<Period> suspensions;
  std::vector<Period> leaves;
  // First day of the public notice before the present appointment, where the platform saw one.
  std::optional<Date> publicised_from = {};
  // When the inspector belonged to the areas, by area.
  std::vector<std::pair<Uuid, Period>> memberships;
};

bool OnDuty(const TraineeFacts& facts, Date day);
// At a session of this kind; `area`: of its members only. An induction expects those who are appointed and
// have not taken up duty.
bool IsExpected(const TraineeFacts& facts, TrainingKind kind, const std::optional<Uuid>& area, Date day);
// Excused where on leave that day, else attended.
Presence Proposal(const TraineeFacts& facts, Date day);
// The first day of duty within `within`, on which the inspector is not suspended; nothing: none.
std::optional<Date> FirstDutyDay(const TraineeFacts& facts, const Period& within);

// --- marks and credits

struct MarkFacts {
  SessionState state = SessionState::kHeld;
  Date date;  // of the session
  Date today;
  int correction_days = 0;
  // Something else is recorded already.
  bool correction = false;
  Presence wanted = Presence::kAttended;
  bool reason_given = false;
  bool expected = true;
  HalfHours credited = 0;
  std::string inspector;  // for the refusal
};

// STATE_TRANSITION_DENIED (not held), LATE_ENTRY, GROUNDS_REQUIRED (excused without a reason), NOT_EXPECTED
// (absent or excused where nobody was expected), CREDIT_STANDS (not attended, with hours credited).
absl::Status CheckMark(const MarkFacts& facts);

struct CreditFacts {
  SessionState state = SessionState::kHeld;
  Presence presence = Presence::kAttended;
  HalfHours most = 0;  // the session's, or those recorded
  HalfHours wanted = 0;
  std::optional<HalfHours> credited_before = {};
  bool reason_given = false;
  bool notes_required = false;
  bool notes_written = false;
  std::string inspector;
};

// STATE_TRANSITION_DENIED, NOT_ATTENDED, HOURS_EXCEEDED, CREDIT_STANDS (a correction without a reason),
// GROUNDS_REQUIRED (notes are asked for and not there).
absl::Status CheckCredit(const CreditFacts& facts);

struct ClaimFacts {
  ClaimState state = ClaimState::kClaimed;
  HalfHours claimed = 0;
  HalfHours credited = 0;
};
// Of a study record that the inspector wrote: HOURS_EXCEEDED, CREDIT_STANDS (decided before, and no reason).
absl::Status CheckClaimCredit(const ClaimFacts& facts, HalfHours wanted, bool reason_given);
// STATE_TRANSITION_DENIED where the office has decided on it.
absl::Status CheckClaimOpen(ClaimState state, std::string_view event);

// INDUCTION_UNRECORDED where the office's rule requires what is not there.
absl::Status CheckInduction(std::string_view rule, bool credited, const std::string& inspector);

// --- a year

// The days of a training year that begins on `begins` ("01-01"); nothing for what is no day of every year.
std::optional<Period> TrainingYear(int year, std::string_view begins);

// "induction+centralised": which kinds of session give centralised hours that count. Nothing for an unknown
// word.
std::optional<std::vector<TrainingKind>> ParseKinds(std::string_view text);

struct FileEntry {
  TrainingKind kind = TrainingKind::kCentralised;
  StudyMode mode = StudyMode::kCentralised;
  Presence presence = Presence::kUnrecorded;
  HalfHours credited = 0;
  bool expected = true;
  bool own_record = false;  // a study record, not a session
};

struct Totals {
  HalfHours centralised = 0;
  HalfHours online = 0;
  HalfHours self_study = 0;
  HalfHours counted = 0;
  HalfHours shortfall = 0;
  int weekly_attended = 0;
  int weekly_absent = 0;
  int weekly_excused = 0;
  int weekly_unrecorded = 0;

  bool operator==(const Totals&) const = default;
};

// Of what is credited, what counts to the floor.
HalfHours Counted(const FileEntry& entry, const std::vector<TrainingKind>& central_kinds);
Totals Add(const std::vector<FileEntry>& entries, const std::vector<TrainingKind>& central_kinds,
           HalfHours floor);

}  // namespace inspectorate::registry
