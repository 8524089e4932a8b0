// What a new paper of the State Council does to the terms that run here: the deadlines of issues, and the day
// from which a notice counts as served.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/feed/consumer.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/issues/v1/issue.pb.h"

namespace inspectorate::issues {

// Reads all running terms of an office again by the calendar it has now; what moved says so in its ledger and
// in the feed. Done again it changes nothing.
absl::Status RecomputeTerms(work::Unit& unit, const std::string& office);

// Copies the registry's facts; papers among them move the terms in the same transaction.
feed::Apply FollowRegistry();

// What RecomputeTerms would move once these papers hold.
absl::StatusOr<v1::PreviewCalendarResponse> PreviewCalendar(db::Session& session, const rpc::Call& call,
                                                            Time now,
                                                            const v1::PreviewCalendarRequest& request);

}  // namespace inspectorate::issues
