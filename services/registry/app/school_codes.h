// The numbers that the state gives to a school, checked on every write.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/work/unit.h"
#include "inspectorate/registry/v1/school.pb.h"

namespace inspectorate::registry {

// INVALID_FIELDS when the identification code is not one that a school of this kind in this province has, or
// the credit code does not check. An identification code that is as it was before is not judged again.
absl::Status CheckSchoolCodes(work::Unit& unit, const v1::School* before, const v1::School& school);

// The two digits that identification codes of an office's schools have of its divisions; empty where it has
// none.
absl::StatusOr<std::string> ProvinceOf(work::Unit& unit, const std::string& office_name);

}  // namespace inspectorate::registry
