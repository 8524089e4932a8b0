// What tests of whole services do first and in between, whether the services run in this process or in
// others: callers, a sandbox office and its clock, and waiting until the feeds have been applied.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/rpc/call.h"
#include "common/rpc/client.h"

namespace inspectorate::testing {

// The platform operator; office staff ("offices/{office}/staff/{uuid}"), others of an office, and a service
// that reads feeds.
rpc::Principal Operator();
rpc::Principal Staff(const std::string& office, const std::string& name);
rpc::Principal Person(const std::string& subject, rpc::Role role, const std::string& office,
                      const std::string& name);
rpc::Principal FeedReader();

// One client a service, by name.
using Clients = std::map<std::string, std::shared_ptr<rpc::Client>>;

// A sandbox office of a county; `registry` calls as the operator. Its clock stands where the server's does
// until it is set ("2026-03-02T01:00:00Z").
absl::Status CreateSandbox(rpc::Client& registry, const std::string& office);
absl::Status SetClock(rpc::Client& registry, const std::string& office, const std::string& time);

// Waits until every service of `clients` (callers that may read watermarks) has applied the feeds of the
// others, as far as it follows them, up to their present heads, and what that made them emit.
absl::Status Settle(const Clients& clients, const std::string& office, std::chrono::milliseconds limit);

}  // namespace inspectorate::testing
