// The rpc side of inspectorate.feed.v1.ChangeFeed: the same five methods in every service.
#pragma once

#include <string>
#include <vector>

#include "common/db/database.h"
#include "common/feed/hub.h"
#include "common/rpc/methods.h"
#include "google/protobuf/descriptor.h"

namespace inspectorate::feed {

// A resource whose rows make up the state of an office: owned here (source empty), or a copy of a source's.
struct DigestedResource {
  std::string source;
  const google::protobuf::Descriptor* message;
};

void RegisterFeed(rpc::Methods& methods, db::Database& database, Hub& hub,
                  std::vector<DigestedResource> resources);

}  // namespace inspectorate::feed
