#include "services/registry/app/school_ahead.h"

#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/app/school_life.h"

namespace inspectorate::registry {
namespace {

using v1::SchoolChange;

absl::StatusOr<std::vector<std::string>> DueChanges(db::Session& session, const Clock& clock) {
  ASSIGN_OR_RETURN(const auto scheduled,
                   resource::Select<SchoolChange>(session, "`state` = ?", {v1::CHANGE_SCHEDULED},
                                                  "ORDER BY `effective_date`, `school_change`"));
  std::vector<std::string> due;
  for (const SchoolChange& change : scheduled) {
    ASSIGN_OR_RETURN(const Time now, work::OfficeNow(session, resource::SlugOf(change.name()), clock));
    if (resource::FromProto(change.effective_date()) <= ChinaDate(now)) due.push_back(change.name());
  }
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

}  // namespace

absl::Status TakeUpDueSchoolChanges(work::Writer& writer, const db::Budget& budget) {
  std::vector<std::string> due;
  RETURN_IF_ERROR(writer.database().Read(budget, [&](db::Session& session) -> absl::Status {
    ASSIGN_OR_RETURN(due, DueChanges(session, writer.clock()));
    return absl::OkStatus();
  }));
  const work::Actor self{.subject = "services/registry"};
  // One that fails holds up no other, of whichever office.
  absl::Status first;
  for (const std::string& name : due) {
    absl::Status taken =
        writer.RunInternal(budget, self, [&](work::Unit& unit) { return TakeUpSchoolChange(unit, name); });
    if (taken.ok()) continue;
    if (IsRefusal(taken)) {
      taken = writer.RunInternal(budget, self,
                                 [&](work::Unit& unit) { return LetSchoolChangeLapse(unit, name, taken); });
    }
    first.Update(taken);
  }
  return first;
}

}  // namespace inspectorate::registry
