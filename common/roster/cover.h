// Who covers the schools of an office on a day: the one answer behind indicator I1 and the office's own check
// of coverage (decision record 0039), out of this service's own registry tables or copies.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/roster/eligibility_facts.h"

namespace inspectorate::roster {

// A school that operates on a day, as it is on that day.
struct OperatingSchool {
  Uuid id;
  std::string name;
  int kind = 0;  // number of inspectorate.registry.v1.SchoolKind
};

// Of an office (slug), in the order of its numbers.
absl::StatusOr<std::vector<OperatingSchool>> OperatingSchools(db::Session& session, const std::string& office,
                                                              Date day);

// Somebody who answers for a school, with what speaks against acting there that day.
struct Covering {
  Uuid inspector;
  bool of_office = true;  // whoever belongs to another office covers nothing
  std::vector<EligibilityReason> against = {};

  bool MayAct() const { return of_office && against.empty(); }
};

struct SchoolCover {
  OperatingSchool school;
  std::vector<Covering> main = {};       // who is mainly responsible
  std::vector<Covering> acting = {};     // who acts for one of them by a delegation
  std::vector<Covering> assisting = {};  // covers nothing

  // By a main inspector who may act there that day, or by who acts for one and may.
  bool covered() const;
};

struct Cover {
  std::vector<SchoolCover> schools;
  // What it was decided from: the office's inspectors, and its rules that day. Where it has none, nobody has
  // decided what would speak against somebody, and nothing does.
  std::map<Uuid, InspectorFacts> inspectors;
  std::optional<EligibilityPolicy> policy;
};

// The same number of statements, however many the schools.
absl::StatusOr<Cover> LoadCover(db::Session& session, const std::string& office, Date day);

}  // namespace inspectorate::roster
