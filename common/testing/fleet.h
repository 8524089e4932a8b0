// The platform as a fleet of real processes, for tests of what happens to processes: a database and replicas
// of the four services, started, killed, stopped, continued and replaced one by one. Everything lies in one
// directory: the database's data, one log a process, keys and tokens.
//
//   auto fleet = Fleet::Start({.replicas = {{"visits", 2}}});
//   auto client = (*fleet)->ClientOf("visits", Staff("zhanhua", "某人"));   // round robin over both
//   (*fleet)->Kill9({"visits", 1});
//   (*fleet)->Launch({"visits", 1}, {.program = "/other/build/bin/visits"});
//   (*fleet)->AwaitServing({"visits", 1});
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/auth/jwt.h"
#include "common/db/database.h"
#include "common/testing/sandbox.h"

namespace inspectorate::testing {

// A database that is there already, instead of one of the fleet's own.
struct ExternalDatabase {
  // "127.0.0.1:3306"; of a cluster several, the preferred first.
  std::vector<std::string> addresses{};
  // May create schemas and users, and drop the four schemas, which it does at the start.
  std::string admin_user = "root";
  std::string admin_password{};
  std::string tls_ca{};  // PEM file; empty: plain
};

// One process of a service.
struct Replica {
  std::string service{};                             // "registry", "visits", "issues", "reporting"
  int number = 0;                                    // from 0
  auto operator<=>(const Replica&) const = default;  // NOLINT(modernize-use-nullptr): 0 of <=>
};

// How a process differs from the fleet's usual one.
struct LaunchOptions {
  std::string program{};                   // path; empty: `<programs>/<service>`
  std::vector<std::string> arguments{};    // after the usual ones of `serve`
  std::vector<std::string> environment{};  // NAME=VALUE
};

struct FleetOptions {
  // Absolute; must not hold another fleet. Empty: a temporary directory that goes with the fleet, unless Keep
  // is called.
  std::string home{};
  // Folder of the services' programs. Empty: $INSPECTORATE_BIN, as tests have it.
  std::string programs{};
  // The program's name of a service where it differs from the service's: {"visits", "visits_probe"}.
  std::map<std::string, std::string> program_names{};
  // Services not named have one; 0 leaves a service out.
  std::map<std::string, int> replicas{};
  // For every process of a service, at each launch.
  std::vector<std::string> arguments{};
  std::vector<std::string> environment{};
  // False: a COMMIT survives kill -9 of the database, but not of the machine. Enough for tests, and much
  // faster.
  bool durable = false;
  std::vector<std::string> database_arguments{};  // more options of the own server
  std::optional<ExternalDatabase> external{};
  // True: the own server listens on a port of 127.0.0.1 as well, and the services use that instead of its
  // socket.
  bool database_over_tcp = false;
  // The address that a process uses instead of the real one, such as a gate in between. Asked at each launch;
  // empty functions leave everything as it is. `database_route` makes the services use TCP. A peer's address
  // is one replica's, or one node's of a cluster.
  std::function<std::string(const Replica& process, const std::string& address)> database_route{};
  std::function<std::string(const Replica& process, const Replica& peer, const std::string& address)>
      peer_route{};
  // False: Start leaves the services to Launch, and the schemas to Migrate.
  bool launch = true;
  // True: as in a cluster. Every replica has an address of its own (127.0.0.10 and up) and its service's
  // port, and services and clients find it by a name, whose addresses are those that were last given to
  // Publish; in the beginning all, or with `launch` false none. Needs dnsmasq; NOT_FOUND without.
  bool by_name = false;
};

// Thread-safe. Processes end with the fleet, and with the program if that dies.
class Fleet {
 public:
  // Returns when every process reports that it serves.
  static absl::StatusOr<std::unique_ptr<Fleet>> Start(FleetOptions options);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  // --- processes of the services. Each replica keeps its port for life.

  std::vector<Replica> replicas() const;
  // Starts one that does not run; does not wait until it serves.
  absl::Status Launch(const Replica& replica, const LaunchOptions& options = {});
  // UNAVAILABLE with the end of its log when it ended instead.
  absl::Status AwaitServing(const Replica& replica,
                            std::chrono::milliseconds limit = std::chrono::seconds(60)) const;
  // SIGKILL; returns when it is gone.
  void Kill9(const Replica& replica);
  // SIGTERM, and waits: its exit status, or 128 + the signal; 137 when it had to be killed after `patience`.
  int Terminate(const Replica& replica, std::chrono::milliseconds patience = std::chrono::seconds(60));
  // SIGSTOP and SIGCONT.
  void Pause(const Replica& replica);
  void Resume(const Replica& replica);
  // How it ended, by itself or by us; empty while it runs.
  std::optional<int> Ended(const Replica& replica) const;
  // -1 when it does not run.
  int pid(const Replica& replica) const;
  // Also when it does not run any more; -1 when it never did.
  int last_pid(const Replica& replica) const;
  std::string log(const Replica& replica) const;

  // Brings the schema of a service up to date with `program` (empty: the usual one) and waits for it.
  absl::Status Migrate(const std::string& service, const std::string& program = {});

  // --- the own database; none of these for an external one

  bool DatabaseRuns() const;  // true for an external one
  void KillDatabase();
  absl::Status RestartDatabase();  // on the same data and port, recovering if it was killed
  void PauseDatabase();
  void ResumeDatabase();

  // With `by_name`: the replicas that a service's name leads to from now on.
  void Publish(const std::string& service, const std::vector<int>& replicas);

  // --- ways in

  // All replicas in turn; or one.
  std::string target(const std::string& service) const;
  std::string address(const Replica& replica) const;
  std::string metrics_address(const Replica& replica) const;
  std::string TokenOf(const rpc::Principal& principal) const;
  std::unique_ptr<rpc::Client> ClientOf(const std::string& service, const rpc::Principal& principal) const;
  std::unique_ptr<rpc::Client> ClientOf(const Replica& replica, const rpc::Principal& principal) const;
  const auth::TokenIssuer& issuer() const;
  // "127.0.0.1:3306", of a cluster all with commas; empty when the database has a socket only.
  std::string database_address() const;
  // Past every gate, with every right, for checks; `service` is the schema.
  db::Options Database(const std::string& service) const;

  const std::string& home() const;
  // Leaves the directory where it is at the end.
  void Keep();

 private:
  struct State;
  explicit Fleet(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace inspectorate::testing
