// galera-run [--seconds N] [--seed S]: the robustness suite's workload on a Galera cluster of three, whose
// node that takes the writes is killed, comes back, and is killed again. All checkers must hold, no service
// may have ended, and the longest time without an acknowledged write is printed.
#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/databases/galera.h"
#include "tests/robustness/run.h"

namespace inspectorate::robustness {
namespace {

struct Flags {
  uint64_t seed = 1;
  int seconds = 60;
  int replicas = 1;
  int writers = 16;
  bool faults = false;
};

RunOptions OptionsOf(const Flags& flags, const testing::Galera& cluster) {
  RunOptions options{
      .seed = flags.seed, .length = std::chrono::seconds(flags.seconds), .replicas = flags.replicas};
  options.districts = 2;
  options.workload.errands = flags.writers;
  options.workload.registrars = 2 * options.districts;
  options.replay = absl::StrCat("tests/databases/galera_run --seconds ", flags.seconds, " --seed ",
                                flags.seed, " --replicas ", flags.replicas, " --writers ", flags.writers,
                                flags.faults ? " --faults" : "");
  testing::ExternalDatabase external{.addresses = {},
                                     .admin_user = testing::Galera::kAdmin,
                                     .admin_password = testing::Galera::kPassword,
                                     .tls_ca = {}};
  for (size_t i = 0; i < cluster.size(); ++i) external.addresses.push_back(cluster.address(i));
  options.external = std::move(external);
  if (!flags.faults) {
    // Only the cluster fails: whatever recovers does so by itself, without a process being started anew.
    options.failpoints.clear();
    options.nemesis.acts.clear();
  }
  return options;
}

// In thirds: the node that takes the writes dies; it comes back and is preferred again; the next one dies.
void KillNodes(testing::Galera& cluster, int seconds) {
  const auto third = std::chrono::seconds(seconds) / 3;
  std::this_thread::sleep_for(third);
  std::cout << "node 0 is killed\n" << std::flush;
  cluster.Kill9(0);
  std::this_thread::sleep_for(third);
  const absl::Status rejoined = cluster.Rejoin(0);
  std::cout << "node 0 comes back: " << rejoined << "\n" << std::flush;
  std::this_thread::sleep_for(third / 3);
  std::cout << "node 1 is killed\n" << std::flush;
  cluster.Kill9(1);
  std::this_thread::sleep_for(third * 2 / 3);
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app{"The robustness suite's workload on a Galera cluster whose nodes are killed"};
  app.add_option("--seed", flags.seed, "Of the workload")->capture_default_str();
  app.add_option("--seconds", flags.seconds, "Under load")->capture_default_str();
  app.add_option("--replicas", flags.replicas, "Of each service")->capture_default_str();
  app.add_option("--writers", flags.writers, "Loops at the same time")->capture_default_str();
  app.add_flag("--faults", flags.faults, "The suite's other faults as well");
  CLI11_PARSE(app, argc, argv);
  if (const std::string missing = testing::Galera::Missing(); !missing.empty()) {
    std::cerr << "not installed: " << missing << " (tests/databases/packages.txt)\n";
    return 2;
  }
  const auto cluster = testing::Galera::Start();
  if (!cluster.ok()) {
    std::cerr << cluster.status() << "\n";
    return 2;
  }
  RunOptions options = OptionsOf(flags, **cluster);
  options.meanwhile = [&] { KillNodes(**cluster, flags.seconds); };
  const auto verdict = RunOnce(options);
  if (!verdict.ok()) {
    std::cerr << verdict.status() << "\n";
    return 2;
  }
  std::cout << verdict->Text() << "longest time without an acknowledged write: " << verdict->longest_gap
            << " s\n";
  if (!verdict->holds()) {
    std::cerr << verdict->again << "\n";
    return 1;
  }
  std::filesystem::remove_all(verdict->home);
  std::cout << "nothing lost\n";
  return 0;
}

}  // namespace
}  // namespace inspectorate::robustness

int main(int argc, char** argv) { return inspectorate::robustness::Main(argc, argv); }
