// Look-back (回头看): which issues a visit has to look at again, and whether its record answers for each of
// them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"

namespace inspectorate::visits {

// An issue of the school that awaits verification: its look-back obligation, open or claimed.
struct AwaitingIssue {
  Uuid issue;
  int round = 0;  // of rectification
  Uuid obligation;
  // When the school's report arrived: a visit that had begun before cannot judge it.
  Time report_time;
  // The visit that claims the obligation; all zero: none.
  Uuid claimed_by;
  Date due;  // last day
};

// Those that the visit must answer, the earliest due first: reported before its check-in, and not left to
// another visit. A visit planned for one issue thus looks at all that lie open at the school.
std::vector<AwaitingIssue> DueAtVisit(std::vector<AwaitingIssue> awaiting, const Uuid& visit, Time check_in);

// What the panel saw.
struct LookBackAnswer {
  Uuid issue;
  int round = 0;
  bool passed = false;
  std::string note;

  bool operator==(const LookBackAnswer&) const = default;
};

struct LookBackOutcome {
  Uuid issue;
  int round = 0;
  Uuid obligation;  // fulfilled by the visit, passed or not
  bool passed = false;
};

// One outcome for each issue due, in the order of `due`. OPEN_ITEMS_UNANSWERED; RECORD_INCOMPLETE for an
// answer to what was not asked, a second answer to the same, or a failure without saying what was seen.
absl::StatusOr<std::vector<LookBackOutcome>> EvaluateAnswers(const std::vector<AwaitingIssue>& due,
                                                             const std::vector<LookBackAnswer>& answers);

// A returned record keeps the answers it was first submitted with: the issues have moved on by them.
// FINDING_SEALED.
absl::Status CheckAnswersKept(const std::vector<LookBackAnswer>& submitted,
                              const std::vector<LookBackAnswer>& now);

}  // namespace inspectorate::visits
