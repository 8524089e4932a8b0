// Papers of the State Council that come out after a build: published once by the operator, given to each
// office as a record of its own, by which everybody counts (decision record 0026).
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "services/registry/domain/taken.h"

namespace inspectorate::registry {

// A paper by which an office of another registry counted. INVALID_FIELDS where it contradicts itself, or this
// registry has it with other days.
absl::StatusOr<Taken> TakeOverPaper(work::Unit& unit, const std::string& office,
                                    const v1::CalendarPaper& told);

// What papers would move here. INVALID_FIELDS naming every defect of the files.
absl::StatusOr<v1::CalendarEffect> PreviewPapers(db::Session& session,
                                                 const v1::PreviewCalendarPapersRequest& request);

// Writes those that are new or corrected, and gives them to every office. ETAG_MISMATCH unless the request
// names the effect that it has.
absl::StatusOr<v1::CalendarEffect> PublishPapers(work::Unit& unit,
                                                 const v1::PublishCalendarPapersRequest& request);

// Gives an office (slug) the published papers that it lacks, and moves the registry's own terms.
absl::Status GivePapers(work::Unit& unit, const std::string& office);

// The same for every office that lacks some: one that was set up while a paper was being published. Each in a
// transaction of its own, so that what a round leaves is taken by the next.
absl::Status GivePapersToAll(work::Writer& writer, const db::Budget& budget);

}  // namespace inspectorate::registry
