// Internal to common/rpc: grpc.health.v1 on the queue that all calls of a server come by. gRPC's own answers
// through the callback API, whose threads would wait for sockets beside ours and take turns with them.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/rpc/server.h"
#include "common/rpc/server_call.h"

namespace inspectorate::rpc {

class HealthWatch;

// Thread-safe.
class HealthService final : public grpc::Service {
 public:
  HealthService(CallQueue* queue, const TransportLimits& limits);

  // Names that were never set are unknown.
  void SetServing(const std::string& name, bool serving);
  // Asked at each check of any name, which is not served while it says false; empty: not asked. Who watches
  // is not told by it, since nobody would tell them of its end.
  void SetCondition(std::function<bool()> condition);
  // As it was set.
  std::optional<bool> IsServing(const std::string& name) const;
  // Ends those who watch, who would be calls in flight for ever, and those who come later. Whoever does not
  // read the end is cut after a while, at `deadline` at the latest.
  void End(std::chrono::steady_clock::time_point deadline);

 private:
  friend class HealthWatch;
  void Check(std::unique_ptr<ServerCall> call) const;
  bool IsConditionMet() const;
  void Watch(std::unique_ptr<ServerCall> call);
  // What to answer instead; OK: it watches.
  google::rpc::Status Add(const std::shared_ptr<HealthWatch>& watch);
  void Remove(const std::shared_ptr<HealthWatch>& watch);
  std::set<std::shared_ptr<HealthWatch>> Watches() const;

  const TransportLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable none_;
  std::map<std::string, bool> serving_;
  std::map<std::string, int> of_peer_;
  std::set<std::shared_ptr<HealthWatch>> watches_;
  bool ended_ = false;
  mutable std::mutex condition_mutex_;
  std::function<bool()> condition_;
};

}  // namespace inspectorate::rpc
