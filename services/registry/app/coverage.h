// Coverage of an office on a day: what its dated facts add up to.
#pragma once

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// `office` is a slug. POLICY_MISSING when the office has no rules of eligibility on that day.
absl::StatusOr<v1::Coverage> CheckCoverage(db::Session& session, const std::string& office, Date day);

}  // namespace inspectorate::registry
