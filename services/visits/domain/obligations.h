// The obligation ledger (product 3.6): what is owed is written down before any visit exists; visits claim it;
// coverage is counted over what was owed, and what is missing is listed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/roster/eligibility.h"

namespace inspectorate::visits {

// Numbers of inspectorate.visits.v1.ObligationKind and ObligationState. Missed is not a state: see IsMissed.
enum class ObligationKind { kMonthlyVisit = 1, kTermMinimum = 2, kLookBack = 3 };
enum class ObligationState { kOpen = 1, kClaimed = 2, kFulfilled = 3, kExcused = 4 };

// Keys of the policy rules that obligations rest on.
inline constexpr std::string_view kMonthlyRule = "visit.monthly_min";
inline constexpr std::string_view kTermRule = "visit.term_min";
inline constexpr std::string_view kLookBackRule = "issue.lookback_days";

struct Obligation {
  Uuid id;
  Uuid school;
  Uuid area;  // when the duty arose
  ObligationKind kind = ObligationKind::kMonthlyVisit;
  std::string rule;
  Date window_from;
  Date window_to;   // last day
  int ordinal = 1;  // from 1, where a rule asks for several in a window
  Uuid issue;       // look-back only
  int round = 0;    // look-back only
};

// --- Generation -------------------------------------------------------------------------------------------

// A term of the teaching calendar (校历) for schools or for kindergartens.
struct TermFact {
  std::string id;
  int audience = 0;  // number of inspectorate.registry.v1.TermAudience
  Date from;
  Date to;                            // last day of teaching
  std::vector<Date> teaching_months;  // their first days: months in which visits are due
};

struct SchoolInOperation {
  Uuid id;
  Uuid area;
  int audience = 0;
  Period operating;
  // In which it rests, known so far; the days between belong to `operating`.
  std::vector<Period> rests = {};
};

// Neither before its first day, nor after its last, nor while it rests.
bool OperatesOn(const SchoolInOperation& school, Date day);

// Values of the rules in force for the month.
struct ObligationRules {
  int monthly_min = 0;  // visits a school and teaching month (挂牌督导 rules); 0: no such duty
  int term_min = 0;     // visits a school and term: 2 (教育督导条例 第十四条); 0: no such duty
};

struct GeneratedObligations {
  std::vector<Obligation> obligations;
  // Schools in operation that owe nothing this month, being out of session.
  int out_of_session = 0;
};

// What is owed in the month that begins on `month`: the monthly visits of the month, and the statutory number
// of each term in which it is a teaching month. The same duty has the same id however often it is generated.
// A monthly window is the part of the month in which the term runs and the school operates, from the first
// day to the last on which it does not rest; a school that rests all month owes nothing.
GeneratedObligations GenerateObligations(std::string_view office, Date month,
                                         const std::vector<SchoolInOperation>& schools,
                                         const std::vector<TermFact>& terms, const ObligationRules& rules);

// The duty to look back at an issue in a round, from the day of the school's report to the last day `due`
// (issue.lookback_days, counted by the calendar).
Obligation LookBackObligation(std::string_view office, const Uuid& school, const Uuid& area,
                              const Uuid& issue, int round, Date reported, Date due);

// UUIDv5 over office, school, rule, window and ordinal; `window` is what names the window for good: the month
// ("2026-03"), the term's id, or issue and round.
Uuid ObligationId(std::string_view office, const Uuid& school, std::string_view rule, std::string_view window,
                  int ordinal);

// --- Life -------------------------------------------------------------------------------------------------

enum class ObligationEvent {
  kClaim,    // by a visit
  kRelease,  // its visit was cancelled or missed
  kFulfil,   // its visit was submitted
  kExcuse,   // by the office, with a reason
};

// OBLIGATION_TAKEN when claimed twice; STATE_TRANSITION_DENIED for every other step that does not exist.
absl::StatusOr<ObligationState> Next(ObligationState state, ObligationEvent event, const Uuid& obligation);

// Open or claimed, and its window is over.
bool IsMissed(ObligationState state, Date window_to, Date today);

// --- Coverage ---------------------------------------------------------------------------------------------

struct ObligationStanding {
  Uuid id;
  Uuid school;
  ObligationState state = ObligationState::kOpen;
};

// owed = excused + fulfilled + uncovered; what is valid is owed and not excused.
struct Coverage {
  int owed = 0;
  int excused = 0;
  int claimed = 0;  // claimed and not yet fulfilled
  int fulfilled = 0;
  std::vector<ObligationStanding> uncovered;  // valid and not fulfilled, in the order given

  int valid() const { return owed - excused; }
};

Coverage Cover(const std::vector<ObligationStanding>& obligations);

// --- What a plan must cover -------------------------------------------------------------------------------

// A visit to plan: the obligations it will claim, one or more, all of one school.
struct VisitToPlan {
  std::vector<Uuid> obligations;
  Uuid school;
  Date from;
  Date to;  // last day
};

// The visits that the month needs so that no duty is lost, from its open obligations. Each monthly visit also
// claims one statutory one of the term. A statutory one left over becomes a visit of its own once the months
// left in its term are too few to wait. Look-backs are planned one by one when the school has reported.
std::vector<VisitToPlan> VisitsOfMonth(std::vector<Obligation> open, Date month);

}  // namespace inspectorate::visits
