#include "services/cli/command.h"

namespace inspectorate::cli {

const std::vector<CallCommand>& RegistryCommands() {
  static const auto& commands = *new std::vector<CallCommand>{
      {"office create",
       "registry.v1.Offices.CreateOffice",
       {"建立督导室", "create an office"},
       {"office_id"}},
      {"office get", "registry.v1.Offices.GetOffice", {"查看督导室", "show the office"}},
      {"office list", "registry.v1.Offices.ListOffices", {"督导室列表", "list offices"}},
      {"registry schools",
       "registry.v1.Schools.ListSchools",
       {"学校（园）名录", "list schools and kindergartens"}},
      {"registry school", "registry.v1.Schools.GetSchool", {"查看学校（园）", "show a school"}},
      {"registry areas", "registry.v1.Areas.ListAreas", {"责任区", "list responsibility areas"}},
      {"registry roster", "registry.v1.Areas.GetRoster", {"责任区名册", "who and what belongs to an area"}},
      {"registry coverage",
       "registry.v1.Areas.CheckCoverage",
       {"核对责任覆盖", "check that every school is covered"}},
      {"registry inspectors", "registry.v1.Inspectors.ListInspectors", {"责任督学名册", "list inspectors"}},
      {"registry inspector", "registry.v1.Inspectors.GetInspector", {"查看责任督学", "show an inspector"}},
      {"registry eligibility",
       "registry.v1.Inspectors.CheckEligibility",
       {"某督学某日可否督导某校", "whether an inspector may act at a school on a day"}},
      {"registry supervisors",
       "registry.v1.Supervisors.ListSupervisors",
       {"校级督学名册", "list school-based supervisors"}},
      {"registry postings",
       "registry.v1.SupervisorPostings.ListSupervisorPostings",
       {"校级督学任职", "list postings of supervisors"}},
      {"registry staff", "registry.v1.Staff.ListStaff", {"督导室人员", "list staff of the office"}},
      {"registry assignments",
       "registry.v1.InspectorAssignments.ListInspectorAssignments",
       {"督学分工", "list who is responsible for which school"}},
      {"registry rules", "registry.v1.PolicyRules.ListPolicyRules", {"规则参数", "list policy rules"}},
      {"registry matters", "registry.v1.Matters.ListMatters", {"督导事项", "list supervision matters"}},
      {"registry terms", "registry.v1.Terms.ListTerms", {"校历", "list terms"}}};
  return commands;
}

}  // namespace inspectorate::cli
