// One run: a fleet, a workload, faults, silence, and then every checker over what was observed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/robustness/checkers.h"
#include "tests/robustness/nemesis.h"
#include "tests/robustness/workload.h"

namespace inspectorate::robustness {

// In every probe, all the time, beside what the nemesis does.
inline constexpr char kFailpoints[] =
    "before_commit:kill@0.0005,after_commit_before_reply:kill@0.0005,before_commit:delay=20@0.01,"
    "after_commit_before_reply:fail@0.01,after_statement:fail@0.001,lock_wait_after_statement:fail@0.001";

struct RunOptions {
  uint64_t seed = 1;
  std::chrono::seconds length{20};
  int replicas = 1;  // of each service
  int districts = 1;
  int schools = 32;  // of all districts together
  WorkloadOptions workload{};
  NemesisOptions nemesis{};
  std::string failpoints = kFailpoints;
  std::string sabotage{};  // a cure to break
  // How long loops that were begun may go on after the last fault.
  std::chrono::seconds loop_patience{10};
  // How long everything may take to come to rest by itself.
  std::chrono::seconds settling{60};
  // Whether reporting is rebuilt from empty in the end, and compared.
  bool rebuild = true;
  // Acknowledged writes a second below which a run shows nothing.
  double minimum_rate = 3;
  std::optional<testing::ExternalDatabase> external{};
  std::string home{};    // empty: a temporary directory, kept when something is wrong
  std::string replay{};  // the command line that does this again
  // What else is done during the run; takes about `length`. Empty: nothing.
  std::function<void()> meanwhile{};
};

struct Verdict {
  std::map<std::string, Complaints> complaints{};  // by checker, only those that have any
  std::string home{};
  std::string again{};  // where everything lies and how to do it again: for whoever looks into a failure
  int attempts = 0;
  int acknowledged = 0;  // writes
  int unknown = 0;
  int errands = 0;
  std::map<std::string, int> acts{};
  std::map<std::string, int> stopped{};  // why errands ended early
  double seconds = 0;
  double rate = 0;
  double longest_gap = 0;  // seconds without an acknowledged write
  double set_up = 0;       // seconds before
  double after = 0;        // and after it, to rest and to look at everything

  bool holds() const { return complaints.empty(); }
  std::string Text() const;
};

// An error when nothing can be concluded: the fleet did not start, or did not come back to life (then it says
// so), or hardly anything happened. It says where everything lies, the seed, and how to do it again.
absl::StatusOr<Verdict> RunOnce(const RunOptions& options);

}  // namespace inspectorate::robustness
