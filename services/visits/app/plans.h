// Monthly plans: asked for as an operation, solved, kept as proposed, and published as visits.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/lro/operations.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/plan.pb.h"
#include "services/visits/domain/planner.h"

namespace inspectorate::visits {

inline constexpr char kSolvePlan[] = "solve-plan";

// Makes the operation. The id of the plan and the seed are settled here, so that a runner that starts again
// after a crash makes the same plan, once.
absl::StatusOr<lro::Operation> CreatePlan(work::Unit& unit, const rpc::Call& call,
                                          lro::Operations& operations, const v1::CreatePlanRequest& request);
// Its runner: loads, solves, believes no planner, and keeps plan and items in one unit. NOTHING_TO_PLAN,
// PLAN_INFEASIBLE.
absl::StatusOr<std::unique_ptr<lro::Message>> SolvePlan(work::Writer& writer, const Planner& planner,
                                                        lro::Context& context,
                                                        const v1::CreatePlanRequest& request);

// Makes the visits, which claim their obligations, and supersedes what else was proposed for the month.
// OBLIGATION_TAKEN when one was claimed meanwhile; what CheckPanel refuses.
absl::StatusOr<v1::Plan> PublishPlan(work::Unit& unit, const rpc::Call& call,
                                     const v1::PublishPlanRequest& request);

}  // namespace inspectorate::visits
