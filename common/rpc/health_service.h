// Internal to common/rpc: grpc.health.v1 on the queue that all calls of a server come by. gRPC's own answers
// through the callback API, whose threads would wait for sockets beside ours and take turns with them.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/service_type.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "common/rpc/server_call.h"

namespace inspectorate::rpc {

class HealthWatch;

// Thread-safe.
class HealthService final : public grpc::Service {
 public:
  explicit HealthService(CallQueue* queue);

  // Names that were never set are unknown.
  void SetServing(const std::string& name, bool serving);
  std::optional<bool> IsServing(const std::string& name) const;
  // Ends those who watch, who would be calls in flight for ever, and those who come later.
  void End();

 private:
  friend class HealthWatch;
  void Check(std::unique_ptr<ServerCall> call) const;
  void Watch(std::unique_ptr<ServerCall> call);
  bool Add(const std::shared_ptr<HealthWatch>& watch);
  void Remove(const std::shared_ptr<HealthWatch>& watch);
  std::set<std::shared_ptr<HealthWatch>> Watches() const;

  mutable std::mutex mutex_;
  std::map<std::string, bool> serving_;
  std::set<std::shared_ptr<HealthWatch>> watches_;
  bool ended_ = false;
};

}  // namespace inspectorate::rpc
