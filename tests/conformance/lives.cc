#include "tests/conformance/lives.h"

#include "common/resource/description.h"
#include "google/longrunning/operations.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/town.pb.h"
#include "inspectorate/type/v1/operations.pb.h"

namespace inspectorate::conformance {

namespace rv1 = registry::v1;
using google::longrunning::Operation;
using resource::ToProto;

namespace {

const Date kFrom = MakeDate(2025, 9, 1);
const Date kTo = MakeDate(2028, 8, 31);

template <class M>
void SetPeriod(M* dated) {
  *dated->mutable_valid_from() = ToProto(kFrom);
  *dated->mutable_valid_to() = ToProto(kTo);
}

}  // namespace

void Lives::LiveOnce() {
  // Of the near inspector, on days that are far from those of the tests.
  const std::string inspector = district_.samples.at("inspectorate/Inspector");
  rv1::GetInspectorRequest get;
  get.set_name(inspector);
  auto renew = On<rv1::RenewAppointmentRequest>(Do<rv1::Inspector>("Inspectors.GetInspector", get));
  renew.set_document_number("示教督〔2026〕1号");
  renew.set_reason(kSecretNote);
  *renew.mutable_valid_from() = ToProto(kTo + std::chrono::days(1));
  *renew.mutable_valid_to() = ToProto(MakeDate(2031, 8, 31));
  auto suspend = On<rv1::SuspendInspectorRequest>(Do<rv1::Inspector>("Inspectors.RenewAppointment", renew));
  suspend.set_document_number("示教督〔2026〕2号");
  suspend.set_reason(kSecretNote);
  suspend.set_ground(rv1::UNDER_INQUIRY);
  suspend.set_unsettled_reason(kSecretNote);
  *suspend.mutable_last_day() = ToProto(MakeDate(2027, 12, 31));
  Do<rv1::Inspector>("Inspectors.SuspendInspector", suspend);
  Sample("inspectorate/Leave", Leave(inspector));
  Delegation();
  Sample("inspectorate/Delegation", Delegation());
  Sample("inspectorate/Employment", Employment(inspector));
  Sample("inspectorate/Qualification", Qualification(inspector));
  rv1::ListSuspensionsRequest suspensions;
  suspensions.set_parent(inspector);
  Sample("inspectorate/Suspension",
         Do<rv1::ListSuspensionsResponse>("Suspensions.ListSuspensions", suspensions).suspensions(0).name());
  rv1::ListInspectorActsRequest acts;
  acts.set_parent(inspector);
  Sample(
      "inspectorate/InspectorAct",
      Do<rv1::ListInspectorActsResponse>("InspectorActs.ListInspectorActs", acts).inspector_acts(0).name());
  Sample("inspectorate/Town", Town());
  const rv1::TrainingSession session = Held();
  Sample("inspectorate/TrainingSession", session.name());
  Sample("inspectorate/Attendance", Noted(session).name());
  // A list that has a second page.
  Attended(session, district_.people.at(Role::ROLE_AREA_LEAD).subject);
  Planned();
  Sample("inspectorate/StudyRecord", Studied().name());
  Studied();
}

std::string Lives::Leave(const std::string& inspector) {
  rv1::CreateLeaveRequest leave;
  leave.set_parent(inspector);
  leave.mutable_leave()->set_office(district_.office());
  leave.mutable_leave()->set_kind(rv1::SICK_LEAVE);
  leave.mutable_leave()->set_note(kSecretNote);
  *leave.mutable_leave()->mutable_valid_from() = ToProto(MakeDate(2028, 8, 1));
  *leave.mutable_leave()->mutable_valid_to() = ToProto(MakeDate(2028, 8, 10));
  return Do<rv1::Leave>("Leaves.CreateLeave", leave).name();
}

std::string Lives::WithSchool() {
  rv1::CreateInspectorAssignmentRequest assign;
  assign.set_parent(district_.office());
  assign.mutable_inspector_assignment()->set_inspector(world_.AddInspector(district_));
  assign.mutable_inspector_assignment()->set_school(world_.AddSchool(district_));
  assign.mutable_inspector_assignment()->set_duty(rv1::MAIN);
  *assign.mutable_inspector_assignment()->mutable_valid_from() = ToProto(kFrom);
  return Do<rv1::InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", assign).inspector();
}

rv1::InspectorAssignment Lives::Ahead() {
  rv1::CreateInspectorAssignmentRequest assign;
  assign.set_parent(district_.office());
  assign.mutable_inspector_assignment()->set_inspector(world_.AddInspector(district_));
  assign.mutable_inspector_assignment()->set_school(world_.AddSchool(district_));
  assign.mutable_inspector_assignment()->set_duty(rv1::MAIN);
  *assign.mutable_inspector_assignment()->mutable_valid_from() = ToProto(MakeDate(2028, 8, 1));
  return Do<rv1::InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", assign);
}

std::string Lives::Delegation() {
  rv1::CreateDelegationRequest delegate;
  delegate.set_parent(district_.office());
  delegate.mutable_delegation()->set_delegate(world_.AddInspector(district_));
  delegate.mutable_delegation()->set_delegator(WithSchool());
  *delegate.mutable_delegation()->mutable_valid_from() = ToProto(MakeDate(2028, 8, 1));
  *delegate.mutable_delegation()->mutable_valid_to() = ToProto(MakeDate(2028, 8, 10));
  delegate.mutable_delegation()->set_document_number("示教督〔2026〕3号");
  delegate.mutable_delegation()->set_reason(kSecretNote);
  return Do<rv1::Delegation>("Delegations.CreateDelegation", delegate).name();
}

std::string Lives::Employment(const std::string& inspector) {
  rv1::CreateEmploymentRequest employment;
  employment.set_parent(inspector);
  employment.mutable_employment()->set_office(district_.office());
  employment.mutable_employment()->set_school(district_.far_school);
  SetPeriod(employment.mutable_employment());
  return Do<rv1::Employment>("Employments.CreateEmployment", employment).name();
}

std::string Lives::Qualification(const std::string& inspector) {
  rv1::CreateQualificationRequest qualification;
  qualification.set_parent(inspector);
  qualification.mutable_qualification()->set_office(district_.office());
  qualification.mutable_qualification()->set_kind(rv1::DEGREE);
  qualification.mutable_qualification()->set_title("教育学学士");
  SetPeriod(qualification.mutable_qualification());
  return Do<rv1::Qualification>("Qualifications.CreateQualification", qualification).name();
}

std::string Lives::Town() {
  rv1::ImportRosterRequest import;
  import.set_parent(district_.office());
  rv1::ImportFile* file = import.add_files();
  file->set_kind(rv1::IMPORT_DIVISIONS);
  file->set_file_name("行政区划.csv");
  file->set_content("区划代码,名称\n371602001,示例一街道\n371602002,示例二街道\n");
  type::v1::WaitOperationRequest wait;
  wait.set_name(Do<Operation>("Imports.ImportRoster", import).name());
  wait.mutable_timeout()->set_seconds(60);
  world_.Must<Operation>("registry", "inspectorate.type.v1.Operations.WaitOperation",
                         district_.people.at(Role::ROLE_DISTRICT_OFFICE), wait);
  rv1::ListTownsRequest list;
  list.set_parent(district_.office());
  return Do<rv1::ListTownsResponse>("Towns.ListTowns", list).towns(0).name();
}

rv1::Inspector Lives::Candidate() {
  rv1::CreateInspectorRequest request;
  request.mutable_inspector()->set_office(district_.office());
  request.mutable_inspector()->set_work_number(world_.NextText("C-"));
  request.mutable_inspector()->set_display_name("示例·候选");
  request.mutable_inspector()->set_kind(rv1::PART_TIME);
  return Do<rv1::Inspector>("Inspectors.CreateInspector", request);
}

rv1::Inspector Lives::Reviewed() {
  auto request = On<rv1::ReviewCandidateRequest>(Candidate());
  request.set_passed(true);
  return Do<rv1::Inspector>("Inspectors.ReviewCandidate", request);
}

rv1::Inspector Lives::Publicized() {
  auto request = On<rv1::PublicizeCandidateRequest>(Reviewed());
  request.set_document_number("示教督〔2026〕2号");
  *request.mutable_act_date() = ToProto(MakeDate(2026, 2, 2));
  return Do<rv1::Inspector>("Inspectors.PublicizeCandidate", request);
}

rv1::Inspector Lives::Appointed() {
  auto request = On<rv1::AppointInspectorRequest>(Publicized());
  request.set_document_number("示教督〔2026〕3号");
  SetPeriod(&request);
  return Do<rv1::Inspector>("Inspectors.AppointInspector", request);
}

rv1::Inspector Lives::Inducted() {
  const rv1::Inspector inspector =
      Do<rv1::Inspector>("Inspectors.InductInspector", On<rv1::InductInspectorRequest>(Appointed()));
  rv1::CreateCertificateRequest certificate;
  certificate.set_parent(inspector.name());
  certificate.mutable_certificate()->set_office(district_.office());
  certificate.mutable_certificate()->set_number(world_.NextText("证"));
  SetPeriod(certificate.mutable_certificate());
  Do<rv1::Certificate>("Certificates.CreateCertificate", certificate);
  return inspector;
}

rv1::Inspector Lives::OnDuty() {
  return Do<rv1::Inspector>("Inspectors.TakeUpDuty", On<rv1::TakeUpDutyRequest>(Inducted()));
}

rv1::Inspector Lives::Suspended() {
  auto request = On<rv1::SuspendInspectorRequest>(OnDuty());
  request.set_document_number("示教督〔2026〕4号");
  request.set_reason(kSecretNote);
  request.set_ground(rv1::UNDER_INQUIRY);
  return Do<rv1::Inspector>("Inspectors.SuspendInspector", request);
}

rv1::Inspector Lives::Ended() {
  auto request = On<rv1::EndDutyRequest>(OnDuty());
  request.set_document_number("示教督〔2026〕5号");
  request.set_cause(rv1::RESIGNED);
  return Do<rv1::Inspector>("Inspectors.EndDuty", request);
}

rv1::TrainingSession Lives::Planned() {
  rv1::CreateTrainingSessionRequest request;
  request.set_parent(district_.office());
  rv1::TrainingSession& session = *request.mutable_training_session();
  session.set_kind(rv1::TRAINING_WEEKLY_STUDY);
  session.set_mode(rv1::MODE_CENTRALISED);
  *session.mutable_date() = ToProto(MakeDate(2026, 3, 4));
  session.set_topic(world_.NextText("示例周学习"));
  session.set_planned_hours(2);
  return Do<rv1::TrainingSession>("Trainings.CreateTrainingSession", request);
}

rv1::TrainingSession Lives::Held() {
  return Do<rv1::TrainingSession>("Trainings.HoldTrainingSession",
                                  On<rv1::HoldTrainingSessionRequest>(Planned()));
}

rv1::Attendance Lives::Attended(const rv1::TrainingSession& session, const std::string& inspector) {
  rv1::RecordAttendanceRequest request;
  request.set_name(session.name());
  rv1::AttendanceEntry* entry = request.add_entries();
  entry->set_inspector(inspector);
  entry->set_presence(rv1::ATTENDED);
  return Do<rv1::RecordAttendanceResponse>("Trainings.RecordAttendance", request).attendances(0);
}

rv1::Attendance Lives::Noted(const rv1::TrainingSession& session) {
  const Principal& author = district_.people.at(Role::ROLE_RESPONSIBLE_INSPECTOR);
  rv1::RecordAttendanceRequest request;
  request.set_name(session.name());
  rv1::AttendanceEntry* entry = request.add_entries();
  entry->set_inspector(author.subject);
  entry->set_presence(rv1::EXCUSED);
  entry->set_reason(kSecretNote);
  auto notes = On<rv1::WriteStudyNotesRequest>(
      Do<rv1::RecordAttendanceResponse>("Trainings.RecordAttendance", request).attendances(0));
  notes.set_notes(kSecretNote);
  return world_.Must<rv1::Attendance>("registry", "inspectorate.registry.v1.Trainings.WriteStudyNotes",
                                      author, notes);
}

rv1::StudyRecord Lives::Studied() {
  rv1::CreateStudyRecordRequest request;
  const Principal& author = district_.people.at(Role::ROLE_RESPONSIBLE_INSPECTOR);
  request.set_parent(author.subject);
  rv1::StudyRecord& record = *request.mutable_study_record();
  record.set_office(district_.office());
  record.set_mode(rv1::MODE_ONLINE);
  record.set_topic("示例网络课程");
  record.set_hours(3);
  record.set_notes(kSecretNote);
  *record.mutable_date() = ToProto(MakeDate(2026, 3, 1));
  return world_.Must<rv1::StudyRecord>("registry", "inspectorate.registry.v1.StudyRecords.CreateStudyRecord",
                                       author, request);
}

}  // namespace inspectorate::conformance
