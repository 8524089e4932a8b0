#include "tests/robustness/nemesis.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/base/macros.h"

namespace inspectorate::robustness {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::Replica;

namespace {

constexpr auto kOrderPatience = std::chrono::seconds(10);
constexpr std::string_view kLong = "long_";
// Of acts that last for a while and are no long ones: at most.
constexpr milliseconds kStop{2000};
constexpr milliseconds kStopDatabase{1200};
constexpr milliseconds kAtGate{2500};
constexpr size_t kLastWords = 600;

// The end of a log, on one line.
std::string LastWordsOf(const std::string& log) {
  std::ifstream file(log);
  std::ostringstream text;
  text << file.rdbuf();
  std::string words = text.str();
  if (words.size() > kLastWords) words.erase(0, words.size() - kLastWords);
  std::replace(words.begin(), words.end(), '\n', ' ');
  return words;
}

}  // namespace

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
    sum.replies_torn += counts.replies_torn;
  }
  return sum;
}

milliseconds LongestFault(const NemesisOptions& options) {
  milliseconds longest = kAtGate;
  for (const std::string& act : options.acts) {
    if (act == "long_half_open") longest = std::max(longest, options.long_half_open);
    if (act.starts_with("long_stop")) longest = std::max(longest, options.long_stop);
  }
  return longest;
}

Nemesis::Nemesis(testing::Fleet& fleet, Gates& gates, NemesisOptions options)
    : fleet_(fleet),
      gates_(gates),
      options_(std::move(options)),
      random_(static_cast<std::minstd_rand::result_type>(options_.seed)),
      turn_(options_.acts.rbegin(), options_.acts.rend()),
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

// True when it does not run. Its end is noted once.
bool Nemesis::NoteEnd(const Replica& replica) {
  const std::optional<int> status = fleet_.Ended(replica);
  if (!status) return fleet_.pid(replica) < 0;
  const int pid = fleet_.last_pid(replica);
  if (!noted_.insert(pid).second) return true;
  std::string point;
  std::ifstream(options_.fallen + "/" + std::to_string(pid)) >> point;
  if (!point.empty()) Count("killed itself at " + point);
  ends_.push_back({.process = replica.service + " " + std::to_string(replica.number),
                   .status = *status,
                   .caused = killed_.contains(pid) || !point.empty(),
                   .last_said = LastWordsOf(fleet_.log(replica))});
  return true;
}

std::vector<End> Nemesis::ends() {
  for (const Replica& replica : fleet_.replicas()) NoteEnd(replica);
  return ends_;
}

// Whatever does not run is started: nothing stays down by design.
void Nemesis::Raise() {
  for (const Replica& replica : fleet_.replicas()) {
    if (NoteEnd(replica)) fleet_.Launch(replica).IgnoreError();
  }
  if (fleet_.DatabaseRuns()) return;
  ends_.push_back({.process = "database", .status = -1});  // whoever kills it raises it as well
  fleet_.RestartDatabase().IgnoreError();
}

void Nemesis::Hold(milliseconds length) {
  const auto until = steady_clock::now() + length;
  while (!stopping_ && steady_clock::now() < until) {
    Raise();
    std::this_thread::sleep_for(milliseconds(20));
  }
}

void Nemesis::Wait(milliseconds at_most) {
  Hold(milliseconds(static_cast<int64_t>(random_() % static_cast<unsigned>(at_most.count() + 1))));
}

void Nemesis::Last(bool is_long, milliseconds at_most, milliseconds length) {
  if (is_long) return Hold(length);
  Wait(at_most);
}

std::string Nemesis::NextAct() {
  if (turn_.empty()) {
    turn_ = options_.acts;
    std::shuffle(turn_.begin(), turn_.end(), random_);
  }
  std::string act = std::move(turn_.back());
  turn_.pop_back();
  return act;
}

void Nemesis::Run() {
  while (!stopping_ && !options_.acts.empty()) {
    Wait(options_.pause);
    if (!stopping_) Act(NextAct());
  }
  while (!stopping_) Wait(milliseconds(100));
}

void Nemesis::Kill(const Replica& replica) {
  if (const int pid = fleet_.pid(replica); pid >= 0) killed_.insert(pid);
  fleet_.Kill9(replica);
  NoteEnd(replica);
  std::this_thread::sleep_for(milliseconds(random_() % 600));
}

// Leaves an order for the service that comes to the point next, and raises the database when it has fallen.
void Nemesis::KillDatabaseAt(const std::string& point) {
  const std::string order = options_.orders + "/" + point;
  std::ofstream(order) << "\n";
  const auto until = steady_clock::now() + kOrderPatience;
  while (!stopping_ && std::filesystem::exists(order) && steady_clock::now() < until)
    std::this_thread::sleep_for(milliseconds(2));
  if (std::filesystem::remove(order)) return;
  // Who took it may need a moment; or have fallen itself before it did it.
  const auto soon = steady_clock::now() + std::chrono::seconds(2);
  while (fleet_.DatabaseRuns() && steady_clock::now() < soon) std::this_thread::sleep_for(milliseconds(2));
  if (fleet_.DatabaseRuns()) return;
  Count("database killed at " + point);
  std::this_thread::sleep_for(milliseconds(random_() % 500));
  fleet_.RestartDatabase().IgnoreError();
}

void Nemesis::Act(const std::string& name) {
  const Replica replica = Any();
  Count(name);
  const bool is_long = name.starts_with(kLong);
  const std::string act = is_long ? name.substr(kLong.size()) : name;
  if (act == "kill") {
    Kill(replica);
  } else if (act == "kill_database_before_commit") {
    KillDatabaseAt("before_commit");
  } else if (act == "kill_database_after_commit") {
    KillDatabaseAt("after_commit_before_reply");
  } else if (act == "kill_database") {
    fleet_.KillDatabase();
    std::this_thread::sleep_for(milliseconds(random_() % 500));
    fleet_.RestartDatabase().IgnoreError();
  } else if (act == "stop") {
    fleet_.Pause(replica);
    Last(is_long, kStop, options_.long_stop);
    fleet_.Resume(replica);
  } else if (act == "stop_database") {
    fleet_.PauseDatabase();
    Last(is_long, kStopDatabase, options_.long_stop);
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
    if (act == "commit_reply_torn") faults.tear_commit_reply = 0.5;
    gate->Set(faults);
    Last(is_long, kAtGate, options_.long_half_open);
    gate->Set({});
  }
}

}  // namespace inspectorate::robustness
