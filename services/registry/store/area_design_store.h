// What a division of an office into areas is designed from: its operating schools and its areas on a day.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/distance.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"

namespace inspectorate::registry {

struct SchoolToDivide {
  Uuid id;
  std::string name;
  std::string town;
  Position position;
  int64_t students = 0;
  Uuid area;  // on the day; zero: none
};

struct AreaOnDay {
  Uuid id;
  int number = 0;
  std::string name;
};

struct OfficeToDivide {
  std::vector<SchoolToDivide> schools;  // by the office's own number
  std::vector<AreaOnDay> areas;         // by number
};

// `office` is a slug.
absl::StatusOr<OfficeToDivide> LoadOfficeToDivide(db::Session& session, const std::string& office, Date day);

}  // namespace inspectorate::registry
