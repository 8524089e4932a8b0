// What issues makes of the feed of visits: each sealed problem becomes exactly one issue, and what a
// look-back found moves the issues it looked at.
#pragma once

#include "common/feed/consumer.h"

namespace inspectorate::issues {

// For service::Following. Idempotent: an issue's id follows from its finding, and a look-back counts once for
// each issue, round and visit.
feed::Apply RegisterFromVisits();

}  // namespace inspectorate::issues
