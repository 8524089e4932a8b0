#include "services/registry/app/school_ahead.h"

#include <optional>
#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/app/due.h"
#include "services/registry/app/school_life.h"

namespace inspectorate::registry {
namespace {

using v1::SchoolChange;

// Read at once; what is due of an office may be more.
constexpr int kPage = 100;

absl::StatusOr<std::vector<Dated>> OfficesWithScheduled(db::Session& session) {
  ASSIGN_OR_RETURN(const db::Rows rows,
                   session.Query("SELECT `office`, MIN(`effective_date`) FROM `school_change`"
                                 " WHERE `state` = ? GROUP BY `office`",
                                 {v1::CHANGE_SCHEDULED}));
  std::vector<Dated> dated;
  for (size_t i = 0; i < rows.size(); ++i) {
    dated.push_back({.office = rows.at(i, 0).AsString(), .day = rows.at(i, 1).AsDate()});
  }
  return dated;
}

struct Due {
  Date day = Date::min();
  Uuid id;
};

// Those that come after `last`, in the order of their days.
absl::StatusOr<std::vector<Due>> DueChanges(db::Session& session, const std::string& office,
                                            const Clock& clock, const std::optional<Due>& last) {
  ASSIGN_OR_RETURN(const Time now, work::OfficeNow(session, office, clock));
  db::Params params = {v1::CHANGE_SCHEDULED, office, ChinaDate(now)};
  std::string after;
  if (last) {
    after = " AND (`effective_date` > ? OR (`effective_date` = ? AND `school_change` > ?))";
    params.insert(params.end(), {last->day, last->day, last->id});
  }
  ASSIGN_OR_RETURN(
      const db::Rows rows,
      session.Query("SELECT `effective_date`, `school_change` FROM `school_change` WHERE `state` = ?"
                    " AND `office` = ? AND `effective_date` <= ?" +
                        after + " ORDER BY `effective_date`, `school_change` LIMIT " + std::to_string(kPage),
                    params));
  std::vector<Due> due;
  for (size_t i = 0; i < rows.size(); ++i) due.push_back({rows.at(i, 0).AsDate(), rows.at(i, 1).AsUuid()});
  return due;
}

// What the rules say, not what went wrong on the way.
bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kNotFound:
      return true;
    default:
      return ReasonOf(status) == ErrorReason::ETAG_MISMATCH;
  }
}

absl::Status TakeUp(work::Writer& writer, const db::Budget& budget, const std::string& name) {
  const work::Actor self{.subject = "services/registry"};
  absl::Status taken =
      writer.RunInternal(budget, self, [&](work::Unit& unit) { return TakeUpSchoolChange(unit, name); });
  if (!IsRefusal(taken)) return taken;
  return writer.RunInternal(budget, self,
                            [&](work::Unit& unit) { return LetSchoolChangeLapse(unit, name, taken); });
}

}  // namespace

absl::Status TakeUpDueSchoolChangesOf(work::Writer& writer, const db::Budget& budget,
                                      const std::string& office) {
  // One that fails holds up no other.
  absl::Status first;
  std::optional<Due> last;
  for (;;) {
    std::vector<Due> due;
    RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
      ASSIGN_OR_RETURN(due, DueChanges(session, office, writer.clock(), last));
      return absl::OkStatus();
    }));
    for (const Due& change : due) {
      first.Update(TakeUp(writer, budget, "offices/" + office + "/schoolChanges/" + FormatUuid(change.id)));
    }
    if (due.size() < kPage) return first;
    last = due.back();
  }
}

absl::Status TakeUpDueSchoolChanges(work::Writer& writer, const db::Budget& budget) {
  return TakeUpDue(writer, budget, OfficesWithScheduled,
                   [&](const Dated& due) { return TakeUpDueSchoolChangesOf(writer, budget, due.office); });
}

}  // namespace inspectorate::registry
