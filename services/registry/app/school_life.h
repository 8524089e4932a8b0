// What becomes of a school, and what two persons must agree on. The history that comes of it tells what a
// school was on any day.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"

namespace inspectorate::registry {

// What a plain create or update (a call, a row of an import) may do to a school, and what follows from it:
// checks its numbers, takes them into use, and keeps the name it had. `before` is null for a new school,
// which gets where it stands, if nothing is given. INVALID_FIELDS for what only an act of its life changes,
// SECOND_PERSON_REQUIRED for what two persons change.
absl::Status CheckPlainWrite(work::Unit& unit, const v1::School* before, v1::School* school);

// Where a school stands that is recorded for the first time, as CheckPlainWrite left it. INVALID_FIELDS for a
// state that its days do not allow, SCHOOL_WITHOUT_AREA where the office's rule area.every_school wants an
// area first.
absl::Status CheckFirstStanding(work::Unit& unit, const v1::School& school);

// A change that another registry tells of. INVALID_FIELDS for one that would still have an effect here, and
// for names of fields that it cannot have changed.
absl::Status CheckToldChange(const v1::SchoolChange& change);

absl::StatusOr<v1::SchoolChange> ChangeSchool(work::Unit& unit, rpc::Call& call,
                                              const v1::ChangeSchoolRequest& request);
absl::StatusOr<v1::SchoolChange> ProposeSchoolFacts(work::Unit& unit, rpc::Call& call,
                                                    const v1::ProposeSchoolFactsRequest& request);
// That a code was recorded for the school in error, and is another's. INVALID_FIELDS where it is not recorded
// for the school, CODE_RETIRED where a school ended with it, STATE_TRANSITION_DENIED for a school that is
// over.
absl::StatusOr<v1::SchoolChange> ProposeCodeCorrection(work::Unit& unit, rpc::Call& call,
                                                       const v1::ProposeCodeCorrectionRequest& request);
absl::StatusOr<v1::SchoolChange> ApproveSchoolChange(work::Unit& unit, rpc::Call& call,
                                                     const v1::ApproveSchoolChangeRequest& request);
absl::StatusOr<v1::SchoolChange> RejectSchoolChange(work::Unit& unit, rpc::Call& call,
                                                    const v1::RejectSchoolChangeRequest& request);

// Puts a scheduled change in force whose day has come. Refused when it is not possible any more: then it
// lapses, with the reason as its note, and what it announced is taken back.
absl::Status TakeUpSchoolChange(work::Unit& unit, const std::string& name);
absl::Status LetSchoolChangeLapse(work::Unit& unit, const std::string& name, const absl::Status& why);

// Makes of the school as it is the school as it was on `day`. Facts that are changed without a day of their
// own (students, address, equipment) are as they were last.
absl::Status ShowSchoolOn(db::Session& session, Date day, v1::School* school);

// By identification code, on a day: the school that has or had it; the one that took its place where it was
// merged by then. RESOURCE_NOT_FOUND when the code was nobody's.
absl::StatusOr<v1::School> SchoolByIdentCode(db::Session& session, const std::string& code,
                                             std::optional<Date> day);

}  // namespace inspectorate::registry
