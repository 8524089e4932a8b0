#include "services/registry/app/school_ahead.h"

#include <string>
#include <vector>

#include "common/base/macros.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/status/error.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "services/registry/app/due.h"
#include "services/registry/app/school_life.h"

namespace inspectorate::registry {
namespace {

using v1::SchoolChange;

absl::StatusOr<std::vector<Dated>> Scheduled(db::Session& session) {
  ASSIGN_OR_RETURN(const auto scheduled,
                   resource::Select<SchoolChange>(session, "`state` = ?", {v1::CHANGE_SCHEDULED},
                                                  "ORDER BY `effective_date`, `school_change`"));
  std::vector<Dated> dated;
  for (const SchoolChange& change : scheduled) {
    dated.push_back({.office = resource::SlugOf(change.name()),
                     .day = resource::FromProto(change.effective_date()),
                     .what = change.name()});
  }
  return dated;
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
  const work::Actor self{.subject = "services/registry"};
  return TakeUpDue(writer, budget, Scheduled, [&](const Dated& due) {
    const absl::Status taken = writer.RunInternal(
        budget, self, [&](work::Unit& unit) { return TakeUpSchoolChange(unit, due.what); });
    if (!IsRefusal(taken)) return taken;
    return writer.RunInternal(budget, self,
                              [&](work::Unit& unit) { return LetSchoolChangeLapse(unit, due.what, taken); });
  });
}

}  // namespace inspectorate::registry
