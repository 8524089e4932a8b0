// What of a roster has no effect on its day: assignments and memberships stay while a term runs out, a
// certificate lapses or somebody is on leave (decision record 0032), and so do delegations; the roster says
// so.
#pragma once

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "inspectorate/registry/v1/area.pb.h"

namespace inspectorate::registry {

// By the same rules as every act, of everybody whom the roster names: also who acts, who is there by then
// (roster_acting.h). Marks nothing on days for which the office has no rules of eligibility.
absl::Status ShowWithoutEffect(db::Session& session, v1::Roster* roster);

}  // namespace inspectorate::registry
