#include "services/issues/app/occasion.h"

#include <chrono>

#include "common/base/macros.h"
#include "common/roster/calendar.h"
#include "common/status/error.h"

namespace inspectorate::issues {
namespace {

absl::Status CheckOccurred(db::Session& session, const std::string& office, Time now, Time occurred) {
  if (occurred > now) return Error(ErrorReason::OCCUR_TIME_IN_FUTURE);
  const Date today = ChinaDate(now);
  ASSIGN_OR_RETURN(int64_t limit, roster::PolicyInt(session, office, "visit.late_entry_days", today));
  if (today - ChinaDate(occurred) > std::chrono::days(limit)) {
    return Error(ErrorReason::LATE_ENTRY, {{"limit", std::to_string(limit)}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Occasion> OccasionAt(db::Session& session, const std::string& office, Time now,
                                    Time occurred) {
  ASSIGN_OR_RETURN(const WorkCalendar* calendar, roster::CalendarOf(session, office));
  ASSIGN_OR_RETURN(const db::Rows row,
                   session.Query("SELECT `document_prefix` FROM `office` WHERE `office` = ?", {office}));
  const Date day = ChinaDate(occurred);
  ASSIGN_OR_RETURN(roster::Policy policy, roster::LoadPolicy(session, office, day));
  return Occasion{.office = office,
                  .today = ChinaDate(now),
                  .time = occurred,
                  .day = day,
                  .policy = std::move(policy),
                  .calendar = calendar,
                  .document_prefix = row.empty() ? "" : row.at(0, 0).AsString()};
}

absl::StatusOr<Occasion> OccasionOf(db::Session& session, const std::string& office, Time now,
                                    std::optional<Time> occurred) {
  if (occurred.has_value()) RETURN_IF_ERROR(CheckOccurred(session, office, now, *occurred));
  return OccasionAt(session, office, now, occurred.value_or(now));
}

}  // namespace inspectorate::issues
