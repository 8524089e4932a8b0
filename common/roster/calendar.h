// The days that an office counts by, out of this service's own registry tables or copies: the one place that
// decides which calendar an office has and what makes a rule of its policy a term.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/calendar/deadline.h"
#include "common/calendar/work_calendar.h"
#include "common/db/database.h"
#include "common/roster/policy.h"
#include "inspectorate/feed/v1/feed.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"

namespace inspectorate::roster {

// The working days of an office (slug): by the papers of the State Council, those of this build and those
// that were published since, or the plain week where the office chose it. Lives for ever; made once for each
// set of papers. COPY_NOT_READY for an office that is not known here yet.
absl::StatusOr<const WorkCalendar*> CalendarOf(db::Session& session, const std::string& office);

// The same as if these papers were published too; not kept.
absl::StatusOr<std::shared_ptr<const WorkCalendar>> CalendarWith(db::Session& session,
                                                                 const std::string& office,
                                                                 const std::vector<HolidayPaper>& papers);

// The two files of papers that somebody sends (common/calendar/work_calendar.h), with or without a byte order
// mark and whatever ends their lines. INVALID_FIELDS naming the file and what is wrong with it.
absl::StatusOr<std::vector<HolidayPaper>> ReadPapers(std::string papers, std::string days);

// All papers by which an office that follows the State Council counts.
absl::StatusOr<std::vector<HolidayPaper>> PapersOf(db::Session& session, const std::string& office);

// The papers of this build and, over them, those that were published since.
std::vector<HolidayPaper> WithShipped(const std::vector<registry::v1::CalendarPaper>& records);

// Between the record of the contract and the value that calendars are made of.
HolidayPaper FactsOf(const registry::v1::CalendarPaper& record);
registry::v1::CalendarPaper RecordOf(const HolidayPaper& paper);

// Whether changes of the registry's feed bring papers, after which running terms are computed again.
bool BringPapers(const std::vector<feed::v1::Change>& changes);

// In the unit of the rule: a term is counted day by day, and nobody waits longer.
inline constexpr int64_t kLongestTerm = 4000;

// A rule of the policy as a term. POLICY_MISSING when none is in force, or it is no number of days, working
// days or months up to kLongestTerm.
absl::StatusOr<DeadlineRule> TermOf(const Policy& policy, std::string_view key);

// The rule is missing or none that a term can be counted by, or the calendar does not reach so far: whoever
// counts many terms again leaves such a one as it is, and the others do not wait for it.
bool IsNoTerm(const absl::Status& status);

}  // namespace inspectorate::roster
