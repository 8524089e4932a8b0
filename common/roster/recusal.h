// Is whoever acts at a school recused from it? Asked of everybody who acts there as an inspector or as a lead
// (教育督导条例 第十条), whatever the act.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "common/base/time.h"
#include "common/base/uuid.h"
#include "common/db/database.h"
#include "common/rpc/call.h"

namespace inspectorate::roster {

// When something was done, and when it is recorded: the office's days.
struct ActDays {
  Date acted;
  Date recorded;
};

// RECUSAL_CONFLICT with every reason when the caller acts as an inspector or as the lead of an area and is
// recused from the school (CheckRecusedFromAct), by the rules of the office on the day of the act;
// POLICY_MISSING. Nobody else is asked.
absl::Status CheckNotRecused(db::Session& session, const rpc::Call& call, const std::string& office,
                             const Uuid& school, const ActDays& days);

}  // namespace inspectorate::roster
