#include "tests/conformance/recipes.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "common/base/hash.h"
#include "common/base/uuid.h"
#include "common/resource/description.h"
#include "common/resource/table.h"
#include "common/validate/rules.h"
#include "inspectorate/issues/v1/attachment.pb.h"
#include "inspectorate/issues/v1/issue.pb.h"
#include "inspectorate/issues/v1/notice.pb.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "inspectorate/registry/v1/calendar.pb.h"
#include "inspectorate/registry/v1/catalogue.pb.h"
#include "inspectorate/registry/v1/data_file.pb.h"
#include "inspectorate/registry/v1/delegation.pb.h"
#include "inspectorate/registry/v1/import.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/plaque.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/registry/v1/school_change.pb.h"
#include "inspectorate/registry/v1/training.pb.h"
#include "inspectorate/reporting/v1/indicator.pb.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"
#include "tests/conformance/boards.h"
#include "tests/conformance/lives.h"
#include "tests/conformance/loop.h"

namespace inspectorate::conformance {
namespace {

namespace iv1 = issues::v1;
namespace rv1 = registry::v1;
namespace vv1 = visits::v1;
using resource::ToProto;

struct Scene {
  World& world;
  District& district;
  Loop loop;
  Lives lives;
  Boards boards;
  Fresh& fresh;
};
using Recipe = std::function<void(Scene&)>;

template <class R>
Recipe With(void (*complete)(Scene&, R&)) {
  return [complete](Scene& scene) { complete(scene, static_cast<R&>(*scene.fresh.request)); };
}

template <class Resource, class R>
void ActOn(const Resource& resource, R& request) {
  request.set_name(resource.name());
  request.set_etag(resource.etag());
}

// A method that acts on what `Make` gives.
template <class R, auto Make, auto... Arguments>
Recipe On() {
  return [](Scene& scene) { ActOn((scene.loop.*Make)(Arguments...), static_cast<R&>(*scene.fresh.request)); };
}

// The same on an inspector.
template <class R, auto Make>
Recipe OnLife() {
  return [](Scene& scene) { ActOn((scene.lives.*Make)(), static_cast<R&>(*scene.fresh.request)); };
}

constexpr char kFile[] = "工号,姓名,任职起\n";

rv1::DataFile BeginFile(Scene& scene) {
  rv1::BeginUploadRequest begin;
  begin.set_parent(scene.district.office());
  begin.set_file_name("督导室人员.csv");
  begin.set_size(sizeof kFile - 1);
  begin.set_sha256(Hex(Sha256(kFile)));
  return scene.world.Must<rv1::DataFile>("registry", "inspectorate.registry.v1.Files.BeginUpload",
                                         scene.fresh.by, begin);
}

std::string WholeFile(Scene& scene) {
  rv1::UploadPieceRequest piece;
  piece.set_name(BeginFile(scene).name());
  piece.set_content(kFile);
  return scene.world
      .Must<rv1::DataFile>("registry", "inspectorate.registry.v1.Files.UploadPiece", scene.fresh.by, piece)
      .name();
}

// Attendance of the near inspector at a session of their own, which was held.
rv1::Attendance Attended(Scene& scene) {
  return scene.lives.Attended(scene.lives.Held(), scene.district.samples.at("inspectorate/Inspector"));
}

// What two persons set: how far back, from a day of its own.
void OwnRule(World& world, rv1::PolicyRule* rule) {
  rule->set_key(kRuleByTwo);
  rule->set_value("30");
  rule->set_unit(rv1::DAY);
  *rule->mutable_valid_from() = ToProto(MakeDate(2040, 1, 1) + std::chrono::days(world.Next()));
  rule->clear_valid_to();
}

// A fact of somebody who is not needed at the near school.
template <class R>
Recipe OfSomebody() {
  return [](Scene& scene) {
    static_cast<R&>(*scene.fresh.request).set_parent(scene.world.AddInspector(scene.district));
  };
}

// For somebody new, by somebody new.
void ActForSomebody(Scene& scene, rv1::Delegation* delegation) {
  delegation->set_delegate(scene.world.AddInspector(scene.district));
  delegation->set_delegator(scene.lives.WithSchool());
  delegation->clear_area();
  delegation->clear_school();
  *delegation->mutable_valid_from() = ToProto(MakeDate(2028, 8, 1));
  *delegation->mutable_valid_to() = ToProto(MakeDate(2028, 8, 10));
}

Principal Deputy(const Scene& scene) { return scene.district.deputy; }

// Creates what `create` says, with `fact` in it, from today on. `method` goes on with the fact's type.
template <class Create, class M>
std::string FromToday(Scene& s, const std::string& method, Create* create, M* fact) {
  create->set_parent(s.district.office());
  *fact->mutable_valid_from() = s.loop.Today();
  return s.world
      .Must<M>("registry", "inspectorate.registry.v1." + method + M::descriptor()->name(),
               s.district.people.at(Role::ROLE_DISTRICT_OFFICE), *create)
      .name();
}

const std::map<std::string, Recipe>& RegistryRecipes() {
  static const auto& recipes = *new std::map<std::string, Recipe>{
      {"SchoolAssignments.CreateSchoolAssignment",
       With<rv1::CreateSchoolAssignmentRequest>([](Scene& s, rv1::CreateSchoolAssignmentRequest& r) {
         r.mutable_school_assignment()->set_school(s.world.AddSchool(s.district));
       })},
      {"PolicyRules.CreatePolicyRule",
       With<rv1::CreatePolicyRuleRequest>(
           [](Scene& s, rv1::CreatePolicyRuleRequest& r) { OwnRule(s.world, r.mutable_policy_rule()); })},
      {"PolicyRules.UpdatePolicyRule",
       With<rv1::UpdatePolicyRuleRequest>([](Scene& s, rv1::UpdatePolicyRuleRequest& r) {
         OwnRule(s.world, r.mutable_policy_rule());
         r.mutable_policy_rule()->set_name(s.world.ProposeRule(s.district).name());
       })},
      {"PolicyRules.ApprovePolicyRule",
       With<rv1::ApprovePolicyRuleRequest>(
           [](Scene& s, rv1::ApprovePolicyRuleRequest& r) { ActOn(s.world.ProposeRule(s.district), r); })},
      {"SchoolAssignments.MoveSchool", With<rv1::MoveSchoolRequest>([](Scene& s, rv1::MoveSchoolRequest& r) {
         r.set_school(s.world.AddSchool(s.district));
         *r.mutable_valid_from() = s.loop.Today();
       })},
      {"AreaMemberships.CreateAreaMembership",
       With<rv1::CreateAreaMembershipRequest>([](Scene& s, rv1::CreateAreaMembershipRequest& r) {
         r.mutable_area_membership()->set_inspector(s.world.AddInspector(s.district));
       })},
      {"InspectorAssignments.CreateInspectorAssignment",
       With<rv1::CreateInspectorAssignmentRequest>([](Scene& s, rv1::CreateInspectorAssignmentRequest& r) {
         r.mutable_inspector_assignment()->set_school(s.world.AddSchool(s.district));
         // The near one is suspended from 2028 on.
         r.mutable_inspector_assignment()->set_inspector(s.world.AddInspector(s.district));
       })},
      // Facts that begin today: of settled days nothing is changed, not even the paper.
      {"SchoolAssignments.UpdateSchoolAssignment",
       With<rv1::UpdateSchoolAssignmentRequest>([](Scene& s, rv1::UpdateSchoolAssignmentRequest& r) {
         rv1::CreateSchoolAssignmentRequest create;
         create.mutable_school_assignment()->set_school(s.world.AddSchool(s.district));
         create.mutable_school_assignment()->set_area(s.district.near_area);
         r.mutable_school_assignment()->set_name(
             FromToday(s, "SchoolAssignments.Create", &create, create.mutable_school_assignment()));
       })},
      {"AreaMemberships.UpdateAreaMembership",
       With<rv1::UpdateAreaMembershipRequest>([](Scene& s, rv1::UpdateAreaMembershipRequest& r) {
         rv1::CreateAreaMembershipRequest create;
         create.mutable_area_membership()->set_inspector(s.world.AddInspector(s.district));
         create.mutable_area_membership()->set_area(s.district.near_area);
         create.mutable_area_membership()->set_duty(rv1::MEMBER);
         r.mutable_area_membership()->set_name(
             FromToday(s, "AreaMemberships.Create", &create, create.mutable_area_membership()));
       })},
      {"InspectorAssignments.UpdateInspectorAssignment",
       With<rv1::UpdateInspectorAssignmentRequest>([](Scene& s, rv1::UpdateInspectorAssignmentRequest& r) {
         rv1::CreateInspectorAssignmentRequest create;
         create.mutable_inspector_assignment()->set_school(s.world.AddSchool(s.district));
         create.mutable_inspector_assignment()->set_inspector(s.world.AddInspector(s.district));
         create.mutable_inspector_assignment()->set_duty(rv1::MAIN);
         r.mutable_inspector_assignment()->set_name(
             FromToday(s, "InspectorAssignments.Create", &create, create.mutable_inspector_assignment()));
       })},
      {"InspectorAssignments.WithdrawInspectorAssignment",
       With<rv1::WithdrawInspectorAssignmentRequest>(
           [](Scene& s, rv1::WithdrawInspectorAssignmentRequest& r) { ActOn(s.lives.Ahead(), r); })},
      {"Delegations.CreateDelegation",
       With<rv1::CreateDelegationRequest>(
           [](Scene& s, rv1::CreateDelegationRequest& r) { ActForSomebody(s, r.mutable_delegation()); })},
      {"Delegations.WithdrawDelegation",
       With<rv1::WithdrawDelegationRequest>([](Scene& s, rv1::WithdrawDelegationRequest& r) {
         rv1::GetDelegationRequest get;
         get.set_name(s.lives.Delegation());
         ActOn(s.world.Must<rv1::Delegation>("registry", "inspectorate.registry.v1.Delegations.GetDelegation",
                                             s.district.people.at(Role::ROLE_DISTRICT_OFFICE), get),
               r);
       })},
      {"Delegations.UpdateDelegation",
       With<rv1::UpdateDelegationRequest>([](Scene& s, rv1::UpdateDelegationRequest& r) {
         r.mutable_delegation()->set_name(s.lives.Delegation());
         ActForSomebody(s, r.mutable_delegation());
       })},
      {"SupervisorPostings.CreateSupervisorPosting",
       With<rv1::CreateSupervisorPostingRequest>([](Scene& s, rv1::CreateSupervisorPostingRequest& r) {
         r.mutable_supervisor_posting()->set_school(s.world.AddSchool(s.district));
       })},
      // A second term, after the first.
      {"Appointments.CreateAppointment",
       With<rv1::CreateAppointmentRequest>([](Scene& s, rv1::CreateAppointmentRequest& r) {
         r.set_parent(s.world.AddInspector(s.district));
         r.mutable_appointment()->set_kind(rv1::PART_TIME);
         r.mutable_appointment()->set_term_index(2);
         *r.mutable_appointment()->mutable_valid_from() = ToProto(MakeDate(2028, 9, 1));
         *r.mutable_appointment()->mutable_valid_to() = ToProto(MakeDate(2031, 8, 31));
       })},
      {"Recusals.CreateRecusal", OfSomebody<rv1::CreateRecusalRequest>()},
      {"Leaves.CreateLeave", OfSomebody<rv1::CreateLeaveRequest>()},
      {"Employments.CreateEmployment", OfSomebody<rv1::CreateEmploymentRequest>()},
      {"Qualifications.CreateQualification", OfSomebody<rv1::CreateQualificationRequest>()},
      {"Leaves.UpdateLeave", With<rv1::UpdateLeaveRequest>([](Scene& s, rv1::UpdateLeaveRequest& r) {
         r.mutable_leave()->set_name(s.lives.Leave(s.world.AddInspector(s.district)));
       })},
      {"Employments.UpdateEmployment",
       With<rv1::UpdateEmploymentRequest>([](Scene& s, rv1::UpdateEmploymentRequest& r) {
         r.mutable_employment()->set_name(s.lives.Employment(s.world.AddInspector(s.district)));
       })},
      {"Qualifications.UpdateQualification",
       With<rv1::UpdateQualificationRequest>([](Scene& s, rv1::UpdateQualificationRequest& r) {
         r.mutable_qualification()->set_name(s.lives.Qualification(s.world.AddInspector(s.district)));
       })},
      {"Inspectors.ReviewCandidate",
       With<rv1::ReviewCandidateRequest>([](Scene& s, rv1::ReviewCandidateRequest& r) {
         ActOn(s.lives.Candidate(), r);
         r.set_passed(true);
       })},
      {"Inspectors.PublicizeCandidate", OnLife<rv1::PublicizeCandidateRequest, &Lives::Reviewed>()},
      {"Inspectors.RejectCandidate", OnLife<rv1::RejectCandidateRequest, &Lives::Reviewed>()},
      {"Inspectors.AppointInspector", OnLife<rv1::AppointInspectorRequest, &Lives::Publicized>()},
      {"Inspectors.InductInspector", OnLife<rv1::InductInspectorRequest, &Lives::Appointed>()},
      {"Inspectors.TakeUpDuty", OnLife<rv1::TakeUpDutyRequest, &Lives::Inducted>()},
      {"Inspectors.RenewAppointment",
       With<rv1::RenewAppointmentRequest>([](Scene& s, rv1::RenewAppointmentRequest& r) {
         ActOn(s.lives.OnDuty(), r);
         *r.mutable_valid_from() = ToProto(MakeDate(2028, 9, 1));
         *r.mutable_valid_to() = ToProto(MakeDate(2031, 8, 31));
       })},
      {"Inspectors.SuspendInspector", OnLife<rv1::SuspendInspectorRequest, &Lives::OnDuty>()},
      {"Inspectors.ReinstateInspector", OnLife<rv1::ReinstateInspectorRequest, &Lives::Suspended>()},
      {"Inspectors.EndDuty", OnLife<rv1::EndDutyRequest, &Lives::OnDuty>()},
      {"Inspectors.DismissInspector", OnLife<rv1::DismissInspectorRequest, &Lives::OnDuty>()},
      {"Inspectors.NominateAgain", OnLife<rv1::NominateAgainRequest, &Lives::Ended>()},
      {"Trainings.HoldTrainingSession", OnLife<rv1::HoldTrainingSessionRequest, &Lives::Planned>()},
      {"Trainings.CancelTrainingSession", OnLife<rv1::CancelTrainingSessionRequest, &Lives::Planned>()},
      {"Trainings.CorrectTrainingSession",
       With<rv1::CorrectTrainingSessionRequest>([](Scene& s, rv1::CorrectTrainingSessionRequest& r) {
         const rv1::TrainingSession held = s.lives.Held();
         ActOn(held, r);
         r.set_hours(held.planned_hours() + 1);
         r.set_mode(held.mode());
       })},
      {"Trainings.RecordAttendance",
       With<rv1::RecordAttendanceRequest>([](Scene& s, rv1::RecordAttendanceRequest& r) {
         r.set_name(s.lives.Held().name());
         r.clear_entries();
         r.add_entries()->set_inspector(s.district.samples.at("inspectorate/Inspector"));
         r.mutable_entries(0)->set_presence(rv1::ATTENDED);
       })},
      {"Trainings.CreditAttendance",
       With<rv1::CreditAttendanceRequest>([](Scene& s, rv1::CreditAttendanceRequest& r) {
         const std::string name = Attended(s).name();
         r.set_name(name.substr(0, name.rfind("/attendances/")));
         r.clear_entries();
         r.add_entries()->set_inspector(s.district.samples.at("inspectorate/Inspector"));
         r.mutable_entries(0)->set_hours(1);
       })},
      {"Trainings.WriteStudyNotes",
       With<rv1::WriteStudyNotesRequest>([](Scene& s, rv1::WriteStudyNotesRequest& r) {
         ActOn(Attended(s), r);
         r.set_notes(kSecretNote);
       })},
      {"Trainings.ExportTrainingFiles",
       With<rv1::ExportTrainingFilesRequest>(
           [](Scene& s, rv1::ExportTrainingFilesRequest& r) { *r.mutable_as_of() = s.loop.Today(); })},
      {"StudyRecords.CreateStudyRecord",
       With<rv1::CreateStudyRecordRequest>([](Scene&, rv1::CreateStudyRecordRequest& r) {
         r.mutable_study_record()->set_mode(rv1::MODE_ONLINE);
       })},
      {"StudyRecords.CreditStudyRecord", OnLife<rv1::CreditStudyRecordRequest, &Lives::Studied>()},
      {"StudyRecords.DeclineStudyRecord", OnLife<rv1::DeclineStudyRecordRequest, &Lives::Studied>()},
      {"Terms.CreateTerm", With<rv1::CreateTermRequest>([](Scene& s, rv1::CreateTermRequest& r) {
         const int year = 2030 + s.world.Next() % 5000;
         *r.mutable_term()->mutable_valid_from() = ToProto(MakeDate(year, 3, 1));
         *r.mutable_term()->mutable_valid_to() = ToProto(MakeDate(year, 7, 1));
       })},
      {"Calendars.PublishCalendarPapers",
       With<rv1::PublishCalendarPapersRequest>([](Scene& s, rv1::PublishCalendarPapersRequest& r) {
         const std::string id = r.request_id();
         r = s.world.NewPaper();
         r.set_request_id(id);
       })},
      {"Catalogues.DeleteCatalogueVersion",
       With<rv1::DeleteCatalogueVersionRequest>(
           [](Scene& s, rv1::DeleteCatalogueVersionRequest& r) { ActOn(s.world.DraftOf(s.district), r); })},
      {"Catalogues.PutCatalogueItem",
       With<rv1::PutCatalogueItemRequest>([](Scene& s, rv1::PutCatalogueItemRequest& r) {
         ActOn(s.world.DraftOf(s.district), r);
         r.mutable_item()->set_code("T" + std::to_string(100 + s.world.Next() % 900));
       })},
      {"Catalogues.RetireCatalogueItem",
       With<rv1::RetireCatalogueItemRequest>([](Scene& s, rv1::RetireCatalogueItemRequest& r) {
         ActOn(s.world.DraftOf(s.district), r);
         r.set_code("T01");
       })},
      {"Catalogues.PublishCatalogueVersion",
       With<rv1::PublishCatalogueVersionRequest>([](Scene& s, rv1::PublishCatalogueVersionRequest& r) {
         ActOn(s.world.DraftOf(s.district), r);
         *r.mutable_valid_from() = s.loop.Today();
         s.fresh.by = Deputy(s);
       })},
      // A school of its own, into another.
      {"SchoolChanges.ChangeSchool",
       With<rv1::ChangeSchoolRequest>([](Scene& s, rv1::ChangeSchoolRequest& r) {
         rv1::GetSchoolRequest get;
         get.set_name(s.world.AddSchool(s.district));
         ActOn(s.world.Must<rv1::School>("registry", "inspectorate.registry.v1.Schools.GetSchool", s.fresh.by,
                                         get),
               r);
         r.set_kind(rv1::MERGE_SCHOOL);
         r.add_others(s.world.AddSchool(s.district));
       })},
      {"SchoolChanges.ProposeSchoolFacts",
       With<rv1::ProposeSchoolFactsRequest>([](Scene& s, rv1::ProposeSchoolFactsRequest& r) {
         r.mutable_school()->Clear();
         r.mutable_school()->set_name(s.world.AddSchool(s.district));
         r.mutable_school()->set_organiser("831");
         r.mutable_update_mask()->Clear();
         r.mutable_update_mask()->add_paths("organiser");
       })},
      {"SchoolChanges.ProposeCodeCorrection",
       With<rv1::ProposeCodeCorrectionRequest>([](Scene& s, rv1::ProposeCodeCorrectionRequest& r) {
         rv1::UpdateSchoolRequest code;
         code.mutable_school()->set_name(s.world.AddSchool(s.district));
         code.mutable_school()->set_ident_code("2137" + std::to_string(600000 + s.world.Next()));
         const auto school = s.world.Must<rv1::School>(
             "registry", "inspectorate.registry.v1.Schools.UpdateSchool", s.fresh.by, code);
         ActOn(school, r);
         r.set_ident_code(school.ident_code());
         r.clear_right_ident_code();
       })},
      {"SchoolChanges.ApproveSchoolChange",
       With<rv1::ApproveSchoolChangeRequest>([](Scene& s, rv1::ApproveSchoolChangeRequest& r) {
         ActOn(s.world.ProposeFacts(s.district, s.world.AddSchool(s.district)), r);
         s.fresh.by = Deputy(s);
       })},
      {"SchoolChanges.RejectSchoolChange",
       With<rv1::RejectSchoolChangeRequest>([](Scene& s, rv1::RejectSchoolChangeRequest& r) {
         ActOn(s.world.ProposeFacts(s.district, s.world.AddSchool(s.district)), r);
         s.fresh.by = Deputy(s);
       })},
      {"AreaDesigns.CreateAreaDesign",
       With<rv1::CreateAreaDesignRequest>([](Scene& s, rv1::CreateAreaDesignRequest& r) {
         // More areas than schools: nothing is told later, while other methods are looked at.
         r.set_area_count(400);
         *r.mutable_as_of() = s.loop.Today();
       })},
      {"AreaDesigns.AdoptAreaDesign",
       With<rv1::AdoptAreaDesignRequest>([](Scene& s, rv1::AdoptAreaDesignRequest& r) {
         ActOn(s.loop.Designed(), r);
         *r.mutable_valid_from() = ToProto(MakeDate(2027, 9, 1) + std::chrono::days(s.world.Next()));
       })},
      {"Files.UploadPiece", With<rv1::UploadPieceRequest>([](Scene& s, rv1::UploadPieceRequest& r) {
         r.set_name(BeginFile(s).name());
         r.set_offset(0);
         r.set_content(kFile);
       })},
      {"Files.DescribeFile", With<rv1::DescribeFileRequest>(
                                 [](Scene& s, rv1::DescribeFileRequest& r) { r.set_name(WholeFile(s)); })},
      {"Files.DownloadPiece", With<rv1::DownloadPieceRequest>([](Scene& s, rv1::DownloadPieceRequest& r) {
         r.set_name(WholeFile(s));
         r.set_offset(0);
       })},
      {"Photos.CreatePhoto", With<rv1::CreatePhotoRequest>([](Scene& s, rv1::CreatePhotoRequest& r) {
         r.set_purpose(rv1::PLAQUE_AT_GATE);
         r.clear_inspector();
         r.set_school(s.district.samples.at("inspectorate/School"));
         r.set_content(s.boards.NewPicture());
         r.clear_sha256();
       })},
      {"Plaques.DraftPlaque", With<rv1::DraftPlaqueRequest>([](Scene& s, rv1::DraftPlaqueRequest& r) {
         r.set_school(s.world.AddSchool(s.district));
       })},
      {"Plaques.ApprovePlaque", With<rv1::ApprovePlaqueRequest>([](Scene& s, rv1::ApprovePlaqueRequest& r) {
         ActOn(s.boards.Drafted(), r);
       })},
      {"Plaques.MakePlaque", With<rv1::MakePlaqueRequest>([](Scene& s, rv1::MakePlaqueRequest& r) {
         ActOn(s.boards.Approved(), r);
         r.clear_act_date();
       })},
      {"Plaques.MountPlaque", With<rv1::MountPlaqueRequest>([](Scene& s, rv1::MountPlaqueRequest& r) {
         ActOn(s.boards.Made(), r);
         r.clear_act_date();
       })},
      {"Plaques.VerifyPlaque", With<rv1::VerifyPlaqueRequest>([](Scene& s, rv1::VerifyPlaqueRequest& r) {
         ActOn(s.boards.Mounted(), r);
         r.clear_act_date();
       })},
      {"Plaques.PrintPlaques", With<rv1::PrintPlaquesRequest>([](Scene& s, rv1::PrintPlaquesRequest& r) {
         r.clear_plaques();
         r.add_plaques(s.district.samples.at("inspectorate/Plaque"));
         r.clear_area();
       })},
      {"Imports.ImportRoster", With<rv1::ImportRosterRequest>([](Scene& s, rv1::ImportRosterRequest& r) {
         r.clear_files();
         rv1::ImportFile* file = r.add_files();
         file->set_kind(rv1::IMPORT_STAFF);
         file->set_file_name("督导室人员.csv");
         file->set_content("工号,姓名,职务,角色,所属区划代码,任职起,任职止,文号,工作电话\n" +
                           s.world.NextText("I") + ",示例·某人,科员,督导室负责人,371603,2022-09-01,,,\n");
       })},
  };
  return recipes;
}

const std::map<std::string, Recipe>& VisitsRecipes() {
  static const auto& recipes = *new std::map<std::string, Recipe>{
      {"Obligations.GenerateObligations",
       With<vv1::GenerateObligationsRequest>(
           [](Scene& s, vv1::GenerateObligationsRequest& r) { *r.mutable_month() = s.loop.NextMonth(); })},
      {"Obligations.ExcuseObligation",
       With<vv1::ExcuseObligationRequest>([](Scene& s, vv1::ExcuseObligationRequest& r) {
         vv1::GetObligationRequest get;
         get.set_name(s.loop.OpenObligation());
         ActOn(s.world.Must<vv1::Obligation>("visits", "inspectorate.visits.v1.Obligations.GetObligation",
                                             s.fresh.by, get),
               r);
       })},
      // April waits for its plan.
      {"Plans.CreatePlan", With<vv1::CreatePlanRequest>([](Scene&, vv1::CreatePlanRequest& r) {
         *r.mutable_month() = ToProto(MakeDate(2026, 4, 1));
       })},
      {"Plans.PublishPlan", On<vv1::PublishPlanRequest, &Loop::Solved>()},
      {"Visits.NotifyVisit", On<vv1::NotifyVisitRequest, &Loop::Planned, vv1::SHORT_NOTICE>()},
      {"Visits.StartVisit", On<vv1::StartVisitRequest, &Loop::Planned, vv1::UNANNOUNCED>()},
      {"Visits.RecordVisit", On<vv1::RecordVisitRequest, &Loop::Started>()},
      {"Visits.SubmitVisit", On<vv1::SubmitVisitRequest, &Loop::Recorded>()},
      {"Visits.ReturnVisit", On<vv1::ReturnVisitRequest, &Loop::Submitted, 1>()},
      {"Visits.ApproveVisit", On<vv1::ApproveVisitRequest, &Loop::Submitted, 1>()},
      {"Visits.HandOverVisit", With<vv1::HandOverVisitRequest>([](Scene& s, vv1::HandOverVisitRequest& r) {
         r.set_to_inspector(s.world.AddInspector(s.district));
         s.world.Settle();
         const vv1::Visit visit = s.loop.Planned(vv1::UNANNOUNCED);
         ActOn(visit, r);
         r.set_from_inspector(visit.panel(0));
       })},
      {"Visits.CancelVisit", On<vv1::CancelVisitRequest, &Loop::Planned, vv1::UNANNOUNCED>()},
      {"Visits.MarkVisitMissed", On<vv1::MarkVisitMissedRequest, &Loop::Planned, vv1::UNANNOUNCED>()},
      {"Visits.RecordFeedback", On<vv1::RecordFeedbackRequest, &Loop::Submitted, 1>()},
      {"Visits.ReportObstruction", On<vv1::ReportObstructionRequest, &Loop::Started>()},
      {"Findings.CreateFinding", With<vv1::CreateFindingRequest>([](Scene& s, vv1::CreateFindingRequest& r) {
         r.set_parent(s.loop.Started().name());
       })},
      {"Findings.UpdateFinding", With<vv1::UpdateFindingRequest>([](Scene& s, vv1::UpdateFindingRequest& r) {
         r.mutable_finding()->set_name(s.loop.Found(s.loop.Started()).name());
       })},
      {"Findings.DeleteFinding", With<vv1::DeleteFindingRequest>([](Scene& s, vv1::DeleteFindingRequest& r) {
         ActOn(s.loop.Found(s.loop.Started()), r);
       })},
  };
  return recipes;
}

const std::map<std::string, Recipe>& IssuesRecipes() {
  static const auto& recipes = *new std::map<std::string, Recipe>{
      {"Issues.TriageIssue", On<iv1::TriageIssueRequest, &Loop::Registered>()},
      {"Issues.CloseOnSpot", With<iv1::CloseOnSpotRequest>([](Scene& s, iv1::CloseOnSpotRequest& r) {
         ActOn(s.loop.Triaged(iv1::MINOR, iv1::ON_THE_SPOT), r);
         r.set_evidence(0, s.loop.Evidence());
       })},
      {"Issues.SubmitPlan", On<iv1::SubmitPlanRequest, &Loop::Acknowledged, iv1::GENERAL>()},
      {"Issues.AcceptPlan", On<iv1::AcceptPlanRequest, &Loop::PlanSubmitted>()},
      {"Issues.ReturnPlan", On<iv1::ReturnPlanRequest, &Loop::PlanSubmitted>()},
      {"Issues.SubmitRectification",
       With<iv1::SubmitRectificationRequest>([](Scene& s, iv1::SubmitRectificationRequest& r) {
         ActOn(s.loop.Acknowledged(), r);
         r.set_evidence(0, s.loop.Evidence());
       })},
      {"Issues.ReturnRectification", On<iv1::ReturnRectificationRequest, &Loop::Rectified, iv1::MINOR>()},
      {"Issues.AcceptIssue", On<iv1::AcceptIssueRequest, &Loop::Verified, iv1::MINOR>()},
      {"Issues.ReopenIssue", On<iv1::ReopenIssueRequest, &Loop::Closed>()},
      {"Issues.ProposeDisposition",
       With<iv1::ProposeDispositionRequest>([](Scene& s, iv1::ProposeDispositionRequest& r) {
         ActOn(s.loop.Registered(), r);
         r.set_disposition(iv1::MERGE);
         r.set_merged_into(s.loop.Registered().name());
       })},
      {"Issues.ApproveDisposition",
       With<iv1::ApproveDispositionRequest>([](Scene& s, iv1::ApproveDispositionRequest& r) {
         ActOn(s.loop.Proposed(), r);
         s.fresh.by = Deputy(s);
       })},
      {"Issues.RejectDisposition",
       With<iv1::RejectDispositionRequest>([](Scene& s, iv1::RejectDispositionRequest& r) {
         ActOn(s.loop.Proposed(), r);
         s.fresh.by = Deputy(s);
       })},
      {"Issues.ExtendDeadline", With<iv1::ExtendDeadlineRequest>([](Scene& s, iv1::ExtendDeadlineRequest& r) {
         ActOn(s.loop.Acknowledged(), r);
         *r.mutable_new_due_date() = ToProto(MakeDate(2026, 6, 30));
       })},
      {"Notices.IssueNotice", With<iv1::IssueNoticeRequest>([](Scene& s, iv1::IssueNoticeRequest& r) {
         r.set_issues(0, s.loop.Triaged().name());
       })},
      {"Notices.ConfirmReceipt", On<iv1::ConfirmReceiptRequest, &Loop::Noticed, iv1::MINOR>()},
      {"Notices.DeemServed", On<iv1::DeemServedRequest, &Loop::LongNoticed>()},
  };
  return recipes;
}

const std::map<std::string, Recipe>& RecipesOf(const std::string& service) {
  static const auto& none = *new std::map<std::string, Recipe>;
  if (service == "registry") return RegistryRecipes();
  if (service == "visits") return VisitsRecipes();
  return service == "issues" ? IssuesRecipes() : none;
}

// "inspectorate.visits.v1.Plans.GetPlan" → "Plans.GetPlan".
std::string ShortName(const Rpc& rpc) {
  return rpc.name().substr(rpc.method->service()->file()->package().size() + 1);
}

// An update is sent with the etag of what is there now.
void SetPresentEtag(const Rpc& rpc, World& world, Message* request) {
  const auto& reflection = *request->GetReflection();
  for (const auto& field : validate::RulesOf(*request->GetDescriptor()).fields) {
    if (!field.patch) continue;
    Message* patch = reflection.MutableMessage(request, field.field);
    const auto& description = resource::Description::Of(patch->GetDescriptor());
    Request now(patch->New());
    const auto status =
        world.database(rpc.service).Read(db::Budget::Of(std::chrono::seconds(20)), [&](db::Session& session) {
          return resource::Load(session, description, TextOf(*patch, "name"), now.get()).status();
        });
    EXPECT_TRUE(status.ok()) << status;
    SetText(patch, "etag", TextOf(*now, "etag"));
  }
}

}  // namespace

void CompleteSkeleton(const Rpc& rpc, const District& district, Message* request) {
  const std::string name = ShortName(rpc);
  if (name == "Schools.LookupSchool") {
    SetText(request, "office", district.office());
    SetText(request, "external_id", "S1");
  } else if (name.ends_with(".PreviewCalendar") || name == "Calendars.PreviewCalendarPapers") {
    SetText(request, "papers", "year,paper,issued,subject\n2099,示例发电9号,2099-01-05,示例安排\n");
    SetText(request, "days", "date,kind,name,paper\n2099-10-01,off,国庆节,示例发电9号\n");
  } else if (name == "Calendars.ComputeDeadline") {
    SetText(request, "rule", "issue.plan_days");
  } else if (name.starts_with("Trainings.") && request->GetDescriptor()->FindFieldByName("year") != nullptr) {
    // A year in which there are rules for it.
    request->GetReflection()->SetInt32(request, request->GetDescriptor()->FindFieldByName("year"), 2026);
  } else if (name == "Plaques.GetPublicPlaque") {
    SetText(request, "token", district.plaque_token);
  } else if (name == "Divisions.ListDivisions") {
    SetText(request, "parent", "divisions/371603");
  } else if (name == "Indicators.DrillIndicator") {
    auto* drill = static_cast<reporting::v1::DrillIndicatorRequest*>(request);
    drill->set_metric("I1");
    *drill->mutable_period_from() = ToProto(MakeDate(2026, 3, 1));
  }
}

void ApplyRecipe(const Rpc& rpc, World& world, District& district, Fresh* fresh) {
  const auto& recipes = RecipesOf(rpc.service);
  const auto found = recipes.find(ShortName(rpc));
  if (found != recipes.end()) {
    Scene scene{.world = world,
                .district = district,
                .loop = Loop(world, district),
                .lives = Lives(world, district),
                .boards = Boards(world, district),
                .fresh = *fresh};
    found->second(scene);
  }
  if (rpc.Input("update_mask") != nullptr) SetPresentEtag(rpc, world, fresh->request.get());
}

}  // namespace inspectorate::conformance
