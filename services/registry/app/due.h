// What offices have that waits for a day, in a round of housekeeping: it is taken up once that day has come
// by the office's clock, and an office that fails holds up no other.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/work/unit.h"

namespace inspectorate::registry {

struct Dated {
  std::string office;  // slug
  Date day;            // the first that something of it waits for
};

// Takes up, in the order of `find`, what is due, each in transactions of its own. The answer is the first
// that failed.
absl::Status TakeUpDue(work::Writer& writer, const db::Budget& budget,
                       const std::function<absl::StatusOr<std::vector<Dated>>(db::Session&)>& find,
                       const std::function<absl::Status(const Dated&)>& take_up);

}  // namespace inspectorate::registry
