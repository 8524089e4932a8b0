// The feed of a service: the rpc side of inspectorate.feed.v1.ChangeFeed, and the hub that serves its watches.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/rpc/methods.h"
#include "google/protobuf/descriptor.h"

namespace inspectorate::feed {

// Serves every watch of this process from one poller: it looks at the heads each 100 ms, or at once when
// Nudge() says that something was appended, reads each batch once, and shares it among the streams. A stream
// costs memory, never a thread.
class Hub {
 public:
  static std::unique_ptr<Hub> Start(db::Database& database);
  virtual ~Hub() = default;  // ends all streams with SHUTTING_DOWN
  virtual void Nudge() = 0;
};

// A resource whose rows make up the state of an office: owned here (source empty), or a copy of a source's.
struct DigestedResource {
  std::string source;
  const google::protobuf::Descriptor* message;
};

// Registers the five methods of ChangeFeed.
void RegisterFeed(rpc::Methods& methods, db::Database& database, Hub& hub, std::vector<DigestedResource> resources);

}  // namespace inspectorate::feed
