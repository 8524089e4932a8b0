// Leaving duty: end, dismissal, suspension. What is open is asked of its owners first, outside the
// transaction; then everything happens at once or not at all.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/resource/standard.h"
#include "common/rpc/call.h"
#include "inspectorate/registry/v1/inspector.pb.h"
#include "services/registry/app/life.h"
#include "services/registry/app/open_duties.h"

namespace inspectorate::registry {

// What the three have in common, beside the order of every act.
struct LeaveOrder {
  LifeOrder act;
  TenureEvent event = TenureEvent::kEnd;
  const char* name = "";  // of the event in the feed
  v1::LeavingCause cause = v1::LEAVING_CAUSE_UNSPECIFIED;
  v1::ConductGround ground = v1::CONDUCT_GROUND_UNSPECIFIED;
  google::type::Date last_day;
  std::vector<v1::SchoolSuccession> successions;
  std::string unsettled_reason;
};

LeaveOrder LeaveOrderOf(const v1::EndDutyRequest& request);
LeaveOrder LeaveOrderOf(const v1::DismissInspectorRequest& request);
LeaveOrder LeaveOrderOf(const v1::SuspendInspectorRequest& request);

// What was found open before the transaction.
struct Found {
  std::vector<std::string> asked;  // schools whose issues were asked for
  std::vector<v1::OpenDuty> duties;
};

// PERMISSION_MISSING where the caller may not write; what AskOpenDuties answers.
absl::StatusOr<Found> FindOpenDuties(const resource::Platform& platform, const Peers& peers,
                                     const rpc::Call& call, const LeaveOrder& order);

// DUTIES_OPEN while something is open that nobody takes over and no reason is given for;
// AREA_TOO_FEW_INSPECTORS likewise; what the rules of assignments refuse a successor; TRANSACTION_CONFLICT
// when a school came to the leaver in between.
absl::StatusOr<v1::Inspector> LeaveDuty(work::Unit& unit, const rpc::Call& call, const LeaveOrder& order,
                                        const Found& found);

// What keeps an inspector, for whoever may read them.
absl::StatusOr<v1::ListOpenDutiesResponse> ListOpenDuties(const resource::Platform& platform,
                                                          const Peers& peers, const rpc::Call& call,
                                                          const v1::ListOpenDutiesRequest& request);

}  // namespace inspectorate::registry
