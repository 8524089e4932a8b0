#include "services/reporting/testing/small_district.h"

#include <utility>

#include "common/identity/issue_id.h"
#include "common/resource/description.h"
#include "inspectorate/registry/v1/area.pb.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "inspectorate/registry/v1/office.pb.h"
#include "inspectorate/registry/v1/policy.pb.h"
#include "inspectorate/registry/v1/school.pb.h"
#include "inspectorate/visits/v1/plan.pb.h"

namespace inspectorate::reporting {
namespace {

using resource::ToProto;
namespace reg = registry::v1;

const Date kBegin = MakeDate(2025, 9, 1);
const Date kMarch = MakeDate(2026, 3, 1);
constexpr char kOfficeName[] = "offices/test";

std::string Numbered(const std::string& what, int id) { return what + std::to_string(id); }

}  // namespace

SmallDistrict::SmallDistrict(int schools, int kindergartens, int areas, int inspectors)
    : schools_(schools), kindergartens_(kindergartens), areas_(areas), inspectors_(inspectors) {
  reg::Office office;
  office.set_name(kOfficeName);
  office.set_display_name("示例督导室");
  Put(&office);
  int rules = 0;
  for (const auto& [key, value] : {std::pair{"visit.term_min", "2"},
                                   {"recusal.former_employer_years", "3"},
                                   {"inspector.max_terms", "3"}}) {
    reg::PolicyRule rule;
    rule.set_name(Name("policyRules", ++rules));
    rule.set_key(key);
    rule.set_value(value);
    *rule.mutable_valid_from() = ToProto(kBegin);
    Put(&rule);
  }
  for (int audience : {reg::SCHOOLS, reg::KINDERGARTENS}) {
    reg::Term term;
    term.set_name(Name("terms", audience));
    term.set_audience(static_cast<reg::TermAudience>(audience));
    *term.mutable_valid_from() = ToProto(MakeDate(2026, 2, 25));
    *term.mutable_valid_to() = ToProto(MakeDate(2026, 7, 10));
    for (const char* month : {"2026-03", "2026-04", "2026-05", "2026-06"}) term.add_teaching_months(month);
    Put(&term);
  }
  for (int i = 1; i <= areas; ++i) {
    reg::Area area;
    area.set_name(Name("areas", i));
    area.set_number(i);
    area.set_display_name(Numbered("示例责任区", i));
    *area.mutable_valid_from() = ToProto(kBegin);
    Put(&area);
  }
  for (int i = 1; i <= inspectors; ++i) {
    reg::Inspector inspector;
    inspector.set_name(InspectorName(i));
    inspector.set_office(kOfficeName);
    inspector.set_display_name(Numbered("示例督学", i));
    inspector.set_state(reg::ON_DUTY);
    Put(&inspector);
    reg::Appointment appointment;
    appointment.set_name(InspectorName(i) + "/appointments/" + FormatUuid(Id("appointments", i)));
    appointment.set_office(kOfficeName);
    *appointment.mutable_valid_from() = ToProto(kBegin);
    Put(&appointment);
    reg::Certificate certificate;
    certificate.set_name(InspectorName(i) + "/certificates/" + FormatUuid(Id("certificates", i)));
    certificate.set_office(kOfficeName);
    *certificate.mutable_valid_from() = ToProto(kBegin);
    Put(&certificate);
  }
  for (int i = 1; i <= schools; ++i) {
    PutSchool(i, Numbered(i <= kindergartens ? "示例幼儿园" : "示例小学", i));
    reg::SchoolAssignment in_area;
    in_area.set_name(Name("schoolAssignments", i));
    in_area.set_school(SchoolName(i));
    in_area.set_area(Name("areas", 1 + (i - 1) % areas));
    *in_area.mutable_valid_from() = ToProto(kBegin);
    Put(&in_area);
    reg::InspectorAssignment assignment;
    assignment.set_name(Name("inspectorAssignments", i));
    assignment.set_school(SchoolName(i));
    assignment.set_inspector(InspectorName(1 + (i - 1) % inspectors));
    assignment.set_duty(reg::MAIN);
    *assignment.mutable_valid_from() = ToProto(kBegin);
    Put(&assignment);
  }
  visits::v1::Plan plan;
  plan.set_name(Name("plans", 1));
  *plan.mutable_month() = ToProto(kMarch);
  plan.set_state(visits::v1::PUBLISHED);
  Put(&plan);
}

void SmallDistrict::PutSchool(int id, const std::string& name) {
  reg::School school;
  school.set_name(SchoolName(id));
  school.set_office(kOfficeName);
  school.set_display_name(name);
  school.set_external_id(NumberOf(id));
  school.set_kind(id <= kindergartens_ ? reg::KINDERGARTEN : reg::PRIMARY);
  school.set_state(reg::OPERATING);
  Put(&school);
}

visits::v1::Visit SmallDistrict::PlanVisit(int id, int school, int day, visits::v1::VisitType type) {
  visits::v1::Visit visit;
  visit.set_name(Name("visits", id));
  visit.set_school(SchoolName(school));
  visit.set_area(Name("areas", 1 + (school - 1) % areas_));
  visit.set_type(type);
  visit.set_state(visits::v1::PLANNED);
  visit.add_panel(InspectorName(1 + (school - 1) % inspectors_));
  if (type == visits::v1::ROUTINE) visit.set_plan(Name("plans", 1));
  *visit.mutable_planned_day() = ToProto(kMarch + std::chrono::days(day - 1));
  Put(&visit, Noon(kMarch - std::chrono::days(1)), "visit.planned");
  return visit;
}

void SmallDistrict::Hold(visits::v1::Visit* visit, int persons, int feedback_after) {
  const Date day = resource::FromProto(visit->planned_day());
  visit->clear_panel();
  for (int i = 1; i <= persons; ++i) visit->add_panel(InspectorName(1 + (i - 1) % inspectors_));
  visit->set_state(visits::v1::SUBMITTED);
  visit->set_submissions(1);
  *visit->mutable_held_day() = ToProto(day);
  *visit->mutable_submit_time() = ToProto(Noon(day));
  Put(visit, Noon(day), "visit.submitted");
  if (feedback_after < 0) return;
  const Time told = Noon(day + std::chrono::days(feedback_after));
  *visit->mutable_feedback_time() = ToProto(told);
  Put(visit, told, "visit.fedBack");
}

void SmallDistrict::Miss(visits::v1::Visit* visit, const std::string& reason) {
  visit->set_state(visits::v1::MISSED);
  visit->set_end_reason(reason);
  Put(visit, Noon(MakeDate(2026, 3, 31)), "visit.missed");
}

issues::v1::Issue SmallDistrict::Find(const visits::v1::Visit& visit, int ordinal, const std::string& matter,
                                      issues::v1::Severity severity, const std::string& fact) {
  const Date day = resource::FromProto(visit.held_day());
  visits::v1::Finding finding;
  finding.set_name(visit.name() + "/findings/" + std::to_string(ordinal));
  finding.set_school(visit.school());
  finding.set_area(visit.area());
  finding.set_kind(visits::v1::PROBLEM);
  finding.set_matter(matter);
  finding.set_severity(static_cast<visits::v1::Severity>(severity));
  finding.set_fact(fact);
  finding.set_ordinal(ordinal);
  finding.set_sealed_in(1);
  Put(&finding, Noon(day), "finding.sealed");

  issues::v1::Issue issue;
  issue.set_name("offices/test/issues/" +
                 FormatUuid(IssueId(resource::UuidOf(visit.name()), static_cast<uint32_t>(ordinal))));
  issue.set_source(issues::v1::FROM_VISIT);
  issue.set_visit(visit.name());
  issue.set_ordinal(ordinal);
  issue.set_source_position(position("visits"));
  issue.set_school(visit.school());
  issue.set_area(visit.area());
  issue.set_matter(matter);
  issue.set_severity(severity);
  issue.set_fact(fact);
  *issue.mutable_found_day() = visit.held_day();
  Move(&issue, issues::v1::REGISTERED, day, "issue.registered");
  return issue;
}

void SmallDistrict::Move(issues::v1::Issue* issue, issues::v1::IssueState state, Date day,
                         const std::string& event) {
  issue->set_state(state);
  Put(issue, Noon(day), event);
}

void SmallDistrict::CloseOnTheSpot(issues::v1::Issue* issue) {
  const Date found = resource::FromProto(issue->found_day());
  *issue->mutable_rectified_time() = ToProto(Noon(found));
  issue->add_reports()->set_report("当场整改");
  *issue->mutable_close_time() = ToProto(Noon(found));
  issue->set_close_route(issues::v1::CLOSED_ON_THE_SPOT);
  Move(issue, issues::v1::CLOSED, found, "issue.closed");
}

void SmallDistrict::CloseAfterLookBack(issues::v1::Issue* issue, Date due, Date reported, Date looked_back,
                                       Date closed) {
  *issue->mutable_rectify_due() = ToProto(due);
  Move(issue, issues::v1::RECTIFYING, resource::FromProto(issue->found_day()), "issue.planAccepted");
  *issue->mutable_rectified_time() = ToProto(Noon(reported));
  issue->add_reports()->set_report("已整改");
  Move(issue, issues::v1::AWAITING_VERIFICATION, reported, "issue.rectified");
  issue->add_look_backs()->set_passed(true);
  Move(issue, issues::v1::VERIFIED, looked_back, "issue.verified");
  *issue->mutable_close_time() = ToProto(Noon(closed));
  issue->set_close_route(issues::v1::CLOSED_AFTER_LOOK_BACK);
  Move(issue, issues::v1::CLOSED, closed, "issue.closed");
}

}  // namespace inspectorate::reporting
