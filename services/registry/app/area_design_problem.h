// What there is to divide, as the solver wants it: positions become distances, names become numbers.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area_design.pb.h"
#include "services/registry/domain/area_design.h"
#include "services/registry/store/area_design_store.h"

namespace inspectorate::registry {

struct DesignInput {
  OfficeToDivide office;
  DesignProblem problem;
  std::vector<int> continues;     // by area of the design: the present area it must continue, or −1
  std::vector<int> present;       // by school: its present area, or −1
  std::vector<size_t> unlocated;  // schools without a position
};

// `request` as settled: with its day and seed. RESOURCE_NOT_FOUND for a school that does not operate or an
// area that is not there on the day, DESIGN_INFEASIBLE, POLICY_MISSING.
absl::StatusOr<DesignInput> LoadDesignInput(db::Session& session, const std::string& office, Date day,
                                            const v1::CreateAreaDesignRequest& request);

// SHA-256 over all that decides.
std::string InputsHash(const DesignProblem& problem);

}  // namespace inspectorate::registry
