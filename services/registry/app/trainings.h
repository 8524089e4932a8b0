// Sessions of training and weekly study, attendance, credits: load → decide → save → append to the feed.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/training.pb.h"

namespace inspectorate::registry {

// Of whoever writes them; what they refer to is there. `before` is null where it is created.
absl::Status CheckTrainingSession(work::Unit& unit, const v1::TrainingSession* before,
                                  v1::TrainingSession* session);
absl::Status CheckStudyRecord(work::Unit& unit, const v1::StudyRecord* before, v1::StudyRecord* record);
// What another registry recorded: INVALID_FIELDS where it contradicts itself. Who was expected, whether it
// was written in time and whether the area was there was decided then: one that was planned ahead may have
// ended.
absl::Status CheckTrainingRecord(const v1::TrainingSession& session);
absl::Status CheckTrainingRecord(work::Unit& unit, const v1::Attendance& attendance);
absl::Status CheckTrainingRecord(work::Unit& unit, const v1::StudyRecord& record);
// PERMISSION_MISSING unless the caller is the inspector who the record below `name` belongs to.
absl::Status CheckOwnStudyRecord(const rpc::Call& call, const std::string& name);

// The caller's office is checked before.
absl::StatusOr<v1::TrainingSession> HoldTrainingSession(work::Unit& unit,
                                                        const v1::HoldTrainingSessionRequest& request);
absl::StatusOr<v1::TrainingSession> CancelTrainingSession(work::Unit& unit,
                                                          const v1::CancelTrainingSessionRequest& request);
// With the credits that follow.
absl::StatusOr<v1::TrainingSession> CorrectTrainingSession(work::Unit& unit,
                                                           const v1::CorrectTrainingSessionRequest& request);
absl::StatusOr<v1::ProposeAttendanceResponse> ProposeAttendance(db::Session& session,
                                                                const v1::ProposeAttendanceRequest& request);
absl::StatusOr<v1::RecordAttendanceResponse> RecordAttendance(work::Unit& unit,
                                                              const v1::RecordAttendanceRequest& request);
absl::StatusOr<v1::CreditAttendanceResponse> CreditAttendance(work::Unit& unit,
                                                              const v1::CreditAttendanceRequest& request);

// These check the caller themselves.
absl::StatusOr<v1::Attendance> WriteStudyNotes(work::Unit& unit, const rpc::Call& call,
                                               const v1::WriteStudyNotesRequest& request);
absl::StatusOr<v1::StudyRecord> CreditStudyRecord(work::Unit& unit, const rpc::Call& call,
                                                  const v1::CreditStudyRecordRequest& request);
absl::StatusOr<v1::StudyRecord> DeclineStudyRecord(work::Unit& unit, const rpc::Call& call,
                                                   const v1::DeclineStudyRecordRequest& request);

// Does the office's rule let an inspector be inducted on this day? INDUCTION_UNRECORDED.
absl::Status CheckInductionRecorded(work::Unit& unit, const std::string& office,
                                    const v1::Inspector& inspector, Date day);

}  // namespace inspectorate::registry
