// What is done to the fleet while it works, in an order that follows from a seed: any process and the
// database killed or stopped for a while, every connection cut, delayed, sliced or half open, COMMITs cut off
// before they arrive, before they are answered and in the middle of the answer. Processes that ended are
// started again, and how they ended is kept.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/testing/fleet.h"
#include "tests/robustness/checkers.h"
#include "tests/robustness/gate.h"

namespace inspectorate::robustness {

// One gate in front of each replica, and one between each replica and each node of the database.
class Gates {
 public:
  explicit Gates(uint64_t seed) : seed_(seed) {}

  // For FleetOptions: the address of the gate in front of the real one; opened when first asked for.
  std::string ToDatabase(const testing::Replica& process, const std::string& address);
  std::string ToReplica(const testing::Replica& peer, const std::string& address);

  // Of a cluster, to the node that the services prefer. Null when there is none.
  Gate* database(const testing::Replica& process);
  Gate* replica(const testing::Replica& peer);
  void Heal();
  Gate::Counts database_counts();

 private:
  // By replica and real address.
  using Map = std::map<std::pair<testing::Replica, std::string>, std::unique_ptr<Gate>>;
  Gate& Of(Map& gates, const testing::Replica& replica, const std::string& address);
  static Gate* FirstOf(const Map& gates, const testing::Replica& replica);

  const uint64_t seed_;
  std::mutex mutex_;
  Map to_database_;
  Map to_replica_;
};

struct NemesisOptions {
  uint64_t seed = 1;
  std::chrono::milliseconds pause{1500};  // at most, between two acts
  // Kinds of acts: once in this order, then again and again in any. "kill_database_before_commit" has a
  // service kill it when it is about to send a COMMIT, "…_after_commit" when the COMMIT is carried out and
  // not yet answered. The database's only where it is the fleet's own.
  std::vector<std::string> acts = {"kill_database_before_commit",
                                   "kill",
                                   "commit_reply_torn",
                                   "kill_database_after_commit",
                                   "commit_before",
                                   "kill_database",
                                   "long_half_open",
                                   "commit_reply",
                                   "cut",
                                   "stop",
                                   "slice",
                                   "stop_database",
                                   "delay",
                                   "kill",
                                   "half_open"};
  // "long_…" lasts as long as this, and not up to some seconds: more than a caller waits for an answer. In
  // long runs also more than the keep-alive, and than the lease of an operation.
  std::chrono::milliseconds long_half_open{4'000};
  std::chrono::milliseconds long_stop{17'000};
  // Of the probes (probe.cc): where orders are left, and what those wrote who killed themselves.
  std::string orders{};
  std::string fallen{};
};

// How long one act may keep something from going on.
std::chrono::milliseconds LongestFault(const NemesisOptions& options);

// Acts from the constructor on. Stop heals everything and starts what does not run.
class Nemesis {
 public:
  Nemesis(testing::Fleet& fleet, Gates& gates, NemesisOptions options);
  ~Nemesis();
  // OK when everything runs again.
  absl::Status Stop();
  // What it did, and how often processes were found that a failpoint had killed.
  std::map<std::string, int> done();
  // All that ended; looks once more. After Stop.
  std::vector<End> ends();

 private:
  void Run();
  void Act(const std::string& name);
  void Kill(const testing::Replica& replica);
  void KillDatabaseAt(const std::string& point);
  std::string NextAct();
  bool NoteEnd(const testing::Replica& replica);
  void Raise();
  void Wait(std::chrono::milliseconds at_most);
  void Hold(std::chrono::milliseconds length);
  // As long as this kind of act lasts.
  void Last(bool is_long, std::chrono::milliseconds at_most, std::chrono::milliseconds length);
  testing::Replica Any();
  void Count(const std::string& act);

  testing::Fleet& fleet_;
  Gates& gates_;
  const NemesisOptions options_;
  std::minstd_rand random_;
  std::atomic<bool> stopping_ = false;
  // Of the thread; and of the others when it has ended.
  std::vector<std::string> turn_;  // what is to be done, the next one last
  std::set<int> killed_;           // by number
  std::set<int> noted_;
  std::vector<End> ends_;
  std::mutex mutex_;
  std::map<std::string, int> done_;
  std::thread thread_;
};

}  // namespace inspectorate::robustness
