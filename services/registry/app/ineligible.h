// Why somebody may not be given a school: one refusal for assignments and for who acts for another.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/roster/eligibility.h"

namespace inspectorate::registry {

// The gravest of `reasons` on the day decides which error it is: RECUSAL_CONFLICT, APPOINTMENT_MISSING,
// CERTIFICATE_INVALID, ACTOR_NOT_ENTITLED. All are told where the error has room for them.
absl::Status Ineligible(const std::string& inspector, const std::string& school,
                        const std::vector<roster::EligibilityReason>& reasons, Date day);

// ACTOR_NOT_ENTITLED in both languages.
absl::Status NotEntitled(const std::string& actor, const std::string& zh, const std::string& en);

}  // namespace inspectorate::registry
