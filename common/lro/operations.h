// Long-running work (AIP-151): an operation is a row made in the caller's transaction, run by this process
// or, when it dies, by another replica. Runners must be re-runnable: after a crash they start again.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/call.h"
#include "common/rpc/methods.h"
#include "common/work/unit.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/message.h"

namespace inspectorate::lro {

using google::longrunning::Operation;
using google::protobuf::Message;

// What a runner knows and tells.
class Context {
 public:
  virtual ~Context() = default;
  virtual const std::string& office() const = 0;  // slug
  virtual const work::Actor& actor() const = 0;   // who started it
  virtual const db::Budget& budget() const = 0;  // renewed by the lease; ends when the operation is cancelled
  // Tells how far the work is; cheap, written at most twice a second. False: somebody asked to stop.
  virtual bool Progress(int64_t done, int64_t total, const std::string& stage_zh,
                        const std::string& stage_en) = 0;
};

using Runner =
    std::function<absl::StatusOr<std::unique_ptr<Message>>(Context& context, const Message& request)>;

class Operations {
 public:
  // Leases are renewed each third of `lease`; an operation whose lease has run out is taken over.
  static std::unique_ptr<Operations> Start(work::Writer& writer, int workers = 2,
                                           std::chrono::milliseconds lease = std::chrono::seconds(15));
  virtual ~Operations() = default;  // stops; what is running is left for the next process

  // Before the first Enqueue of its kind. `request` is a prototype of the stored request.
  virtual void AddRunner(const std::string& kind, const Message& request, Runner runner) = 0;
  // Makes the operation in the caller's unit; it starts once that commits.
  virtual absl::StatusOr<Operation> Enqueue(work::Unit& unit, const std::string& office,
                                            const std::string& kind, const Message& request) = 0;
  // Registers inspectorate.type.v1.Operations.
  virtual void Register(rpc::Methods& methods) = 0;
  // After the wiring: begins to take work.
  virtual void Begin() = 0;
  // Answers those who wait for an operation with what it is now: this process is about to end, they ask
  // another.
  virtual void StopWaiting() = 0;
};

}  // namespace inspectorate::lro
