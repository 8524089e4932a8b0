// robustness-soak --minutes N [--seed S]: run after run, each with the next seed, until the time is up or one
// fails.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "tests/robustness/run.h"

namespace inspectorate::robustness {
namespace {

// Of the acts of each run, those that come before the one that stands still for long.
constexpr int kShortActs = 9;

struct Flags {
  double minutes = 1;
  uint64_t seed = 1;
  int seconds = 60;  // a run
  int replicas = 2;
  int writers = 24;
  std::string databases;  // host:port of an external one
  std::string password_file;
  bool keep = false;
};

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

RunOptions OptionsOf(const Flags& flags, uint64_t seed) {
  RunOptions options{.seed = seed, .length = std::chrono::seconds(flags.seconds), .replicas = flags.replicas};
  options.districts = 3;
  options.schools = std::max(36, flags.writers);
  options.workload.errands = flags.writers;
  options.workload.registrars = 2 * options.districts;
  options.workload.readers = options.districts;
  options.workload.importers = 1;
  // What outlasts the keep-alive, and the lease of an operation: which may have to run out, too.
  options.nemesis.long_half_open = std::chrono::seconds(12);
  options.nemesis.acts.insert(options.nemesis.acts.begin() + kShortActs,
                              seed % 2 == 0 ? "long_stop" : "long_stop_database");
  options.loop_patience = std::chrono::seconds(30);
  options.replay = absl::StrCat("tests/robustness/soak --minutes 1 --seed ", seed, " --seconds ",
                                flags.seconds, " --replicas ", flags.replicas, " --writers ", flags.writers);
  if (!flags.databases.empty()) absl::StrAppend(&options.replay, " --database ", flags.databases);
  if (!flags.password_file.empty())
    absl::StrAppend(&options.replay, " --database-password-file ", flags.password_file);
  if (!flags.databases.empty()) {
    testing::ExternalDatabase external;
    std::istringstream list(flags.databases);
    for (std::string address; std::getline(list, address, ',');) external.addresses.push_back(address);
    if (!flags.password_file.empty()) external.admin_password = FirstLine(flags.password_file);
    options.external = external;
  }
  return options;
}

int Soak(const Flags& flags) {
  using std::chrono::steady_clock;
  const auto until = steady_clock::now() + std::chrono::seconds(static_cast<int64_t>(flags.minutes * 60));
  int runs = 0;
  int acknowledged = 0;
  for (uint64_t seed = flags.seed; runs == 0 || steady_clock::now() < until; ++seed, ++runs) {
    const auto verdict = RunOnce(OptionsOf(flags, seed));
    if (!verdict.ok()) {
      std::cerr << verdict.status() << "\n";
      return 2;
    }
    std::cout << "seed " << seed << ": " << verdict->Text() << std::flush;
    acknowledged += verdict->acknowledged;
    if (!verdict->holds()) {
      std::cerr << verdict->again << "\n";
      return 1;
    }
    if (!flags.keep) std::filesystem::remove_all(verdict->home);
  }
  std::cout << "nothing lost: " << runs << " runs, seeds " << flags.seed << " to "
            << flags.seed + static_cast<uint64_t>(runs) - 1 << ", " << acknowledged
            << " writes acknowledged\n";
  return 0;
}

int Main(int argc, char** argv) {
  Flags flags;
  CLI::App app{"The robustness suite, for longer"};
  app.add_option("--minutes", flags.minutes, "How long; the last run is finished")->capture_default_str();
  app.add_option("--seed", flags.seed, "Of the first run")->capture_default_str();
  app.add_option("--seconds", flags.seconds, "Of one run, under faults")->capture_default_str();
  app.add_option("--replicas", flags.replicas, "Of each service")->capture_default_str();
  app.add_option("--writers", flags.writers, "Loops at the same time")->capture_default_str();
  app.add_option("--database", flags.databases, "HOST:PORT[,HOST:PORT…] of a database that is there already");
  app.add_option("--database-password-file", flags.password_file, "Of its root");
  app.add_flag("--keep", flags.keep, "Keeps the directory of good runs too");
  CLI11_PARSE(app, argc, argv);
  return Soak(flags);
}

}  // namespace
}  // namespace inspectorate::robustness

int main(int argc, char** argv) { return inspectorate::robustness::Main(argc, argv); }
