// What a planner saw, as one hash: two plans with the same hash, solver and seed are the same.
#pragma once

#include <string>

#include "services/visits/domain/planner.h"

namespace inspectorate::visits {

// SHA-256, lower-case hexadecimal, over every field of the problem, in the order in which it is written down.
std::string InputsHash(const PlanProblem& problem);

}  // namespace inspectorate::visits
