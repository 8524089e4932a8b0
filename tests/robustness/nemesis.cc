#include "tests/robustness/nemesis.h"

#include <algorithm>

#include "common/base/macros.h"

namespace inspectorate::robustness {

using std::chrono::milliseconds;
using testing::Replica;

Gate& Gates::Of(Map& gates, const Replica& replica, const std::string& address) {
  std::unique_ptr<Gate>& gate = gates[{replica, address}];
  if (gate == nullptr) gate = *Gate::Open(address, seed_ + gates.size());
  return *gate;
}

Gate* Gates::FirstOf(const Map& gates, const Replica& replica) {
  const auto gate = gates.lower_bound({replica, ""});
  return gate == gates.end() || gate->first.first != replica ? nullptr : gate->second.get();
}

std::string Gates::ToDatabase(const Replica& process, const std::string& address) {
  std::lock_guard<std::mutex> lock(mutex_);
  return Of(to_database_, process, address).address();
}

std::string Gates::ToReplica(const Replica& peer, const std::string& address) {
  std::lock_guard<std::mutex> lock(mutex_);
  return Of(to_replica_, peer, address).address();
}

Gate* Gates::database(const Replica& process) {
  std::lock_guard<std::mutex> lock(mutex_);
  return FirstOf(to_database_, process);
}

Gate* Gates::replica(const Replica& peer) {
  std::lock_guard<std::mutex> lock(mutex_);
  return FirstOf(to_replica_, peer);
}

void Gates::Heal() {
  std::lock_guard<std::mutex> lock(mutex_);
  for (auto& [where, gate] : to_database_) gate->Set({});
  for (auto& [where, gate] : to_replica_) gate->Set({});
}

Gate::Counts Gates::database_counts() {
  std::lock_guard<std::mutex> lock(mutex_);
  Gate::Counts sum;
  for (auto& [where, gate] : to_database_) {
    const Gate::Counts counts = gate->counts();
    sum.connections += counts.connections;
    sum.commits += counts.commits;
    sum.commits_cut += counts.commits_cut;
    sum.replies_cut += counts.replies_cut;
  }
  return sum;
}

Nemesis::Nemesis(testing::Fleet& fleet, Gates& gates, NemesisOptions options)
    : fleet_(fleet),
      gates_(gates),
      options_(std::move(options)),
      random_(static_cast<std::minstd_rand::result_type>(options_.seed)),
      thread_([this] { Run(); }) {}

Nemesis::~Nemesis() { Stop().IgnoreError(); }

absl::Status Nemesis::Stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  gates_.Heal();
  // A process that was in the middle of something when the calm came may still fall.
  absl::Status alive;
  for (int round = 0; round < 3; ++round) {
    Raise();
    alive = absl::OkStatus();
    for (const Replica& replica : fleet_.replicas()) alive.Update(fleet_.AwaitServing(replica));
    if (alive.ok()) break;
  }
  return alive;
}

std::map<std::string, int> Nemesis::done() {
  std::lock_guard<std::mutex> lock(mutex_);
  return done_;
}

void Nemesis::Count(const std::string& act) {
  std::lock_guard<std::mutex> lock(mutex_);
  ++done_[act];
}

Replica Nemesis::Any() {
  const std::vector<Replica> all = fleet_.replicas();
  return all[random_() % all.size()];
}

// Whatever does not run is started: nothing stays down by design.
void Nemesis::Raise() {
  for (const Replica& replica : fleet_.replicas()) {
    if (fleet_.pid(replica) >= 0) continue;
    Count(fleet_.Ended(replica) == 137 ? "raised" : "raised after it ended by itself");
    fleet_.Launch(replica).IgnoreError();
  }
}

void Nemesis::Wait(milliseconds at_most) {
  const auto until =
      std::chrono::steady_clock::now() +
      milliseconds(static_cast<int64_t>(random_() % static_cast<unsigned>(at_most.count() + 1)));
  while (!stopping_ && std::chrono::steady_clock::now() < until) {
    Raise();
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void Nemesis::Run() {
  while (!stopping_ && !options_.acts.empty()) {
    Wait(options_.pause);
    if (!stopping_) Act(options_.acts[random_() % options_.acts.size()]);
  }
  while (!stopping_) Wait(milliseconds(100));
}

void Nemesis::Act(const std::string& act) {
  const Replica replica = Any();
  Count(act);
  if (act == "kill") {
    fleet_.Kill9(replica);
    std::this_thread::sleep_for(milliseconds(random_() % 600));
  } else if (act == "kill_database") {
    fleet_.KillDatabase();
    std::this_thread::sleep_for(milliseconds(random_() % 500));
    fleet_.RestartDatabase().IgnoreError();
  } else if (act == "stop") {
    fleet_.Pause(replica);
    Wait(milliseconds(2000));
    fleet_.Resume(replica);
  } else if (act == "stop_database") {
    fleet_.PauseDatabase();
    Wait(milliseconds(1200));
    fleet_.ResumeDatabase();
  } else {
    Gate* const gate =
        act.starts_with("commit") || random_() % 2 == 0 ? gates_.database(replica) : gates_.replica(replica);
    if (gate == nullptr) return;
    GateFaults faults;
    if (act == "cut") return gate->Cut();
    if (act == "delay") faults.delay = milliseconds(5 + random_() % 60);
    if (act == "slice") faults.slice = 1 + random_() % 7;
    if (act == "half_open") faults.half_open = true;
    if (act == "commit_before") faults.cut_before_commit = 0.5;
    if (act == "commit_reply") faults.cut_commit_reply = 0.5;
    gate->Set(faults);
    Wait(milliseconds(2500));
    gate->Set({});
  }
}

}  // namespace inspectorate::robustness
