// Why somebody may not be given a school: one refusal for assignments and for who acts for another.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/roster/eligibility.h"

namespace inspectorate::registry {

// The gravest of `reasons` on the day decides which error it is: RECUSAL_CONFLICT, APPOINTMENT_MISSING,
// CERTIFICATE_INVALID, INSPECTOR_INELIGIBLE. All are told where the error has room for them.
absl::Status Ineligible(const std::string& inspector, const std::string& school,
                        const std::vector<roster::EligibilityReason>& reasons, Date day);

// INSPECTOR_INELIGIBLE in both languages: of somebody who is asked about, not of the caller.
absl::Status CannotTakeOn(const std::string& inspector, const std::string& zh, const std::string& en);

}  // namespace inspectorate::registry
