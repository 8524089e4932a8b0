#include "services/registry/domain/coverage.h"

#include <algorithm>

namespace inspectorate::registry {
namespace {

using Subject = CoverageException::Subject;

void CheckArea(const CoveredSchool& school, CoverageResult& result) {
  if (school.areas.size() == 1) return;
  if (school.areas.empty()) {
    result.exceptions.push_back({"NO_AREA", Subject::kSchool, school.id, school.name, "未划入督学责任区",
                                 "belongs to no responsibility area", false});
  } else {
    const std::string count = std::to_string(school.areas.size());
    result.exceptions.push_back({"SEVERAL_AREAS", Subject::kSchool, school.id, school.name,
                                 "同时划入" + count + "个督学责任区",
                                 "belongs to " + count + " areas at once", false});
  }
}

// Each who may not act is told. Where somebody acts for the inspector, that is worth a look and no more; who
// may not act for a covered school likewise.
void CheckResponsible(const CoveredSchool& school, CoverageResult& result) {
  if (school.responsible.empty()) {
    result.exceptions.push_back({"NO_INSPECTOR", Subject::kSchool, school.id, school.name, "没有责任督学",
                                 "has no responsible inspector", false});
  }
  const auto may_act = [](const CoveredSchool::Responsible& person) { return person.why_not_zh.empty(); };
  const bool acted_for = std::ranges::any_of(school.acting, may_act);
  for (const auto& responsible : school.responsible) {
    if (may_act(responsible)) continue;
    result.exceptions.push_back(
        {"INELIGIBLE_INSPECTOR", Subject::kSchool, school.id, school.name,
         "责任督学不能履职:" + responsible.why_not_zh + (acted_for ? "（由代理人履职）" : ""),
         "its inspector may not act: " + responsible.why_not_en + (acted_for ? " (somebody acts there)" : ""),
         acted_for});
  }
  for (const auto& acting : school.acting) {
    if (may_act(acting)) continue;
    result.exceptions.push_back({"INELIGIBLE_DELEGATE", Subject::kSchool, school.id, school.name,
                                 "代理人不能履职:" + acting.why_not_zh,
                                 "who acts for its inspector may not act: " + acting.why_not_en,
                                 school.covered});
  }
}

void CheckAssisting(const CoveredSchool& school, CoverageResult& result) {
  for (const auto& assisting : school.assisting) {
    if (assisting.why_not_zh.empty()) continue;
    result.exceptions.push_back({"INELIGIBLE_CO_INSPECTOR", Subject::kSchool, school.id, school.name,
                                 "协同督学不能履职:" + assisting.why_not_zh,
                                 "an inspector who assists there may not act: " + assisting.why_not_en,
                                 false});
  }
}

void CheckLeads(const CoverageFacts& facts, CoverageResult& result) {
  for (const Named& area : facts.areas) {
    if (facts.led.contains(area.id)) continue;
    result.exceptions.push_back(
        {"AREA_WITHOUT_LEAD", Subject::kArea, area.id, area.name, "没有组长", "has no lead", true});
  }
}

void CheckCaps(const CoverageFacts& facts, CoverageResult& result) {
  std::map<Uuid, int64_t> in_area;
  std::map<Uuid, int64_t> of_inspector;
  for (const CoveredSchool& school : facts.schools) {
    for (const Uuid& area : school.areas) ++in_area[area];
    for (const auto& responsible : school.responsible) ++of_inspector[responsible.inspector];
  }
  for (const Named& area : facts.areas) {
    const int64_t schools = in_area[area.id];
    if (facts.caps.area_max_schools && schools > *facts.caps.area_max_schools) {
      const std::string text = std::to_string(schools), cap = std::to_string(*facts.caps.area_max_schools);
      result.exceptions.push_back(
          {"AREA_TOO_LARGE", Subject::kArea, area.id, area.name, "有" + text + "所学校(园),超过" + cap + "所",
           "has " + text + " institutions, more than " + cap, !facts.caps.area_max_schools_blocks});
    }
    auto members = facts.members.find(area.id);
    const int64_t inspectors = members == facts.members.end() ? 0 : members->second;
    if (facts.caps.area_min_inspectors && inspectors < *facts.caps.area_min_inspectors) {
      const std::string text = std::to_string(inspectors),
                        floor = std::to_string(*facts.caps.area_min_inspectors);
      result.exceptions.push_back({"AREA_TOO_FEW_INSPECTORS", Subject::kArea, area.id, area.name,
                                   "有" + text + "名督学,少于" + floor + "名",
                                   "has " + text + " inspector(s), fewer than " + floor,
                                   !facts.caps.area_min_inspectors_blocks});
    }
  }
  for (const Named& inspector : facts.inspectors) {
    const int64_t schools = of_inspector[inspector.id];
    if (facts.caps.inspector_max_schools && schools > *facts.caps.inspector_max_schools) {
      const std::string text = std::to_string(schools),
                        cap = std::to_string(*facts.caps.inspector_max_schools);
      result.exceptions.push_back({"INSPECTOR_TOO_MANY_SCHOOLS", Subject::kInspector, inspector.id,
                                   inspector.name, "负责" + text + "所学校(园),超过" + cap + "所",
                                   "is responsible for " + text + " institutions, more than " + cap,
                                   !facts.caps.inspector_max_schools_blocks});
    }
  }
}

void CheckPapers(const CoverageFacts& facts, CoverageResult& result) {
  struct Told {
    Subject subject;
    const char* zh;
    const char* en;
  };
  const auto told = [](Paper paper) -> Told {
    switch (paper) {
      case Paper::kArea:
        return {Subject::kArea, "责任区的设立没有文号", "no paper is recorded that sets the area up"};
      case Paper::kMembership:
        return {Subject::kInspector, "在责任区任职没有文号",
                "no paper is recorded for belonging to the area"};
      case Paper::kSchoolArea:
        return {Subject::kSchool, "划入责任区没有文号", "no paper is recorded for belonging to the area"};
      case Paper::kResponsible:
        return {Subject::kSchool, "督学分工没有文号", "no paper is recorded for who is responsible"};
    }
    return {};
  };
  for (const WithoutPaper& lacks : facts.without_paper) {
    const Told text = told(lacks.paper);
    result.exceptions.push_back(
        {"NO_DOCUMENT", text.subject, lacks.id, lacks.name, text.zh, text.en, /*warning=*/true});
  }
}

}  // namespace

CoverageResult DecideCoverage(const CoverageFacts& facts) {
  CoverageResult result;
  for (const CoveredSchool& school : facts.schools) {
    ++(school.kindergarten ? result.kindergartens : result.schools);
    CheckArea(school, result);
    if (school.covered) ++result.covered;
    CheckResponsible(school, result);
    CheckAssisting(school, result);
  }
  CheckLeads(facts, result);
  CheckCaps(facts, result);
  CheckPapers(facts, result);
  return result;
}

}  // namespace inspectorate::registry
