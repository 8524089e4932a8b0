// Serves every watch of this process from one poller. A stream costs memory, never a thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/roster/scope.h"
#include "common/rpc/methods.h"

namespace inspectorate::feed {

// One watch.
struct Subscription {
  // What the watcher may read of what was asked for. Asked when the watch begins and every ten seconds:
  // offices that appear later join in, and a watch ends with the right to it.
  std::function<absl::StatusOr<roster::Offices>(db::Session& session)> readable;
  struct Start {
    uint64_t after = 0;
    std::string epoch;  // expected; empty: not checked
  };
  std::map<std::string, Start> starts;   // by office; absent: from the beginning
  std::set<std::string> resource_types;  // empty: all
  std::shared_ptr<rpc::StreamSink> sink;
};

class Hub {
 public:
  // Looks at the heads each 100 ms, or at once on Nudge(). Bookmarks go out when a stream has caught up and
  // at least each `bookmark_every`. A stream that takes nothing for `max_stall` is ended with SLOW_CONSUMER.
  // One look at the database lasts `max_round` at most; whom it did not reach, the next one begins with.
  static std::unique_ptr<Hub> Start(db::Database& database,
                                    std::chrono::milliseconds bookmark_every = std::chrono::seconds(5),
                                    std::chrono::milliseconds max_stall = std::chrono::seconds(10),
                                    std::chrono::milliseconds max_round = std::chrono::seconds(5));
  virtual ~Hub() = default;  // ends all streams with SHUTTING_DOWN
  // Something was appended here.
  virtual void Nudge() = 0;
  // Returns what ends the subscription; it may be called later than the hub lives.
  virtual std::function<void()> Subscribe(Subscription subscription) = 0;
};

}  // namespace inspectorate::feed
