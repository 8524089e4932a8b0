// Coverage of an office on a day: each operating institution is in exactly one area and has a responsible
// inspector who may act there, or somebody who acts for that one and may (教督〔2012〕7号; 教督〔2019〕3号;
// decision record 0039: who covers is decided in common/roster/cover.h, like indicator I1). Caps warn or, as
// the policy says, block.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/uuid.h"

namespace inspectorate::registry {

struct CoveredSchool {
  Uuid id;
  std::string name;
  bool kindergarten = false;
  std::vector<Uuid> areas;
  // The mainly responsible inspectors, each with the reasons against acting there.
  struct Responsible {
    Uuid inspector;
    std::string why_not_zh;  // empty: may act
    std::string why_not_en;
  };
  std::vector<Responsible> responsible;
  // Those who act for one of them.
  std::vector<Responsible> acting = {};
  // Those who assist: who may not act is told, and covers nothing anyway.
  std::vector<Responsible> assisting = {};
  bool covered = false;
};

struct Named {
  Uuid id;
  std::string name;
};

// What a paper is asked for.
enum class Paper { kArea, kMembership, kSchoolArea, kResponsible };

// Stands in the roster without one: `id` is the area, the inspector or the school.
struct WithoutPaper {
  Paper paper;
  Uuid id;
  std::string name;
};

// Absent: the office has no such rule.
struct CoverageCaps {
  std::optional<int64_t> area_max_schools;
  std::optional<int64_t> area_min_inspectors;
  std::optional<int64_t> inspector_max_schools;
  // Caps that block (else they warn): what is beyond one is wrong, not only worth a look.
  bool area_max_schools_blocks = false;
  bool area_min_inspectors_blocks = false;
  bool inspector_max_schools_blocks = false;
};

struct CoverageFacts {
  std::vector<CoveredSchool> schools;
  std::vector<Named> areas;
  std::vector<Named> inspectors;
  std::map<Uuid, int> members;  // inspectors by area
  std::set<Uuid> led;           // areas with a lead, or with somebody who acts as one and may
  CoverageCaps caps;
  std::vector<WithoutPaper> without_paper;  // where the office asks for papers
};

struct CoverageException {
  enum class Subject { kSchool, kArea, kInspector };
  std::string code;
  Subject subject = Subject::kSchool;
  Uuid id;
  std::string name;
  std::string zh;
  std::string en;
  bool warning = false;
};

struct CoverageResult {
  int schools = 0;
  int kindergartens = 0;
  int covered = 0;
  std::vector<CoverageException> exceptions;
};

CoverageResult DecideCoverage(const CoverageFacts& facts);

}  // namespace inspectorate::registry
