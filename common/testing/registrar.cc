#include "common/testing/registrar.h"

#include <gtest/gtest.h>

#include "common/resource/description.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::testing {
namespace {

namespace v1 = registry::v1;
using resource::ToProto;

constexpr Date kFrom = std::chrono::year{2025} / 9 / 1;
constexpr Date kTo = std::chrono::year{2028} / 8 / 31;

template <class M>
void SetBegin(M* dated) {
  *dated->mutable_valid_from() = ToProto(kFrom);
}

template <class M>
void SetPeriod(M* dated) {
  SetBegin(dated);
  *dated->mutable_valid_to() = ToProto(kTo);
}

}  // namespace

Registrar::Registrar(const Harness& harness, const std::string& office, Made made)
    : client_(harness.ClientOf("registry", Harness::Staff(office))),
      parent_("offices/" + office),
      made_(std::move(made)) {}

template <class Response, class Request>
std::string Registrar::Do(const std::string& method, const Request& request) {
  const auto done = client_->Call<Response>("inspectorate.registry.v1." + method, request);
  EXPECT_TRUE(done.ok()) << method << ": " << done.status();
  if (!done.ok()) return "";
  if (made_) made_(resource::Description::Of<Response>().type(), done->name());
  return done->name();
}

std::string Registrar::School(const std::string& number) {
  v1::CreateSchoolRequest request;
  request.mutable_school()->set_office(parent_);
  request.mutable_school()->set_display_name("示例小学" + number);
  request.mutable_school()->set_external_id(number);
  request.mutable_school()->set_kind(v1::PRIMARY);
  return Do<v1::School>("Schools.CreateSchool", request);
}

std::string Registrar::Inspector(const std::string& number, const std::string& employer,
                                 const std::string& phone) {
  v1::CreateInspectorRequest request;
  request.mutable_inspector()->set_office(parent_);
  request.mutable_inspector()->set_work_number(number);
  request.mutable_inspector()->set_display_name("示例·" + number);
  request.mutable_inspector()->set_kind(v1::PART_TIME);
  request.mutable_inspector()->set_employer_school(employer);
  request.mutable_inspector()->set_work_phone(phone);
  std::string name = Do<v1::Inspector>("Inspectors.CreateInspector", request);
  v1::CreateCertificateRequest certificate;
  certificate.set_parent(name);
  certificate.mutable_certificate()->set_office(parent_);
  certificate.mutable_certificate()->set_number("证" + number);
  SetPeriod(certificate.mutable_certificate());
  Do<v1::Certificate>("Certificates.CreateCertificate", certificate);
  v1::CreateAppointmentRequest appointment;
  appointment.set_parent(name);
  appointment.mutable_appointment()->set_office(parent_);
  appointment.mutable_appointment()->set_kind(v1::PART_TIME);
  appointment.mutable_appointment()->set_term_index(1);
  SetPeriod(appointment.mutable_appointment());
  Do<v1::Appointment>("Appointments.CreateAppointment", appointment);
  return name;
}

std::string Registrar::Area(int number, const std::vector<std::string>& schools, const std::string& lead) {
  v1::CreateAreaRequest request;
  request.set_parent(parent_);
  request.mutable_area()->set_number(number);
  request.mutable_area()->set_display_name("示例责任区" + std::to_string(number));
  SetBegin(request.mutable_area());
  std::string area = Do<v1::Area>("Areas.CreateArea", request);
  for (const std::string& school : schools) {
    v1::CreateSchoolAssignmentRequest assignment;
    assignment.set_parent(parent_);
    assignment.mutable_school_assignment()->set_school(school);
    assignment.mutable_school_assignment()->set_area(area);
    SetBegin(assignment.mutable_school_assignment());
    Do<v1::SchoolAssignment>("SchoolAssignments.CreateSchoolAssignment", assignment);
  }
  v1::CreateAreaMembershipRequest membership;
  membership.set_parent(parent_);
  membership.mutable_area_membership()->set_inspector(lead);
  membership.mutable_area_membership()->set_area(area);
  membership.mutable_area_membership()->set_duty(v1::LEAD);
  SetBegin(membership.mutable_area_membership());
  Do<v1::AreaMembership>("AreaMemberships.CreateAreaMembership", membership);
  return area;
}

std::string Registrar::Supervisor(const std::string& number, const std::string& school,
                                  const std::string& phone) {
  v1::CreateSupervisorRequest request;
  request.set_parent(parent_);
  request.mutable_supervisor()->set_display_name("示例·" + number);
  request.mutable_supervisor()->set_work_number(number);
  request.mutable_supervisor()->set_work_phone(phone);
  std::string name = Do<v1::Supervisor>("Supervisors.CreateSupervisor", request);
  v1::CreateSupervisorPostingRequest posting;
  posting.set_parent(parent_);
  posting.mutable_supervisor_posting()->set_supervisor(name);
  posting.mutable_supervisor_posting()->set_school(school);
  SetBegin(posting.mutable_supervisor_posting());
  Do<v1::SupervisorPosting>("SupervisorPostings.CreateSupervisorPosting", posting);
  return name;
}

std::string Registrar::Staff(const std::string& number) {
  v1::CreateStaffMemberRequest request;
  request.set_parent(parent_);
  request.mutable_staff_member()->set_display_name("示例·" + number);
  request.mutable_staff_member()->set_work_number(number);
  SetBegin(request.mutable_staff_member());
  return Do<v1::StaffMember>("Staff.CreateStaffMember", request);
}

void Registrar::Assign(const std::string& inspector, const std::string& school) {
  v1::CreateInspectorAssignmentRequest request;
  request.set_parent(parent_);
  request.mutable_inspector_assignment()->set_inspector(inspector);
  request.mutable_inspector_assignment()->set_school(school);
  request.mutable_inspector_assignment()->set_duty(v1::MAIN);
  SetBegin(request.mutable_inspector_assignment());
  Do<v1::InspectorAssignment>("InspectorAssignments.CreateInspectorAssignment", request);
}

void Registrar::Recusal(const std::string& inspector, const std::string& school, const std::string& note) {
  v1::CreateRecusalRequest request;
  request.set_parent(inspector);
  request.mutable_recusal()->set_office(parent_);
  request.mutable_recusal()->set_school(school);
  request.mutable_recusal()->set_ground(v1::KIN_ON_STAFF);
  request.mutable_recusal()->set_note(note);
  SetBegin(request.mutable_recusal());
  Do<v1::Recusal>("Recusals.CreateRecusal", request);
}

void Registrar::Term(Date from, Date to, const std::vector<std::string>& months) {
  v1::CreateTermRequest request;
  request.set_parent(parent_);
  request.mutable_term()->set_display_name("学期" + FormatDate(from));
  request.mutable_term()->set_audience(v1::SCHOOLS);
  *request.mutable_term()->mutable_valid_from() = ToProto(from);
  *request.mutable_term()->mutable_valid_to() = ToProto(to);
  for (const std::string& month : months) request.mutable_term()->add_teaching_months(month);
  Do<v1::Term>("Terms.CreateTerm", request);
}

}  // namespace inspectorate::testing
