// What the feed of issues means here: an issue that awaits verification opens a duty to look back.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/feed/consumer.h"
#include "common/rpc/call.h"
#include "common/work/unit.h"
#include "inspectorate/visits/v1/obligation.pb.h"
#include "inspectorate/visits/v1/visit.pb.h"

namespace inspectorate::visits {

// feed::Apply. While an issue is AWAITING_VERIFICATION there is an open item and an obligation, due by the
// office's rule (issue.lookback_days); when it leaves that state the item goes, and the obligation, unless a
// visit has fulfilled it, is excused.
absl::Status ApplyIssues(work::Unit& unit, const std::vector<feed::v1::Change>& changes);

// Copies the registry's facts; papers of the State Council among them move the look-backs that are owed, in
// the same transaction.
feed::Apply FollowRegistry();
// What that would move once these papers hold.
absl::StatusOr<v1::PreviewCalendarResponse> PreviewCalendar(db::Session& session, const rpc::Call& call,
                                                            const v1::PreviewCalendarRequest& request);

absl::StatusOr<v1::ListOpenItemsResponse> ListOpenItems(db::Session& session, const rpc::Call& call,
                                                        const v1::ListOpenItemsRequest& request);

}  // namespace inspectorate::visits
