// A TCP gate between two programs that does to their connections what networks do: cuts them, delays and
// slices what passes, and keeps them half open, where everything sent vanishes and nobody is told. In front
// of a database it knows one message more: a COMMIT, which it can cut off before it arrives, or after, so
// that only the reply is lost, or in the middle of that reply.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace inspectorate::robustness {

// Finds COMMITs in what a client sends on an unencrypted MySQL connection, however it is cut into pieces.
class CommitScanner {
 public:
  struct Piece {
    std::string bytes;
    bool commit = false;  // the whole packet of a COMMIT, and nothing else
  };
  // What may be passed on now; keeps back at most the beginning of what may become a COMMIT.
  std::vector<Piece> Take(std::string_view bytes);

 private:
  std::string held_;    // a header, and more only while it may be a COMMIT
  size_t passing_ = 0;  // bytes left of a packet that is none
};

struct GateFaults {
  std::chrono::milliseconds delay{0};  // before each piece, either way
  size_t slice = 0;                    // at most so many bytes at once; 0: as they come
  bool half_open = false;              // what is sent vanishes; nobody is told
  // Of COMMITs: cut before it is passed on; or passed on, and cut before its reply; or after some of the
  // reply's bytes, one at least and not all.
  double cut_before_commit = 0;
  double cut_commit_reply = 0;
  double tear_commit_reply = 0;
};

// Thread-safe.
class Gate {
 public:
  // Listens on a port of 127.0.0.1 for connections to `target` ("127.0.0.1:3306").
  static absl::StatusOr<std::unique_ptr<Gate>> Open(std::string target, uint64_t seed);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  const std::string& address() const { return address_; }
  // From now on; connections that lost bytes to a half-open gate are cut when it is no longer so.
  void Set(const GateFaults& faults);
  // Resets all present connections.
  void Cut();

  struct Counts {
    uint64_t connections = 0;
    uint64_t commits = 0;
    uint64_t commits_cut = 0;  // before they arrived
    uint64_t replies_cut = 0;
    uint64_t replies_torn = 0;  // of which a part arrived
  };
  Counts counts() const;

 private:
  struct Connection {
    int client = -1;
    int server = -1;
    std::atomic<bool> done = false;
    std::thread thread;
  };
  enum class Fate { kPass, kCutBefore, kCutReply, kTearReply };

  Gate(std::string target, uint64_t seed, int listener, std::string address);
  void Accept();
  void Pump(Connection& connection);
  // False when the connection is over.
  bool PassFromClient(const Connection& connection, CommitScanner& scanner, std::string_view bytes);
  bool Send(int to, std::string_view bytes) const;
  void TearReply(const Connection& connection);
  Fate FateOfCommit();
  GateFaults faults() const;

  const std::string target_;
  const int listener_;
  const std::string address_;
  mutable std::mutex mutex_;
  GateFaults faults_;
  Counts counts_;
  std::minstd_rand random_;
  std::atomic<uint64_t> cuts_ = 0;
  std::atomic<bool> stopping_ = false;
  std::list<Connection> connections_;  // of the accepting thread
  std::thread thread_;
};

}  // namespace inspectorate::robustness
