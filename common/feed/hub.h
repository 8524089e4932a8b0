// Serves every watch of this process from one poller. A stream costs memory, never a thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "common/db/database.h"
#include "common/rpc/methods.h"

namespace inspectorate::feed {

// One watch. Offices: exactly one, or (empty) all that `visible` lets through.
struct Subscription {
  std::string office;
  std::function<bool(const std::string& office)> visible;
  std::map<std::string, uint64_t> after;     // by office; absent: from the beginning
  std::map<std::string, std::string> epochs;  // expected; absent or empty: not checked
  std::set<std::string> resource_types;       // empty: all
  std::shared_ptr<rpc::StreamSink> sink;
};

class Hub {
 public:
  // Looks at the heads each 100 ms, or at once on Nudge(). Bookmarks go out when a stream has caught up and at
  // least each `bookmark_every`.
  static std::unique_ptr<Hub> Start(db::Database& database,
                                    std::chrono::milliseconds bookmark_every = std::chrono::seconds(5));
  virtual ~Hub() = default;  // ends all streams with SHUTTING_DOWN
  // Something was appended here.
  virtual void Nudge() = 0;
  virtual uint64_t Subscribe(Subscription subscription) = 0;
  virtual void Unsubscribe(uint64_t id) = 0;
};

}  // namespace inspectorate::feed
