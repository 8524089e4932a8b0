// inspectorate-local: the platform on one machine. `up` keeps it running; `demo` drives a whole loop on it
// and stops.
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>

#include "common/base/macros.h"
#include "common/process/child.h"
#include "common/process/private_files.h"
#include "deploy/local/launcher/home.h"
#include "deploy/local/launcher/platform.h"

namespace inspectorate::local {
namespace {

namespace fs = std::filesystem;
using process::Child;
using process::MakePrivateDirectory;

constexpr int kStopped = 130;
constexpr auto kDemoPatience = std::chrono::seconds(5);

struct Flags {
  std::string data = ".inspectorate";
  std::string district;
};

void Say(const std::string& line) { std::cerr << "inspectorate-local: " << line << std::endl; }

int Fail(const absl::Status& status) {
  Say(std::string(status.message()));
  return absl::IsCancelled(status) ? kStopped : 1;
}

// Blocked for the whole process, taken one by one: no code runs inside a handler.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, nullptr);
  }

  // Has somebody asked to stop? Waits up to `patience` for that, or for a child to end.
  bool Stop(std::chrono::milliseconds patience = std::chrono::milliseconds(0)) {
    const timespec wait{.tv_sec = patience.count() / 1000, .tv_nsec = patience.count() % 1000 * 1'000'000};
    const int signal = sigtimedwait(&set_, nullptr, &wait);
    if (signal > 0 && signal != SIGCHLD) stop_ = true;
    return stop_;
  }

 private:
  sigset_t set_;
  bool stop_ = false;
};

std::string ProgramsFolder() { return fs::read_symlink("/proc/self/exe").parent_path().string(); }

absl::StatusOr<std::unique_ptr<Platform>> StartPlatform(const std::string& home, bool durable,
                                                        Signals& signals) {
  return Platform::Start(
      {.home = home, .programs = ProgramsFolder(), .durable = durable, .say = Say, .stop = [&signals] {
         return signals.Stop();
       }});
}

void CleanUpAfterKilledRun(const std::string& home) {
  const int found = EndLeftovers(home);
  if (found > 0) Say("ended " + std::to_string(found) + " programs that a killed run left behind");
}

void PrintHowToCall(const Platform& platform, const std::string& home) {
  std::cout << "Inspectorate is running; Ctrl-C stops it and keeps its data in " << home << ".\n";
  for (const auto& [name, target] : platform.endpoints()) std::cout << "  " << name << "\t" << target << "\n";
  std::cout
      << "From another terminal:\n"
      << "  export INSPECTORATE_HOME=" << home << "\n"
      << "  " << ProgramsFolder() << "/inspectorate --help\n"
      << "or without it, as the platform's operator:\n"
      << "  protos/node_modules/.bin/buf curl --schema protos --protocol grpc --http2-prior-knowledge \\\n"
      << "    -H \"authorization: Bearer $(cat " << platform.operator_token_file() << ")\" \\\n"
      << "    http://" << platform.endpoints().at("registry")
      << "/inspectorate.registry.v1.Offices/ListOffices\n"
      << std::flush;
}

absl::Status Up(const Flags& flags, Signals& signals) {
  const std::string home = fs::absolute(flags.data).lexically_normal().string();
  RETURN_IF_ERROR(MakePrivateDirectory(home));
  ASSIGN_OR_RETURN(const Lock lock, Lock::Take(home + "/lock"));
  CleanUpAfterKilledRun(home);
  ASSIGN_OR_RETURN(const auto platform, StartPlatform(home, /*durable=*/true, signals));
  PrintHowToCall(*platform, home);
  while (!signals.Stop(std::chrono::seconds(1))) {
    RETURN_IF_ERROR(platform->Check());
    RETURN_IF_ERROR(platform->RenewTokens());
  }
  Say("stopping");
  return absl::OkStatus();
}

// The demo's exit status. It begins with an empty directory, whatever an earlier run left there: so it always
// ends the same.
absl::StatusOr<int> Demo(const Flags& flags, Signals& signals) {
  const std::string data = fs::absolute(flags.data).lexically_normal().string();
  const std::string home = data + "/demo";
  RETURN_IF_ERROR(MakePrivateDirectory(data));
  ASSIGN_OR_RETURN(const Lock lock, Lock::Take(data + "/demo.lock"));
  CleanUpAfterKilledRun(home);
  std::error_code error;
  fs::remove_all(home, error);
  if (error) return absl::InternalError(home + ": " + error.message());

  ASSIGN_OR_RETURN(const auto platform, StartPlatform(home, /*durable=*/false, signals));
  ASSIGN_OR_RETURN(const auto demo,
                   Child::Start({.name = "demo",
                                 .argv = {ProgramsFolder() + "/inspectorate", "--home=" + home, "demo",
                                          "--district", flags.district}}));
  while (!demo->Ended()) {
    if (signals.Stop(std::chrono::milliseconds(500))) {
      demo->Terminate();
      demo->AwaitEnd(kDemoPatience);
      return absl::CancelledError("stopped");
    }
    RETURN_IF_ERROR(platform->Check());
    RETURN_IF_ERROR(platform->RenewTokens());
  }
  Say("stopping");
  return *demo->Ended();
}

int Main(int argc, char** argv) {
  Signals signals;
  umask(077);
  Flags flags;
  CLI::App app{"Inspectorate on one machine: a private database and the four services"};
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--data", flags.data, "Directory that holds everything")->capture_default_str();
  app.add_subcommand("up", "Runs until Ctrl-C or SIGTERM, keeping its data");
  CLI::App* demo =
      app.add_subcommand("demo", "Runs the demo district's loop in an empty directory, then stops");
  demo->add_option("--district", flags.district, "Folder of the demo district")
      ->required()
      ->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  if (*demo) {
    const absl::StatusOr<int> status = Demo(flags, signals);
    return status.ok() ? *status : Fail(status.status());
  }
  const absl::Status status = Up(flags, signals);
  return status.ok() ? 0 : Fail(status);
}

}  // namespace
}  // namespace inspectorate::local

int main(int argc, char** argv) { return inspectorate::local::Main(argc, argv); }
