// Follows another service's feed and applies it here: the changes of a message and the move of the checkpoint
// commit together, so each change takes effect exactly once, through any crash on either side.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/rpc/client.h"
#include "common/work/unit.h"
#include "inspectorate/feed/v1/feed.pb.h"

namespace inspectorate::feed {

// Applies whole transactions of one office, in order, within `unit`; what it emits goes to this service's
// feed.
using Apply = std::function<absl::Status(work::Unit& unit, const std::vector<v1::Change>& changes)>;

struct ConsumerOptions {
  std::string source;  // "registry"
  std::string self;    // "services/visits": the actor of what Apply emits
};

// One thread. A change that cannot be applied is never skipped: its office stands still, is logged and
// counted, and is tried again with back-off, while the other offices go on.
class Consumer {
 public:
  static std::unique_ptr<Consumer> Start(ConsumerOptions options, rpc::Client& client, work::Writer& writer,
                                         Apply apply);
  virtual ~Consumer() = default;  // stops
  // The stream is up and nothing stands still.
  virtual bool healthy() const = 0;
};

// Applies by copying: each change's resource is put into (or removed from) the table of its type. Types
// without a table here are an error: a copy is complete or it is none.
Apply CopyInto(std::vector<const google::protobuf::Descriptor*> messages);

}  // namespace inspectorate::feed
