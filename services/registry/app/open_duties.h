// What is open with an inspector in the services that own it, asked when it is needed (decision record 0025).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/time.h"
#include "common/db/database.h"
#include "common/rpc/call.h"
#include "common/rpc/client.h"
#include "inspectorate/registry/v1/inspector.pb.h"

namespace inspectorate::registry {

using Peers = std::function<rpc::Client*(const std::string&)>;

// Who leaves, and when.
struct Leaver {
  std::string office;  // slug
  std::string inspector;
  Date today;
  Date last_day;
};

// Schools an inspector is assigned to on the last day, each with whether somebody else is from the day after.
struct SchoolInHand {
  std::string school;
  bool covered = false;
};
absl::StatusOr<std::vector<SchoolInHand>> SchoolsInHand(db::Session& session, const Leaver& leaver);

// Visits to be held or handed in by the leaver, and open issues of `schools`. PEER_UNAVAILABLE, or what a
// peer answers.
absl::StatusOr<std::vector<v1::OpenDuty>> AskOpenDuties(const Peers& peers, const rpc::Call& call,
                                                        const Leaver& leaver,
                                                        const std::vector<std::string>& schools);

}  // namespace inspectorate::registry
