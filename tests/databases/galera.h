// A Galera cluster of real MariaDB servers on 127.0.0.1, whose nodes can be killed and come back.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/db/database.h"
#include "common/db/private/private_server.h"

namespace inspectorate::testing {

// Not thread-safe, but different nodes may be killed from another thread.
class Galera {
 public:
  // What is not installed of what it needs (tests/databases/packages.txt); empty: nothing.
  static std::string Missing();

  static absl::StatusOr<std::unique_ptr<Galera>> Start(int nodes = 3);

  size_t size() const { return nodes_.size(); }
  // "127.0.0.1:PORT" of one, or of all with commas, the first being preferred.
  std::string address(size_t node) const;
  std::string addresses() const;
  // May create schemas and users, over TCP from 127.0.0.1.
  db::Options Admin(size_t node) const;
  static constexpr char kAdmin[] = "admin";
  static constexpr char kPassword[] = "a password of the tests";

  void Kill9(size_t node) { nodes_[node].server->Kill9(); }
  // SIGTERM; the node says farewell to the others.
  void Stop(size_t node) { nodes_[node].server->Stop(); }
  // Starts it again; it gets what it missed from the others. Returns when it is synced.
  absl::Status Rejoin(size_t node);
  // "Synced" and the like; empty when it does not answer.
  std::string StateOf(size_t node) const;

 private:
  struct Node {
    int port = 0, group_port = 0, incremental_port = 0, snapshot_port = 0;
    std::unique_ptr<db::PrivateServer> server;
  };

  Galera() = default;
  std::vector<std::string> ArgumentsOf(size_t node) const;
  absl::Status StartNode(size_t node);
  absl::Status AwaitSynced(size_t node) const;

  std::vector<Node> nodes_;
};

}  // namespace inspectorate::testing
