// The servers that hold one database, in order of preference. Internal to common/db.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/db/connection.h"
#include "common/db/database.h"

namespace inspectorate::db {

struct Address {
  std::string host;
  int port = 0;
  friend bool operator==(const Address&, const Address&) = default;
};

// "a,b:3307,[::1]:3308"; `port` for those that name none.
absl::StatusOr<std::vector<Address>> AddressesFrom(std::string_view hosts, int port);

// Every new connection goes to the first node that is usable: it answers, takes writes, and is a full member
// of its cluster. So all processes with the same list meet on the same node, without talking to each other.
// Thread-safe.
class Nodes {
 public:
  explicit Nodes(Options options);

  struct Opened {
    std::unique_ptr<Connection> connection;
    size_t node = 0;
  };
  // Tries one node after the other, each for at most the time to connect; the error is that of the first. A
  // node that failed is tried last for some seconds: a machine that has gone silent costs a whole time-out.
  absl::StatusOr<Opened> Connect(std::chrono::steady_clock::time_point give_up);

  size_t size() const { return addresses_.size(); }

 private:
  std::vector<size_t> Order() const;
  absl::StatusOr<std::unique_ptr<Connection>> ConnectTo(size_t node, std::chrono::milliseconds timeout) const;

  const Options options_;
  std::vector<Address> addresses_;  // empty: the socket
  mutable std::mutex mutex_;
  std::vector<std::chrono::steady_clock::time_point> failed_;
};

}  // namespace inspectorate::db
